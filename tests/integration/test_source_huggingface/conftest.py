from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import constants
from tests.fakes.hub import FakeHub

from weighbridge.core.ref import Ref
from weighbridge.sources.huggingface import HuggingFaceSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.listing import Listing

_VARIABLES = (
    "HF_ENDPOINT",
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE",
    "HF_OIDC_RESOURCE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own proxies, authorities and logins."""
    proxies = [
        name for scheme in ("http", "https", "all", "no") for name in (f"{scheme}_proxy", f"{scheme}_PROXY".upper())
    ]
    for name in (*_VARIABLES, *proxies):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-login" / "token"))


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub() as running:
        yield running


@dataclass
class Client:
    """A source for one Hub, the naps it took, and how tests ask it."""

    source: HuggingFaceSource
    naps: list[float]

    def resolve(self, text: str = "hf:org/model") -> Listing:
        return self.source.resolve(Ref.parse(text))

    def fetch(self, listing: Listing, path: str, offset: int = 0) -> bytes:
        file = next(file for file in listing.files if file.path == path)
        return b"".join(self.source.read(listing, file, offset))


def client_of(
    endpoint: str | None, *, token: str | bool | None = False, timeout_seconds: float = 5.0, max_tries: int = 3
) -> Client:
    """A client that never really sleeps."""
    naps: list[float] = []
    source = HuggingFaceSource(
        endpoint=endpoint, token=token, max_tries=max_tries, timeout_seconds=timeout_seconds, sleep=naps.append
    )
    return Client(source, naps)


@pytest.fixture
def client(hub: FakeHub) -> Client:
    return client_of(hub.url)
