"""Vendors' models, from a real server: what is pinned, and what is written down."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.vendor_sources import NOW, refused, resolve, source_of
from tests.fakes.vendors import DATE, GPT, KEY, SONNET, Vendors

from weighbridge.core import canonical
from weighbridge.core.errors import (
    IntegrityError,
    NotFoundError,
    UsageError,
)
from weighbridge.core.ref import Ref
from weighbridge.sources._api_reference import asked
from weighbridge.sources._api_vendors import question
from weighbridge.sources.api import ApiSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.core.listing import Listing


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as made:
        made.stock()
        yield made


def document(vendors: Vendors, listing: Listing) -> Any:
    data = b"".join(source_of(vendors).read(listing, listing.files[0], 0))
    assert listing.files[0].promise == f"sha256:{hashlib.sha256(data).hexdigest()}" == listing.revision
    return json.loads(data)


IDENTITIES: dict[str, Mapping[str, Any]] = {
    "openai": {"created": 1_722_814_719, "owned_by": "system"},
    "anthropic": {"created_at": "2025-02-19T00:00:00Z"},
    "google": {"version": "001"},
    "vertex": {"versionId": "default"},
    "vertex-version": {"versionId": "20250219"},
    "azure": {
        "properties.model.format": "OpenAI",
        "properties.model.name": "gpt-4o",
        "properties.model.version": "2024-08-06",
    },
    "mistral": {"name": "mistral-large-2411", "owned_by": "mistralai"},
    "local": {"owned_by": "vllm", "root": "/srv/weights"},
}


@pytest.mark.parametrize("name", ["bedrock", "bedrock-profile", *IDENTITIES])
def test_one_file_stands_for_the_model_of_each_vendor(vendors: Vendors, name: str) -> None:
    text = vendors.references[name]
    listing = resolve(vendors, text)
    assert [file.path for file in listing.files] == ["model.json"]
    said = document(vendors, listing)
    assert said["vendor"] == text.removeprefix("api:").partition("/")[0]
    assert text.endswith(said["model"])
    assert (said["type"], said["parameters"]) == ("weighbridge.api-model/1", {})
    assert said["host"] == listing.identity["host"]
    assert said["endpoint"].startswith(vendors.url)
    if name in IDENTITIES:
        assert said["identity"] == IDENTITIES[name]
    else:
        assert said["identity"]["modelArn"].endswith("anthropic.claude-3-7-sonnet-20250219-v1:0")
    assert KEY.encode() not in canonical.dumps(dict(listing.metadata))
    assert resolve(vendors, text).revision == listing.revision


def test_the_answer_is_kept_as_it_came(vendors: Vendors) -> None:
    listing = resolve(vendors, f"api:openai/{GPT}")
    said: Any = listing.metadata["answer"]
    assert json.loads(said["text"]) == vendors.page("openai", GPT).document
    assert said["sha256"] == f"sha256:{hashlib.sha256(said['text'].encode()).hexdigest()}"
    assert said["date"] == DATE
    vendors.page("openai", GPT).document["permission"] = "x" * 40_000
    long = resolve(vendors, f"api:openai/{GPT}")
    assert "text" not in dict(long.metadata["answer"])  # type: ignore[arg-type] # it is an object
    assert long.revision == listing.revision


def test_what_tells_of_the_account_is_not_kept(vendors: Vendors) -> None:
    for name in ("azure", "local"):
        text = str(resolve(vendors, vendors.references[name]).metadata)
        assert "dana" not in text
        assert "subscriptions" not in text
        assert "other" not in text


def test_governed_parameters_stand_in_the_file_in_one_spelling(vendors: Vendors) -> None:
    plain = resolve(vendors, f"api:openai/{GPT}")
    governed = resolve(
        vendors, f"api:openai/{GPT}#top_p=0.950&temperature=0&reasoning_effort=high&stream=false&seed=-7.0"
    )
    data = b"".join(source_of(vendors).read(governed, governed.files[0], 0))
    assert b'"parameters":{"reasoning_effort":"high","seed":-7,"stream":false,"temperature":0,"top_p":0.95}' in data
    assert governed.revision != plain.revision
    other = resolve(vendors, f"api:openai/{GPT}#seed=-7&temperature=0.0&top_p=0.95&reasoning_effort=high&stream=false")
    assert other.revision == governed.revision


@pytest.mark.parametrize(
    ("api", "model", "change"),
    [
        ("openai", GPT, {"created": 5}),
        ("anthropic", SONNET, {"created_at": "2026-01-01T00:00:00Z"}),
        ("google", "gemini-2.5-flash", {"version": "002"}),
        ("mistral", "mistral-large-2411", {"owned_by": "somebody"}),
    ],
)
def test_what_the_vendor_says_otherwise_is_another_revision(
    vendors: Vendors, api: str, model: str, change: dict[str, Any]
) -> None:
    before = resolve(vendors, f"api:{api}/{model}").revision
    vendors.page(api, model).document |= {"display_name": "new", "displayName": "new", "description": "new"}
    assert resolve(vendors, f"api:{api}/{model}").revision == before
    vendors.page(api, model).document |= change
    assert resolve(vendors, f"api:{api}/{model}").revision != before


def test_an_alias_that_the_vendor_resolves_is_pinned_as_its_snapshot(vendors: Vendors) -> None:
    for alias, snapshot in (
        ("api:anthropic/claude-3-7-sonnet-latest", f"api:anthropic/{SONNET}"),
        ("api:mistral/mistral-large-latest", "api:mistral/mistral-large-2411"),
    ):
        listing, direct = resolve(vendors, alias), resolve(vendors, snapshot)
        assert listing.revision == direct.revision
        naming: Any = listing.metadata["naming"]
        assert (naming["kind"], f"api:{listing.metadata['vendor']}/{naming['asked']}") == ("alias", alias)
        assert document(vendors, listing)["model"] == direct.metadata["model"]


def test_an_alias_that_moved_is_another_revision(vendors: Vendors) -> None:
    before = resolve(vendors, "api:anthropic/claude-3-7-sonnet-latest")
    vendors.anthropic("claude-3-7-sonnet-20260101", "claude-3-7-sonnet-latest")
    after = resolve(vendors, "api:anthropic/claude-3-7-sonnet-latest")
    assert after.revision != before.revision
    assert after.metadata["model"] == "claude-3-7-sonnet-20260101"


def test_an_alias_that_nobody_resolves_is_refused(vendors: Vendors) -> None:
    before = len(vendors.asked)
    for text in ("openai/gpt-4o", "google/gemini-2.0-flash", f"openai-compatible/{vendors.url}/local/v1/qwen:latest"):
        error = refused(vendors, f"api:{text}")
        assert (type(error), error.code) == (UsageError, "vendor-alias")
    assert len(vendors.asked) == before
    vendors.mistral("mistral-large-2411", "mistral-large-2407", "mistral-large-latest")
    error = refused(vendors, "api:mistral/mistral-large-latest")
    assert (error.code, "mistral-large-2407, mistral-large-2411" in error.hint) == ("vendor-alias", True)
    vendors.mistral("mistral-small-latest")
    assert refused(vendors, "api:mistral/mistral-small-latest").code == "vendor-alias"


def test_the_day_of_retirement_is_recorded(vendors: Vendors) -> None:
    said = {name: resolve(vendors, text).metadata for name, text in vendors.references.items()}
    assert said["bedrock"]["retires"] == "2027-04-28"
    assert said["mistral"]["retires"] == "2027-01-31"
    assert all("retires" not in said[name] for name in ("openai", "anthropic", "google", "vertex", "azure", "local"))
    vendors.say("azure-resource", GPT, {"id": GPT, "deprecation": {"inference": 1_806_451_200, "fine_tune": 1}})
    azure = resolve(vendors, "api:azure/chat").metadata
    assert (azure["retires"], azure["deployed"]) == ("2027-03-31", GPT)
    assert "life_answer" in azure
    without = {key: value for key, value in vendors.environment.items() if key != "AZURE_OPENAI_API_KEY"}
    quiet = resolve(vendors, "api:azure/chat", environment=without)
    assert "retires" not in quiet.metadata
    assert quiet.revision == resolve(vendors, "api:azure/chat").revision
    vendors.bedrock("amazon.nova-pro-v1:0", legacyTime=1_767_225_600.5, endOfLifeTime="")
    nova = resolve(vendors, "api:bedrock/amazon.nova-pro-v1:0").metadata
    assert nova["deprecated"] == "2026-01-01"
    assert "retires" not in nova
    vendors.page("mistral", "mistral-large-2411").document["deprecation_replacement_model"] = "mistral-large-2512"
    assert resolve(vendors, "api:mistral/mistral-large-2411").metadata["successor"] == "mistral-large-2512"


def test_the_usual_addresses_are_those_of_the_vendors(vendors: Vendors) -> None:
    places = {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": KEY,
        "MISTRAL_API_KEY": KEY,
    }
    assert refused(vendors, "api:vertex/google/gemini-2.0-flash-001", environment=places).code == "no-api-key"

    def url(text: str, **more: str) -> str:
        return question(asked(Ref.parse(text)), text.partition("/")[2], {**places, **more}, {}, NOW).url

    token = {"GOOGLE_OAUTH_ACCESS_TOKEN": KEY}
    vertex = "api:vertex/google/gemini-2.0-flash-001"
    model = "v1/publishers/google/models/gemini-2.0-flash-001"
    assert url(vertex, **token) == f"https://aiplatform.googleapis.com/{model}"
    regional = url(vertex, **token, GOOGLE_CLOUD_LOCATION="europe-west4")
    assert regional == f"https://europe-west4-aiplatform.googleapis.com/{model}"
    assert url("api:mistral/mistral-large-2411") == "https://api.mistral.ai/v1/models/mistral-large-2411"
    bedrock = url("api:bedrock/amazon.nova-pro-v1:0", AWS_SESSION_TOKEN="session")
    assert bedrock == "https://bedrock.eu-west-1.amazonaws.com/foundation-models/amazon.nova-pro-v1%3A0"


def test_the_file_is_read_from_the_listing_alone(vendors: Vendors) -> None:
    source = source_of(vendors)
    listing = source.resolve(Ref.parse(f"api:openai/{GPT}"))
    before = len(vendors.asked)
    (file,) = listing.files
    whole = b"".join(source.read(listing, file, 0))
    assert b"".join(source.read(listing, file, 7)) == whole[7:]
    assert list(source.read(listing, file, len(whole))) == []
    assert len(vendors.asked) == before
    with pytest.raises(NotFoundError) as missing:
        list(source.read(listing, type(file)("other.json", 1), 0))
    assert missing.value.code == "file-missing"
    with pytest.raises(IntegrityError) as caught:
        list(source.read(listing, type(file)("model.json", file.size + 1), 0))
    assert caught.value.code == "size-mismatch"


def test_the_environment_of_the_moment_counts(vendors: Vendors, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ApiSource(clock=lambda: NOW, sleep=lambda _: None)
    assert source.scheme == "api"
    for name, value in vendors.environment.items():
        monkeypatch.setenv(name, value)
    assert source.resolve(Ref.parse(f"api:openai/{GPT}")).files
    assert source.resolve(Ref.parse(vendors.references["bedrock"])).files
