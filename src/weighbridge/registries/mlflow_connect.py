"""A quiet, bounded MLflow client: telemetry off, few retries, and a SQLite database that is ready or absent.

This module knows nothing of pins. It does not judge whether a server may be trusted: MLflow is a view.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import warnings
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weighbridge.registries.mlflow_errors import failure, redact, translated
from weighbridge.registries.sqlite_file import check_file, held, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mlflow import MlflowClient

_SCHEMES = frozenset({"http", "https", "sqlite", "postgresql", "mysql", "mssql"})
_ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
# MLflow's defaults (7 retries, factor 2, 120 s each, any Retry-After obeyed) hang for minutes when a server is down.
_BOUNDS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",
}
# Who only looks goes on without the registry sooner than that.
_HURRY = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "5"}
_OWN_TRUST = {"MLFLOW_TRACKING_SERVER_CERT_PATH", "MLFLOW_TRACKING_INSECURE_TLS", "REQUESTS_CA_BUNDLE"}
ARTIFACTS = "mlflow-artifacts"
"""Folder beside a SQLite database where MLflow keeps artifacts of runs; made by MLflow when first used."""


def prepare_environment() -> None:
    """Switch telemetry off in this process; bound MLflow's retries and honour `SSL_CERT_FILE` unless told otherwise."""
    os.environ.update(_ENVIRONMENT)
    for key, value in _BOUNDS.items():
        os.environ.setdefault(key, value)
    # MLflow's HTTP library reads REQUESTS_CA_BUNDLE but not SSL_CERT_FILE, which the rest of Weighbridge honours.
    authority = os.environ.get("SSL_CERT_FILE")
    if authority and not os.environ.keys() & _OWN_TRUST:
        os.environ["MLFLOW_TRACKING_SERVER_CERT_PATH"] = authority


@contextmanager
def hurried() -> Iterator[None]:
    """Let MLflow's requests give up after one short try, where the environment does not say how long to wait."""
    changed = {key: value for key, value in _HURRY.items() if os.environ.get(key) == _BOUNDS[key]}
    os.environ.update(changed)
    try:
        yield
    finally:
        os.environ.update({key: _BOUNDS[key] for key in changed})


def _import_client() -> type[MlflowClient]:
    ours = "mlflow" not in sys.modules
    from mlflow import MlflowClient  # noqa: PLC0415 - heavy, only when needed

    if ours:
        # Failures are raised, not logged. Where a program imported MLflow itself, its log levels are its own.
        logging.getLogger("mlflow").setLevel(logging.CRITICAL + 1)
    return MlflowClient


def _check_scheme(uri: str) -> str:
    scheme = urlsplit(uri).scheme.partition("+")[0]
    if scheme not in _SCHEMES or (scheme in {"http", "https"} and not urlsplit(uri).hostname):
        raise failure("registry-uri", f"{redact(uri)!r} is not an MLflow URI that can be used")
    return scheme


def _create(database: Path) -> None:
    """Make the schema in memory and give it its name when whole: quicker than on disk, and never seen half-made."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore  # noqa: PLC0415 - heavy, only when needed

    memory = f"file:weighbridge-{os.getpid()}-{os.urandom(8).hex()}?mode=memory&cache=shared"
    with closing(sqlite3.connect(memory, uri=True)) as kept:
        uri, artifacts = f"sqlite:///{memory}&uri=true", str(database.parent / ARTIFACTS)
        store = SqlAlchemyStore(uri, artifacts)  # type: ignore[no-untyped-call]  # MLflow leaves it untyped
        store.engine.dispose()
        partial = database.with_name(f"{database.name}.{os.getpid()}.new")
        try:
            with closing(sqlite3.connect(partial)) as disk:
                kept.backup(disk)
            partial.replace(database)
        finally:
            partial.unlink(missing_ok=True)


def _prepare_sqlite(database: Path) -> None:
    if check_file(database):
        _refuse_other_tables(database)
        return
    database.parent.mkdir(parents=True, exist_ok=True)
    with held(database):
        if not check_file(database):
            _create(database)


def _refuse_other_tables(database: Path) -> None:
    # MLflow would add its fifty tables to whatever database it is pointed at.
    with closing(sqlite3.connect(database)) as connection:
        tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" not in tables:
        raise failure("registry-schema", f"{database} is a database of another program")


def is_absent(uri: str) -> bool:
    """Whether a URI names a SQLite database that nobody has made yet: then nothing is registered there.

    Raises:
        RegistryError: The URI can't be used.
    """
    if _check_scheme(uri) != "sqlite":
        return False
    path = sqlite_path(uri)
    with translated(f"look at {path}"):
        # A kill may have left an empty file: nothing is in it either, and a look must not fill it.
        return not path.exists() or path.stat().st_size == 0


def connect(uri: str) -> MlflowClient:
    """A client for a tracking URI; a missing SQLite database is made with its folder.

    Raises:
        RegistryError: The URI can't be used, or a SQLite file is locked, damaged or of another schema.
    """
    scheme = _check_scheme(uri)
    prepare_environment()
    with translated(f"open {redact(uri)}"), warnings.catch_warnings():
        # MLflow and SQLAlchemy warn each other, and of other programs' plug-ins: not our caller's to mend.
        warnings.simplefilter("ignore")
        client = _import_client()
        if scheme == "sqlite":
            _prepare_sqlite(sqlite_path(uri))
        return client(tracking_uri=uri, registry_uri=uri)
