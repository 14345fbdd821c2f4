"""Manifests of Kubernetes by the published schemas, strictly: an unknown or misspelt key is an error."""

from __future__ import annotations

from dataclasses import replace

import kubernetes_validate
import pytest
import yaml

from tests.fakes.pins import make_pin
from tests.unit.test_reports_launch import BUCKET, HOSTILE, IMAGES, SHELF
from weighbridge.reports.launch import TRANSFORMERS, VLLM, Launch
from weighbridge.reports.launch_containers import Address, kubernetes

pytestmark = pytest.mark.fronts


@pytest.mark.parametrize("version", ["1.29", "1.33", "1.37"])
@pytest.mark.parametrize("address", [BUCKET, SHELF], ids=["url", "folder"])
@pytest.mark.parametrize("server", [VLLM, TRANSFORMERS])
def test_a_deployment_follows_the_schema(server: str, address: Address, version: str) -> None:
    launch = Launch(server, make_pin(), "production", "minilm", code=("modeling.py",))
    text = kubernetes(launch, IMAGES, address)
    kubernetes_validate.validate(yaml.safe_load(text), version, strict=True)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_leave_the_schema_whole(name: str) -> None:
    launch = replace(Launch(VLLM, make_pin("a.b_c"), "production", name), port=8123)
    kubernetes_validate.validate(yaml.safe_load(kubernetes(launch, IMAGES, BUCKET)), "1.37", strict=True)
    assert kubernetes(launch, IMAGES, BUCKET).count("containerPort: 8123") == 1


def test_the_schema_notices_what_is_wrong() -> None:
    found = yaml.safe_load(kubernetes(Launch(VLLM, make_pin(), "production", "minilm"), IMAGES, BUCKET))
    found["spec"]["template"]["spec"]["initContainer"] = found["spec"]["template"]["spec"].pop("initContainers")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(found, "1.37", strict=True)
