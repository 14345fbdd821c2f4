from __future__ import annotations

import hashlib
import os
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography import x509
from tests.fakes.hub import FakeHub, lies
from tests.fakes.proxy import FakeProxy
from tests.fakes.wire import Wire, answer

from weighbridge.core.errors import ConfigError, SourceError, WeighbridgeError
from weighbridge.sources import huggingface
from weighbridge.sources._http import MAX_REDIRECTS, Web

from .conftest import client_of
from .test_access import TOKEN, everything_said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {"config.json": b"{}", "model.safetensors": b"w" * 5_000_000}


def gets_all(endpoint: str) -> bool:
    client = client_of(endpoint)
    listing = client.resolve()
    return all(client.fetch(listing, path) == data for path, data in FILES.items())


@dataclass
class Company:
    """A Hub behind a certificate of the company's own authority."""

    hub: FakeHub
    authority: trustme.CA
    ca_file: str


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with FakeHub(ssl_context=context, redirect_files=True) as hub:
        hub.create_repo("org/model").commit(FILES)
        yield Company(hub, authority, str(tmp_path / "ca.pem"))


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_companys_authority_is_trusted(company: Company, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, company.ca_file)
    assert gets_all(company.hub.url)


@pytest.mark.parametrize("variable", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_a_folder_of_authorities_is_trusted(
    company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    # OpenSSL finds an authority in a folder by the hash of its subject; 0 is the first of that hash.
    name = ssl_subject_hash(company.authority.cert_pem.bytes())
    company.authority.cert_pem.write_to_path(folder / f"{name}.0")
    monkeypatch.setenv(variable, str(folder))
    assert gets_all(company.hub.url)


def ssl_subject_hash(pem: bytes) -> str:
    """What `openssl x509 -subject_hash` prints: SHA-1 over the canonical name, the first four bytes backwards."""

    def der(tag: int, content: bytes) -> bytes:
        return bytes([tag, len(content)]) + content

    canonical = b""
    for attribute in x509.load_pem_x509_certificate(pem).subject:
        oid = bytes.fromhex({"2.5.4.10": "55040a", "2.5.4.11": "55040b"}[attribute.oid.dotted_string])
        text = " ".join(str(attribute.value).lower().split()).encode()
        canonical += der(0x31, der(0x30, der(0x06, oid) + der(0x0C, text)))
    return hashlib.sha1(canonical, usedforsecurity=False).digest()[3::-1].hex()


def test_an_unknown_authority_is_refused_and_the_next_step_is_told(company: Company) -> None:
    client = client_of(company.hub.url, token=TOKEN)
    with pytest.raises(SourceError) as caught:
        client.resolve()
    assert caught.value.code == "tls"
    assert "SSL_CERT_FILE" in caught.value.hint
    assert "certificate" in caught.value.message
    assert not client.naps
    assert not company.hub.requests
    assert TOKEN not in everything_said(caught.value)


def test_a_name_that_the_certificate_does_not_have_is_refused(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", company.ca_file)
    with pytest.raises(SourceError) as caught:
        client_of(company.hub.url.replace("localhost", "127.0.0.1")).resolve()
    assert caught.value.code == "tls"


def test_the_environment_is_read_at_every_call(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(company.hub.url)
    with pytest.raises(SourceError):
        client.resolve()
    monkeypatch.setenv("SSL_CERT_FILE", company.ca_file)
    assert client.resolve().files


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_authorities_that_cannot_be_read_are_said_so(
    company: Company, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "ca").write_text(content)
    monkeypatch.setenv(variable, str(tmp_path / "ca"))
    with pytest.raises(ConfigError) as caught:
        client_of(company.hub.url).resolve()
    assert caught.value.code == "tls"
    assert variable in caught.value.hint


def test_plain_requests_go_through_the_proxy(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.create_repo("org/model").commit(FILES)
    with FakeProxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert gets_all(hub.url)
    assert [method for method, _ in proxy.seen] == ["GET"] * len(hub.requests)
    assert all(target.startswith(hub.url) for _, target in proxy.seen)


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_secure_requests_go_through_a_tunnel_which_sees_no_token(
    company: Company, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", company.ca_file)
    company.hub.add_token(TOKEN)
    with FakeProxy(login="user:p%w") as proxy:
        address = proxy.url.removeprefix("http://")
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}user:p%25w@{address}")
        client = client_of(company.hub.url, token=TOKEN)
        assert client.fetch(client.resolve(), "model.safetensors") == FILES["model.safetensors"]
    assert {method for method, _ in proxy.seen} == {"CONNECT"}
    assert {target for _, target in proxy.seen} == {
        url.removeprefix("https://") for url in (company.hub.url, company.hub.file_host_url)
    }
    assert TOKEN not in repr(proxy.headers)


@pytest.mark.parametrize("exempt", ["127.0.0.1", "127.0.0.0/8", "*", "example.org,127.0.0.1"])
def test_some_hosts_are_exempt_from_the_proxy(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    hub.create_repo("org/model").commit(FILES)
    monkeypatch.setenv("HTTP_PROXY".lower(), f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("NO_PROXY", exempt)
    assert gets_all(hub.url)


@pytest.mark.parametrize("exempt", ["", "example.org", "10.0.0.0/8", "x/y"])
def test_a_proxy_that_is_not_there_is_said_so(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    monkeypatch.setenv("ALL_PROXY", f"http://user:hunter2@127.0.0.1:{closed_port()}")
    monkeypatch.setenv("NO_PROXY", exempt)
    client = client_of(hub.url)
    with pytest.raises(SourceError) as caught:
        client.resolve()
    assert caught.value.code == "proxy"
    assert "HTTPS_PROXY" in caught.value.hint
    assert "hunter2" not in everything_said(caught.value)
    assert not client.naps


def test_a_proxy_that_wants_a_login_is_said_so(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", company.ca_file)
    with FakeProxy(login="user:right") as proxy:
        address = proxy.url.removeprefix("http://")
        for variable in ("HTTPS_PROXY", "http_proxy"):
            monkeypatch.setenv(variable, f"http://user:hunter2@{address}")
        for endpoint in (company.hub.url, "http://hub.example"):
            with pytest.raises(SourceError) as caught:
                client_of(endpoint).resolve()
            assert caught.value.code == "proxy"
            assert "hunter2" not in everything_said(caught.value)
    assert [method for method, _ in proxy.seen] == ["CONNECT", "GET"]


def test_a_proxy_that_refuses_the_tunnel_is_said_so(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProxy(refuse=403) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(SourceError) as caught:
            client_of(company.hub.url).resolve()
    assert caught.value.code == "proxy"
    assert "403" in caught.value.message


def test_an_unknown_authority_behind_a_proxy_is_not_the_proxys_fault(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(SourceError) as caught:
            client_of(company.hub.url).resolve()
    assert caught.value.code == "tls"


def test_a_connection_that_breaks_behind_a_proxy_is_resumed(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.create_repo("org/model").commit(FILES)
    hub.lies += [lies.truncate("model.safetensors", after=2 << 20, times=1), lies.reset("config.json", times=1)]
    with FakeProxy() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert gets_all(hub.url)


def test_an_answer_that_a_proxy_swallows_is_a_broken_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(b"") as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        client = client_of("http://hub.example")
        with pytest.raises(SourceError) as caught:
            client.resolve()
    assert caught.value.code == "connection-lost"
    assert len(client.naps) == 2


def test_other_kinds_of_proxies_are_refused(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    with pytest.raises(ConfigError) as caught:
        client_of(hub.url).resolve()
    assert caught.value.code == "proxy"
    assert not hub.requests


def test_a_hub_that_is_not_there_is_said_so_at_once() -> None:
    client = client_of(f"http://127.0.0.1:{closed_port()}", token=TOKEN)
    with pytest.raises(SourceError) as caught:
        client.resolve()
    assert caught.value.code == "unreachable"
    assert not client.naps
    assert TOKEN not in everything_said(caught.value)


def test_a_hub_that_goes_away_in_the_middle_is_waited_for() -> None:
    with FakeHub() as hub:
        hub.create_repo("org/model").commit(FILES)
        client = client_of(hub.url)
        listing = client.resolve()
    with pytest.raises(SourceError) as caught:
        client.fetch(listing, "config.json")
    assert caught.value.code == "unreachable"
    assert client.naps == [1.0, 2.0]


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
@pytest.mark.parametrize("value", ["1", "true", "on", "YES"])
def test_offline_means_offline(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    hub.create_repo("org/model").commit(FILES)
    client = client_of(hub.url)
    listing = client.resolve()
    hub.requests.clear()
    monkeypatch.setenv(variable, value)
    for call in (client.resolve, lambda: client.fetch(listing, "config.json")):
        with pytest.raises(SourceError) as caught:
            call()
        assert caught.value.code == "offline"
        assert variable in caught.value.hint
    assert not hub.requests


def test_the_endpoint_of_the_environment_is_asked(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.create_repo("org/model").commit(FILES)
    monkeypatch.setenv("HF_ENDPOINT", f"{hub.url}/")
    client = client_of(None)
    assert client.resolve().metadata["endpoint"] == hub.url.removeprefix("http://")
    assert not any("//" in request.path for request in hub.requests)


@pytest.mark.parametrize(
    "endpoint", ["hub.example", "ftp://hub.example", "https://", f"https://u:{TOKEN}@hub.example", "https://h?x=1"]
)
def test_what_is_no_endpoint_is_refused(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(ConfigError) as caught:
        client_of(None).resolve()
    assert caught.value.code == "bad-endpoint"
    assert TOKEN not in everything_said(caught.value)


def test_an_endpoint_may_be_below_a_path() -> None:
    with Wire(answer("404 No")) as wire, pytest.raises(WeighbridgeError):
        client_of(f"{wire.url}/repository/hf").resolve()
    assert wire.requests[0].startswith("GET /repository/hf/api/models/org/model?")


def test_nothing_but_the_model_is_asked_for(hub: FakeHub) -> None:
    hub.create_repo("org/model").commit(FILES)
    assert gets_all(hub.url)
    paths = [request.path for request in hub.requests]
    assert len(paths) == 4
    assert all("org/model" in path for path in paths)
    assert all(request.headers["user-agent"].startswith("weighbridge/") for request in hub.requests)
    assert all(";".join(request.headers["user-agent"].split(";")[2:]) == "" for request in hub.requests)
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"


def test_redirects_are_counted(hub: FakeHub) -> None:
    hub.create_repo("org/model").commit(FILES)
    hub.lies.append(lies.redirect_loop("/*"))
    with pytest.raises(SourceError) as caught:
        client_of(hub.url).resolve()
    assert caught.value.code == "redirect-refused"
    assert len(hub.requests) == MAX_REDIRECTS + 1


def test_a_redirect_never_leaves_https(company: Company, monkeypatch: pytest.MonkeyPatch, hub: FakeHub) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", company.ca_file)
    company.hub.lies.append(lies.redirect_to(f"{hub.url}/x", "/*"))
    with pytest.raises(SourceError) as caught:
        client_of(company.hub.url).resolve()
    assert caught.value.code == "redirect-refused"
    assert "https to http" in caught.value.message
    assert not hub.requests


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x/y", "http://user:pw@127.0.0.1/", ""])
def test_a_redirect_leads_to_a_plain_web_address(location: str) -> None:
    with Wire(answer("302 Found", b"", f"Location: {location}")) as wire, pytest.raises(SourceError) as caught:
        client_of(wire.url).resolve()
    assert caught.value.code == "redirect-refused"
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("domains", "leads"),
    [(None, True), (("127.0.0.1",), True), (("0.0.1",), True), (("hf.co",), False), (("0.1.1",), False)],
)
def test_a_known_hub_may_send_on_to_its_own_file_hosts_alone(domains: tuple[str, ...] | None, leads: bool) -> None:  # noqa: FBT001
    with Wire(answer("200 OK", b"file")) as files, Wire(answer("302 Found", b"", f"Location: {files.url}/f")) as hub:
        web = Web(5.0, {} if domains is None else {"127.0.0.1": domains})
        try:
            with web.get(f"{hub.url}/x", {}) as reply:
                got = reply.read_all(10)
        except SourceError as error:
            got = error.code.encode()
    assert got == (b"file" if leads else b"redirect-refused")
    assert bool(files.requests) is bool(web.redirect_hosts) is leads


def test_the_public_hub_sends_on_to_its_own_domains_alone() -> None:
    assert set(huggingface.FILE_HOSTS) == {"huggingface.co", "hf.co"}
    assert {domain for domains in huggingface.FILE_HOSTS.values() for domain in domains} == {"huggingface.co", "hf.co"}


def test_connections_are_used_again(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"{number}.txt": b"x" * 10 for number in range(20)}
    company.hub.create_repo("org/many").commit(files)
    monkeypatch.setenv("SSL_CERT_FILE", company.ca_file)
    with FakeProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        client = client_of(company.hub.url)
        listing = client.resolve("hf:org/many")
        assert all(client.fetch(listing, path) == data for path, data in files.items())
    assert len(proxy.seen) == 1
