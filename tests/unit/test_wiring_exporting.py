"""Exports: which bytes are signed, what stands in the file, and what is refused."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest
from tests.fakes.certificates import Authority, curve_key, public_pem, write_key
from tests.fakes.world import World

from weighbridge.core import oms
from weighbridge.core.approval import Revocation
from weighbridge.core.attestation import Subject
from weighbridge.core.digest import short
from weighbridge.core.errors import DeniedError, IntegrityError, StoreError, UsageError
from weighbridge.core.outcome import pin_summary
from weighbridge.wiring.exporting import OmsExport, OmsKeys, export_oms


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    made.add()
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return made


@pytest.fixture
def keys(tmp_path: Path) -> OmsKeys:
    return OmsKeys(write_key(tmp_path / "key.pem", curve_key()), "KEY_WORDS")


def export(
    world: World, keys: OmsKeys, *, stage: str | None = None, digest: str | None = None, output: Path | None = None
) -> OmsExport:
    return export_oms(world.custody, "tiny", keys, stage=stage, digest=digest, output=output)


def said(path: Path) -> dict[str, object]:
    bundle = json.loads(path.read_bytes())
    found: dict[str, object] = json.loads(b64decode(bundle["dsseEnvelope"]["payload"]))
    return found


def test_the_newest_pin_is_signed_into_a_file_of_its_own(world: World, keys: OmsKeys) -> None:
    old = world.custody.candidate("tiny")
    world.publish(config_json=b'{"layers": 7}')
    new = world.add().pin
    done = export(world, keys)
    assert (done.pin, done.path, done.changed) == (new, Path(f"tiny-{short(new.digest)}.sig"), True)
    assert done.path.read_bytes().startswith(b'{"dsseEnvelope"')
    assert said(done.path) == json.loads(oms.statement(new.manifest, "tiny", allow_symlinks=False))
    assert export(world, keys, digest=old.digest[:19]).pin == old


def test_the_same_again_changes_nothing(world: World, keys: OmsKeys, tmp_path: Path) -> None:
    path = export(world, keys).path
    before = path.read_bytes()
    assert not export(world, keys).changed
    assert path.read_bytes() == before
    other = OmsKeys(write_key(tmp_path / "other.pem", curve_key()), "KEY_WORDS")
    assert export(world, other).changed
    assert path.read_bytes() != before


def test_a_signature_that_is_not_the_key_s_is_replaced(world: World, keys: OmsKeys) -> None:
    path = export(world, keys).path
    signature = oms.signature_in(path.read_bytes())
    assert signature is not None
    bundle = json.loads(path.read_bytes())
    payload = b64decode(bundle["dsseEnvelope"]["payload"])
    forged = bytes([*signature[:-1], signature[-1] ^ 1])
    path.write_bytes(oms.bundle(payload, forged, bundle["verificationMaterial"]))
    assert export(world, keys).changed
    assert oms.signature_in(path.read_bytes()) != forged


def test_the_command_is_the_stock_program_s(world: World, keys: OmsKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = world.store.path(world.custody.candidate("tiny"))
    done = export(world, keys, output=Path("a b.sig"))
    begin = "model_signing verify key --signature 'a b.sig' --public_key PUBLIC.pem --no-ignore-git-paths "
    assert done.command_line == f"{begin}{folder}"
    monkeypatch.chdir(folder.parent)
    done = export(world, keys, output=world.root / "b.sig")
    assert done.command[-2:] == ("--no-ignore-git-paths", folder.name)


def test_a_certificate_is_verified_by_its_root(world: World, tmp_path: Path) -> None:
    root, key = Authority("root", curve_key()), curve_key()
    certificate, chain = tmp_path / "own.pem", tmp_path / "root.pem"
    certificate.write_text(root.issue("own", key))
    chain.write_text(root.certificate)
    keys = OmsKeys(write_key(tmp_path / "own.key", key), "KEY_WORDS", certificate, (chain,))
    done = export(world, keys)
    assert done.command[1:7:2] == ("verify", "--signature", "--certificate_chain")
    assert (done.method, done.public_key) == ("certificate", public_pem(key))
    assert not export(world, keys).changed


def test_the_passphrase_comes_from_the_named_variable(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = OmsKeys(write_key(tmp_path / "locked.pem", curve_key(), "open"), "KEY_WORDS")
    monkeypatch.setenv("KEY_WORDS", "open")
    assert export(world, keys).changed


def test_a_stage_gives_its_head_and_nothing_else(world: World, keys: OmsKeys) -> None:
    with pytest.raises(DeniedError) as denied:
        export(world, keys, stage="production")
    assert denied.value.reasons == ("no-approval",)
    assert not list(Path.cwd().iterdir())
    world.approve()
    approved = world.custody.candidate("tiny")
    world.publish(config_json=b'{"layers": 7}')
    new = world.add().pin
    assert export(world, keys, stage="production").pin == approved
    assert export(world, keys, stage="production", digest=approved.digest[:20]).pin == approved
    with pytest.raises(DeniedError):
        export(world, keys, stage="production", digest=new.digest)


def test_what_is_revoked_for_every_stage_is_not_signed(world: World, keys: OmsKeys) -> None:
    pin, record = world.custody.candidate("tiny"), world.custody.record("tiny")
    world.pass_time(seconds=1)
    signer = world.custody.signer("ann")
    world.custody.append(
        "revocation", [(record, Subject("tiny", pin.digest))], Revocation(None, "why").to_body(), signer
    )
    with pytest.raises(DeniedError) as denied:
        export(world, keys)
    assert denied.value.reasons == ("revoked",)


def test_changed_bytes_are_not_signed(world: World, keys: OmsKeys) -> None:
    victim = world.store.path(world.custody.candidate("tiny")) / "config.json"
    victim.chmod(0o644)
    victim.write_bytes(b'{"layers": 9}')
    with pytest.raises(IntegrityError):
        export(world, keys)
    assert not list(Path.cwd().iterdir())


def test_what_is_not_governed_is_not_signed(world: World, keys: OmsKeys) -> None:
    with pytest.raises(UsageError) as refused:
        export_oms(world.custody, "other", keys, stage=None, digest=None, output=None)
    assert refused.value.code == "unknown-model"
    with pytest.raises(UsageError) as refused:
        export(world, keys, digest="ffff")
    assert refused.value.code == "unknown-digest"


def test_the_file_is_never_among_governed_ones_nor_over_another(world: World, keys: OmsKeys, tmp_path: Path) -> None:
    folder = world.store.path(world.custody.candidate("tiny"))
    aside = tmp_path / "aside"
    aside.symlink_to(folder)
    taken = tmp_path / "notes.txt"
    taken.write_text("mine")
    for path in (
        folder / "model.sig",
        folder / "new" / "model.sig",
        aside / "model.sig",
        taken,
        tmp_path,
        keys.private,
    ):
        with pytest.raises(UsageError) as refused:
            export(world, keys, output=path)
        assert refused.value.code == "bad-output"
    assert taken.read_text() == "mine"
    assert not (folder / "model.sig").exists()


@pytest.mark.parametrize("name", ["file/model.sig", "x" * 300])
def test_what_the_disk_refuses_is_said(world: World, keys: OmsKeys, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as failed:
        export(world, keys, output=tmp_path / name)
    assert failed.value.code == "disk"


def test_the_json_names_file_key_and_command(world: World, keys: OmsKeys) -> None:
    done = export(world, keys)
    assert done.to_json() == {
        "changed": True,
        "model": pin_summary(done.pin),
        "path": str(done.path),
        "method": "key",
        "public_key": done.public_key,
        "command": list(done.command),
    }
