"""The whole chain with the real commands, as a data scientist types them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.e2e.chain import FILES, REPOSITORY, damage
from tests.fakes.hub import lies

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.chain import Chain
    from tests.fakes.hub import FakeHub

LOAD = "import weighbridge; print(weighbridge.load('tiny', stage='production'))"


def test_from_an_empty_folder_to_an_audited_load(empty: Chain) -> None:
    assert empty.json("init")["changed"]
    assert not empty.json("init")["changed"]
    added = empty.add()
    assert (added["files"], added["licence"], added["changed"]) == (4, "mit", True)
    assert not empty.add()["changed"]
    assert empty.json("status")["models"][0]["verdicts"][0]["reasons"][0]["code"] == "no-approval"
    approved = empty.json("approve", "tiny", "--stage", "production")["models"][0]
    assert (approved["version"], approved["published"], approved["verdict"]["separation"]) == ("1", True, "none")
    assert not empty.json("approve", "tiny", "--stage", "production")["changed"]
    assert empty.json("verify", "--algorithm", "sha256")["models"][0]["digest"] == added["digest"]
    assert not empty.json("pull")["changed"]
    assert not empty.json("register")["changed"]
    assert empty.python(LOAD).strip() == str(empty.folder())
    assert [entry["type"] for entry in empty.json("audit", "tiny")["models"][0]["entries"]] == [
        "pin",
        "inspection",
        "approval",
    ]
    assert empty.json("doctor")["healthy"]
    assert empty.run("dvc", "status", "--json").count("deleted") == 2, "only the validation report was never made"


def test_every_file_of_the_pinned_commit_is_in_the_lock(chain: Chain, hub: FakeHub) -> None:
    pin = chain.add()
    assert pin["revision"] == hub.repo(REPOSITORY).head()
    lock = json.loads((chain.root / "models/tiny/lock.json").read_text(encoding="utf-8"))
    assert [file["path"] for file in lock["pins"][0]["files"]] == sorted(FILES)
    assert all((chain.folder() / path).read_bytes() == data for path, data in FILES.items())


def test_upstream_drift_is_named_and_changes_nothing(approved: Chain, hub: FakeHub) -> None:
    assert not approved.json("outdated")["outdated"]
    hub.repo(REPOSITORY).commit({"tokenizer_config.json": b'{"lower": false}\n'})
    drift = approved.json("outdated", expect=10)["models"][0]
    assert (drift["state"], [change["path"] for change in drift["changes"]]) == ("moved", ["tokenizer_config.json"])
    assert "~ tokenizer_config.json  16 B -> 17 B" in approved.weighbridge("diff")
    approved.python(LOAD)
    assert (approved.folder() / "tokenizer_config.json").read_bytes() == FILES["tokenizer_config.json"]
    hub.delete(REPOSITORY)
    assert approved.json("outdated", expect=10)["models"][0]["state"] == "gone"
    approved.python(LOAD)


def test_another_owner_s_repository_of_the_same_name_is_refused(approved: Chain, hub: FakeHub) -> None:
    hub.delete(REPOSITORY)
    hub.create_repo(REPOSITORY, owner_id="somebody-else").commit({**FILES, "config.json": b'{"layers": 99}\n'})
    assert approved.json("outdated", expect=10)["models"][0]["state"] == "replaced"
    error = approved.json("add", f"hf:{REPOSITORY}@main", "--name", "tiny", expect=20)["error"]
    assert error["code"] == "repository-replaced"
    approved.python(LOAD)


def test_a_flipped_byte_is_refused_and_repaired(approved: Chain) -> None:
    damage(approved.folder() / "model.safetensors")
    error = approved.json("verify", expect=20)["error"]
    (problem,) = error["details"]["problems"]
    assert re.fullmatch(r"model\.safetensors: has other bytes: blake3 [0-9a-f]{64} instead of [0-9a-f]{64}", problem)
    assert "IntegrityError" in approved.python(LOAD, expect=1)
    assert approved.json("pull")["changed"]
    approved.python(LOAD)
    assert (approved.folder() / "model.safetensors").read_bytes() == FILES["model.safetensors"]


@pytest.mark.parametrize("harm", ["extra", "missing", "link", "folder"])
def test_load_refuses_any_other_folder(approved: Chain, harm: str, tmp_path: Path) -> None:
    folder = approved.folder()
    folder.chmod(0o755)
    victim = folder / "config.json"
    if harm == "extra":
        (folder / "modeling.py").write_text("print('evil')", encoding="utf-8")
    elif harm == "missing":
        victim.unlink()
    elif harm == "link":
        (tmp_path / "elsewhere").write_bytes(victim.read_bytes())
        victim.unlink()
        victim.symlink_to(tmp_path / "elsewhere")
    else:
        victim.unlink()
        victim.mkdir()
    assert "IntegrityError" in approved.python(LOAD, expect=1)
    approved.weighbridge("pull")
    approved.python(LOAD)


def test_repro_fails_at_validate_and_registers_nothing_after_a_flipped_byte(approved: Chain) -> None:
    approved.run("dvc", "repro", "models/dvc.yaml")
    before = (approved.root / "models/tiny/validation.json").read_bytes()
    damage(approved.folder() / "model.safetensors")
    said = approved.run("dvc", "repro", "models/dvc.yaml", expect=255)
    assert "weighbridge pull tiny" in said
    assert "is version" not in said
    approved.weighbridge("pull")
    approved.run("dvc", "repro", "models/dvc.yaml")
    assert (approved.root / "models/tiny/validation.json").read_bytes() == before


def test_repro_fails_at_validate_and_registers_nothing_after_a_plain_edit(approved: Chain) -> None:
    approved.run("dvc", "repro", "models/dvc.yaml")
    pointer = approved.folder().with_suffix(".dvc")
    before = pointer.read_text(encoding="utf-8")
    edited = approved.folder() / "config.json"
    edited.chmod(0o644)
    edited.write_text('{"layers": 7}\n', encoding="utf-8")
    said = approved.run("dvc", "repro", "models/dvc.yaml", expect=255)
    assert "weighbridge pull tiny" in said
    assert "is version" not in said
    approved.weighbridge("pull")
    assert pointer.read_text(encoding="utf-8") == before
    approved.run("dvc", "repro", "models/dvc.yaml")
    assert (approved.folder() / "config.json").read_bytes() == FILES["config.json"]


def test_repro_with_a_pointer_that_names_other_bytes_fails(approved: Chain) -> None:
    pointer = approved.folder().with_suffix(".dvc")
    text = pointer.read_text(encoding="utf-8")
    md5 = text.partition("md5: ")[2][:32]
    pointer.write_text(text.replace(md5, "0" * 32), encoding="utf-8")
    error = approved.json("verify", expect=20)["error"]
    assert any("pointer" in problem for problem in error["details"]["problems"])
    approved.weighbridge("pull")
    assert pointer.read_text(encoding="utf-8") == text


def test_the_pipeline_shows_pointer_validate_register(approved: Chain) -> None:
    dag = approved.run("dvc", "dag", "--md")
    assert "models/dvc.yaml:validate@tiny" in dag
    assert "models/dvc.yaml:register@tiny" in dag
    assert f"models/tiny/{approved.folder().name}.dvc" in dag


def test_a_colleague_works_in_a_fresh_clone_with_stock_dvc(approved: Chain, tmp_path: Path) -> None:
    clone = approved.clone(tmp_path / "clone", tmp_path / "bob")
    clone.run("dvc", "remote", "add", "-f", "--local", "weighbridge", str(approved.root / ".weighbridge/remote"))
    clone.run("dvc", "pull")
    assert (clone.folder() / "config.json").read_bytes() == FILES["config.json"]
    assert clone.python(LOAD).strip() == str(clone.folder())
    clone.run("dvc", "gc", "-w", "-f")
    clone.weighbridge("verify")
    assert "no-key" in clone.weighbridge("approve", "tiny", "--stage", "production", expect=1)


def test_a_colleague_pulls_with_weighbridge(approved: Chain, tmp_path: Path) -> None:
    clone = approved.clone(tmp_path / "clone", tmp_path / "bob")
    clone.run("dvc", "remote", "add", "-f", "--local", "weighbridge", str(approved.root / ".weighbridge/remote"))
    assert clone.json("pull")["changed"]
    assert clone.python(LOAD).strip() == str(clone.folder())
    assert clone.json("pull", "tiny", "--stage", "production", "--to", str(tmp_path / "copy"))["changed"]
    assert (tmp_path / "copy/config.json").read_bytes() == FILES["config.json"]


def test_a_poisoned_remote_object_is_refused(approved: Chain, tmp_path: Path) -> None:
    remote = approved.root / ".weighbridge/remote"
    clone = approved.clone(tmp_path / "clone", tmp_path / "bob")
    clone.run("dvc", "remote", "add", "-f", "--local", "weighbridge", str(remote))
    victim = next(path for path in remote.rglob("*") if path.is_file() and path.read_bytes() == FILES["config.json"])
    damage(victim)
    error = clone.json("pull", expect=20)["error"]
    assert error["code"] == "remote-differs"
    clone.python(LOAD, expect=1)


def test_a_lying_hub_leaves_nothing(chain: Chain, hub: FakeHub) -> None:
    before = sorted(path.relative_to(chain.root) for path in (chain.root / "models").rglob("*"))
    hub.lies.append(lies.wrong_bytes("model.safetensors"))
    error = chain.json("add", f"hf:{REPOSITORY}", "--name", "tiny", expect=20)["error"]
    assert error["code"] == "promise-mismatch"
    assert sorted(path.relative_to(chain.root) for path in (chain.root / "models").rglob("*")) == before
    assert chain.json("status")["models"] == []
    assert not [path for path in (chain.root / ".dvc/cache/files").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("reference", "code", "exit_code"),
    [
        ("hf:org/none", "repository-missing", 1),
        ("hf:org/tiny@none", "revision-missing", 1),
        ("hf:org/gated", "gated", 1),
        ("org/tiny", "bad-ref", 2),
        ("gopher:org/tiny", "unknown-scheme", 2),
    ],
)
def test_each_wrong_reference_has_its_own_error(
    chain: Chain, hub: FakeHub, reference: str, code: str, exit_code: int
) -> None:
    hub.create_repo("org/gated", gated="manual").commit(FILES)
    error = chain.json("add", reference, "--name", "x", expect=exit_code)["error"]
    assert error["code"] == code
    assert error["hint"]
    assert chain.json("status")["models"] == []


def test_aliases_and_tags_moved_by_hand_load_nothing_and_are_put_back(approved: Chain, hub: FakeHub) -> None:
    hub.repo(REPOSITORY).commit({"config.json": b'{"layers": 7}\n'})
    approved.add()
    approved.weighbridge("register")
    move = "from mlflow import MlflowClient as C; C().set_registered_model_alias('tiny', 'production', '2')"
    approved.python(move)
    download = "import mlflow; mlflow.artifacts.download_artifacts('models:/tiny@production')"
    assert "no-approval" in approved.python(download, expect=1)
    approved.weighbridge("register")
    approved.python(download)


def test_mlflow_clients_get_verified_bytes(approved: Chain) -> None:
    show = "import mlflow; print(open(mlflow.artifacts.download_artifacts('{}') + '/config.json').read())"
    for uri in ("models:/tiny@production", "models:/tiny/1"):
        assert '{"layers": 6}' in approved.python(show.format(uri))
    damage(approved.folder() / "config.json")
    assert "bytes-differ" in approved.python(show.format("models:/tiny/1"), expect=1)


def test_legacy_stages_follow_where_asked_for(chain: Chain) -> None:
    config = chain.root / "weighbridge.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("\n[stages", "\nlegacy_stages = true\n[stages", 1), encoding="utf-8"
    )
    chain.add()
    chain.weighbridge("approve", "tiny", "--stage", "production")
    show = "from mlflow import MlflowClient as C; print(C().get_model_version('tiny', '1').current_stage)"
    assert chain.python(show).strip().endswith("Production")


def test_remove_takes_the_model_away_and_keeps_its_evidence(approved: Chain) -> None:
    approved.weighbridge("remove", "tiny", "--reason", "replaced")
    assert approved.json("status")["models"] == []
    assert "tiny" not in (approved.root / "weighbridge.toml").read_text(encoding="utf-8")
    assert len(list((approved.root / "models/tiny/evidence").iterdir())) == 4
    approved.python(LOAD, expect=1)
    assert approved.json("audit", "tiny")["models"][0]["entries"][-1]["type"] == "revocation"
    approved.run("dvc", "status")


def test_init_in_a_repository_with_dvc_and_models_leaves_them(empty: Chain) -> None:
    empty.run("git", "init", "-q")
    empty.run("dvc", "init", "-q")
    (empty.root / "old.bin").write_bytes(b"old")
    empty.run("dvc", "add", "-q", "old.bin")
    empty.run("dvc", "remote", "add", "-d", "team", str(empty.home / "remote"))
    pointer = (empty.root / "old.bin.dvc").read_bytes()
    empty.weighbridge("init")
    empty.add()
    assert (empty.root / "old.bin.dvc").read_bytes() == pointer
    assert "['remote \"weighbridge\"']" not in (empty.root / ".dvc/config").read_text(encoding="utf-8")
    assert list((empty.home / "remote").rglob("*.dir"))


def test_a_team_template_asks_for_two_others(empty: Chain, tmp_path: Path) -> None:
    empty.weighbridge("init", "--template", "team")
    empty.add()
    assert "adder-approves" in empty.weighbridge("approve", "tiny", "--stage", "staging", expect=1)
    keys = {}
    for person in ("bob", "cleo"):
        home = tmp_path / person
        home.mkdir()
        colleague = type(empty)(empty.root, home, empty.hub)
        keys[person] = colleague
        public = colleague.json("keys", "new", "--label", person)["keys"][0]["public"]
        assert empty.json("keys", "trust", person, "--public", public)["changed"]
        assert not empty.json("keys", "trust", person, "--public", public)["changed"]
    assert "stage-order" in keys["bob"].weighbridge("approve", "tiny", "--stage", "production", expect=10)
    assert keys["bob"].json("approve", "tiny", "--stage", "staging")["models"][0]["verdict"]["allow"]
    first = keys["bob"].json("approve", "tiny", "--stage", "production")["models"][0]["verdict"]
    assert (first["allow"], first["separation"]) == (False, "enforced")
    second = keys["cleo"].json("approve", "tiny", "--stage", "production")["models"][0]["verdict"]
    assert (second["allow"], second["approvers"]) == (True, ["bob", "cleo"])


def test_keys_are_listed_shown_and_checked(chain: Chain) -> None:
    (key,) = chain.json("keys", "list")["keys"]
    assert chain.json("keys", "show", key["id"][:8])["keys"] == [key]
    assert key["public"] in chain.weighbridge("keys", "show")
    assert "bad-key" in chain.weighbridge("keys", "trust", "eve", "--public", "zz", expect=1)
    assert "duplicate" in chain.weighbridge("keys", "trust", "eve", expect=2)
    (chain.root / "weighbridge.toml").write_text("schema = 3", encoding="utf-8")
    assert "schema" in chain.weighbridge("status", expect=2)


def test_usage_errors_exit_with_two(empty: Chain) -> None:
    assert "no-project" in empty.weighbridge("status", expect=2)
    assert json.loads(empty.weighbridge("add", "--json", expect=2))["error"]["code"] == "usage"
    assert "No such command" in empty.weighbridge("frobnicate", expect=2)
    assert "weighbridge init" in empty.weighbridge("status", "--json", expect=2)


def test_a_config_that_cannot_be_read_is_named(chain: Chain) -> None:
    (chain.root / "weighbridge.toml").write_bytes(b'project = "\xff"')
    assert chain.json("status", expect=2)["error"]["code"] == "unreadable-config"
    (chain.root / "weighbridge.toml").unlink()
    (chain.root / "models/tiny").mkdir(parents=True)
    assert chain.json("status", expect=2)["error"]["code"] == "no-project"


def test_doctor_names_what_is_wrong(chain: Chain) -> None:
    chain.add()
    chain.folder().with_suffix(".dvc").unlink()
    report = chain.weighbridge("doctor", expect=1)
    assert "FAIL models" in report
    (chain.home / ".config/weighbridge/keys").rename(chain.home / "keys")
    assert "FAIL key" in chain.weighbridge("doctor", expect=1)


def test_a_trust_file_of_another_project_is_refused(approved: Chain, tmp_path: Path) -> None:
    trust = tmp_path / "trust.toml"
    trust.write_text('schema = "weighbridge.trust/1"\nproject = "other"\n', encoding="utf-8")
    assert "bad-trust" in approved.weighbridge("status", expect=2, trust=trust)
    project = approved.json("status")["trust"]
    assert project == "local"
    text = (approved.root / "weighbridge.toml").read_text(encoding="utf-8")
    lines = text.partition("[models")[0].replace("weighbridge.config/1", "weighbridge.trust/1")
    trust.write_text(lines, encoding="utf-8")
    assert "trust: sha256:" in approved.weighbridge("status", trust=trust)
