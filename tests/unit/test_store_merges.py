"""What a merge does to DVC's files: pipelines, pointers, configuration; and the reader of YAML from strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fakes.merges import BAD, codes, sides
from tests.fakes.pins import make_pin

from weighbridge.core.digest import short
from weighbridge.core.errors import ConfigError
from weighbridge.stores import pointer
from weighbridge.stores.merge_commands import command_findings
from weighbridge.stores.merge_objects import object_findings
from weighbridge.stores.merge_pointers import pointer_findings
from weighbridge.stores.merge_settings import settings_findings
from weighbridge.stores.pipeline import pipeline_text
from weighbridge.stores.plain_yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES, parse
from weighbridge.stores.remotes import Remotes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PIN = make_pin()
PATH = f"models/minilm/{short(PIN.digest)}.dvc"
PIPELINE = "models/dvc.yaml"
TEXT = pipeline_text({"minilm": [short(PIN.digest)]}).encode()
FIT = b"stages:\n  fit:\n    cmd: python fit.py\n    deps: [a]\n"
CONFIG = b"""[core]
    remote = main
    analytics = false
['remote "main"']
    url = s3://bucket/models
    verify = true
['remote "second"']
    url = /mnt/nas
"""


def commands(base: Mapping[str, bytes], merge: Mapping[str, bytes]) -> list[str]:
    return codes(command_findings(sides(base, merge), [PIN] if PIPELINE in merge else []))


def pointers(data: bytes | None, remotes: Remotes | None = None) -> list[str]:
    merge = {} if data is None else {PATH: data}
    return codes(pointer_findings(sides({}, merge), "minilm", [PIN], remotes or Remotes()))


def configured(after: bytes | None, before: bytes | None = CONFIG, named: tuple[str, ...] = ("second",)) -> list[str]:
    base, merge = ({} if data is None else {".dvc/config": data} for data in (before, after))
    return codes(settings_findings(sides(base, merge), named))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"", {}),
        (b"a: 1\nb: [x, {c: 'd'}]\n", {"a": "1", "b": ["x", {"c": "d"}]}),
        (b"- yes\n- ''\n", ["yes", ""]),
        (b"x", "x"),
    ],
)
def test_plain_yaml_is_text_lists_and_tables(text: bytes, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    "text",
    [
        b"a: &x [1]\nb: *x\n",
        b"a: &x 1\n",
        b"*x",
        b"a: !!python/object/apply:os.system [id]\n",
        b"!x a: 1\n",
        b"- !!str a\n",
        b"a: 1\na: 2\n",
        b"<<: {a: 1}\n",
        b"? [a]\n: 1\n",
        b"? {a: 1}\n: 1\n",
        b"a: 1\n---\nb: 2\n",
        b"a: [",
        b"\xff",
        b"a: \x01",
        b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2),
        b"[" * 100_000,
        b"- a\n" * (MAX_NODES + 1),
        b" " * (MAX_BYTES + 1),
        b"%YAML 9.9\n---\na: 1\n",
    ],
    ids=range(19),
)
def test_yaml_that_is_not_plain_is_refused(text: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert caught.value.code == "bad-yaml"


def test_the_stages_of_the_merge_s_own_pins_pass() -> None:
    assert commands({}, {PIPELINE: TEXT}) == []
    team = TEXT + b"  fit:\n    cmd: python fit.py\n"
    assert commands({PIPELINE: team}, {PIPELINE: team}) == []
    assert commands({}, {PIPELINE: team}) == ["command-added"]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (b"cmd: weighbridge register", b"cmd: evil; weighbridge register", ["pipeline-differs"]),
        (b"foreach", b"frozen: true\n    foreach", ["pipeline-differs"]),
        (short(PIN.digest).encode(), b"0123456789ab", ["pipeline-differs"]),
        (b"stages:", b"vars:\n- key: evil\nstages:", ["command-added"]),
        (b"stages:", b"stages:\n  x:\n    cmd: id", ["command-added"]),
        (b"stages:", b"stages:\n  x: id", ["command-added"]),
        (b"stages:", b"artifacts:\n  a:\n    path: b\nstages:", []),
    ],
)
def test_other_stages_behind_the_pointers_are_refused(old: bytes, new: bytes, wanted: list[str]) -> None:
    assert old in TEXT
    assert commands({PIPELINE: TEXT}, {PIPELINE: TEXT.replace(old, new)}) == wanted


def test_stages_that_are_missing_or_stand_without_a_pin_are_refused() -> None:
    both = sides({PIPELINE: TEXT}, {})
    assert codes(command_findings(both, [PIN])) == ["pipeline-differs"]
    assert codes(command_findings(both, [])) == []
    assert codes(command_findings(both, None)) == []
    assert codes(command_findings(sides({}, {PIPELINE: TEXT}), [])) == ["pipeline-differs"]


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (FIT + b"    outs: [b]\n", []),
        (FIT.replace(b"fit.py", b"evil.py"), ["command-added"]),
        (FIT + b"    wdir: ..\n", ["command-added"]),
        (FIT + b"  more:\n    foreach: [a]\n    do:\n      cmd: id\n", ["command-added"]),
        (FIT + b"  more:\n    matrix: {a: [b]}\n    cmd: id\n", ["command-added"]),
        (FIT + b"  more: []\n", ["command-added"]),
        (FIT + b"vars: [x.yaml]\n", ["command-added"]),
        (b"stages: []\n", ["command-added"]),
        (b"- a\n", []),
        (b"plots: [a.csv]\n", []),
        (b"a: [", ["unreadable-pipeline"]),
        (b" " * (MAX_BYTES + 1), ["unreadable-pipeline"]),
        (BAD, ["unreadable-pipeline"]),
    ],
)
def test_commands_elsewhere(after: bytes, wanted: list[str]) -> None:
    assert commands({"train/dvc.yaml": FIT}, {"train/dvc.yaml": after}) == wanted


def test_where_the_base_can_not_be_read_no_command_of_it_is_known() -> None:
    assert commands({"dvc.yaml": b"a: ["}, {"dvc.yaml": FIT}) == ["command-added"]
    assert commands({"x.dvc": b"a: ["}, {"x.dvc": b"cmd: id\n"}) == ["command-added"]
    assert commands({PIPELINE: b"a: ["}, {PIPELINE: b"a: ["}) == []


def test_a_pointer_elsewhere_may_change_and_not_run() -> None:
    assert commands({"data.dvc": b"outs: [a]\n"}, {"data.dvc": b"outs: [b]\n"}) == []
    assert commands({"data.dvc": b"cmd: id\n"}, {"data.dvc": b"cmd: id\ndeps: []\n"}) == []
    assert commands({}, {"data.dvc": b"cmd: id\n"}) == ["command-added"]
    assert commands({}, {"data.dvc": b"a: ["}) == ["unreadable-pipeline"]
    assert commands({"data.dvc": b"cmd: id\n"}, {}) == []


def test_the_pointer_that_add_writes_passes() -> None:
    assert pointers(pointer.text(PIN).encode()) == []
    assert pointers(b"desc: ours\n" + pointer.text(PIN).encode()) == []
    named = Remotes({"minilm": "nas"})
    assert pointers(pointer.text(PIN, remote="nas").encode(), named) == []
    assert pointers(pointer.text(PIN).encode(), named) == ["pointer-remote"]
    assert pointers(pointer.text(PIN, remote="nas").encode()) == ["pointer-remote"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("size: ", "size: 1"),
        ("md5: ", "md5: 0"),
        ("hash: md5", "hash: sha256"),
        ("nfiles: 2", "nfiles: 3"),
        ("outs:", "wdir: ..\nouts:"),
        ("outs:", "frozen: true\nouts:"),
        ("outs:", "cmd: id\nouts:"),
        ("outs:", "deps:\n- path: x\nouts:"),
        ("  hash: md5", "  hash: md5\n  cache: false"),
        ("  hash: md5", "  hash: md5\n  push: false"),
        ("  hash: md5", "  hash: md5\n  files: []"),
        ("meta:", "- path: b\nmeta:"),
    ],
)
def test_a_pointer_to_other_bytes_or_with_more_in_it_is_refused(old: str, new: str) -> None:
    text = pointer.text(PIN)
    assert old in text
    assert pointers(text.replace(old, new, 1).encode()) == ["pointer-differs"]


@pytest.mark.parametrize("data", [b"", b"- a\n", b"outs: 1\n", b"outs: [1]\n", b"a: [", b" " * (MAX_BYTES + 1)])
def test_what_is_no_pointer_is_refused(data: bytes) -> None:
    assert pointers(data) == ["pointer-differs"]


def test_pointers_that_are_missing_or_nobody_s() -> None:
    assert pointers(None) == ["pointer-missing"]
    both = sides({}, {PATH: pointer.text(PIN).encode(), "models/minilm/0123456789ab.dvc": b""})
    assert codes(pointer_findings(both, "minilm", [PIN], Remotes())) == ["pointer-stray"]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (b"s3://bucket/models", b"s3://evil", ["remote-changed"]),
        (b"remote = main", b"remote = second", ["remote-changed"]),
        (b"    url = s3", b"    endpointurl = https://evil\n    url = s3", ["remote-changed"]),
        (b"    url = s3", b"    jobs = 4\n    url = s3", ["dvc-config-changed?"]),
        (b"verify = true", b"verify = false", ["remote-changed"]),
        (b"    verify = true\n", b"", ["remote-changed"]),
        (b"url = /mnt/nas", b"url = /mnt/nas\n    verify = true", ["dvc-config-changed?"]),
        (b"url = /mnt/nas", b"url = /evil", ["remote-changed"]),
        (b"analytics = false", b"analytics = false\n    autostage = true", ["dvc-config-changed?"]),
        (b"analytics = false", b"analytics = false\n    hardlink_lock = true", ["dvc-config-changed?"]),
        (b"analytics = false", b"analytics = false\n    site_cache_dir = /evil", ["dvc-config-changed"]),
        (b"analytics = false", b"analytics = false\n    no_scm = true", ["dvc-config-changed"]),
        (b"[core]", b"[cache]\n    dir = /evil\n[core]", ["cache-changed"]),
        (b"[core]", b"[cache]\n    type = copy\n[core]", ["dvc-config-changed?"]),
        (b"[core]", b"['remote \"third\"']\n    url = /x\n[core]", ["dvc-config-changed?"]),
        (b"[core]", b"[db]\n    x = 1\n[core]", ["dvc-config-changed"]),
        (b"[core]", b"stray = 1\n[core]", ["dvc-config-changed"]),
        (b"[core]", b"[Core]", []),
        (b"    remote = main", b"    REMOTE = main", []),
        (b"[core]", b"[core", ["dvc-config"]),
        (b"[core]", b"[" * 100_000, ["dvc-config"]),
        (b"[core]", b"[core" + b"]  " * 60 + b"x", ["dvc-config"]),
        (b"[core]", b"[core] # ours", []),
        (b"[core]", b"#" * 2_000 + b"\n[core]", []),
        (b"[core]", b"[core]\n    x = " + b"a , " * 10_000 + b'"', ["dvc-config-changed"]),
        (b"[core]", b"[core]\n[core]", ["dvc-config"]),
        (b"[core]", b"[core]\r", []),
        (b"[core]", "# x\u2028[core]".encode(), ["dvc-config"]),
        (b"[core]", b"\xef\xbb\xbf[core]", ["dvc-config"]),
        (b"[core]", b"\x0c[core]", ["dvc-config"]),
        (b"'remote \"main\"'", b'remote  "main"', ["dvc-config-changed"] * 2 + ["remote-changed"] * 2),
        (b"[core]", b"[core]\n    x = '''", ["dvc-config"]),
        (b"[core]", b"[core]\n    x", ["dvc-config"]),
        (b"[core]", b"[core]\n    = x", ["dvc-config"]),
        (b"url = s3://bucket/models", b'url = "s3://bucket/models"', []),
        (b"[core]", b"[core]\n    a = 1\n    a = 2", ["dvc-config"]),
        (b"[core]", b"\xff", ["dvc-config"]),
    ],
)
def test_a_changed_configuration_of_dvc(old: bytes, new: bytes, wanted: list[str]) -> None:
    assert old in CONFIG
    assert configured(CONFIG.replace(old, new, 1)) == wanted


def test_a_remote_that_another_level_may_use_is_no_spare_one() -> None:
    bare = b"[core]\n    analytics = false\n"
    more = bare + b"['remote \"corp\"']\n    url = /evil\n"
    assert configured(more, bare) == ["remote-changed"]
    named = CONFIG + b"['remote \"corp\"']\n    url = /evil\n"
    assert configured(named, named=("corp",)) == ["remote-changed"]
    assert configured(named) == ["dvc-config-changed?"]


def test_a_configuration_that_goes_or_is_too_large_or_mends_a_broken_one() -> None:
    assert set(configured(None)) == {"remote-changed", "dvc-config-changed?"}
    assert configured(b" " * ((256 << 10) + 1)) == ["dvc-config"]
    assert configured(BAD) == ["dvc-config"]
    assert "remote-changed" in configured(CONFIG, b"[core")
    assert configured(CONFIG, CONFIG) == []


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (".dvc/config.local", ["dvc-local-config"]),
        (".dvc/tmp/lock", ["dvc-file"]),
        (".dvc/cache/files/md5/00/1", ["dvc-file"]),
        (".dvc/.gitignore", ["dvc-changed?"]),
        (".dvc/plots/a.json", ["dvc-changed?"]),
        ("sub/.dvc/config", ["dvc-folder"]),
        ("models/.dvc/tmp/x", ["dvc-folder"]),
        ("models/x.dvc", []),
    ],
)
def test_files_in_a_folder_of_dvc(path: str, wanted: list[str]) -> None:
    assert codes(settings_findings(sides({}, {path: b""}), ())) == wanted


def test_objects_are_looked_for_where_the_configuration_says(tmp_path: Path) -> None:
    folder = tmp_path / "project" / ".dvc"
    folder.mkdir(parents=True)

    def looked(remotes: Remotes | None = None) -> list[str]:
        return codes(object_findings(folder.parent, "models/", [PIN], remotes or Remotes()))

    assert looked() == ["remote-unknown"]
    assert looked(Remotes({"minilm": "nowhere"})) == ["remote-unknown"]
    (folder / "config").write_text("[core]\n    remote = near\n['remote \"near\"']\n    url = ../../near\n", "utf-8")
    assert looked() == ["remote-missing"]
    objects = {file.md5: bytes(file.entry.size) for file in PIN.files}
    objects[pointer.directory_id(PIN)] = pointer.directory(PIN)
    for md5, data in objects.items():
        path = tmp_path / "near" / "files" / "md5" / md5[:2] / md5[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert looked() == []
