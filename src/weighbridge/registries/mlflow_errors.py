"""The border to MLflow: every foreign error becomes a `RegistryError` with a code and a next step.

This module imports neither MLflow nor SQLAlchemy: it runs only after one of them has raised, and recognises
errors by MLflow's own error codes first, by text where MLflow wraps a database or network error as text.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.core.errors import RegistryError, WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s'\"]+@")
_MAX_MESSAGE = 600
_DENIED = "registry-denied"
_UNREACHABLE = "registry-unreachable"

HINTS = {
    "registry-unreachable": "check mlflow_uri and that its server answers, then run the command again",
    "registry-denied": "give this account EDIT rights in MLflow; MLFLOW_TRACKING_USERNAME, _PASSWORD or _TOKEN name it",
    "registry-not-mlflow": "set mlflow_uri to the address of an MLflow 3 server: something else answered",
    "registry-locked": "another program holds the database; wait for it to finish, then run the command again",
    "registry-corrupt": "restore the database from a backup, or move it away and register again: it holds no evidence",
    "registry-schema": "point mlflow_uri at a database of this MLflow release; `mlflow db upgrade` lifts an older one",
    "registry-disk": "make the folder of the database writable and free some space, then run the command again",
    "registry-uri": "set mlflow_uri to sqlite:////absolute/path.db or to https:// of an MLflow 3 server",
    "registry-driver": "install the database driver that mlflow_uri needs",
    "registry-conflict": "somebody changed the same model at the same moment: run the command again",
    "registry-missing": "register the model first",
    "registry-failed": RegistryError.default_hint,
}

_BY_MLFLOW_CODE = {
    "PERMISSION_DENIED": _DENIED,
    "UNAUTHENTICATED": _DENIED,
    "CUSTOMER_UNAUTHORIZED": _DENIED,
    "ENDPOINT_NOT_FOUND": "registry-not-mlflow",
    "RESOURCE_DOES_NOT_EXIST": "registry-missing",
    "RESOURCE_ALREADY_EXISTS": "registry-conflict",
    "RESOURCE_CONFLICT": "registry-conflict",
}
# In this order: a specific cause before the general one that wraps it.
_BY_TEXT = (
    (r"database (table )?is locked|database schema is locked", "registry-locked"),
    (r"not a database|disk image is malformed|malformed database schema", "registry-corrupt"),
    (r"out-of-date database schema|can't locate revision|no such (table|column)|unexpected state", "registry-schema"),
    (r"unable to open database|readonly database|database or disk is full|disk i/o error", "registry-disk"),
    (r"not in a valid JSON format|invalid url|error code 30\d", "registry-not-mlflow"),
    (r"error code 40[13]", _DENIED),
    (r"failed with (timeout )?exception|connection refused|could not (connect|translate)", _UNREACHABLE),
    (r"error code (429|5\d\d)", _UNREACHABLE),
    (r"no module named|can't load plugin", "registry-driver"),
)


def redact(text: str) -> str:
    """A text without the credentials that a URI in it may carry, on one line of bounded length."""
    line = " ".join(_CREDENTIALS.sub("", text).split())
    return line if len(line) <= _MAX_MESSAGE else line[: _MAX_MESSAGE - 1] + "…"


def failure(code: str, message: str) -> RegistryError:
    """A registry error with the next step that belongs to its code."""
    return RegistryError(redact(message), code=code, hint=HINTS[code])


def code_of(error: Exception) -> str:
    """The code for a foreign error; ``registry-failed`` where nothing more is known."""
    known = _BY_MLFLOW_CODE.get(str(getattr(error, "error_code", "")))
    if known:
        return known
    text = str(error)
    if isinstance(error, ModuleNotFoundError):
        return "registry-driver"
    found = next((code for pattern, code in _BY_TEXT if re.search(pattern, text, re.IGNORECASE)), None)
    if found:
        return found
    return "registry-disk" if isinstance(error, OSError) else "registry-failed"


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn what MLflow, SQLAlchemy, requests or the system raise into a `RegistryError`; ours pass unchanged.

    Args:
        doing: What was being done, for the message.

    Raises:
        RegistryError: Anything foreign was raised inside.
    """
    try:
        yield
    except WeighbridgeError:
        raise
    except Exception as error:
        raise failure(code_of(error), f"MLflow failed to {doing}: {error}") from error
