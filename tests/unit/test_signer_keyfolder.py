from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from tests.fakes.interrupted import DONE, KILLED, run_interrupted

from weighbridge.core.errors import SigningError, UsageError, WeighbridgeError
from weighbridge.signers.keyfolder import KeyFolder, KeyInfo
from weighbridge.signers.verify import verify_signature

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "weighbridge" / "keys"


@pytest.fixture
def keys(folder: Path) -> KeyFolder:
    return KeyFolder(folder)


def private(folder: Path, info: KeyInfo) -> Path:
    return folder / f"{info.key.id[:16]}.pem"


def public(folder: Path, info: KeyInfo) -> Path:
    return folder / f"{info.key.id[:16]}.json"


def refused(keys: KeyFolder, which: str | None, code: str) -> WeighbridgeError:
    with pytest.raises(SigningError) as caught:
        keys.get(which)
    assert caught.value.code == code
    assert caught.value.hint
    return caught.value


def test_a_new_key_signs(keys: KeyFolder) -> None:
    info = keys.new("alice", NOON)
    signer = keys.get(info.key.id)
    assert signer.key == info.key
    assert verify_signature(info.key, b"m", signer.sign(b"m"))


def test_only_its_owner_may_read_it(keys: KeyFolder, folder: Path) -> None:
    info = keys.new("alice", NOON)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert private(folder, info).stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(folder)) == [public(folder, info).name, private(folder, info).name]  # noqa: PTH208 - names


def test_the_private_file_is_plain_pkcs_8(keys: KeyFolder, folder: Path) -> None:
    info = keys.new("alice", NOON)
    pem = private(folder, info).read_bytes()
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    raw = load_pem_private_key(pem, None).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert raw.hex() == info.key.public


def test_the_public_file_has_what_may_be_shown(keys: KeyFolder, folder: Path) -> None:
    info = keys.new("Zoë's laptop", NOON.astimezone(timezone(timedelta(hours=2))))
    assert json.loads(public(folder, info).read_bytes()) == {
        "schema": "weighbridge.key/1",
        "id": info.key.id,
        "public": info.key.public,
        "label": "Zoë's laptop",
        "created": "2026-11-23T12:00:00Z",
    }


def test_keys_are_listed_oldest_first(keys: KeyFolder) -> None:
    assert keys.list() == ()
    second = keys.new("b", NOON)
    first = keys.new("a", NOON - timedelta(days=1))
    assert keys.list() == (first, second)
    assert KeyFolder(keys.folder).list() == (first, second)


def test_a_key_answers_to_id_prefix_and_label(keys: KeyFolder) -> None:
    alice, bob = keys.new("alice", NOON), keys.new("bob", NOON)
    for which in ("alice", alice.key.id, alice.key.id[:16], alice.key.id[:8]):
        assert keys.find(which) == alice
    assert keys.get("bob").key == bob.key


@pytest.mark.parametrize(
    "which", ["", "carol", "0", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "*", "Alice"]
)
def test_no_key_answers(keys: KeyFolder, which: str) -> None:
    refused(keys, which, "no-key")
    keys.new("alice", NOON)
    assert "keys new" in refused(keys, which, "no-key").hint


def test_fewer_than_four_digits_are_no_prefix(keys: KeyFolder) -> None:
    info = keys.new("alice", NOON)
    refused(keys, info.key.id[:3], "no-key")
    assert keys.find(info.key.id[:4]) == info


def test_the_only_key_needs_no_name(keys: KeyFolder) -> None:
    refused(keys, None, "no-key")
    alice = keys.new("alice", NOON)
    assert keys.get().key == alice.key
    bob = keys.new("bob", NOON)
    error = refused(keys, None, "ambiguous-key")
    assert set(error.details["keys"]) == {alice.key.id, bob.key.id}  # type: ignore[call-overload] # values are objects
    assert "--key" in error.hint


def test_a_label_that_begins_another_keys_id_is_ambiguous(keys: KeyFolder) -> None:
    alice = keys.new("alice", NOON)
    bob = keys.new(alice.key.id[:6], NOON)
    error = refused(keys, alice.key.id[:6], "ambiguous-key")
    assert bob.key.id[:16] in error.message


@pytest.mark.parametrize("label", ["", " ", " a", "a\n", "\x1b[2J", "a" * 101, "a\u202eb"])
def test_a_label_that_can_not_be(keys: KeyFolder, label: str) -> None:
    with pytest.raises(UsageError) as caught:
        keys.new(label, NOON)
    assert caught.value.code == "bad-label"
    assert not keys.folder.exists()


def test_a_label_stands_once(keys: KeyFolder) -> None:
    keys.new("alice", NOON)
    with pytest.raises(UsageError) as caught:
        keys.new("alice", NOON)
    assert caught.value.code == "label-taken"
    assert len(keys.list()) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666, 0o777])
def test_a_key_that_others_may_read_or_change_is_refused(keys: KeyFolder, folder: Path, mode: int) -> None:
    path = private(folder, keys.new("alice", NOON))
    path.chmod(mode)
    error = refused(keys, "alice", "key-permissions")
    assert error.hint == f"chmod 600 {path}"
    path.chmod(0o400)
    assert keys.get("alice").sign(b"")


@pytest.mark.parametrize(("mode", "good"), [(0o644, True), (0o600, True), (0o664, False), (0o646, False)])
def test_the_public_file_may_be_read_but_not_changed(keys: KeyFolder, folder: Path, mode: int, good: bool) -> None:  # noqa: FBT001 - a row
    public(folder, keys.new("alice", NOON)).chmod(mode)
    if good:
        assert keys.get("alice").sign(b"")
    else:
        refused(keys, "alice", "key-permissions")


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_no_key_is_made_where_others_may_write(keys: KeyFolder, folder: Path, mode: int) -> None:
    folder.mkdir(parents=True)
    folder.chmod(mode)
    with pytest.raises(SigningError) as caught:
        keys.new("alice", NOON)
    assert caught.value.code == "key-permissions"
    assert caught.value.hint == f"chmod 700 {folder}"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "damage", [b"", b"x", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\0" * 70_000]
)
def test_a_damaged_private_file(keys: KeyFolder, folder: Path, damage: bytes) -> None:
    path = private(folder, keys.new("alice", NOON))
    path.write_bytes(damage)
    assert str(path) in refused(keys, "alice", "key-damaged").message


def test_a_cut_private_file(keys: KeyFolder, folder: Path) -> None:
    path = private(folder, keys.new("alice", NOON))
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:length])
        refused(keys, "alice", "key-damaged")


def test_a_key_of_another_kind(keys: KeyFolder, folder: Path) -> None:
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private(folder, keys.new("alice", NOON)).write_bytes(other)
    assert "Ed25519" in refused(keys, "alice", "key-damaged").message


def test_the_key_of_somebody_else_under_this_name(keys: KeyFolder, folder: Path) -> None:
    alice, bob = keys.new("alice", NOON), keys.new("bob", NOON)
    private(folder, alice).write_bytes(private(folder, bob).read_bytes())
    refused(keys, "alice", "key-mismatch")
    assert keys.get("bob").key == bob.key


def test_a_folder_in_place_of_the_private_file(keys: KeyFolder, folder: Path) -> None:
    path = private(folder, keys.new("alice", NOON))
    path.unlink()
    path.mkdir()
    refused(keys, "alice", "key-damaged")


@pytest.mark.parametrize(
    "change",
    [{"id": "0" * 64}, {"public": "0" * 64}, {"public": "xyz"}, {"public": 1}, {"label": None}, {"created": "today"},
     {"schema": "weighbridge.key/2"}, {"more": 1}],
)  # fmt: skip
def test_a_damaged_public_file(keys: KeyFolder, folder: Path, change: dict[str, Any]) -> None:
    path = public(folder, keys.new("alice", NOON))
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    error = refused(keys, "alice", "key-damaged")
    assert str(path) in error.message


def test_a_public_file_that_is_no_json_or_another_keys(keys: KeyFolder, folder: Path) -> None:
    alice, bob = keys.new("alice", NOON), keys.new("bob", NOON)
    public(folder, alice).write_bytes(b"{")
    refused(keys, "alice", "key-damaged")
    public(folder, alice).write_bytes(public(folder, bob).read_bytes())
    refused(keys, "alice", "key-damaged")


def test_a_public_key_that_is_not_sound(keys: KeyFolder, folder: Path) -> None:
    info = keys.new("alice", NOON)
    weak = "01" + "00" * 31
    weak_id = sha256(bytes.fromhex(weak)).hexdigest()
    row = {**json.loads(public(folder, info).read_text()), "id": weak_id, "public": weak}
    (folder / f"{weak_id[:16]}.json").write_text(json.dumps(row))
    (folder / f"{weak_id[:16]}.json").chmod(0o600)
    (folder / f"{weak_id[:16]}.pem").write_bytes(b"")
    refused(keys, "alice", "key-damaged")


def test_a_missing_public_file(keys: KeyFolder, folder: Path) -> None:
    public(folder, keys.new("alice", NOON)).unlink()
    refused(keys, "alice", "key-folder")


def test_other_files_are_left_alone(keys: KeyFolder, folder: Path) -> None:
    info = keys.new("alice", NOON)
    for name in (
        "README",
        "0123.pem",
        "0123456789abcdef.json",
        ".0123456789abcdef.pem.00.weighbridge-tmp",
        "0123456789ABCDEF.pem",
    ):
        (folder / name).write_bytes(b"")
    assert keys.list() == (info,)


def test_a_file_in_place_of_the_folder(keys: KeyFolder, folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_bytes(b"")
    refused(keys, None, "key-folder")
    with pytest.raises(SigningError) as caught:
        keys.new("alice", NOON)
    assert caught.value.code == "key-folder"


class Asked:
    """A passphrase that counts how often it was asked for."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.times = 0

    def __call__(self) -> str | None:
        self.times += 1
        return self.answer


def test_a_passphrase_encrypts_the_key(folder: Path) -> None:
    info = KeyFolder(folder, lambda: "größe").new("alice", NOON)
    assert private(folder, info).read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert KeyFolder(folder, lambda: "größe").get("alice").key == info.key
    for wrong in ("grösse", "", None):
        error = refused(KeyFolder(folder, Asked(wrong)), "alice", "key-passphrase")
        assert "WEIGHBRIDGE_KEY_PASSPHRASE" in error.hint
        assert "größe" not in error.message


def test_a_passphrase_is_asked_for_only_where_one_is_needed(folder: Path) -> None:
    KeyFolder(folder).new("alice", NOON)
    asked = Asked("secret")
    assert KeyFolder(folder, asked).get("alice").sign(b"")
    assert asked.times == 0


PREPARE = """
from datetime import UTC, datetime
from pathlib import Path
import cryptography.hazmat.primitives.asymmetric.ed25519, cryptography.hazmat.primitives.serialization
from weighbridge.core.errors import WeighbridgeError
from weighbridge.signers.keyfolder import KeyFolder
keys = KeyFolder(Path({folder!r}))
"""
NEW = """
try:
    print(keys.new("alice", datetime(2026, 11, 23, tzinfo=UTC)).key.id)
except WeighbridgeError as error:
    print(error.code)
"""


def test_killed_at_any_step_it_leaves_no_half_key(tmp_path: Path) -> None:
    outcomes = []
    for at in range(1, 30):
        folder = tmp_path / str(at) / "keys"
        prepare = PREPARE.format(folder=str(folder))
        outcomes.append(run_interrupted(prepare, NEW, at=at, fault="KILL", root=str(tmp_path)).returncode)
        keys = KeyFolder(folder)
        made = keys.list()
        assert [keys.get(info.key.id).key for info in made] == [info.key for info in made]
        if not made:
            keys.new("alice", NOON)
        assert keys.get("alice").sign(b"")
        if outcomes[-1] == DONE:
            break
    assert outcomes[-1] == DONE
    assert set(outcomes[:-1]) == {KILLED}
    assert len(outcomes) > 6


@pytest.mark.parametrize("at", [1, 3, 4, "os.mkdir", "os.link", "os.remove"])
def test_what_the_disk_says_becomes_our_error_and_no_half_key(tmp_path: Path, at: int | str) -> None:
    folder = tmp_path / "keys"
    result = run_interrupted(PREPARE.format(folder=str(folder)), NEW, at=at, fault="ENOSPC", root=str(folder))
    assert (result.stdout, result.stderr) == ("key-folder\n", "")
    assert KeyFolder(folder).list() == ()
