from __future__ import annotations

import json
from typing import Any

import pytest
from tests.fakes.pins import make_pin

from weighbridge.core import digest, modelpack


def layers(*paths: str) -> dict[str, Any]:
    pin = make_pin(files=dict.fromkeys(paths, b"x"))
    found = json.loads(modelpack.manifest(pin, modelpack.config(pin)))["layers"]
    return {layer["annotations"][modelpack.FILEPATH]: layer for layer in found}


def test_a_layer_is_a_file_by_its_own_hash() -> None:
    pin = make_pin()
    config = modelpack.config(pin)
    value = json.loads(modelpack.manifest(pin, config))
    assert value["artifactType"] == modelpack.ARTIFACT_TYPE
    assert value["config"] == {
        "mediaType": modelpack.CONFIG_TYPE,
        "digest": digest.of_bytes(config),
        "size": len(config),
    }
    assert value["layers"] == [
        {
            "mediaType": f"application/vnd.cncf.model.{kind}.v1.raw",
            "digest": f"sha256:{file.entry.sha256}",
            "size": file.entry.size,
            "annotations": {modelpack.FILEPATH: file.entry.path, modelpack.TITLE: file.entry.path},
        }
        for file, kind in zip(pin.files, ("weight.config", "weight"), strict=True)
    ]
    assert value["annotations"] == {
        "org.opencontainers.image.licenses": "apache-2.0",
        "weighbridge.digest": pin.digest,
        "weighbridge.name": pin.name,
        "weighbridge.project": pin.project,
        "weighbridge.revision": pin.revision,
        "weighbridge.source": pin.source,
    }


def test_the_configuration_says_what_is_known() -> None:
    pin = make_pin()
    assert json.loads(modelpack.config(pin)) == {
        "descriptor": {
            "name": pin.name,
            "revision": pin.revision,
            "version": digest.short(pin.digest),
            "licenses": ["apache-2.0"],
        },
        "config": {"format": "safetensors"},
        "modelfs": {"type": "layers", "diffIds": [f"sha256:{file.entry.sha256}" for file in pin.files]},
    }


def test_what_is_not_known_is_left_out() -> None:
    pin = make_pin(files={"config.json": b"{}"}, metadata={"licence": 7})
    value = json.loads(modelpack.config(pin))
    assert value["config"] == {}
    assert "licenses" not in value["descriptor"]
    annotations = json.loads(modelpack.manifest(pin, b"{}"))["annotations"]
    assert modelpack.LICENCES not in annotations


def test_the_same_pin_gives_the_same_bytes() -> None:
    assert modelpack.config(make_pin()) == modelpack.config(make_pin())
    assert modelpack.manifest(make_pin(), b"{}") == modelpack.manifest(make_pin(), b"{}")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("README.md", "doc"),
        ("LICENSE", "doc"),
        ("a/License.txt", "doc"),
        ("a.b/NOTICE", "doc"),
        ("modeling_x.py", "code"),
        ("a/run.SH", "code"),
        ("tokenizer.json", "weight.config"),
        (".gitattributes", "weight.config"),
        ("model.safetensors", "weight"),
        ("weights/part", "weight"),
    ],
)
def test_files_are_told_apart_by_their_names(path: str, kind: str) -> None:
    assert layers(path)[path]["mediaType"] == f"application/vnd.cncf.model.{kind}.v1.raw"
