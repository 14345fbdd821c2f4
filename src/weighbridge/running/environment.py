"""The environment of a program that may load approved models only: pure, no process is started here.

Each variable is one that a released client reads; docs/loading.md lists who reads what, and what bypasses it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOWHERE = "http://127.0.0.1:9"
"""The discard port (RFC 863): an address at which nobody answers."""
HOOKS = "hooks"
CONFIG = "WEIGHBRIDGE_RUN_CONFIG"
RUN = "WEIGHBRIDGE_RUN"
# What would lead a client past the cache or the endpoint, and tokens, which nobody here asks for.
_TAKEN_AWAY = (
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "HUGGINGFACE_HUB_TOKEN",
    "HF_HUB_TOKEN",
    "HF_INFERENCE_ENDPOINT",
    "HF_XET_CACHE",
    "HF_MODULES_CACHE",
    "HF_ASSETS_CACHE",
    "HF_DATASETS_CACHE",
    "TRANSFORMERS_CACHE",
    "PYTORCH_TRANSFORMERS_CACHE",
    "PYTORCH_PRETRAINED_BERT_CACHE",
    "SENTENCE_TRANSFORMERS_HOME",
    "DIFFUSERS_CACHE",
    "PYTORCH_HUB",
    "VLLM_USE_MODELSCOPE",
    "USE_MODELSCOPE_HUB",
    "LMDEPLOY_USE_MODELSCOPE",
)


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that a program's clients look into.

    Args:
        folder: This run's own.
    """

    folder: Path

    @property
    def hf_home(self) -> Path:
        """What ``HF_HOME`` names."""
        return self.folder / "huggingface"

    @property
    def hub(self) -> Path:
        """What ``HF_HUB_CACHE`` names."""
        return self.hf_home / "hub"

    @property
    def torch_home(self) -> Path:
        """What ``TORCH_HOME`` names."""
        return self.folder / "torch"

    @property
    def config(self) -> Path:
        """What the hooks read."""
        return self.folder / "run.json"

    @property
    def refusals(self) -> Path:
        """What the hooks write, one JSON object a line."""
        return self.folder / "refusals.jsonl"


def offline(place: Place, *, endpoint: str = NOWHERE, registry_uri: str = "") -> dict[str, str | None]:
    """Variables by which clients see approved bytes only; None for one that must not be set.

    Args:
        place: Where they look.
        endpoint: The Hub that those who do not read the cache ask.
        registry_uri: MLflow's; empty to leave it as it is.
    """
    found: dict[str, str | None] = dict.fromkeys(_TAKEN_AWAY)
    found |= {
        "HF_HOME": str(place.hf_home),
        "HF_HUB_CACHE": str(place.hub),
        "HUGGINGFACE_HUB_CACHE": str(place.hub),
        "HF_ENDPOINT": endpoint,
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "DISABLE_SAFETENSORS_CONVERSION": "1",
        "TORCH_HOME": str(place.torch_home),
        # Compiled code beside a model's own would be a file that was not pinned.
        "PYTHONDONTWRITEBYTECODE": "1",
        **quiet(),
    }
    if registry_uri:
        found["MLFLOW_REGISTRY_URI"] = registry_uri
    return found


def quiet() -> dict[str, str | None]:
    """Variables that keep libraries from reporting about their user."""
    return {
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DVC_NO_ANALYTICS": "1",
        "DO_NOT_TRACK": "1",
    }


def explained(base: Mapping[str, str], place: Place, hooks: Path) -> dict[str, str | None]:
    """Variables that let Python programs load the hooks.

    Args:
        base: The environment that the program would have.
        place: Where the hooks find their configuration.
        hooks: The folder that holds them.
    """
    path = base.get("PYTHONPATH", "")
    return {CONFIG: str(place.config), "PYTHONPATH": os.pathsep.join([str(hooks), *([path] if path else [])])}


def applied(base: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """An environment with some changes."""
    kept = {key: value for key, value in base.items() if key not in changes}
    return kept | {key: value for key, value in changes.items() if value is not None}
