"""Publishers' signatures by the real `model_signing` program, with keys and with certificates."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.chain import FILES
from tests.fakes.certificates import Authority, curve_key, public_pem, write_key
from weighbridge.checks.publisher import SIGNATURE, Publishers

if TYPE_CHECKING:
    from tests.services.served import Served

pytestmark = pytest.mark.services

PROGRAM = Path(sys.executable).with_name("model_signing")


@dataclass(frozen=True)
class Signer:
    """Somebody who signs models.

    Args:
        known: What a policy names: a public key, or the certificate at the root.
        arguments: What the program is told to sign with.
    """

    known: str
    arguments: tuple[str, ...]

    def sign(self, folder: Path, *more: str) -> None:
        command = [str(PROGRAM), "sign", *self.arguments, "--signature", str(folder / SIGNATURE), *more, str(folder)]
        subprocess.run(command, check=True, capture_output=True)


def by_key(place: Path) -> Signer:
    key = curve_key()
    return Signer(public_pem(key), ("key", "--private_key", str(write_key(place / "key.pem", key))))


def by_certificate(place: Path) -> Signer:
    root, key = Authority("root", curve_key()), curve_key()
    top = root.certificate
    (place / "root.pem").write_text(top)
    (place / "leaf.pem").write_text(root.issue("leaf", key))
    keyed = ("--private_key", str(write_key(place / "leaf.key", key)))
    chain = ("--signing_certificate", str(place / "leaf.pem"), "--certificate_chain", str(place / "root.pem"))
    return Signer(top, ("certificate", *keyed, *chain))


@pytest.fixture(params=[by_key, by_certificate], ids=["key", "certificate"])
def signer(request: pytest.FixtureRequest, tmp_path: Path) -> Signer:
    keys = tmp_path / "keys"
    keys.mkdir()
    made: Signer = request.param(keys)
    return made


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "upstream"
    for path, data in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def sizes(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_a_genuine_signature_of_every_file_counts(signer: Signer, model: Path) -> None:
    signer.sign(model)
    known = Publishers((signer.known,))
    assert known.signed(model, sizes(model)) == known.ids


def test_another_s_signature_and_changed_bytes_do_not(signer: Signer, model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    signer.sign(model)
    assert Publishers((by_key(other).known,)).signed(model, sizes(model)) == ()
    (model / "config.json").write_bytes(b"{}")
    assert Publishers((signer.known,)).signed(model, sizes(model)) == ()


def test_what_the_signature_ignores_is_not_signed(signer: Signer, model: Path) -> None:
    signer.sign(model, "--ignore-paths", str(model / "config.json"))
    assert Publishers((signer.known,)).signed(model, sizes(model)) == ()


def test_the_policy_asks_for_it(empty: Served, signer: Signer, model: Path) -> None:
    empty.weighbridge("init")
    rules = empty.root / "weighbridge.toml"
    keys = f'\n[policy.publisher]\nkeys = ["""\n{signer.known}"""]\n'
    rules.write_text(rules.read_text(encoding="utf-8") + keys, encoding="utf-8")
    assert empty.json("add", "file:../upstream", "--name", "plain")["model"]["verdict"] == "deny"
    denied = empty.json("approve", "plain", "--stage", "production", expect=10)
    assert denied["error"]["code"] == "publisher-unsigned"
    signer.sign(model)
    assert empty.json("add", "file:../upstream", "--name", "signed")["model"]["verdict"] == "allow"
    empty.weighbridge("approve", "signed", "--stage", "production")
