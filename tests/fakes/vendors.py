"""One server with the model APIs of several vendors, each below its own path: honest, or as a test says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote

from tests.fakes.hub.content import Memory
from tests.fakes.hub.listener import Listener
from tests.fakes.hub.messages import Answer, Delivery, Question, redirect

if TYPE_CHECKING:
    from collections.abc import Mapping

DATE = "Mon, 30 Nov 2026 12:00:00 GMT"
KEY = "vendors-secret"
GPT, SONNET = "gpt-4o-2024-08-06", "claude-3-7-sonnet-20250219"
# The path of each API and the header that must carry the key.
_APIS = {
    "openai": ("/openai/v1/models/", ("authorization", f"Bearer {KEY}")),
    "anthropic": ("/anthropic/v1/models/", ("x-api-key", KEY)),
    "google": ("/google/v1beta/models/", ("x-goog-api-key", KEY)),
    "vertex": ("/vertex/v1/publishers/", ("authorization", f"Bearer {KEY}")),
    "bedrock": ("/bedrock/foundation-models/", ("authorization", "AWS4-HMAC-SHA256 Credential=vendors-id/")),
    "azure": (
        "/azure/subscriptions/sub/resourceGroups/group/providers/Microsoft.CognitiveServices/accounts/127/deployments/",
        ("authorization", f"Bearer {KEY}"),
    ),
    "azure-resource": ("/azure-resource/openai/models/", ("api-key", KEY)),
    "mistral": ("/mistral/v1/models/", ("authorization", f"Bearer {KEY}")),
    "local": ("/local/v1/models", ("", "")),
}


@dataclass
class Page:
    """One answer.

    Args:
        document: What it says, as JSON.
        raw: Instead of the document.
        status: Of HTTP.
        statuses: Of the next answers, before the last one.
        headers: More.
        delivery: How it leaves.
    """

    document: Any = None
    raw: bytes | None = None
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    delivery: Delivery = field(default_factory=Delivery)


class Vendors:
    """A server of model APIs on the loopback interface: a context manager."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.redirects: dict[str, str] = {}
        self.asked: list[Question] = []
        self._listener = Listener("files", self._respond)

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return self._listener.url

    @property
    def environment(self) -> dict[str, str]:
        """What a user's shell holds: addresses and keys of all vendors."""
        return {
            "OPENAI_BASE_URL": f"{self.url}/openai/v1",
            "OPENAI_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": f"{self.url}/anthropic",
            "ANTHROPIC_API_KEY": KEY,
            "GOOGLE_GEMINI_BASE_URL": f"{self.url}/google",
            "GEMINI_API_KEY": KEY,
            "GOOGLE_VERTEX_BASE_URL": f"{self.url}/vertex",
            "GOOGLE_OAUTH_ACCESS_TOKEN": KEY,
            "AWS_ENDPOINT_URL_BEDROCK": f"{self.url}/bedrock",
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "vendors-id",
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AZURE_MANAGEMENT_TOKEN": KEY,
            "AZURE_SUBSCRIPTION_ID": "sub",
            "AZURE_RESOURCE_GROUP": "group",
            "AZURE_OPENAI_ENDPOINT": f"{self.url}/azure-resource",
            "AZURE_OPENAI_API_KEY": KEY,
            "MISTRAL_API_KEY": KEY,
        }

    @property
    def bases(self) -> dict[str, str]:
        """Addresses of the vendors whose own clients know no variable for one."""
        return {"azure": f"{self.url}/azure", "mistral": f"{self.url}/mistral"}

    @property
    def references(self) -> dict[str, str]:
        """A reference to each model of `stock`."""
        return {
            "openai": f"api:openai/{GPT}",
            "anthropic": f"api:anthropic/{SONNET}",
            "google": "api:google/gemini-2.5-flash",
            "vertex": "api:vertex/google/gemini-2.0-flash-001",
            "vertex-version": "api:vertex/anthropic/claude-3-7-sonnet@20250219",
            "bedrock": f"api:bedrock/anthropic.{SONNET}-v1:0",
            "bedrock-profile": f"api:bedrock/eu.anthropic.{SONNET}-v1:0",
            "azure": "api:azure/chat",
            "mistral": "api:mistral/mistral-large-2411",
            "local": f"api:openai-compatible/{self.url}/local/v1/qwen/Qwen3-8B",
        }

    def stock(self) -> None:
        """Let every vendor have a model."""
        self.openai(GPT)
        self.anthropic(SONNET, "claude-3-7-sonnet-latest")
        self.google("gemini-2.5-flash")
        self.vertex("google", "gemini-2.0-flash-001", "default")
        self.vertex("anthropic", "claude-3-7-sonnet@20250219", "20250219")
        self.bedrock(f"anthropic.{SONNET}-v1:0", endOfLifeTime="2027-04-28T00:00:00Z")
        self.azure("chat")
        self.mistral("mistral-large-2411", "mistral-large-latest", deprecation="2027-01-31T12:00:00Z")
        self.local("qwen/Qwen3-8B", "other")

    def page(self, api: str, model: str = "") -> Page:
        """The answer about a model."""
        return self.pages[_APIS[api][0] + model]

    def say(self, api: str, model: str, document: Any) -> Page:
        """Let an API answer so about a model."""
        made = self.pages[_APIS[api][0] + model] = Page(document)
        return made

    def openai(self, model: str, created: int = 1_722_814_719) -> Page:
        """A model of OpenAI."""
        return self.say("openai", model, {"id": model, "object": "model", "created": created, "owned_by": "system"})

    def anthropic(self, model: str, *aliases: str, created_at: str = "2025-02-19T00:00:00Z") -> None:
        """A model of Anthropic, which answers to aliases with the snapshot."""
        document = {"type": "model", "id": model, "display_name": "Claude", "created_at": created_at}
        for name in (model, *aliases):
            self.say("anthropic", name, document)

    def google(self, model: str, version: str = "001") -> Page:
        """A model of the Gemini API, with a number that is no integer."""
        return self.say(
            "google", model, {"name": f"models/{model}", "version": version, "displayName": "Gemini", "topP": 0.95}
        )

    def vertex(self, publisher: str, model: str, version: str) -> Page:
        """A model of Vertex AI."""
        name = f"publishers/{publisher}/models/{model}"
        return self.say("vertex", f"{publisher}/models/{model}", {"name": name.partition("@")[0], "versionId": version})

    def bedrock(self, model: str, **lifecycle: Any) -> Page:
        """A model of Bedrock."""
        details = {
            "modelArn": f"arn:aws:bedrock:eu-west-1::foundation-model/{model}",
            "modelId": model,
            "providerName": model.partition(".")[0],
            "modelLifecycle": {"status": "ACTIVE", "startOfLifeTime": "2025-02-24T00:00:00Z", **lifecycle},
        }
        return self.say("bedrock", model, {"modelDetails": details})

    def azure(self, deployment: str, *, version: str = "2024-08-06", option: str | None = "NoAutoUpgrade") -> Page:
        """A deployment of gpt-4o, with what is about the account too."""
        model = {"format": "OpenAI", "name": "gpt-4o", "version": version}
        return self.say(
            "azure",
            deployment,
            {
                "id": f"/subscriptions/sub/deployments/{deployment}",
                "name": deployment,
                "properties": {"model": model, "versionUpgradeOption": option},
                "systemData": {"createdBy": "dana@example.org"},
            },
        )

    def mistral(self, model: str, *aliases: str, deprecation: str | None = None) -> None:
        """A model of Mistral, which has an entry for each of its aliases."""
        names = (model, *aliases)
        for name in names:
            others = [other for other in names if other != name]
            document = {"id": name, "created": 1, "owned_by": "mistralai", "name": model, "aliases": others}
            self.say("mistral", name, {**document, "deprecation": deprecation, "deprecation_replacement_model": None})

    def local(self, *models: str, root: str = "/srv/weights") -> Page:
        """The models of an OpenAI-compatible server."""
        entries = [
            {
                "id": name,
                "object": "model",
                "created": len(self.asked),
                "owned_by": "vllm",
                "root": root,
                "parent": None,
            }
            for name in models
        ]
        return self.say("local", "", {"object": "list", "data": entries})

    def heads(self, name: str) -> list[str]:
        """The values of a header in all requests that had it."""
        return [question.headers[name] for question in self.asked if name in question.headers]

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.stop()
        assert not self._listener.crashes

    def _respond(self, question: Question) -> Answer:
        self.asked.append(question)
        path = unquote(question.path)
        if path in self.redirects:
            return redirect(302, self.redirects[path])
        for start, (header, value) in _APIS.values():
            if path.startswith(start) and header and not question.headers.get(header, "").startswith(value):
                return Answer(401, document={"error": "no such key"})
        page = self.pages.get(path)
        if page is None:
            return Answer(404, document={"error": "no such model"})
        body = json.dumps(page.document).encode() if page.raw is None else page.raw
        status = page.statuses.pop(0) if page.statuses else page.status
        headers = {"Content-Type": "application/json", "Date": DATE, **page.headers}
        return replace(Answer(status, headers, body=Memory(body)), delivery=page.delivery)
