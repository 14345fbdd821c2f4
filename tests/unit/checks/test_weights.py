from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from tests.samples.look import ids, look, notes_of
from tests.samples.weights import DATA, GGUF, LIKE_A_PICKLE, LIKE_A_SOUND, ONNX, PICKLE, SAFETENSORS, outside
from tests.unit.formats import gguf_samples, onnx_samples, safetensors_samples
from tests.unit.formats.gguf_samples import STRING, P
from tests.unit.formats.onnx_samples import external, field, graph, model, node, with_tensor

from weighbridge.checks.examine import examine
from weighbridge.checks.notes import Notes
from weighbridge.checks.outside import check, claimed
from weighbridge.checks.subject import Budget, Subject
from weighbridge.checks.tree import Tree
from weighbridge.checks.weights import MAX_LOCATIONS
from weighbridge.core.finding import Severity

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json

OWN = {
    "safetensors-structure",
    "gguf-structure",
    "onnx-structure",
    "onnx-external-data",
    "onnx-custom-operator",
    "embedded-payload",
    "format-unsupported",
}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *(("model.safetensors", data) for data in safetensors_samples.GOOD.values()),
        *(("model.gguf", data) for data in gguf_samples.GOOD.values()),
    ],
)
def test_sound_weights_pass(name: str, data: bytes) -> None:
    assert not OWN & ids(look({name: data}))


def test_each_fault_is_a_finding() -> None:
    found = notes_of("model.safetensors", safetensors_samples.BAD["overlap"][1]).findings
    assert {item.check for item in found} == {"safetensors-structure"}
    assert "tensor-overlap" in found[0].message
    assert found[0].severity is Severity.DENY


def test_templates_are_looked_at() -> None:
    template = "{{ ''.__class__.__mro__ }}"
    data = P.file([P.entry("tokenizer.chat_template", STRING, P.text(template))], [])
    notes = notes_of("model.gguf", data)
    assert {item.check for item in notes.findings} == {"template-ssti"}
    assert notes.facts["template"]


def test_words_about_a_gguf_file_may_name_addresses() -> None:
    url = P.text("https://some-publisher.io/model")
    assert notes_of("model.gguf", P.file([P.entry("general.url", STRING, url)], [])).findings == []
    found = notes_of("model.gguf", P.file([P.entry("tokenizer.ggml.pre", STRING, url)], [])).findings
    assert {item.check for item in found} == {"network-address"}


def test_tiny_models_have_no_finding_but_the_licence() -> None:
    files = {"model.gguf": GGUF, "model.onnx": ONNX, "model.safetensors": SAFETENSORS}
    assert ids(look(files)) == {"licence-unknown"}


def external_findings(files: dict[str, bytes]) -> list[str]:
    return [item.check for item in look(files) if item.check in {"format-unsupported", "onnx-external-data"}]


def test_a_file_of_tensors_passes_only_if_all_of_it_is_accounted_for() -> None:
    assert external_findings({"model.onnx": outside(), "model.onnx.data": DATA}) == []
    assert external_findings({"model.onnx.data": DATA}) == ["format-unsupported"]
    assert external_findings({"model.onnx": outside(), "model.onnx.data": DATA + b"\xff"}) == ["format-unsupported"]
    assert external_findings({"model.onnx": outside(length=4000), "model.onnx.data": DATA}) == ["format-unsupported"]
    assert external_findings({"model.onnx": outside(), "other/model.onnx.data": DATA})[:1] == ["format-unsupported"]


@pytest.mark.parametrize("data", [LIKE_A_PICKLE, LIKE_A_SOUND])
def test_numbers_that_begin_like_a_format_pass_where_they_are_claimed(data: bytes) -> None:
    claimed_by = {"model.onnx": outside("w.bin")}
    assert {item.check for item in look({**claimed_by, "w.bin": data})} == {"licence-unknown"}
    assert any(not item.passes for item in look({"w.bin": data}))
    assert any(not item.passes for item in look({**claimed_by, "w.bin": data + b"\xff"}))


@pytest.mark.parametrize("prefix", [PICKLE, b"\x80\x04cos\nsystem\n", b"\x7fELF" + bytes(60), b"PK\x03\x04"])
def test_what_would_run_is_no_numbers(prefix: bytes) -> None:
    data = prefix + DATA[len(prefix) :]
    assert any(not item.passes for item in look({"model.onnx": outside("w.bin"), "w.bin": data}))


def test_a_pickle_that_was_not_read_to_its_end_is_no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weighbridge.checks.chance._UNREAD", ("[",))
    assert any(not item.passes for item in look({"model.onnx": outside("w.bin"), "w.bin": LIKE_A_PICKLE}))


def test_two_models_may_share_a_file() -> None:
    files = {"a.onnx": outside("w", 0, 2048), "b.onnx": outside("w", 2048, 2048), "w": DATA}
    assert external_findings(files) == []


def test_a_range_beyond_the_file_is_denied() -> None:
    found = external_findings({"model.onnx": outside(length=5000), "model.onnx.data": DATA})
    assert set(found) == {"format-unsupported", "onnx-external-data"}


def test_padding_is_allowed_and_large_gaps_are_not() -> None:
    def two(offset: int) -> bytes:
        first = external(("location", "w"), ("length", "2"), kind=2, sizes=(2,))
        second = external(("location", "w"), ("offset", str(offset)), ("length", "2"), kind=2, sizes=(2,))
        return with_tensor(first, second)

    noise = b"\xfe\x01" * 100_000
    assert external_findings({"model.onnx": two(4096), "w": noise[:4098]}) == []
    assert external_findings({"model.onnx": two(90_000), "w": noise[:90_002]}) == ["format-unsupported"]


def test_overlapping_tensors_are_noted() -> None:
    overlapping = with_tensor(
        external(("location", "w"), ("length", "4"), kind=2, sizes=(4,)),
        external(("location", "w"), ("offset", "2"), ("length", "4"), kind=2, sizes=(4,)),
    )
    found = notes_of("model.onnx", overlapping).findings
    assert [(item.check, item.severity) for item in found] == [("onnx-external-data", Severity.WARN)]


def test_length_left_out_is_what_the_shape_needs() -> None:
    data = with_tensor(external(("location", "w"), kind=2, sizes=(len(DATA),)))
    assert external_findings({"model.onnx": data, "w": DATA}) == []


def test_too_many_files_of_tensors() -> None:
    tensors = [external(("location", f"w{number}")) for number in range(MAX_LOCATIONS + 1)]
    notes = notes_of("model.onnx", with_tensor(*tensors))
    assert [item.check for item in notes.findings] == ["onnx-external-data"]
    assert "claims" not in notes.facts


def test_too_many_pieces_claim_nothing() -> None:
    tensors = [external(("location", "w"), ("offset", str(number << 20))) for number in range(600)]
    notes = notes_of("model.onnx", with_tensor(*tensors))
    assert "needs" in notes.facts
    assert "claims" not in notes.facts


def inside(data: bytes, name: str = "model.onnx") -> list[str]:
    notes = Notes("models.zip")
    outer = Subject("models.zip", io.BytesIO(b"PK"), 2, Budget(), examine)
    outer.examine(outer.member(name, io.BytesIO(data), len(data)), notes)
    return [item.check for item in notes.findings]


def test_members_of_archives_have_nothing_outside() -> None:
    assert inside(ONNX) == []
    assert inside(outside()) == ["onnx-external-data"]
    assert inside(b"\xfe\x01" * 500, "w") == ["format-unsupported"]


def test_what_looks_like_another_format_without_a_mark() -> None:
    packed = b"\x82\xa1a\xc4\x02\xff\xfe\xa1b\xc4\x04\xff\xfe\xfd\xfc"
    notes = notes_of("w", packed)
    assert {item.check for item in notes.findings} == {"format-unsupported"}
    assert external_findings({"model.onnx": outside("w", 0, len(packed)), "w": packed}) == []


def test_operators_of_the_model_itself_are_known() -> None:
    function = field(
        25, field(1, "Twice") + field(10, "my.own") + field(7, node()) + field(9, field(1, "") + field(2, 17))
    )
    found = notes_of("model.onnx", model(graph(node("Twice", domain="my.own")), function)).findings
    assert [(item.check, item.severity) for item in found] == [("onnx-custom-operator", Severity.NOTE)]


def test_a_function_that_replaces_an_operator_is_more_than_a_note() -> None:
    function = field(25, field(1, "Add") + field(10, "") + field(7, node()) + field(9, field(1, "") + field(2, 17)))
    found = notes_of("model.onnx", model(None, function)).findings
    assert Severity.WARN in {item.severity for item in found if item.check == "onnx-custom-operator"}


@pytest.mark.parametrize(
    ("operator", "domain", "severity"),
    [
        ("PyOp", "ai.onnx.contrib", Severity.DENY),
        ("EPContext", "com.microsoft", Severity.DENY),
        ("BertTokenizer", "ai.onnx.contrib", Severity.NOTE),
        ("NMSRotated", "mmdeploy", Severity.WARN),
    ],
)
def test_operators_from_elsewhere(operator: str, domain: str, severity: Severity) -> None:
    found = notes_of("model.onnx", model(graph(node(operator, domain=domain)))).findings
    assert [(item.check, item.severity) for item in found] == [("onnx-custom-operator", severity)]


def test_training_information_is_noted() -> None:
    found = notes_of("model.onnx", model(None, onnx_samples.TRAINING)).findings
    assert [(item.check, item.severity) for item in found] == [("onnx-custom-operator", Severity.NOTE)]


def test_claims_on_files_that_are_not_there_or_strange() -> None:
    facts: dict[str, dict[str, list[Json]]] = {
        "a.onnx": {"claims": [{"path": "gone", "ranges": [[0, 4]]}, {"path": "b", "ranges": None}, "odd"]}
    }
    tree = Tree({"a.onnx": 1, "b": 4}, facts, "", {})
    assert list(check(tree)) == []
    assert claimed(tree) == {"gone": [(0, 4)]}


def test_files_with_a_format_of_their_own_hold_no_tensors() -> None:
    files = {"model.onnx": outside("model.safetensors", 0, len(SAFETENSORS)), "model.safetensors": SAFETENSORS}
    assert external_findings(files) == ["onnx-external-data"]
