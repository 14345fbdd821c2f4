"""A registry of artifacts: honest, or as a test tells it to be otherwise.

It speaks what the OCI distribution specification 1.1 asks of pull and push, with a token service and a host of files at
other origins.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote

from tests.fakes.hub.content import Memory
from tests.fakes.hub.listener import Listener
from tests.fakes.hub.messages import Answer, Delivery, Question, json_answer, redirect
from tests.fakes.hub.ranges import ranged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
TITLE = "org.opencontainers.image.title"
USER, PASSWORD = "robot", "secret-of-the-robot"


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def tarred(files: Mapping[str, bytes]) -> bytes:
    """An archive of files, as GNU tar would write it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def error(status: int, code: str) -> Answer:
    return replace(json_answer({"errors": [{"code": code, "message": "no"}]}), status=status)


class FakeRegistry:
    """A registry on the loopback interface: a context manager.

    Args:
        wants: How users must show who they are: ``bearer``, ``basic``, or not at all.
        redirects_blobs: Send those who want a blob to another host.
        anonymous: Whether the token service gives everybody a token to pull.
    """

    def __init__(self, *, wants: str = "", redirects_blobs: bool = False, anonymous: bool = False) -> None:
        self.wants = wants
        self.redirects_blobs = redirects_blobs
        self.anonymous = anonymous
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.asked: list[Question] = []
        self.asked_for_tokens: list[Question] = []
        self.asked_for_files: list[Question] = []
        self.tokens: set[str] = set()
        self.answers: dict[str, list[Answer]] = {}
        """What is answered instead, once each, by method and path."""
        self.deliveries: list[Delivery] = []
        """How the next blobs leave."""
        self.headers: dict[str, str | None] = {}
        """Set in every answer; None takes one away."""
        self.realm = ""
        self._registry = Listener("hub", self._respond)
        self._tokens = Listener("hub", self._give_token)
        self._files = Listener("files", self._give_file)

    @property
    def host(self) -> str:
        """Host and port, as references have them."""
        return self._registry.url.removeprefix("http://")

    @property
    def token_url(self) -> str:
        """The token service."""
        return f"{self._tokens.url}/token"

    def add_blob(self, data: bytes, media_type: str, **annotations: str) -> dict[str, Any]:
        """Keep a blob and give its descriptor."""
        self.blobs[digest_of(data)] = data
        return {"mediaType": media_type, "digest": digest_of(data), "size": len(data), "annotations": annotations}

    def push(
        self,
        repository: str,
        tag: str,
        layers: Sequence[Mapping[str, Any]],
        *,
        config_type: str = EMPTY,
        config: bytes = b"{}",
        **more: Any,
    ) -> str:
        """Let a tag name a manifest with these layers; gives its digest."""
        described = self.add_blob(config, config_type)
        value = {"schemaVersion": 2, "mediaType": MANIFEST, "config": described, "layers": list(layers), **more}
        return self.put(repository, tag, json.dumps(value).encode(), MANIFEST)

    def push_index(self, repository: str, tag: str, manifests: Sequence[Mapping[str, Any]]) -> str:
        """Let a tag name an index."""
        value = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(manifests)}
        return self.put(repository, tag, json.dumps(value).encode(), INDEX)

    def put(self, repository: str, tag: str, data: bytes, media_type: str) -> str:
        """Let a tag name these bytes."""
        for reference in (tag, digest_of(data)):
            self.manifests[repository, reference] = data, media_type
        return digest_of(data)

    def descriptor(self, repository: str, digest: str, **more: Any) -> dict[str, Any]:
        """How an index names a manifest."""
        data, media_type = self.manifests[repository, digest]
        return {"mediaType": media_type, "digest": digest, "size": len(data), **more}

    def __enter__(self) -> Self:
        for listener in (self._registry, self._tokens, self._files):
            listener.start()
        self.realm = self.token_url
        return self

    def __exit__(self, *_: object) -> None:
        for listener in (self._registry, self._tokens, self._files):
            listener.stop()
            assert not listener.crashes

    def _respond(self, question: Question) -> Answer:
        self.asked.append(question)
        path = unquote(question.path)
        queued = self.answers.get(f"{question.method} {path}")
        if queued:
            return queued.pop(0)
        if not self._lets_in(question):
            return error(401, "UNAUTHORIZED").with_headers(WWW_Authenticate=self._challenge())
        _, _, rest = path.partition("/v2/")
        for kind, act in (("/blobs/uploads/", self._upload), ("/manifests/", self._manifest), ("/blobs/", self._blob)):
            repository, found, name = rest.partition(kind)
            if found:
                return act(question, repository, name).with_headers(
                    **{key.replace("-", "_"): value for key, value in self.headers.items()}
                )
        return error(404, "UNSUPPORTED")

    def _lets_in(self, question: Question) -> bool:
        given = question.headers.get("authorization", "")
        if self.wants == "basic":
            return given == f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        if self.wants != "bearer":
            return True
        pushes = question.method in {"POST", "PUT"}
        token = given.removeprefix("Bearer ")
        return token in self.tokens and (not pushes or token.startswith("push"))

    def _challenge(self) -> str:
        if self.wants == "basic":
            return 'Basic realm="fake"'
        return f'Bearer realm="{self.realm}",service="fake",scope="repository:everything:pull"'

    def _give_token(self, question: Question) -> Answer:
        self.asked_for_tokens.append(question)
        given = question.headers.get("authorization", "")
        form = parse_qs(question.body.decode())
        knows = given == f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        knows = knows or form.get("refresh_token") == [PASSWORD]
        if not knows and (given or form or not self.anonymous):
            return error(401, "UNAUTHORIZED")
        scope = (form or question.query)["scope"][0]
        token = f"{'push' if scope.endswith('push') and knows else 'pull'}-{len(self.tokens)}"
        self.tokens.add(token)
        return json_answer({"access_token" if form else "token": token})

    def _manifest(self, question: Question, repository: str, reference: str) -> Answer:
        if question.method == "PUT":
            digest = self.put(repository, reference, question.body, question.headers["content-type"])
            return Answer(201, {"Docker-Content-Digest": digest, "Location": question.path})
        if (repository, reference) not in self.manifests:
            known = any(name == repository for name, _ in self.manifests)
            return error(404, "MANIFEST_UNKNOWN" if known else "NAME_UNKNOWN")
        data, media_type = self.manifests[repository, reference]
        return Answer(200, {"Content-Type": media_type, "Docker-Content-Digest": digest_of(data)}, body=Memory(data))

    def _blob(self, question: Question, repository: str, digest: str) -> Answer:
        del repository
        if digest not in self.blobs:
            return error(404, "BLOB_UNKNOWN")
        if self.redirects_blobs and question.method == "GET":
            return redirect(307, f"{self._files.url}/{digest}?signature=of-the-file-host")
        return self._sent(question, digest)

    def _give_file(self, question: Question) -> Answer:
        self.asked_for_files.append(question)
        return self._sent(question, unquote(question.path.removeprefix("/")))

    def _sent(self, question: Question, digest: str) -> Answer:
        data = self.blobs[digest]
        answer = ranged(Answer(200, {"ETag": f'"{digest}"'}, body=Memory(data)), question.headers)
        if self.deliveries and question.method == "GET":
            return replace(answer, delivery=self.deliveries.pop(0))
        return answer

    def _upload(self, question: Question, repository: str, name: str) -> Answer:
        if question.method == "POST":
            return Answer(202, {"Location": f"/v2/{repository}/blobs/uploads/1?_state=x"})
        digest = question.query["digest"][0]
        assert name == "1"
        assert question.query["_state"] == ["x"]
        if digest_of(question.body) != digest:
            return error(400, "DIGEST_INVALID")
        self.blobs[digest] = question.body
        return Answer(201, {"Docker-Content-Digest": digest})
