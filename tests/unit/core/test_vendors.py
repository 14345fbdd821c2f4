"""Which ids of vendors are snapshots, and which are aliases."""

from __future__ import annotations

import pytest

from weighbridge.core.vendors import VENDORS, Naming, bedrock_model, classify

SNAPSHOTS = {
    "openai": """gpt-4o-2024-08-06 gpt-4.1-mini-2025-04-14 o3-2025-04-16 gpt-4-0613 gpt-4-1106-preview
        gpt-3.5-turbo-0125
        gpt-4o-realtime-preview-2024-12-17 text-embedding-3-small whisper-1 gpt-image-1 omni-moderation-2024-09-26""",
    "anthropic": """claude-3-5-sonnet-20241022 claude-3-haiku-20240307 claude-opus-4-20250514 claude-sonnet-4-5-20250929
        claude-opus-4-6 claude-sonnet-4-6 claude-haiku-5 claude-opus-5-1 claude-2.1 claude-instant-1.2""",
    "google": """gemini-2.0-flash-001 gemini-1.5-pro-002 text-embedding-004 gemini-embedding-001 imagen-4.0-generate-001
        gemini-2.5-flash gemini-2.5-flash-lite gemini-3-pro gemini-2.5-pro-preview-05-06
        gemini-2.5-flash-preview-09-2025 gemini-exp-1206 gemini-2.5-flash-preview-native-audio-09-2025""",
    "vertex": """google/gemini-2.0-flash-001 google/gemini-2.5-pro anthropic/claude-3-7-sonnet@20250219
        google/text-bison@002
        anthropic/claude-opus-4-6 mistralai/mistral-small-2503 google/text-embedding-005""",
    "bedrock": """anthropic.claude-3-7-sonnet-20250219-v1:0 us.anthropic.claude-3-7-sonnet-20250219-v1:0
        amazon.nova-pro-v1:0
        anthropic.claude-v2:1 amazon.titan-text-express-v1 amazon.titan-text-express-v1:0:8k openai.gpt-oss-120b-1:0
        us.meta.llama3-3-70b-instruct-v1:0 anthropic.claude-opus-4-6-v1 anthropic.claude-sonnet-4-6
        arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0
        arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0""",
    "mistral": "mistral-large-2411 open-mistral-nemo-2407 ministral-8b-2410 codestral-2508 pixtral-large-2411",
}
ALIASES = {
    "openai": """gpt-4o gpt-4 gpt-4.1-mini gpt-3.5-turbo chatgpt-4o-latest o1 o3-mini o4-mini gpt-5
        omni-moderation-latest sora-2""",
    "anthropic": "claude-3-5-sonnet-latest claude-opus-4-0 claude-sonnet-4-5 claude-opus-4-1 claude-opus-4 claude-2",
    "google": """gemini-2.0-flash gemini-1.5-pro gemini-flash-latest gemini-1.5-pro-latest gemini-2.0-flash-exp
        gemini-3-pro-preview gemini-2.5-flash-preview-tts""",
    "vertex": """google/gemini-2.0-flash anthropic/claude-3-7-sonnet@default google/text-bison@latest
        mistralai/mistral-large
        anthropic/claude-sonnet-4-5""",
    "bedrock": "mistral.mistral-large-latest",
    "mistral": "mistral-large-latest mistral-small open-mixtral-8x22b codestral labs-devstral-small-2512 mistral-embed",
    "azure": "gpt-4o-latest",
    "openai-compatible": "llama3:latest qwen-latest",
}
UNKNOWN = {
    "openai": "ft:gpt-4o-2024-08-06:org::id llama-3 gpt5x text-embedding-9",
    "anthropic": "claude claude-x claude-3-opus-extra gpt-4o",
    "google": "gemma-3-27b-it gemini models",
    "vertex": "anthropic/claude-3-7-sonnet-20250219 meta/llama-3@x meta/llama-3.3-70b-instruct-maas anthropic/claude-x",
    "bedrock": """amazon.nova-pro anthropic.claude-sonnet-4-5 nova
        arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc
        arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc meta.llama""",
    "mistral": "gpt-4o mystery-2411x",
    "azure": "chat gpt-4o-2024-08-06",
    "openai-compatible": "gpt-4o-2024-08-06 qwen/Qwen3-8B",
    "nobody": "gpt-4o-2024-08-06 gpt-4o-latest",
}
CASES = [
    (vendor, model, naming)
    for naming, table in ((Naming.SNAPSHOT, SNAPSHOTS), (Naming.ALIAS, ALIASES), (Naming.UNKNOWN, UNKNOWN))
    for vendor, models in table.items()
    for model in models.split()
]


@pytest.mark.parametrize(("vendor", "model", "naming"), CASES)
def test_an_id_is_classified_by_the_rule_of_its_vendor(vendor: str, model: str, naming: Naming) -> None:
    found = classify(vendor, model)
    assert (found.naming, found.reason) == (naming, found.reason)
    assert found.reason


def test_every_vendor_has_its_cases() -> None:
    assert {vendor for vendor, _, _ in CASES} == {*VENDORS, "nobody"}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    "model", ["", "-", "latest", "\n", "x\n", "é-2411", "a" * 10_000, "-" * 10_000, "gpt-4o-2024-08-06\n"]
)
def test_odd_text_is_never_a_snapshot(vendor: str, model: str) -> None:
    assert classify(vendor, model).naming is not Naming.SNAPSHOT


@pytest.mark.parametrize(
    ("model", "inside"),
    [
        ("us.anthropic.claude-v2:1", "anthropic.claude-v2:1"),
        ("global.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        ("amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        ("us.model", "us.model"),
        ("arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
    ],
)
def test_a_profile_of_bedrock_names_its_model(model: str, inside: str) -> None:
    assert bedrock_model(model) == inside
