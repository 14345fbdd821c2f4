"""The MLflow adapter against servers that fail: every failure has its code, and none takes minutes."""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
import trustme
from tests.fakes.pins import make_pin

from weighbridge.core.errors import RegistryError
from weighbridge.registries.mlflow import MlflowRegistry
from weighbridge.registries.mlflow_connect import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PIN = make_pin()


@contextmanager
def answering(
    status: int, body: bytes, headers: dict[str, str] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """A server that gives everybody the same answer."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 - the names that http.server looks for

        def log_message(self, *args: object) -> None:
            """Nothing on the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def refused(uri: str) -> RegistryError:
    began = time.monotonic()
    with pytest.raises(RegistryError) as caught:
        MlflowRegistry(uri).register(PIN)
    assert time.monotonic() - began < 60
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b"You are not authenticated", "registry-denied"),
        (403, b'{"error_code": "PERMISSION_DENIED", "message": "Permission denied"}', "registry-denied"),
        (403, b"<html>Forbidden</html>", "registry-denied"),
        (404, b"<html>Not found</html>", "registry-not-mlflow"),
        (200, b"<html>Welcome to the hotel network</html>", "registry-not-mlflow"),
        (302, b"", "registry-not-mlflow"),
        (400, b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "no"}', "registry-failed"),
        (500, b'{"error_code": "INTERNAL_ERROR", "message": "out of disk"}', "registry-unreachable"),
        (503, b"", "registry-unreachable"),
        (200, b"{}", "registry-not-mlflow"),
        (200, b"[]", "registry-not-mlflow"),
        (200, b"", "registry-not-mlflow"),
    ],
)
def test_every_answer_has_its_code(status: int, body: bytes, code: str) -> None:
    with answering(status, body) as uri:
        assert refused(uri).code == code


def test_a_server_that_asks_to_wait_for_an_hour_is_not_waited_for() -> None:
    with answering(429, b"", {"Retry-After": "3600"}) as uri:
        assert refused(uri).code == "registry-unreachable"


def test_a_port_that_nobody_listens_on_is_named_without_credentials() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        error = refused(f"http://user:secret@127.0.0.1:{held.getsockname()[1]}")
    assert error.code == "registry-unreachable"
    assert "secret" not in str(error)


def test_a_name_that_does_not_resolve_is_named() -> None:
    assert refused("http://registry.invalid:5000").code == "registry-unreachable"


@pytest.mark.parametrize(("trusted", "code"), [(True, "registry-denied"), (False, "registry-unreachable")])
def test_a_companys_own_authority_is_honoured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool, code: str
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    # Set and taken away again, so that what the adapter derives from it leaves with the test.
    for name in ("MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with answering(403, b"no", tls=context) as uri:
        assert refused(uri).code == code


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes every connection and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize(("asked", "most_seconds"), [(None, 12), ("1", 4)])
def test_who_only_looks_is_not_kept_waiting(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, most_seconds: float
) -> None:
    # Set and taken away again, so that what the adapter sets leaves with the test.
    for name in ("MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"):
        monkeypatch.setenv(name, "0")
        monkeypatch.delenv(name)
    if asked is not None:
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", asked)
    connect("http://127.0.0.1:9")
    with silent() as uri:
        began = time.monotonic()
        with pytest.raises(RegistryError) as caught:
            MlflowRegistry(uri).names()
        assert time.monotonic() - began < most_seconds
    assert caught.value.code == "registry-unreachable"
    assert os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] == (asked or "30")
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "2"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (403, b"no", "registry-denied"),
        (404, b"<html>Not found</html>", "registry-not-mlflow"),
        (200, b"<html>Welcome to the hotel network</html>", "registry-not-mlflow"),
        (503, b"", "registry-unreachable"),
    ],
)
def test_a_list_of_models_that_is_none_is_an_error(status: int, body: bytes, code: str) -> None:
    with answering(status, body) as uri, pytest.raises(RegistryError) as caught:
        MlflowRegistry(uri).names()
    assert caught.value.code == code
