"""The MLmodel that a pin gives rise to, and the models that get none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.pins import make_pin

from weighbridge.plugins.flavours import _TEXT_TASKS, Derived, derive, is_document, is_reserved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json

MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
]
MINILM = {
    "1_Pooling/config.json": b"{}",
    "config.json": b'{"model_type": "bert"}',
    "model.safetensors": b"weights",
    "modules.json": json.dumps(MODULES).encode(),
    "tokenizer.json": b"{}",
    "train_script.py": b"print('never run')",
}
BERT = {"config.json": b"{}", "model.safetensors": b"weights", "tokenizer.json": b"{}", "tokenizer_config.json": b"{}"}
SENTENCES: Mapping[str, Json] = {"library": "sentence-transformers", "pipeline_tag": "sentence-similarity"}


def classifier(task: str = "text-classification") -> Mapping[str, Json]:
    return {"library": "transformers", "pipeline_tag": task}


def derived(files: Mapping[str, bytes], metadata: Mapping[str, Json]) -> Derived:
    pin = make_pin(files=files, metadata=metadata)
    documents = {path: data for path, data in files.items() if is_document(path)}
    return derive(pin, documents, mlflow_version="3.17.2", python_version="3.11.7")


def flavors(found: Derived) -> dict[str, dict[str, Json]]:
    assert found.mlmodel is not None, found.reason
    names = found.mlmodel["flavors"]
    assert isinstance(names, dict)
    return names  # type: ignore[return-value]  # checked by each test's own comparison


def test_sentence_transformers_get_the_folder_that_its_loader_looks_for() -> None:
    found = derived(MINILM, SENTENCES)
    assert flavors(found)["python_function"] == {
        "data": "model.sentence_transformer",
        "loader_module": "mlflow.sentence_transformers",
        "python_version": "3.11.7",
    }
    assert flavors(found)["sentence_transformers"] == {"code": None, "source_model_name": "org/minilm"}
    assert found.links == {f"model.sentence_transformer/{path}": path for path in MINILM}


def test_transformers_get_an_auto_class_so_that_no_code_of_the_model_is_asked_for() -> None:
    found = derived(BERT, classifier())
    assert flavors(found)["transformers"] == {
        "code": None,
        "components": ["tokenizer"],
        "instance_type": "TextClassificationPipeline",
        "model_binary": "model",
        "pipeline_model_type": "AutoModelForSequenceClassification",
        "source_model_name": "org/minilm",
        "task": "text-classification",
        "tokenizer_type": "AutoTokenizer",
    }
    assert found.links["model/model.safetensors"] == "model.safetensors"
    assert found.links["components/tokenizer/tokenizer.json"] == "tokenizer.json"
    assert "components/tokenizer/model.safetensors" not in found.links


def signature(found: Derived) -> dict[str, Json]:
    assert found.mlmodel is not None, found.reason
    value = found.mlmodel["signature"]
    assert isinstance(value, dict)
    return {name: json.loads(text) if isinstance(text, str) else text for name, text in value.items()}


TEXT = [{"type": "string", "required": True}]
EMBEDDING: dict[str, Json] = {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}


def test_a_server_knows_what_a_task_takes_and_gives() -> None:
    label: Json = {"type": "string", "name": "label", "required": True}
    score: Json = {"type": "double", "name": "score", "required": True}
    assert signature(derived(BERT, classifier())) == {"inputs": TEXT, "outputs": [label, score], "params": None}
    generation = derived(BERT, classifier("text-generation"))
    assert signature(generation) == {"inputs": TEXT, "outputs": TEXT, "params": None}
    assert generation.mlmodel is not None
    assert generation.mlmodel["is_signature_from_type_hint"] is False
    extraction = signature(derived(BERT, classifier("feature-extraction")))
    assert extraction == {"inputs": TEXT, "outputs": [{"name": "double", **EMBEDDING}], "params": None}
    assert signature(derived(MINILM, SENTENCES)) == {"inputs": TEXT, "outputs": [EMBEDDING], "params": None}


def test_a_template_that_the_pipeline_has_itself_may_be_left_out() -> None:
    inputs = signature(derived(BERT, classifier("zero-shot-classification")))["inputs"]
    assert isinstance(inputs, list)
    assert inputs[0] == {"type": "string", "name": "sequences", "required": True}
    assert inputs[2] == {"type": "string", "name": "hypothesis_template", "required": False}


@pytest.mark.parametrize("task", _TEXT_TASKS)
def test_every_task_has_a_signature(task: str) -> None:
    assert signature(derived(BERT, classifier(task)))["inputs"]


def test_images_get_an_image_processor() -> None:
    files = {"config.json": b"{}", "model.safetensors": b"weights", "preprocessor_config.json": b"{}"}
    found = flavors(derived(files, classifier("image-classification")))["transformers"]
    assert found["components"] == ["image_processor"]
    assert found["image_processor_type"] == "AutoImageProcessor"
    assert signature(derived(files, classifier("image-classification")))["inputs"] == TEXT


@pytest.mark.parametrize("path", ["model.onnx", "onnx/model.onnx"])
@pytest.mark.parametrize("library", ["onnx", None])
def test_one_onnx_file_is_named_at_the_root(path: str, library: str | None) -> None:
    found = derived({path: b"onnx", f"{path}_data": b"more"}, {"library": library})
    assert flavors(found)["onnx"]["data"] == "model.onnx"
    assert flavors(found)["python_function"]["loader_module"] == "mlflow.onnx"
    assert found.links == ({} if "/" not in path else {"model.onnx": path, "model.onnx_data": f"{path}_data"})


def test_the_same_pin_says_the_same_and_another_pin_has_another_id() -> None:
    first, again = derived(MINILM, SENTENCES), derived(MINILM, SENTENCES)
    other = derived({**MINILM, "README.md": b"new"}, SENTENCES)
    assert first == again
    assert first.mlmodel is not None
    assert other.mlmodel is not None
    assert first.mlmodel["model_uuid"] != other.mlmodel["model_uuid"]
    assert first.mlmodel["mlflow_version"] == "3.17.2"
    assert first.mlmodel["metadata"] == {
        "weighbridge": {"digest": make_pin(files=MINILM).digest, "name": "minilm", "project": "project"}
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"config.json": b'{"auto_map": {"AutoModel": "evil/repo--model.Evil"}}'}, "auto_map"),
        ({"tokenizer_config.json": b'{"a": [{"auto_map": {}}]}'}, "auto_map"),
        ({"config.json": b'{"custom_pipelines": {}}'}, "custom_pipelines"),
        ({"custom_generate/generate.py": b"import os"}, "custom_generate/generate.py"),
        ({"modules.json": b'[{"type": "evil.Module"}]'}, "evil.Module"),
        ({"modules.json": b'[{"type": "evil/repo--module.Evil"}]'}, "evil/repo--module.Evil"),
        ({"router_config.json": b'{"types": {"query": "os.system"}}'}, "os.system"),
        ({"1_Pooling/config.json": b'{"activation_function": "subprocess.Popen"}'}, "subprocess.Popen"),
        ({"config.json": b"{"}, "not readable"),
        ({"config.json": b"[" * 100_000}, "not readable"),
    ],
)
def test_a_model_that_could_run_its_own_code_gets_no_flavour(change: dict[str, bytes], reason: str) -> None:
    found = derived({**MINILM, **change}, SENTENCES)
    assert found.mlmodel is None
    assert found.links == {}
    assert reason in found.reason


def test_a_class_of_the_library_and_of_torch_is_fine() -> None:
    files = {**MINILM, "2_Dense/config.json": b'{"activation_function": "torch.nn.modules.activation.Tanh"}'}
    assert derived(files, SENTENCES).mlmodel is not None


def test_a_document_that_was_not_shown_gives_no_flavour() -> None:
    found = derive(make_pin(files=MINILM, metadata=SENTENCES), {}, mlflow_version="3", python_version="3")
    assert found.mlmodel is None
    assert "too large" in found.reason


@pytest.mark.parametrize(
    ("files", "metadata"),
    [
        (BERT, SENTENCES),
        ({**MINILM, "model.sentence_transformer/config.json": b"{}"}, SENTENCES),
        (BERT, {"library": "keras"}),
        (BERT, {}),
        (BERT, classifier("robotics")),
        ({**BERT, "model/config.json": b"{}"}, classifier()),
        ({path: data for path, data in BERT.items() if path != "config.json"}, classifier()),
        ({path: data for path, data in BERT.items() if path != "tokenizer.json"}, classifier()),
        ({"a.onnx": b"1", "b.onnx": b"2"}, {"library": "onnx"}),
        ({"onnx/a.onnx": b"1", "onnx/config.json": b"{}", "config.json": b"{}"}, {"library": "onnx"}),
    ],
)
def test_what_the_table_does_not_hold_gets_no_flavour_and_a_reason(
    files: Mapping[str, bytes], metadata: Mapping[str, Json]
) -> None:
    found = derived(files, metadata)
    assert found.mlmodel is None
    assert found.reason


@pytest.mark.parametrize("path", ["MLmodel", "mlMODEL", "sub/MLmodel", "registered_model_meta"])
def test_names_that_mlflow_takes_for_its_own(path: str) -> None:
    assert is_reserved(path)


@pytest.mark.parametrize("path", ["MLmodel.txt", "MLmodel/file", "sub/registered_model_meta", "model"])
def test_names_that_it_does_not(path: str) -> None:
    assert not is_reserved(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["auto_map", "custom_pipelines"]), st.integers(0, 3))
def test_a_key_that_names_code_is_found_at_any_depth(value: Json, key: str, depth: int) -> None:
    document: Json = {key: value}
    for _ in range(depth):
        document = [{"config": document}]
    found = derived({**MINILM, "config.json": json.dumps({"inner": document}).encode()}, SENTENCES)
    assert found.mlmodel is None
