"""The rules of the project of `tests/compat/v1`, as weighbridge.toml and as a trust file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.config import CONFIG_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = """\
schema = "{schema}"
project = "acme"
"""
_OWN = """\
models_folder = "models"
mlflow_uri = "https://mlflow.example.org"
legacy_stages = true

[models.minilm]
source = "hf:org/minilm"
follow = "main"
include = ["*.json", "*.safetensors", "*.py"]
exclude = ["openvino/"]
all_formats = false

[models.reranker]
source = "hf:org/reranker"
follow = "main"
"""
_RULES = """
[policy]
inspection = "required"
inspected_by = ["adder", "machine"]
denied_sources = ["hf:evil/**"]
formats = ["json", "safetensors", "python"]
max_model_bytes = 5000000000
max_inspection_age = "365d"
remote_code = "deny"

[policy.licences]
deny = ["AGPL-3.0-only"]
unknown = "allow"

[policy.checks]
network-address = "deny"

[stages.staging]
approvals = 1
adder_may_approve = true
roles = ["approver", "adder"]
max_evidence_age = "unlimited"

[stages.staging.policy]
max_file_bytes = 1000000000

[stages.production]
after = "staging"
approvals = 2
lasts = "180d"
allow_superseded = false

[people.ann]
name = "Ann"
roles = ["adder", "approver"]
keys = [
    {{id = "{ann_old[0]}", public = "{ann_old[1]}", expires = "2026-12-01"}},
    {{id = "{ann[0]}", public = "{ann[1]}"}},
]

[people.bob]
name = "Bob"
roles = ["approver"]
keys = [{{id = "{bob[0]}", public = "{bob[1]}"}}]

[people.cat]
roles = ["approver"]
keys = [
    {{id = "{cat_lost[0]}", public = "{cat_lost[1]}"{ended}}},
    {{id = "{cat[0]}", public = "{cat[1]}"}},
]

[people.bot]
roles = ["machine"]
keys = [{{id = "{bot[0]}", public = "{bot[1]}"}}]
"""


def rules_text(schema: str, keys: Mapping[str, tuple[str, str]], revoked: str) -> str:
    """A document of either schema.

    Args:
        schema: That of weighbridge.toml or of a trust file.
        keys: Id and public half by label.
        revoked: The attestation that ends cat's lost key; empty before there is one.
    """
    named = {label.replace("-", "_"): pair for label, pair in keys.items()}
    ended = f', revoked = "{revoked}"' if revoked else ""
    text = _HEAD + (_OWN if schema == CONFIG_SCHEMA else "") + _RULES
    return text.format(schema=schema, ended=ended, **named)
