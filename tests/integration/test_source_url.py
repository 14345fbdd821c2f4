"""Files at web addresses, from a real server: what is promised, what is believed, and what is refused."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from tests.fakes.hub.messages import Delivery
from tests.fakes.website import LAST_MODIFIED, Page, Website

from weighbridge.core.errors import (
    AccessError,
    IntegrityError,
    NotFoundError,
    SourceError,
    UsageError,
    WeighbridgeError,
)
from weighbridge.core.ref import Ref
from weighbridge.sources.url import MAX_FILES, UrlSource, addresses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.listing import Listing

DATA = bytes(range(256)) * 12_345
SHA256 = hashlib.sha256(DATA).hexdigest()
FILES = {"models/tiny.safetensors": DATA, "models/config.json": b"{}", "models/na%C3%AFve%20name.txt": b"odd"}


@pytest.fixture
def site() -> Iterator[Website]:
    with Website() as made:
        made.publish({"models/tiny.safetensors": DATA, "models/config.json": b"{}", "models/naïve name.txt": b"odd"})
        yield made


def source_of(site: Website, **more: Any) -> UrlSource:
    return UrlSource("http", allowed=[f"{site.url}/**"], sleep=lambda _: None, **more)


def ref_of(site: Website, *paths: str) -> Ref:
    return Ref.parse(" ".join(f"{site.url}/{path}" for path in paths))


def read(source: UrlSource, listing: Listing, offset: int = 0, index: int = 0) -> bytes:
    return b"".join(source.read(listing, listing.files[index], offset))


def refused(site: Website, path: str = "models/tiny.safetensors") -> WeighbridgeError:
    """What resolving one address, and reading it if it can be resolved, ends in."""
    source = source_of(site)
    with pytest.raises(WeighbridgeError) as caught:
        read(source, source.resolve(ref_of(site, path)))
    assert caught.value.hint
    return caught.value


def test_several_addresses_are_one_model(site: Website) -> None:
    source = source_of(site)
    listing = source.resolve(ref_of(site, *FILES))
    assert [(file.path, file.size, file.promise) for file in listing.files] == [
        ("tiny.safetensors", len(DATA), ""),
        ("config.json", 2, ""),
        ("naïve name.txt", 3, ""),
    ]
    assert [read(source, listing, index=index) for index in range(3)] == [DATA, b"{}", b"odd"]
    said: Any = listing.metadata["files"]
    assert said["tiny.safetensors"] == {
        "url": f"{site.url}/models/tiny.safetensors",
        "trust": "first-use",
        "etag": f'"{hashlib.md5(DATA, usedforsecurity=False).hexdigest()}"',
        "last_modified": LAST_MODIFIED,
        "content_type": "application/octet-stream",
        "redirects": [],
    }


def test_an_expected_hash_is_the_promise(site: Website) -> None:
    source = source_of(site)
    listing = source.resolve(ref_of(site, f"models/tiny.safetensors#sha256={SHA256.upper()}&path=weights/model.bin"))
    (file,) = listing.files
    assert (file.path, file.promise) == ("weights/model.bin", f"sha256:{SHA256}")
    said: Any = listing.metadata["files"]
    assert said["weights/model.bin"]["trust"] == "expected"
    assert read(source, listing) == DATA
    site.pages["/models/tiny.safetensors"].headers = {"ETag": '"other"', "Last-Modified": None}
    assert source.resolve(listing.ref).revision == listing.revision
    assert read(source, listing) == DATA


@pytest.mark.parametrize("headers", [{"ETag": '"new"'}, {"Last-Modified": "Tue, 01 Dec 2026 12:00:00 GMT"}])
def test_a_file_that_moved_is_another_revision(site: Website, headers: dict[str, str]) -> None:
    source, ref = source_of(site), ref_of(site, "models/tiny.safetensors")
    before = source.resolve(ref)
    assert source.resolve(ref).revision == before.revision
    site.pages["/models/tiny.safetensors"].headers = headers
    assert source.resolve(ref).revision != before.revision


def test_a_file_that_changed_since_it_was_looked_at_is_refused(site: Website) -> None:
    source = source_of(site)
    listing = source.resolve(ref_of(site, "models/config.json"))
    site.pages["/models/config.json"] = Page(b"[]")
    with pytest.raises(IntegrityError) as caught:
        read(source, listing)
    assert caught.value.code == "changed-in-transfer"


def test_a_broken_connection_goes_on_where_it_broke(site: Website) -> None:
    source = source_of(site)
    listing = source.resolve(ref_of(site, "models/tiny.safetensors"))
    broken = [Delivery(cut_after=1_000_000), Delivery(reset=True, cut_after=9)]
    site.pages["/models/tiny.safetensors"].deliveries = broken
    assert read(source, listing) == DATA
    assert site.heads("range")[0] == "bytes=1000000-"
    assert len(site.heads("if-range")) == len(site.heads("range"))


def test_a_server_without_ranges_sends_all_again(site: Website) -> None:
    source = source_of(site)
    page = site.pages["/models/tiny.safetensors"]
    page.headers = {"ETag": None}
    listing = source.resolve(ref_of(site, "models/tiny.safetensors"))
    page.deliveries = [Delivery(cut_after=1_000_000)]
    assert read(source, listing) == DATA
    assert read(source, listing, 5) == DATA[5:]


@pytest.mark.parametrize("by", [-1, 1])
def test_another_length_than_promised_is_refused(site: Website, by: int) -> None:
    source = source_of(site)
    listing = source.resolve(ref_of(site, f"models/config.json#sha256={hashlib.sha256(b'{}').hexdigest()}"))
    site.pages["/models/config.json"] = Page(b"{}{}"[: 2 + by])
    with pytest.raises(IntegrityError) as caught:
        read(source, listing)
    assert caught.value.code == "size-mismatch"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (404, NotFoundError, "repository-missing"),
        (410, NotFoundError, "repository-missing"),
        (401, AccessError, "private"),
        (403, AccessError, "private"),
        (400, SourceError, "bad-answer"),
        (503, SourceError, "bad-answer"),
    ],
)
def test_an_error_status_says_what_it_means(
    site: Website, status: int, kind: type[WeighbridgeError], code: str
) -> None:
    site.pages["/models/tiny.safetensors"].status = status
    error = refused(site)
    assert (type(error), error.code) == (kind, code)


def test_who_is_busy_is_asked_again(site: Website) -> None:
    source, ref = source_of(site), ref_of(site, "models/tiny.safetensors")
    site.pages["/models/tiny.safetensors"].deliveries = [Delivery(reset=True, cut_after=0)] * 2
    assert source.resolve(ref).files[0].size == len(DATA)
    with pytest.raises(SourceError) as caught:
        UrlSource("http", allowed=["http://127.0.0.1:1/*"]).resolve(Ref.parse("http://127.0.0.1:1/x"))
    assert caught.value.code == "unreachable"


def test_a_web_page_is_no_file(site: Website) -> None:
    site.pages["/models/tiny.safetensors"].headers = {"Content-Type": "text/html; charset=utf-8"}
    assert refused(site).code == "html-instead-of-file"
    site.pages["/card.html"] = Page(b"<h1>", {"Content-Type": "text/html"})
    assert source_of(site).resolve(ref_of(site, "card.html")).files[0].size == 4


def test_a_length_that_is_not_said_is_refused(site: Website) -> None:
    site.pages["/models/tiny.safetensors"].deliveries = [Delivery(chunked=True)]
    assert refused(site).code == "no-length"


def test_compressed_bytes_are_refused(site: Website) -> None:
    site.pages["/models/tiny.safetensors"].headers = {"Content-Encoding": "gzip"}
    assert refused(site).code == "encoded-answer"


def test_redirects_are_followed_bounded_and_written_down_without_their_queries(site: Website) -> None:
    site.redirects = {"/latest": "/v2?signature=secret", "/v2": "/models/config.json", "/loop": "/loop"}
    source = source_of(site)
    listing = source.resolve(ref_of(site, "latest#path=config.json"))
    assert read(source, listing) == b"{}"
    said: Any = listing.metadata["files"]
    assert said["config.json"]["redirects"] == [f"{site.url}/v2", f"{site.url}/models/config.json"]
    assert refused(site, "loop").code == "redirect-refused"


def test_a_redirect_away_from_tls_is_refused(site: Website, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with Website(context) as secure:
        secure.publish({"config.json": b"{}"})
        secure.redirects = {"/away": f"{site.url}/models/config.json"}
        source = UrlSource(sleep=lambda _: None)
        listing = source.resolve(Ref.parse(f"{secure.url}/config.json"))
        assert read(source, listing) == b"{}"
        with pytest.raises(SourceError) as caught:
            source.resolve(Ref.parse(f"{secure.url}/away"))
        assert caught.value.code == "redirect-refused"


@pytest.mark.parametrize("allowed", [[], ["https://**"], ["**"], ["http://elsewhere/**"]])
def test_without_tls_only_what_the_policy_names_is_asked(site: Website, allowed: list[str]) -> None:
    source = UrlSource("http", allowed=allowed, sleep=lambda _: None)
    listing = source_of(site).resolve(ref_of(site, "models/config.json"))
    for act in (lambda: source.resolve(listing.ref), lambda: read(source, listing)):
        asked = len(site.asked)
        with pytest.raises(UsageError) as caught:
            act()
        assert caught.value.code == "plain-http"
        assert len(site.asked) == asked


def test_an_address_without_tls_among_others_is_refused_too(site: Website) -> None:
    with pytest.raises(UsageError) as caught:
        UrlSource().resolve(Ref.parse(f"https://localhost:1/a {site.url}/models/config.json"))
    assert caught.value.code == "plain-http"
    assert not site.asked


def test_no_login_of_this_user_leaves_the_machine(
    site: Website, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    source = source_of(site)
    read(source, source.resolve(ref_of(site, "models/config.json")))
    assert not site.heads("authorization")
    assert not site.heads("cookie")


def test_a_file_that_is_not_listed_is_not_read(site: Website) -> None:
    source = source_of(site)
    listing = source.resolve(ref_of(site, *FILES))
    other = source.resolve(ref_of(site, "models/config.json"))
    with pytest.raises(NotFoundError) as caught:
        b"".join(source.read(other, listing.files[0], 0))
    assert caught.value.code == "file-missing"


@pytest.mark.parametrize(
    "text",
    [
        "https://",
        "https:///x",
        "https:relative",
        "https://host/",
        "https://host",
        "https://host:99999/x",
        "https://user:secret@host/x",
        "https://token@host/x",
        "https://user:secret@[::1/x",
        "https://host/x#sha256=123",
        "https://host/x#md5=123",
        "https://host/x#words",
        f"https://host/x#sha256={SHA256}&sha256={SHA256}",
        "https://host/x https://host/y/x",
        "https://host/x ftp://host/y",
        "https://host/x y",
        "https://[::1/x",
        # Other spellings of what a rule names.
        "https://HOST/x",
        "https://host./x",
        "https://host.:8443/x",
        "https://host:443/x",
        "http://host:80/x",
        "https://host:/x",
        "https://hö.st/x",
        "https://host/a/../x",
        "https://host/a/%2e%2E/x",
        "https://host/a/./x",
        "https://host/a%5cb/x",
        " ".join(f"https://host/{number}" for number in range(MAX_FILES + 1)),
    ],
)
def test_what_is_no_plain_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        addresses(Ref.parse(text))
    assert caught.value.code == "bad-ref"
    assert caught.value.hint
    assert "secret" not in str(caught.value)


def test_addresses_say_what_files_are_called() -> None:
    found = addresses(Ref.parse("https://host:8443/a/x.bin?v=1#path=sub/x.bin https://other/x%20y.txt"))
    assert [(item.url, item.path, item.sha256) for item in found] == [
        ("https://host:8443/a/x.bin?v=1", "sub/x.bin", ""),
        ("https://other/x%20y.txt", "x y.txt", ""),
    ]
