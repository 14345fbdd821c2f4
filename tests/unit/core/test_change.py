from __future__ import annotations

from tests.fakes.pins import make_pin

from weighbridge.core.change import ChangeKind, FileChange, changes, everything
from weighbridge.core.listing import RemoteFile


def test_what_changed_by_file() -> None:
    before = [
        RemoteFile("same", 1, "git:" + "0" * 40),
        RemoteFile("gone", 2),
        RemoteFile("b", 3),
        RemoteFile("c", 4, "x"),
    ]
    after = [
        RemoteFile("c", 4, "y"),
        RemoteFile("new", 5),
        RemoteFile("b", 6),
        RemoteFile("same", 1, "git:" + "0" * 40),
    ]
    assert changes(before, after) == (
        FileChange("b", ChangeKind.CHANGED, 3, 6),
        FileChange("c", ChangeKind.CHANGED, 4, 4),
        FileChange("gone", ChangeKind.REMOVED, 2, None),
        FileChange("new", ChangeKind.ADDED, None, 5),
    )
    assert changes(before, before) == changes([], []) == ()


def test_the_published_json() -> None:
    shown = FileChange("b", ChangeKind.ADDED, None, 6).to_json()
    assert shown == {"path": "b", "kind": "added", "before_bytes": None, "after_bytes": 6}


def test_everything_that_a_source_had() -> None:
    pin = make_pin()
    found = everything(pin)
    assert [file.path for file in found] == ["config.json", "model.safetensors", "pytorch_model.bin"]
    assert found[0] == RemoteFile("config.json", 2, pin.files[0].promise)
