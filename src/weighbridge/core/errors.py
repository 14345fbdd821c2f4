"""The errors of Weighbridge, one tree.

::

    WeighbridgeError            exit 1   anything that went wrong; has a code and a hint
    ├── UsageError              exit 2   the command or call was wrong
    │   └── ConfigError         exit 2   weighbridge.toml, a lock or the environment is wrong
    ├── SourceError             exit 1   a place models come from failed
    │   ├── NotFoundError       exit 1   no such repository, revision or file there
    │   └── AccessError         exit 1   it is there, but not for this caller
    ├── StoreError              exit 1   bytes could not be kept or fetched (disk, cache, remote)
    ├── RegistryError           exit 1   the model registry failed or refused
    ├── SigningError            exit 1   no usable key, or signing failed
    ├── DeniedError             exit 10  a verdict said no; its reason codes are in ``reasons``
    └── IntegrityError          exit 20  bytes or evidence are not what was promised or signed

Each error carries ``code`` (a stable reason code, listed in docs/errors.md), ``hint`` (what to do
next) and ``details`` (values for machines). This module does not decide when to raise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class WeighbridgeError(Exception):
    """The root of every error that Weighbridge raises on purpose.

    Args:
        message: What is wrong, in one sentence.
        code: A stable reason code in kebab case.
        hint: The next step for the reader.
        details: Values for machines: text, numbers, lists of text.
    """

    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "failure"
    default_hint: ClassVar[str] = "run the command again with --json and report the output"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint or self.default_hint
        self.details: dict[str, object] = dict(details or {})
        # A traceback shows notes: a program that lets the error through says what to do next as well.
        self.add_note(f"[{self.code}] next: {self.hint}")

    def to_json(self) -> dict[str, object]:
        """The one JSON shape of an error: code, message, hint, exit code and details."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "hint": self.hint,
                "exit_code": self.exit_code,
                "details": self.details,
            }
        }


class UsageError(WeighbridgeError):
    """The command or call was wrong; nothing was tried."""

    exit_code = 2
    default_code = "usage"
    default_hint = "see the command's --help"


class ConfigError(UsageError):
    """weighbridge.toml, a lock file or an environment variable can't be used as written."""

    default_code = "config"
    default_hint = "correct the named key; docs/configuration.md lists them all"


class SourceError(WeighbridgeError):
    """A place models come from did not answer as needed."""

    default_code = "source-failed"
    default_hint = "try again later; bytes already received are kept and the transfer resumes"


class NotFoundError(SourceError):
    """The source has no such repository, revision or file."""

    default_code = "not-found"
    default_hint = "check the spelling of the reference"


class AccessError(SourceError):
    """The source has it, but not for this caller."""

    default_code = "access"
    default_hint = "log in to the source and try again"


class StoreError(WeighbridgeError):
    """Bytes could not be kept or fetched."""

    default_code = "store-failed"
    default_hint = "free space or fix the remote, then run the command again: it resumes"


class RegistryError(WeighbridgeError):
    """The model registry failed or refused."""

    default_code = "registry-failed"
    default_hint = "check mlflow_uri and that its server answers, then run the command again"


class SigningError(WeighbridgeError):
    """No usable key, or signing failed."""

    default_code = "signing-failed"
    default_hint = "see `weighbridge keys list`; `weighbridge keys new` makes a key"


class DeniedError(WeighbridgeError):
    """A verdict said no.

    Args:
        message: What was denied.
        reasons: The verdict's reason codes, at least one.
        hint: The next step.
        details: Values for machines.
    """

    exit_code = 10
    default_code = "denied"

    def __init__(
        self,
        message: str,
        *,
        reasons: tuple[str, ...],
        hint: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, code=reasons[0], hint=hint, details={**(details or {}), "reasons": list(reasons)})
        self.reasons = reasons


class IntegrityError(WeighbridgeError):
    """Bytes or evidence are not what was promised or signed."""

    exit_code = 20
    default_code = "integrity"
    default_hint = "do not load this model; `weighbridge audit` shows what was signed"
