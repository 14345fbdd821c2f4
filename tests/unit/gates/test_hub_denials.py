from __future__ import annotations

import shlex
from dataclasses import replace

import pytest
from tests.fakes.hub_pins import COMMIT, OTHER_COMMIT, REPO, gate_of, hub_pin
from tests.fakes.pins import make_pin
from tests.unit.gates.asking import BASE, CANDIDATE, GATE, PIN, ask, text_of

from weighbridge.core.errors import DeniedError, IntegrityError, StoreError
from weighbridge.core.http import Answer, Denial, FileRange, Request, one_line
from weighbridge.gates.hub import Approved, Refused

RUST = {"user-agent": "hf-hub/1.0.0"}
OF_A_REVISION = ("/api/models/{}/revision/{}", "/api/models/{}/tree/{}", "/{}/resolve/{}/config.json", "/{}/raw/{}/x")


def error_of(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.headers["X-Error-Code"]


@pytest.mark.parametrize("path", OF_A_REVISION)
def test_an_unknown_repository_tells_how_to_add_it(path: str) -> None:
    answer = ask(path.format("org/none", "main"))
    assert error_of(answer) == (404, "RepoNotFound")
    assert text_of(answer) == (
        "org/none is not governed by Weighbridge: run `weighbridge add hf:org/none --name NAME`, "
        "then `weighbridge approve NAME --stage production`"
    )
    assert answer.denial is not None
    assert (answer.denial.repo, answer.denial.revision) == ("org/none", "main")


@pytest.mark.parametrize("path", ["/api/models/none", "/api/models/org/none/refs", "/api/models/none/auth-check"])
def test_a_whole_repository_that_is_unknown(path: str) -> None:
    assert error_of(ask(path)) == (404, "RepoNotFound")


@pytest.mark.parametrize("path", OF_A_REVISION)
@pytest.mark.parametrize("revision", ["dev", OTHER_COMMIT, "refs%2Fheads%2Fdev"])
def test_a_denied_revision_tells_why(path: str, revision: str) -> None:
    answer = ask(path.format(REPO, revision))
    assert error_of(answer) == (404, "RevisionNotFound")
    assert text_of(answer).endswith(
        ", governed as tiny, is denied for production: nobody has approved it; "
        "run `weighbridge approve tiny --stage production`"
    )
    assert "X-Repo-Commit" not in answer.headers


@pytest.mark.parametrize("path", OF_A_REVISION)
def test_another_revision_tells_which_are_approved(path: str) -> None:
    answer = ask(path.format(REPO, "other"))
    assert error_of(answer) == (404, "RevisionNotFound")
    assert text_of(answer) == (
        "org/tiny has no approved revision other: approved for production is main or a1a1a1a1a1a1 as tiny; "
        "ask for that, or run `weighbridge add hf:org/tiny@other --name NAME` and approve it"
    )


def test_main_is_not_what_another_branch_or_a_commit_was_followed_for() -> None:
    for follow, known in (("v1.0", "v1.0 or a1a1a1a1a1a1"), (COMMIT, "a1a1a1a1a1a1")):
        gate = gate_of(hub_pin(follow=follow))
        answer = ask(BASE, gate=gate)
        assert error_of(answer) == (404, "RevisionNotFound")
        assert f"no approved revision main: approved for production is {known} as tiny" in text_of(answer)
        # What concerns no revision still answers.
        assert ask(f"{BASE}/refs", gate=gate).status == 200
        assert ask("/api/models", gate=gate).body != b"[]"


def test_a_repository_of_which_all_is_denied() -> None:
    gate = gate_of(refused=[Refused.of(PIN, "revoked by carol", hint="weighbridge audit tiny")])
    for path in (BASE, f"{BASE}/revision/other", f"{BASE}/refs", f"{BASE}/auth-check", f"/{REPO}/resolve/main/x"):
        answer = ask(path, gate=gate)
        assert error_of(answer) == (404, "RevisionNotFound")
        assert "revoked by carol; run `weighbridge audit tiny`" in text_of(answer)
    assert ask("/api/models", gate=gate).body == b"[]"


def test_what_is_denied_hides_nothing_that_is_approved() -> None:
    gate = gate_of(
        PIN, refused=[Refused.of(replace(CANDIDATE, follow="main"), "not yet"), Refused.of(PIN, "other stage")]
    )
    assert ask(BASE, gate=gate).headers["X-Repo-Commit"] == COMMIT
    assert "not yet" in text_of(ask(f"{BASE}/revision/{OTHER_COMMIT}", gate=gate))


@pytest.mark.parametrize("refs", [["v1", "v2"], ["v2", "v1"]])
def test_refs_may_be_others_than_the_one_followed(refs: list[str]) -> None:
    approved = Approved.of(PIN, refs=refs)
    refused = Refused.of(CANDIDATE, "no", refs=["v3"])
    assert (approved.refs, refused.refs) == (tuple(refs), ("v3",))


def test_pins_of_other_sources_are_a_mistake() -> None:
    for source in ("file:/models/x", "torchhub:pytorch/vision"):
        with pytest.raises(ValueError, match="not a model of the Hub"):
            Approved.of(make_pin(source=source))
        with pytest.raises(ValueError, match="not a model of the Hub"):
            Refused.of(make_pin(source=source), "no")


def test_a_pin_without_a_followed_ref_has_the_default_branch() -> None:
    assert ask(BASE, gate=gate_of(hub_pin(follow=""))).status == 200


def test_rust_shows_the_text_of_a_403_alone() -> None:
    assert error_of(ask(f"/{REPO}/resolve/dev/config.json", headers=RUST)) == (403, "RevisionNotFound")
    assert error_of(ask("/org/none/resolve/main/config.json", headers=RUST)) == (403, "RepoNotFound")
    assert error_of(ask(f"/{REPO}/resolve/main/none", headers=RUST)) == (404, "EntryNotFound")


@pytest.mark.parametrize(
    ("path", "repo"),
    [
        ("/api/datasets/org/x", "datasets/org/x"),
        ("/api/datasets/org/x/tree/main", "datasets/org/x"),
        ("/api/spaces/x/revision/main", "spaces/x"),
        ("/datasets/org/x/resolve/main/a.csv", "datasets/org/x"),
        ("/spaces/org/x/raw/main/app.py", "spaces/org/x"),
        ("/api/kernels/org/x", "kernels/org/x"),
    ],
)
def test_other_kinds_are_denied_clearly(path: str, repo: str) -> None:
    answer = ask(path)
    assert error_of(answer) == (404, "RepoNotFound")
    assert text_of(answer) == f"{repo} is not served: Weighbridge governs models, and no {repo.partition('/')[0]}"
    assert answer.denial is not None
    assert answer.denial.repo == repo


def test_a_model_may_be_called_like_a_kind() -> None:
    gate = gate_of(replace(PIN, source="hf:datasets/tiny"))
    assert ask("/datasets/tiny/resolve/main/config.json", gate=gate).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/org/tiny.git/info/refs?service=git-upload-pack",
        "/org/tiny/info/refs?service=git-upload-pack",
        "/org/tiny.git/info/lfs/objects/batch",
        "/org/tiny/git-upload-pack",
        "/gpt2.git/HEAD",
        "/gpt2/info/lfs/locks",
        "/datasets/org/x.git/info/refs",
        "/v2/",
        "/v2/org/tiny/manifests/latest",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_git_and_ollama_get_a_text(path: str, method: str) -> None:
    answer = ask(path, method=method)
    assert answer.status == 403
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.denial is not None
    assert answer.body == f"{answer.denial.reason}\n".encode()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", [f"{BASE}/preupload/main", "/api/repos/create", BASE, f"/{REPO}/resolve/main/x"])
def test_nothing_can_be_written(method: str, path: str) -> None:
    answer = ask(path, method=method)
    assert answer.status == 403
    assert "takes in nothing" in text_of(answer)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("OPTIONS", BASE, "GET, HEAD"),
        ("BREW", "/", "GET, HEAD"),
        ("GET", f"{BASE}/paths-info/main", "POST"),
        ("TRACE", f"{BASE}/paths-info/main", "POST"),
    ],
)
def test_other_methods_are_not_allowed(method: str, path: str, allowed: str) -> None:
    answer = ask(path, method=method)
    assert (answer.status, answer.headers["Allow"], answer.denial) == (405, allowed, None)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "*",
        "//",
        "/api",
        "/api/",
        "/api/models/",
        "/api/models//",
        "/api/models/org/",
        f"{BASE}/",
        f"{BASE}/discussions",
        f"{BASE}/tree",
        f"{BASE}/revision",
        f"{BASE}/refs/more",
        "/api/models/gpt2/discussions",
        "/api/nothing",
        "/api/whoami-v2/more",
        f"/{REPO}",
        f"/{REPO}/resolve",
        f"/{REPO}/blob/main/config.json",
        "//resolve/main/config.json",
        "/datasets",
        "/.well-known/openapi.json",
    ],
)
def test_unknown_paths_are_404_in_json(path: str) -> None:
    answer = ask(path)
    assert answer.status == 404
    assert "no such path" in text_of(answer)
    assert "X-Error-Code" not in answer.headers


@pytest.mark.parametrize(
    "hostile",
    [
        "a%0d%0aX-Evil:%201",
        "a%00b",
        "%F0%9F%98%80",
        "a;rm%20-rf%20~",
        "$(reboot)",
        "`id`",
        "x" * 5000,
        "%E2%80%AEgpj",
        "%ff%fe",
    ],
)
def test_names_from_requests_are_harmless_in_texts(hostile: str) -> None:
    for path in (f"/{hostile}/x/resolve/main/f", f"{BASE}/revision/{hostile}", f"/{REPO}/resolve/main/{hostile}"):
        answer = ask(path)
        text = text_of(answer)
        assert answer.status == 404
        assert text.isascii()
        assert text.isprintable()
        assert len(text) <= 1000
        if "--name NAME" in text:
            command = text.partition("run `")[2].partition(" --name NAME")[0]
            words = shlex.split(command)
            assert words[:2] == ["weighbridge", "add"]
            assert len(words) == 3


FILE = FileRange(PIN.digest, "config.json", 0, 2, 2, REPO, COMMIT)


def test_what_could_not_be_opened_as_approved_says_why() -> None:
    asked = Request("GET", "/")
    denied = GATE.failed(asked, FILE, DeniedError("tiny was revoked", reasons=("revoked",), hint="see the audit"))
    assert error_of(denied) == (404, "RevisionNotFound")
    assert text_of(denied) == "config.json of org/tiny is not served: tiny was revoked; see the audit"
    assert denied.denial == Denial(REPO, COMMIT, "config.json", text_of(denied))
    assert GATE.failed(Request("GET", "/", RUST), FILE, DeniedError("no", reasons=("revoked",))).status == 403
    for error, status in ((IntegrityError("other bytes"), 403), (StoreError("the disk\nfailed"), 500)):
        answer = GATE.failed(asked, FILE, error)
        assert (answer.status, answer.headers["X-Repo-Commit"]) == (status, COMMIT)
        assert text_of(answer).startswith(f"config.json of org/tiny is not served: {one_line(error.message)}; ")
