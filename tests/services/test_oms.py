"""Exported signatures by the real `model_signing` program: it accepts our folders, and refuses what was changed."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.e2e.chain import FILES, damage
from tests.fakes.certificates import Authority, curve_key, public_pem, write_key
from weighbridge.core import canonical

if TYPE_CHECKING:
    from tests.services.served import Served

pytestmark = pytest.mark.services

PROGRAM = Path(sys.executable).with_name("model_signing")
# Git's own files are governed like all others; `a-b` and `a/x` are where sorts differ; a name outside of ASCII.
MORE = {
    **FILES,
    ".gitattributes": b"* -text\n",
    "a/x.json": b"{}",
    "a-b/y.json": b"[]",
    "a.json": b"[1]",
    "naïve/ǅ.json": b"[2]",
}


@dataclass(frozen=True)
class Keys:
    """A key of somebody who signs, and what verifies it.

    Args:
        options: What `export oms` is told.
        known: What the verifier knows: a public key, or the certificate at the root.
    """

    options: tuple[str, ...]
    known: Path


def by_key(place: Path, curve: ec.EllipticCurve) -> Keys:
    key = curve_key(curve)
    (place / "public.pem").write_text(public_pem(key))
    return Keys(("--private-key", str(write_key(place / "key.pem", key))), place / "public.pem")


def by_certificate(place: Path, curve: ec.EllipticCurve) -> Keys:
    root, key = Authority("root", curve_key(curve)), curve_key(curve)
    (place / "root.pem").write_text(root.certificate)
    (place / "own.pem").write_text(root.issue("own", key))
    named = ("--certificate", str(place / "own.pem"), "--chain", str(place / "root.pem"))
    return Keys(("--private-key", str(write_key(place / "own.key", key)), *named), place / "root.pem")


Maker = Callable[[Path, ec.EllipticCurve], Keys]


@pytest.fixture(params=[by_key, by_certificate], ids=["key", "certificate"])
def maker(request: pytest.FixtureRequest) -> Maker:
    made: Maker = request.param
    return made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


@pytest.fixture
def project(empty: Served, tmp_path: Path) -> Served:
    """A project with one model from a folder."""
    for path, data in MORE.items():
        (tmp_path / "upstream" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "upstream" / path).write_bytes(data)
    empty.weighbridge("init")
    empty.let_all_pass()
    empty.weighbridge("add", "file:../upstream", "--name", "tiny", "--all")
    return empty


def export(project: Served, keys: Keys) -> Any:
    return project.json("export", "oms", "tiny", *keys.options)


def link(project: Served) -> None:
    """Put symbolic links in place of hard links, as where the cache lies on another file system."""
    (pin,) = json.loads((project.root / "models/tiny/lock.json").read_bytes())["pins"]
    for file in pin["files"]:
        path = project.folder() / file["path"]
        path.parent.chmod(0o755)
        path.unlink()
        path.symlink_to(project.root / ".dvc/cache/files/md5" / file["md5"][:2] / file["md5"][2:])


def command(told: Any, keys: Keys, folder: Path | None = None) -> list[str]:
    """The command that was printed, with the verifier's own file, and perhaps for another folder."""
    own = {"PUBLIC.pem": str(keys.known), "ROOT.pem": str(keys.known), "model_signing": str(PROGRAM)}
    words = [own.get(word, word) for word in told["command"]]
    return words if folder is None else [*words[:-1], str(folder)]


def verifies(project: Served, words: list[str]) -> bool:
    done = subprocess.run(words, cwd=project.root, capture_output=True, text=True, check=False)
    accepted = "Verification succeeded" in done.stdout
    assert accepted is (done.returncode == 0), done.stdout + done.stderr
    assert accepted or "Verification failed" in done.stdout + done.stderr, done.stdout + done.stderr
    return accepted


def test_the_printed_command_accepts_the_folder(project: Served, maker: Maker, place: Path, tmp_path: Path) -> None:
    keys = maker(place, ec.SECP256R1())
    told = export(project, keys)
    assert "--allow_symlinks" not in told["command"]
    assert verifies(project, command(told, keys))
    stranger = maker(tmp_path, ec.SECP256R1())
    assert not verifies(project, command(told, stranger))


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_every_curve_is_accepted(project: Served, maker: Maker, curve: ec.EllipticCurve, place: Path) -> None:
    keys = maker(place, curve)
    assert verifies(project, command(export(project, keys), keys))


def untouched(folder: Path) -> None:
    assert folder.is_dir()


def change(folder: Path) -> None:
    damage(folder / "model.safetensors")


def more(folder: Path) -> None:
    (folder / "a/more.json").write_bytes(b"{}")


def more_of_git(folder: Path) -> None:
    (folder / ".gitignore").write_bytes(b"*")


def fewer(folder: Path) -> None:
    (folder / "a.json").unlink()


def fewer_of_git(folder: Path) -> None:
    (folder / ".gitattributes").unlink()


def renamed(folder: Path) -> None:
    # Its place among all files stays the same, and so does the hash over the hashes.
    (folder / "a.json").rename(folder / "a.jsox")


def swapped(folder: Path) -> None:
    first, second = (folder / "a/x.json").read_bytes(), (folder / "a-b/y.json").read_bytes()
    (folder / "a/x.json").write_bytes(second)
    (folder / "a-b/y.json").write_bytes(first)


def test_what_was_changed_is_refused(project: Served, place: Path, tmp_path: Path) -> None:
    keys = by_key(place, ec.SECP256R1())
    told = export(project, keys)
    accepted = []
    for harm in (untouched, change, more, more_of_git, fewer, fewer_of_git, renamed, swapped):
        copy = tmp_path / harm.__name__
        shutil.copytree(project.root / told["command"][-1], copy)
        for path in copy.rglob("*"):
            path.chmod(0o755)
        harm(copy)
        if verifies(project, command(told, keys, copy)):
            accepted.append(harm)
    assert accepted == [untouched]


def test_links_into_the_cache_are_followed(project: Served, place: Path) -> None:
    keys = by_key(place, ec.SECP256R1())
    link(project)
    told = export(project, keys)
    assert "--allow_symlinks" in told["command"]
    assert verifies(project, command(told, keys))
    assert not verifies(project, [word for word in command(told, keys) if word != "--allow_symlinks"])
    damage((project.root / told["command"][-1] / "model.safetensors").resolve())
    assert not verifies(project, command(told, keys))


def test_the_statement_is_that_of_the_stock_program(project: Served, place: Path, tmp_path: Path) -> None:
    """As canonical JSON, byte for byte: the program leaves the order of keys to chance."""
    told = export(project, by_key(place, ec.SECP256R1()))
    named = tmp_path / "tiny"
    shutil.copytree(project.root / told["command"][-1], named)
    key = write_key(tmp_path / "stock.pem", curve_key())
    stock = tmp_path / "stock.sig"
    words = [str(PROGRAM), "sign", "key", "--private_key", str(key), "--signature", str(stock)]
    subprocess.run([*words, "--no-ignore-git-paths", str(named)], check=True, capture_output=True)
    theirs = payload(stock)
    serialization = theirs["predicate"]["serialization"]
    # All that it adds: its own file, which need not lie in the folder at all.
    if "ignore_paths" in serialization:
        assert [Path(path).name for path in serialization.pop("ignore_paths")] == ["stock.sig"]
    assert canonical.dumps(theirs) == raw(project.root / told["path"])


def test_the_bundle_has_the_shape_of_the_stock_program_s(
    project: Served, maker: Maker, place: Path, tmp_path: Path
) -> None:
    keys = maker(place, ec.SECP256R1())
    ours = json.loads((project.root / export(project, keys)["path"]).read_bytes())
    words = list(keys.options)
    names = {
        "--private-key": "--private_key",
        "--certificate": "--signing_certificate",
        "--chain": "--certificate_chain",
    }
    method = "certificate" if "--certificate" in words else "key"
    stock = tmp_path / "stock.sig"
    asked = [names.get(word, word) for word in words]
    sign = [str(PROGRAM), "sign", method, *asked, "--signature", str(stock), str(tmp_path / "upstream")]
    subprocess.run(sign, check=True, capture_output=True)
    theirs = json.loads(stock.read_bytes())
    assert ours["verificationMaterial"] == theirs["verificationMaterial"]
    for value in (ours, theirs):
        value["dsseEnvelope"]["payload"] = value["dsseEnvelope"]["signatures"][0]["sig"] = ""
    assert ours == theirs


def raw(path: Path) -> bytes:
    return base64.b64decode(json.loads(path.read_bytes())["dsseEnvelope"]["payload"])


def payload(path: Path) -> Any:
    return json.loads(raw(path))
