"""Vendors' models, from a real server: what is refused, and whom keys are sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.hub.messages import Delivery
from tests.fakes.vendor_sources import refused, resolve
from tests.fakes.vendors import GPT, KEY, Page, Vendors

from weighbridge.core.errors import (
    AccessError,
    ConfigError,
    NotFoundError,
    SourceError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as made:
        made.stock()
        yield made


def test_what_may_name_anything_is_refused(vendors: Vendors) -> None:
    for text in ("openai/ft:gpt-4o-2024-08-06:org::id", "google/gemma", "vertex/meta/llama@x", "bedrock/meta.llama"):
        assert refused(vendors, f"api:{text}").code == "vendor-unknown"
    assert not vendors.asked


@pytest.mark.parametrize("day", ["soon", "2027-13-01", True, -1, 10**15, ["2027-01-01"]])
def test_a_day_that_is_none_is_refused(vendors: Vendors, day: Any) -> None:
    vendors.page("mistral", "mistral-large-2411").document["deprecation"] = day
    assert refused(vendors, "api:mistral/mistral-large-2411").code == "bad-answer"


def test_a_deployment_that_moves_by_itself_is_refused(vendors: Vendors) -> None:
    for option in ("OnceCurrentVersionExpired", "OnceNewDefaultVersionAvailable", None):
        vendors.azure("chat", option=option)
        error = refused(vendors, "api:azure/chat")
        assert (type(error), error.code) == (UsageError, "vendor-upgrades")
    vendors.azure("chat")
    before = resolve(vendors, "api:azure/chat").revision
    vendors.azure("chat", version="2024-11-20")
    assert resolve(vendors, "api:azure/chat").revision != before
    vendors.azure("chat", version="")
    assert refused(vendors, "api:azure/chat").code == "bad-answer"


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Page({"id": "gpt-4o-2024-11-20"}), "wrong-model"),
        (Page({"object": "model"}), "bad-answer"),
        (Page({"id": 7}), "bad-answer"),
        (Page({"id": ""}), "bad-answer"),
        (Page([]), "bad-answer"),
        (Page({"id": "x" * 100_000}), "wrong-model"),
        (Page({"id": GPT, "owned_by": "x" * 513}), "bad-answer"),
        (Page({"id": GPT, "owned_by": {"org": "x"}}), "bad-answer"),
        (Page(raw=b"<html>"), "bad-answer"),
        (Page(raw=b'{"id": "\xff"}'), "bad-answer"),
        (Page(raw=b'{"id": "%b", "id": "%b"}' % (GPT.encode(), GPT.encode())), "bad-answer"),
        (Page(raw=b"[" * 100_000), "bad-answer"),
        (Page(raw=b'{"id": "%b", "x": "%b"}' % (GPT.encode(), b"x" * (1 << 20))), "bad-answer"),
        (Page({"id": GPT, "key": f"you sent {KEY}"}), "bad-answer"),
        (Page({"id": GPT}, headers={"Content-Encoding": "gzip"}), "encoded-answer"),
        (Page({"id": GPT}, delivery=Delivery(cut_after=5)), "connection-lost"),
        (Page({}, status=401), "bad-token"),
        (Page({}, status=403), "private"),
        (Page({}, status=404), "repository-missing"),
        (Page({}, status=410), "repository-missing"),
        (Page({}, status=418), "bad-answer"),
        (Page({}, status=429), "rate-limited"),
        (Page({}, status=503), "server-failed"),
    ],
)
def test_wrong_answers_are_refused(vendors: Vendors, page: Page, code: str) -> None:
    vendors.pages[f"/openai/v1/models/{GPT}"] = page
    error = refused(vendors)
    assert error.code == code
    assert isinstance(error, SourceError)


def test_a_wrong_key_is_said_so_and_its_variable_named(vendors: Vendors) -> None:
    error = refused(vendors, environment={**vendors.environment, "OPENAI_API_KEY": "other"})
    assert (type(error), error.code, "OPENAI_API_KEY" in error.hint) == (AccessError, "bad-token", True)
    vendors.pages["/google/v1beta/models/gemini-2.5-flash"] = Page(
        {"error": {"details": [{"reason": "API_KEY_INVALID"}]}}, status=400
    )
    error = refused(vendors, "api:google/gemini-2.5-flash")
    assert (error.code, "GEMINI_API_KEY" in error.hint) == ("bad-token", True)


def test_without_a_key_nothing_is_asked(vendors: Vendors) -> None:
    keys = {name: text for name, text in vendors.environment.items() if text != KEY}
    for name, text in vendors.references.items():
        if name != "local":
            error = refused(vendors, text, environment=keys)
            assert (type(error), error.code) == (AccessError, "no-api-key")
    assert not vendors.asked
    assert resolve(vendors, vendors.references["local"], environment={}).files
    error = refused(vendors, environment={**keys, "OPENAI_API_KEY": "two\nlines"})
    assert (type(error), error.code) == (ConfigError, "bad-token")


def test_places_and_addresses_must_be_such(vendors: Vendors) -> None:
    for change, text in (
        ({"OPENAI_BASE_URL": "https://user@host/v1"}, f"api:openai/{GPT}"),
        ({"OPENAI_BASE_URL": "https://[::1/v1"}, f"api:openai/{GPT}"),
        ({"OPENAI_BASE_URL": "ftp://host/v1"}, f"api:openai/{GPT}"),
        ({"AZURE_OPENAI_ENDPOINT": ""}, "api:azure/chat"),
        ({"AZURE_SUBSCRIPTION_ID": "a/b"}, "api:azure/chat"),
        ({"AWS_REGION": ""}, "api:bedrock/amazon.nova-pro-v1:0"),
    ):
        error = refused(vendors, text, environment={**vendors.environment, **change})
        assert (type(error), error.code) == (ConfigError, "bad-endpoint")
    assert not vendors.asked


def test_who_is_busy_is_asked_again(vendors: Vendors) -> None:
    vendors.page("openai", GPT).statuses = [503, 429, 500]
    assert resolve(vendors, f"api:openai/{GPT}").files
    assert len(vendors.asked) == 4
    gone = {**vendors.environment, "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    assert refused(vendors, environment=gone).code == "unreachable"


@pytest.mark.parametrize("name", ["openai", "anthropic", "google", "bedrock", "azure", "mistral"])
def test_no_key_follows_a_redirect(vendors: Vendors, name: str) -> None:
    text = vendors.references[name]
    with Vendors() as elsewhere:
        resolve(vendors, text)
        path = vendors.asked[0].path
        vendors.redirects[path.replace("%3A", ":")] = f"{elsewhere.url}{path}"
        assert refused(vendors, text).code == "redirect-refused"
        assert not elsewhere.asked


def test_the_key_of_openai_goes_to_a_compatible_server_only_at_its_own_address(vendors: Vendors) -> None:
    text = vendors.references["local"]
    with Vendors() as elsewhere:
        resolve(vendors, text, environment=elsewhere.environment)
        assert not vendors.heads("authorization")
        resolve(vendors, text)
        assert vendors.heads("authorization") == [f"Bearer {KEY}"]
        # A word for want of a key may stand in an answer.
        assert resolve(vendors, text, environment={**vendors.environment, "OPENAI_API_KEY": "vllm"}).files


def test_only_this_machine_is_asked_without_tls(vendors: Vendors) -> None:
    away = "http://models.invalid:8000/v1"
    error = refused(vendors, environment={**vendors.environment, "OPENAI_BASE_URL": away})
    assert (type(error), error.code) == (UsageError, "plain-http")
    for allowed in ([], ["**"], ["api:**"], ["api:openai-compatible/http://other.invalid:8000/**"]):
        assert refused(vendors, f"api:openai-compatible/{away}/m", allowed=allowed).code == "plain-http"
    named = [f"api:openai-compatible/{away}/**"]
    assert refused(vendors, f"api:openai-compatible/{away}/m", allowed=named).code == "unreachable"
    localhost = vendors.references["local"].replace("127.0.0.1", "localhost")
    assert resolve(vendors, localhost).files


def test_a_list_must_have_the_model_once(vendors: Vendors) -> None:
    text = vendors.references["local"]
    vendors.local("other")
    assert (type(refused(vendors, text)), refused(vendors, text).code) == (NotFoundError, "repository-missing")
    vendors.local("qwen/Qwen3-8B", "qwen/Qwen3-8B")
    assert refused(vendors, text).code == "bad-answer"
    vendors.local("qwen/Qwen3-8B")
    before = resolve(vendors, text).revision
    vendors.local("qwen/Qwen3-8B", root="/srv/other")
    assert resolve(vendors, text).revision != before
    vendors.page("local").document = {"data": "none"}
    assert refused(vendors, text).code == "bad-answer"


def test_a_snapshot_that_is_no_id_is_not_followed(vendors: Vendors) -> None:
    for name in ("../x-20250101", "x?y=-20250101", "x y-20250101", "", 7, None):
        vendors.page("anthropic", "claude-3-7-sonnet-latest").document = {"id": name}
        before = len(vendors.asked)
        assert refused(vendors, "api:anthropic/claude-3-7-sonnet-latest").code in {"vendor-alias", "bad-answer"}
        assert len(vendors.asked) == before + 1
    # The alias names a snapshot, which then says that it is another one.
    vendors.page("anthropic", "claude-3-7-sonnet-latest").document = {"id": "claude-3-7-sonnet-20260101"}
    vendors.say("anthropic", "claude-3-7-sonnet-20260101", {"id": "claude-3-7-sonnet-20250219"})
    assert refused(vendors, "api:anthropic/claude-3-7-sonnet-latest").code == "wrong-model"


def test_another_version_of_vertex_is_refused(vendors: Vendors) -> None:
    vendors.vertex("anthropic", "claude-3-7-sonnet@20250219", "20250220")
    assert refused(vendors, vendors.references["vertex-version"]).code == "wrong-model"
