from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.fakes.hub.blobs import blob_of
from tests.fakes.hub_pins import COMMIT, FILES, OTHER_COMMIT, REPO, WEIGHTS, gate_of, hub_pin
from tests.unit.gates.asking import BASE, GPT, PIN, ask, said, text_of

from weighbridge.gates.hub_api import MAX_LISTED

LFS = {"model.safetensors", "onnx/deep/model.onnx"}


@pytest.mark.parametrize("revision", ["", "/revision/main", "/revision/HEAD", f"/revision/{COMMIT}"])
def test_info_tells_the_commit_and_the_governed_files(revision: str) -> None:
    info = said(f"{BASE}{revision}")
    assert (info["id"], info["modelId"], info["sha"], info["author"]) == (REPO, REPO, COMMIT, "org")
    assert [sibling["rfilename"] for sibling in info["siblings"]] == sorted(FILES)
    assert info["tags"] == ["bert"]
    assert (info["library_name"], info["lastModified"]) == ("transformers", "2026-03-01T12:00:00.000Z")
    assert ask(f"{BASE}{revision}").headers["X-Repo-Commit"] == COMMIT
    assert "securityRepoStatus" not in info


@pytest.mark.parametrize("revision", ["refs%2Fheads%2Fmain", "refs/heads/main", "refs%2Ftags%2Fmain"])
def test_a_ref_may_be_quoted_or_not(revision: str) -> None:
    assert said(f"{BASE}/revision/{revision}")["sha"] == COMMIT
    assert said(f"{BASE}/tree/{revision}/onnx")[0]["path"] == "onnx/deep"


def test_a_pull_request_is_a_revision_if_it_is_followed() -> None:
    gate = gate_of(hub_pin(follow="refs/pr/1"))
    assert said(f"{BASE}/revision/refs%2Fpr%2F1", gate=gate)["sha"] == COMMIT
    assert said(f"{BASE}/revision/refs/pr/1", gate=gate)["sha"] == COMMIT
    assert said(f"{BASE}/refs", gate=gate)["branches"] == []
    shown = said(f"{BASE}/refs?include_prs=1", gate=gate)["pullRequests"]
    assert shown == [{"name": "1", "ref": "refs/pr/1", "targetCommit": COMMIT}]


def test_info_with_blobs_tells_what_the_hub_would() -> None:
    for sibling in said(f"{BASE}?blobs=true")["siblings"]:
        path, data = sibling["rfilename"], FILES[sibling["rfilename"]]
        blob = blob_of(path, data)
        assert (sibling["blobId"], sibling["size"]) == (blob.oid, len(data))
        lfs = {"sha256": blob.sha256, "size": len(data), "pointerSize": len(blob.pointer)} if blob.sha256 else None
        assert sibling.get("lfs") == lfs


def test_info_expands_to_what_was_asked() -> None:
    for asked in ("expand=tags&expand=siblings", "expand[]=tags&expand[]=siblings", "expand=tags,siblings"):
        assert set(said(f"{BASE}?{asked}")) == {"_id", "id", "modelId", "sha", "tags", "siblings"}
    assert said(f"{BASE}?expand=securityRepoStatus")["securityRepoStatus"]["scansDone"] is False
    assert said(f"{BASE}?securityStatus=true")["securityRepoStatus"]["filesWithIssues"] == []


def test_metadata_of_any_shape_does_no_harm() -> None:
    info = said("/api/models/gpt2")
    assert (info["author"], info["tags"], info["lastModified"]) == (None, [], "1970-01-01T00:00:00.000Z")
    odd = replace(GPT, metadata={"tags": "x", "last_modified": "yesterday", "card": {"license": "mit"}})
    info = said("/api/models/gpt2", gate=gate_of(odd))
    assert (info["tags"], info["lastModified"], info["cardData"]) == (
        [],
        "1970-01-01T00:00:00.000Z",
        {"license": "mit"},
    )


def test_a_tree_lists_files_and_folders() -> None:
    assert [entry["path"] for entry in said(f"{BASE}/tree/main")] == [
        "README.md",
        "config.json",
        "empty.txt",
        "model.safetensors",
        "onnx",
    ]
    everything = said(f"{BASE}/tree/main?recursive=true")
    assert {entry["path"] for entry in everything} == {*FILES, "onnx", "onnx/deep"}
    for entry in everything:
        if entry["type"] == "directory":
            assert len(entry["oid"]) == 40
            continue
        blob = blob_of(entry["path"], FILES[entry["path"]])
        assert (entry["oid"], entry["size"]) == (blob.oid, blob.size)
        assert entry.get("lfs", {}).get("oid") == blob.sha256
        assert "xetHash" not in entry


@pytest.mark.parametrize("folder", ["onnx/deep", "onnx%2Fdeep", "onnx/deep/"])
def test_a_tree_of_a_folder(folder: str) -> None:
    (entry,) = said(f"{BASE}/tree/main/{folder}?recursive=False")
    assert entry["path"] == "onnx/deep/model.onnx"
    assert "lastCommit" not in entry


@pytest.mark.parametrize("folder", ["none", "onnx/none", "config.json", "../onnx", "onnx/../onnx"])
def test_a_tree_of_no_folder_is_a_missing_entry(folder: str) -> None:
    answer = ask(f"{BASE}/tree/main/{folder}")
    assert (answer.status, answer.headers["X-Error-Code"], answer.headers["X-Repo-Commit"]) == (
        404,
        "EntryNotFound",
        COMMIT,
    )


def test_an_expanded_tree_names_the_approved_commit() -> None:
    for entry in said(f"{BASE}/tree/main?recursive=true&expand=true"):
        assert entry["lastCommit"] == {
            "id": COMMIT,
            "title": "Approved revision",
            "date": "2026-03-01T12:00:00.000Z",
        }


def paths_info(body: bytes, kind: str) -> list[str]:
    answer = ask(f"{BASE}/paths-info/main", method="POST", headers={"content-type": kind}, body=body)
    assert answer.status == 200
    assert isinstance(answer.body, bytes)
    return [entry["path"] + "+" * ("lastCommit" in entry) for entry in json.loads(answer.body)]


def test_paths_info_reads_forms_and_json() -> None:
    form = "application/x-www-form-urlencoded"
    assert paths_info(b"paths=config.json&paths=none&paths=onnx&expand=False", form) == ["config.json", "onnx"]
    assert paths_info(b"paths=onnx%2Fnotes.txt&expand=True", form) == ["onnx/notes.txt+"]
    assert paths_info(b"", form) == []
    assert paths_info(b"=".join([b"paths"] * 3), "") == []
    assert paths_info(b"&" * 200_000, form) == []
    assert paths_info(b'{"paths": ["config.json", "config.json"], "expand": true}', "application/json") == [
        "config.json+"
    ]
    assert paths_info(b'{"paths": "onnx"}', "application/json") == ["onnx"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"paths": 1}', b'{"paths": [1]}', b"[" * 100_000, b"\xff"])
def test_paths_info_of_something_else_is_a_bad_request(body: bytes) -> None:
    answer = ask(f"{BASE}/paths-info/main", method="POST", headers={"content-type": "application/json"}, body=body)
    assert answer.status == 400
    assert "paths must be a list" in text_of(answer)


def test_refs_and_commits_are_what_was_approved() -> None:
    assert said(f"{BASE}/refs") == {
        "branches": [{"name": "main", "ref": "refs/heads/main", "targetCommit": COMMIT}],
        "converts": [],
        "tags": [],
    }
    (commit,) = said(f"{BASE}/commits/main")
    assert (commit["id"], commit["title"]) == (COMMIT, "Approved revision of tiny")
    assert ask(f"{BASE}/commits/main").headers["X-Total-Count"] == "1"
    # A pin that follows a commit has no ref to show.
    assert said(f"{BASE}/refs", gate=gate_of(hub_pin(follow=COMMIT)))["branches"] == []


def test_the_small_endpoints() -> None:
    assert said(f"{BASE}/auth-check") == {}
    assert said("/api/agent-harnesses") == {"standardEnvVars": [], "harnesses": {}}
    assert ask("/api/telemetry/transformers/x", method="HEAD").status == 200
    answer = ask("/api/whoami-v2", headers={"authorization": "Bearer hf_secret"})
    assert isinstance(answer.body, bytes)
    assert json.loads(answer.body)["auth"]["accessToken"]["role"] == "read"
    assert b"hf_secret" not in answer.body
    assert ask("/api/whoami-v2").status == 401
    token = ask(f"{BASE}/xet-read-token/{COMMIT}")
    assert token.status == 404
    assert "no Xet" in text_of(token)


def test_a_search_finds_what_is_approved() -> None:
    def found(query: str) -> list[str]:
        return [model["id"] for model in said(f"/api/models{query}")]

    assert found("") == found("?limit=x") == found(f"?limit={10**12}") == ["gpt2", REPO]
    assert found("?search=TINY") == found("?author=org") == [REPO]
    assert found("?search=none") == found("?author=gpt2&search=tiny") == []
    assert found("?limit=1") == ["gpt2"]
    assert found("?limit=0") == []
    assert said("/api/datasets") == said("/api/spaces?search=x") == said("/api/kernels") == []


def test_a_search_is_bounded() -> None:
    many = gate_of(*(replace(PIN, name=f"m{n}", source=f"hf:org/m{n}") for n in range(MAX_LISTED + 5)))
    assert len(said("/api/models", gate=many)) == MAX_LISTED


def test_ids_of_one_segment_and_verbs_as_names() -> None:
    assert said("/api/models/gpt2")["id"] == "gpt2"
    assert said("/api/models/gpt2/revision/main")["id"] == "gpt2"
    tree = gate_of(replace(PIN, source="hf:org/tree"))
    assert said("/api/models/org/tree", gate=tree)["id"] == "org/tree"
    assert said("/api/models/org/tree/tree/main", gate=tree)[0]["path"] == "README.md"
    assert said("/api/models/ORG/Tiny")["id"] == REPO


def test_two_names_at_one_commit_are_one_revision() -> None:
    small = hub_pin({"a.gguf": b"a", "README.md": b"# Tiny\n"}, name="a")
    large = hub_pin({"b.gguf": b"b", "README.md": b"# Tiny\n"}, name="b")
    gate = gate_of(large, small)
    assert [entry["path"] for entry in said(f"{BASE}/tree/main", gate=gate)] == ["README.md", "a.gguf", "b.gguf"]
    assert said(f"{BASE}/commits/main", gate=gate)[0]["title"] == "Approved revision of a and b"
    for path, pin in (("a.gguf", small), ("b.gguf", large), ("README.md", small)):
        answer = ask(f"/{REPO}/resolve/main/{path}", gate=gate)
        assert answer.headers["X-Weighbridge-Digest"] == pin.digest


def test_each_of_two_commits_answers_by_its_own_and_the_first_name_has_the_branch() -> None:
    newer = hub_pin({"config.json": b"{}"}, name="anew", revision=OTHER_COMMIT)
    gate = gate_of(PIN, newer)
    assert said(f"{BASE}/revision/{COMMIT}", gate=gate)["sha"] == COMMIT
    assert said(f"{BASE}/revision/{OTHER_COMMIT}", gate=gate)["sha"] == OTHER_COMMIT
    assert said(BASE, gate=gate)["sha"] == OTHER_COMMIT
    assert len(WEIGHTS) > 0
