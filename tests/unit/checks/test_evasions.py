"""Ways around the checks that no sample shows."""

from __future__ import annotations

import io
import json

import pytest
from tests.samples.look import ids, look

from weighbridge.formats.kinds import Kind
from weighbridge.formats.pickle_walk import walk
from weighbridge.formats.recognise import recognise
from weighbridge.formats.torch_storage import storages, views


def _found(name: str, value: object) -> set[str]:
    return ids(look({name: json.dumps(value).encode()}))


def test_too_many_templates_are_not_inspected() -> None:
    listed = [{"name": str(number), "template": "{{ messages }}"} for number in range(101)]
    assert "not-inspected" in _found("tokenizer_config.json", {"chat_template": listed})
    assert "not-inspected" not in _found("tokenizer_config.json", {"chat_template": listed[:100]})


def test_too_many_flavours_are_not_inspected() -> None:
    lines = "".join(f"  flavour{number}: {{a: 1}}\n" for number in range(1001))
    assert "not-inspected" in ids(look({"MLmodel": f"flavors:\n{lines}".encode()}))


@pytest.mark.parametrize("value", [1, True, [1], "sure", 0.5, {"a": 1}])
def test_whatever_python_takes_for_true_trusts(value: object) -> None:
    assert "remote-code" in _found("config.json", {"model_type": "bert", "trust_remote_code": value})


@pytest.mark.parametrize("value", [0, False, [], "", None])
def test_whatever_python_takes_for_false_does_not(value: object) -> None:
    assert "remote-code" not in _found("config.json", {"model_type": "bert", "trust_remote_code": value})


def test_a_count_of_classes_is_no_code() -> None:
    assert "remote-code" not in _found("config.json", {"custom_class": 80})


@pytest.mark.parametrize("kind", ["encoder.layer", "org.apache.spark.Row", "google.protobuf.Struct"])
def test_types_without_arguments_elsewhere_are_data(kind: str) -> None:
    assert "remote-code" not in _found("schema.json", {"fields": [{"name": "a", "type": kind}]})


def test_a_view_that_brings_its_own_element_type_is_measured_by_it() -> None:
    storage = b"(X\x07\0\0\0storagectorch\nByteStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x08tQ"
    hooks = b"ccollections\nOrderedDict\n)R"
    view = storage + b"K\0K\x08\x85K\x01\x85\x89" + hooks + b"ctorch\nfloat64\n}"
    report = walk(b"\x80\x02ctorch._utils\n_rebuild_tensor_v3\n(" + view + b"tR.")
    assert not report.faults
    assert [fault.id for fault in views(report, storages(report)[0])] == ["view-bounds"]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("graph.pbtxt", b"node < op: 'Const' >", Kind.SAVEDMODEL),
        ("net.prototxt", b"# a net\nlayer { type: 'Python' }", Kind.CAFFE),
        ("labels.pbtxt", b"item { id: 1 name: 'node' }", Kind.TEXT),
        ("model", b"ZF0x1" + b" " * 16 + b"letters", Kind.ZLIB),
    ],
)
def test_recognised(name: str, data: bytes, kind: Kind) -> None:
    assert recognise(io.BytesIO(data), len(data), name) is kind
