"""Repositories for torch.hub, from real servers: what is taken, what is compared, and what is refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.github import FakeGitHub, archive, git_id
from tests.fakes.hub.messages import Delivery
from tests.fakes.torchhub import DATA, PREFIXED, SHA256, code, published, refusal, source_of
from tests.fakes.website import Page, Website

from weighbridge.core.errors import IntegrityError, NotFoundError, UsageError
from weighbridge.core.listing import RemoteFile
from weighbridge.core.ref import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.listing import Listing
    from weighbridge.sources.torchhub import TorchHubSource


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        yield made


@pytest.fixture
def site() -> Iterator[Website]:
    with Website() as made:
        made.publish({f"w/{PREFIXED}": DATA, "w/other.pth": b"other"})
        yield made


def read(source: TorchHubSource, listing: Listing, path: str, offset: int = 0) -> bytes:
    file = next(file for file in listing.files if file.path == path)
    return b"".join(source.read(listing, file, offset))


def attempt(source: TorchHubSource, listing: Listing, path: str, offset: int) -> tuple[bytes, str]:
    """What came, and why no more."""
    file, got = next(file for file in listing.files if file.path == path), bytearray()
    try:
        for piece in source.read(listing, file, offset):
            got += piece
    except IntegrityError as error:
        return bytes(got), error.code
    return bytes(got), ""


def test_a_tag_is_its_commit_with_code_and_weights(github: FakeGitHub, site: Website) -> None:
    repo, source = published(github, site), source_of(github, site)
    listing = source.resolve(Ref.parse("torchhub:org/net@v1.0#tiny"))
    commit = repo.names["v1.0"]
    folder = f"hub/org_net_{commit}/"
    assert listing.revision == commit
    assert listing.identity == {"id": "7", "owner": "org"}
    wanted: dict[str, tuple[int, str]] = {
        folder + path: (len(data), f"git:{git_id('blob', data)}") for path, data in code(site).items()
    }
    wanted[f"hub/checkpoints/{PREFIXED}"] = (len(DATA), "")
    assert {file.path: (file.size, file.promise) for file in listing.files} == wanted
    assert {path: read(source, listing, path)[:5] for path in (folder + "run.sh", f"hub/checkpoints/{PREFIXED}")} == {
        folder + "run.sh": b"#!/bi",
        f"hub/checkpoints/{PREFIXED}": DATA[:5],
    }
    said: Any = listing.metadata
    assert (said["tree"], said["resolved_by"], said["code_licence"]) == ("verified", "api", "BSD-3-Clause")
    assert (said["entry"], said["entries"]) == ("tiny", ["bare", "hidden", "load_state_dict_from_url", "tiny"])
    assert said["archive"]["sha256"] == hashlib.sha256(repo.commits[commit].archive).hexdigest()
    assert said["archive"]["redirects"] == [f"{github.allowed[1].removesuffix('/**')}/org/net/legacy.zip/{commit}"]
    weights = said["weights"][f"hub/checkpoints/{PREFIXED}"]
    assert (weights["trust"], weights["named_by"], weights["hash_prefix"]) == ("first-use", "code", SHA256[:8])
    assert not said["weights_unresolved"]
    # One archive serves all reads.
    assert len(github.sent_on) == 1


def test_without_an_entry_there_is_code_alone(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    listing = source_of(github, site).resolve(Ref.parse("torchhub:org/net"))
    assert {file.path.split("/")[1] for file in listing.files} == {f"org_net_{listing.revision}"}
    assert not site.asked
    bare = source_of(github, site).resolve(Ref.parse("torchhub:org/net#bare"))
    assert bare.metadata["weights"] == {}


def test_named_weights_are_taken_in_place_of_those_of_the_code(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    source = source_of(github, site)
    urls = f"{site.url}/w/other.pth {site.url}/w/{PREFIXED}#sha256={SHA256}&path=mine.pth"
    for part, missing in ((f"tiny {urls}", [f"{site.url}/w/{PREFIXED}"]), (urls, []), (f"hidden {urls}", [])):
        listing = source.resolve(Ref.parse(f"torchhub:org/net@main#{part}"))
        weights = {file.path: file.promise for file in listing.files if file.path.startswith("hub/checkpoints/")}
        assert weights == {"hub/checkpoints/other.pth": "", "hub/checkpoints/mine.pth": f"sha256:{SHA256}"}
        assert read(source, listing, "hub/checkpoints/mine.pth", 5) == DATA[5:]
        assert read(source, listing, "hub/checkpoints/other.pth") == b"other"
        assert listing.metadata["weights_not_taken"] == missing
    assert listing.metadata["weights_unresolved"] == ["hubconf.py:11"]


def test_weights_that_only_running_the_code_would_tell_are_asked_for(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    error = refusal(source_of(github, site), "torchhub:org/net#hidden")
    assert (error.code, error.exit_code) == ("weights-unresolved", 2)
    assert error.details["places"] == ["hubconf.py:11"]


def test_an_entry_that_is_not_there_is_said_so(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    error = refusal(source_of(github, site), "torchhub:org/net#huge")
    assert (error.code, error.exit_code) == ("entry-missing", 1)
    assert "bare, hidden" in error.hint
    github.repo("org/empty").commit({"a.py": b""})
    assert "none at all" in refusal(source_of(github), "torchhub:org/empty#huge").hint


def test_weights_have_to_keep_what_their_name_promises(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    source, path = source_of(github, site), f"hub/checkpoints/{PREFIXED}"
    listing = source.resolve(Ref.parse("torchhub:org/net#tiny"))
    assert [read(source, listing, path, offset) for offset in (0, 7, len(DATA) - 1, len(DATA))] == [
        DATA,
        DATA[7:],
        DATA[-1:],
        b"",
    ]
    wrong = bytearray(DATA)
    wrong[-1] ^= 1
    site.pages[f"/w/{PREFIXED}"] = Page(bytes(wrong))
    listing = source.resolve(Ref.parse("torchhub:org/net#tiny"))
    for offset in (0, 2_000_000, len(DATA) - 1):
        got, code_ = attempt(source, listing, path, offset)
        assert code_ == "name-prefix-mismatch"
        # Never the whole.
        assert len(got) < len(DATA) - offset


def test_weights_that_change_between_look_and_transfer_are_refused(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    source = source_of(github, site)
    listing = source.resolve(Ref.parse(f"torchhub:org/net#{site.url}/w/other.pth"))
    site.publish({"w/other.pth": b"OTHER"})
    with pytest.raises(IntegrityError) as caught:
        read(source, listing, "hub/checkpoints/other.pth")
    assert caught.value.code == "changed-in-transfer"


@pytest.mark.parametrize("status", [403, 429, 503])
def test_an_api_that_refuses_is_not_needed(github: FakeGitHub, site: Website, status: int) -> None:
    repo = published(github, site)
    source = source_of(github, site)
    told = source.resolve(Ref.parse("torchhub:org/net#tiny"))
    github.refuses = lambda _: status
    for revision in ("@v1.0", "", f"@{repo.names['main']}"):
        listing = source.resolve(Ref.parse(f"torchhub:org/net{revision}#tiny"))
        assert listing.revision == repo.names["v1.0"]
        assert (listing.metadata["resolved_by"], listing.metadata["tree"]) == ("archive", "unknown")
        assert listing.identity == {"owner": "org"}
        assert listing.files == told.files
    assert refusal(source, "torchhub:org/none").code == "repository-missing"
    assert refusal(source, "torchhub:org/net@none").code == "repository-missing"


def test_an_api_that_is_not_there_is_not_needed(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    source = source_of(github, site, api="http://127.0.0.1:9/api", allowed=[*github.allowed, "http://127.0.0.1:9/**"])
    assert source.resolve(Ref.parse("torchhub:org/net")).metadata["resolved_by"] == "archive"


@pytest.mark.parametrize(("status", "code_"), [(401, "bad-token"), (404, "repository-missing"), (451, "disabled")])
def test_what_the_api_says_clearly_is_believed(github: FakeGitHub, site: Website, status: int, code_: str) -> None:
    published(github, site)
    github.refuses = lambda _: status
    assert refusal(source_of(github, site), "torchhub:org/net").code == code_
    assert not github.sent_on


@pytest.mark.parametrize("revision", ["none", "0" * 40])
def test_a_revision_that_is_not_there_is_said_so(github: FakeGitHub, site: Website, revision: str) -> None:
    published(github, site)
    error = refusal(source_of(github, site), f"torchhub:org/net@{revision}")
    assert isinstance(error, NotFoundError)
    assert error.code == "revision-missing"


LIES: dict[str, tuple[Any, str]] = {
    "no object": (lambda _, __: [], "bad-answer"),
    "no commit": (lambda path, said: said | {"sha": "main"} if "commits" in path else said, "bad-answer"),
    "no tree": (lambda path, said: said | {"commit": {}} if "commits" in path else said, "bad-answer"),
    "no owner": (lambda path, said: said if "commits" in path else said | {"owner": None}, "bad-answer"),
    "another name": (lambda path, said: said if "commits" in path else said | {"full_name": "Org/Net"}, "bad-repo"),
    "another commit": (lambda path, said: said | {"sha": "1" * 40} if "commits" in path else said, "bad-revision"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_api_that_contradicts_itself_is_refused(github: FakeGitHub, site: Website, lie: str) -> None:
    repo = published(github, site)
    github.changes, code_ = LIES[lie]
    assert refusal(source_of(github, site), f"torchhub:org/net@{repo.names['main']}").code == code_


def test_another_spelling_of_the_name_is_refused_without_the_api_too(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    github.refuses = lambda _: 403
    github.repos["ORG/net"] = github.repos["org/net"]
    assert refusal(source_of(github, site), "torchhub:ORG/net").code == "bad-repo"


def test_a_tag_that_moves_is_another_revision_and_what_was_resolved_stays(github: FakeGitHub, site: Website) -> None:
    repo, source = published(github, site), source_of(github, site)
    ref = Ref.parse("torchhub:org/net@v1.0")
    before = source.resolve(ref)
    repo.commit({**code(site), "hubconf.py": b"# other\n"}, "v1.0")
    assert source.resolve(ref).revision != before.revision
    path = f"hub/org_net_{before.revision}/hubconf.py"
    assert read(source_of(github, site), before, path) == read(source, before, path) == code(site)["hubconf.py"]


def test_another_tree_than_that_of_the_api_is_written_down(github: FakeGitHub, site: Website) -> None:
    """A repository may leave files out of its archives, by export-ignore."""
    repo = published(github, site)
    commit = repo.commits[repo.names["main"]]
    commit.tree = "2" * 40
    listing = source_of(github, site).resolve(Ref.parse("torchhub:org/net"))
    assert listing.metadata["tree"] == "differs"


def test_an_archive_of_another_commit_is_refused(github: FakeGitHub, site: Website) -> None:
    repo = published(github, site)
    commit = repo.commits[repo.names["main"]]
    commit.archive = archive("org/net", commit.id, code(site), comment="3" * 40)
    source = source_of(github, site)
    assert refusal(source, "torchhub:org/net").code == "wrong-commit"
    github.refuses = lambda _: 403
    assert refusal(source, f"torchhub:org/net@{commit.id}").code == "wrong-commit"


def test_other_files_at_a_commit_that_was_resolved_are_refused(github: FakeGitHub, site: Website) -> None:
    repo = published(github, site)
    listing = source_of(github, site).resolve(Ref.parse("torchhub:org/net"))
    commit = repo.commits[listing.revision]
    commit.archive = archive("org/net", commit.id, {**code(site), "hubconf.py": b"import os\n"})
    with pytest.raises(IntegrityError) as caught:
        read(source_of(github, site), listing, listing.files[0].path)
    assert caught.value.code == "wrong-commit"


def test_a_broken_connection_is_tried_again(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    github.deliveries = [Delivery(cut_after=100), Delivery(cut_after=10, reset=True)]
    assert source_of(github, site).resolve(Ref.parse("torchhub:org/net")).metadata["tree"] == "verified"
    github.deliveries = [Delivery(cut_after=100)] * 3
    assert refusal(source_of(github, site, max_tries=3), "torchhub:org/net").code == "connection-lost"


def test_a_server_without_a_second_origin_will_do(site: Website) -> None:
    with FakeGitHub(redirects=False) as github:
        published(github, site)
        listing = source_of(github, site).resolve(Ref.parse("torchhub:org/net"))
        said: Any = listing.metadata["archive"]
        assert said["redirects"] == []


def test_a_web_page_is_no_archive(github: FakeGitHub, site: Website) -> None:
    site.pages["/org/net/zipball/HEAD"] = Page(b"<h1>Log in</h1>", {"Content-Type": "text/html"})
    source = source_of(github, site, url=site.url, api=f"{site.url}/api")
    github.refuses = lambda _: 403
    site.pages["/api/repos/org/net"] = Page(b"", status=403)
    assert refusal(source, "torchhub:org/net").code == "html-instead-of-file"
    site.pages["/org/net/zipball/HEAD"] = Page(b"", status=403)
    assert refusal(source, "torchhub:org/net").code == "rate-limited"


def test_the_token_goes_to_the_api_alone(github: FakeGitHub, site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    published(github, site)
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_invented")
    source = source_of(github, site, token=None)
    listing = source.resolve(Ref.parse("torchhub:org/net#tiny"))
    read(source, listing, f"hub/checkpoints/{PREFIXED}")
    said = [(question.path.startswith("/api/"), question.headers.get("authorization")) for question in github.asked]
    assert set(said) == {(True, "Bearer ghp_invented"), (False, None)}
    assert not [question for question in (*github.sent_on, *site.asked) if "authorization" in question.headers]
    assert "ghp_invented" not in repr(listing)
    monkeypatch.setenv("GITHUB_TOKEN", "two words")
    assert refusal(source, "torchhub:org/net").code == "bad-token"


def test_the_environment_says_where_it_is(github: FakeGitHub, site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    published(github, site)
    source = source_of(github, site, url=None, api=None)
    monkeypatch.setenv("WEIGHBRIDGE_GITHUB_URL", f"{github.url}/")
    monkeypatch.setenv("WEIGHBRIDGE_GITHUB_API_URL", f"{github.api}/")
    assert source.resolve(Ref.parse("torchhub:org/net")).metadata["resolved_by"] == "api"
    for wrong in ("ftp://host", "https://user@host", "https://host?a=b", "https://[", "host"):
        monkeypatch.setenv("WEIGHBRIDGE_GITHUB_URL", wrong)
        assert refusal(source, "torchhub:org/net").code == "bad-endpoint"


def test_without_tls_and_without_a_rule_nothing_is_asked(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    assert refusal(source_of(github, allowed=[]), "torchhub:org/net").code == "plain-http"
    assert not github.asked
    # Nor are weights, if the rule is about the code's place alone.
    assert refusal(source_of(github), "torchhub:org/net#tiny").code == "plain-http"
    assert not site.asked


@pytest.mark.parametrize(
    ("text", "code_"),
    [
        ("torchhub:net", "bad-repo"),
        ("torchhub:org/net/more", "bad-repo"),
        ("torchhub:org/..", "bad-repo"),
        ("torchhub:org/net.git", "bad-repo"),
        ("torchhub:-org/net", "bad-repo"),
        ("torchhub:org/net@a..b", "bad-ref"),
        ("torchhub:org/net@../x", "bad-ref"),
        ("torchhub:org/net@a b", "bad-ref"),
        ("torchhub:org/net@a?b", "bad-ref"),
        ("torchhub:org/net#a-b", "bad-ref"),
        ("torchhub:org/net#a b", "bad-ref"),
        ("torchhub:org/net#a ftp://h/x.pth", "bad-ref"),
        ("torchhub:org/net#a https://h/", "bad-ref"),
        ("torchhub:org/net#a https://h/x.pth#path=a/b", "bad-ref"),
        ("torchhub:org/net#a https://h/x.pth#path=..", "bad-ref"),
        ("torchhub:org/net#a https://h/x.pth#md5=00", "bad-ref"),
        ("torchhub:org/net#a https://h/x.pth https://i/x.pth", "bad-ref"),
        ("torchhub:org/net#a https://u:p@h/x.pth", "bad-ref"),
    ],
)
def test_a_reference_has_one_spelling(github: FakeGitHub, site: Website, text: str, code_: str) -> None:
    repo = published(github, site)
    repo.commit({"hubconf.py": b"def a(): pass\n"})
    error = refusal(source_of(github, site), text)
    assert isinstance(error, UsageError)
    assert error.code == code_


def test_what_is_not_in_the_listing_is_not_read(github: FakeGitHub, site: Website) -> None:
    published(github, site)
    source = source_of(github, site)
    listing = source.resolve(Ref.parse("torchhub:org/net"))
    for path in ("hubconf.py", f"hub/org_net_{listing.revision}/none.py", "hub/checkpoints/none.pth"):
        with pytest.raises(NotFoundError) as caught:
            list(source.read(listing, RemoteFile(path, 1), 0))
        assert caught.value.code == "file-missing"


def test_old_archives_make_room_for_new_ones(github: FakeGitHub) -> None:
    repo, source = github.repo("org/net"), source_of(github)
    first = repo.commit({"a": b"0"})
    listing = source.resolve(Ref.parse("torchhub:org/net"))
    reader = source.read(listing, listing.files[0], 0)
    for number in range(1, 8):
        repo.commit({"a": bytes([number])})
        source.resolve(Ref.parse("torchhub:org/net"))
    assert len(source._fetched) == 4
    assert next(iter(reader)) == b"0"
    assert read(source, listing, f"hub/org_net_{first.id}/a") == b"0"
