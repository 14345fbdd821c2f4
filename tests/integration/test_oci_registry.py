"""Who is let in by a registry, what is pushed to it, and that secrets go nowhere else."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.hub.messages import Answer, Delivery
from tests.fakes.oci_registry import PASSWORD, TITLE, USER, FakeRegistry, digest_of, error

from weighbridge.core.errors import AccessError, ConfigError, IntegrityError, SourceError, WeighbridgeError
from weighbridge.core.ref import Ref
from weighbridge.sources._oci_login import Login, login_for
from weighbridge.sources.oci import OciSource
from weighbridge.sources.oci_registry import Repository, open_repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DATA = bytes(range(256)) * 12_345


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of this user's logins, not there yet."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    (tmp_path / "docker").mkdir()
    return tmp_path / "docker" / "config.json"


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Write the credential helper ``tests``."""
    folder = tmp_path / "helpers"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")

    def write(script: str) -> None:
        (folder / "docker-credential-tests").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / "docker-credential-tests").chmod(0o755)

    return write


def keep(docker: Path, host: str, **more: str) -> None:
    entry = more or {"auth": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
    docker.write_text(json.dumps({"auths": {host: entry}}), encoding="utf-8")


def source_of(tmp_path: Path) -> OciSource:
    return OciSource(spool=tmp_path / "spool", max_tries=2, sleep=lambda _: None)


def publish(registry: FakeRegistry) -> Ref:
    registry.push("org/model", "v1", [registry.add_blob(DATA, "application/x", **{TITLE: "model.bin"})])
    return Ref.parse(f"oci:{registry.host}/org/model:v1")


def taken(tmp_path: Path, ref: Ref) -> bytes:
    source = source_of(tmp_path)
    listing = source.resolve(ref)
    return b"".join(source.read(listing, listing.files[0], 0))


def secrets_of(registry: FakeRegistry) -> list[str]:
    return [question.headers.get("authorization", "") for question in registry.asked_for_files]


@pytest.mark.parametrize("wants", ["bearer", "basic"])
def test_a_login_goes_to_those_who_ask_and_not_to_the_host_of_files(tmp_path: Path, docker: Path, wants: str) -> None:
    with FakeRegistry(wants=wants, redirects_blobs=True) as registry:
        ref = publish(registry)
        keep(docker, registry.host)
        assert taken(tmp_path, ref) == DATA
        assert secrets_of(registry) == [""]
        assert "authorization" not in registry.asked[0].headers
        basic = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
        sent = {question.headers.get("authorization", "") for question in registry.asked}
        if wants == "basic":
            assert sent == {"", basic}
        else:
            assert basic not in sent
            assert {question.headers["authorization"] for question in registry.asked_for_tokens} == {basic}
            (question,) = registry.asked_for_tokens
            assert question.query == {"service": ["fake"], "scope": ["repository:org/model:pull"]}


def test_everybody_may_have_a_token_where_the_service_says_so(tmp_path: Path, docker: Path) -> None:
    assert not docker.exists()
    with FakeRegistry(wants="bearer", anonymous=True) as registry:
        assert taken(tmp_path, publish(registry)) == DATA
        assert "authorization" not in registry.asked_for_tokens[0].headers


def test_an_identity_token_is_exchanged(tmp_path: Path, docker: Path) -> None:
    with FakeRegistry(wants="bearer") as registry:
        ref = publish(registry)
        keep(docker, registry.host, identitytoken=PASSWORD)
        assert taken(tmp_path, ref) == DATA
        assert registry.asked_for_tokens[0].method == "POST"
        keep(docker, registry.host, identitytoken="wrong")
        with pytest.raises(AccessError):
            taken(tmp_path, ref)


def test_a_token_that_ends_on_the_way_is_renewed(tmp_path: Path, docker: Path) -> None:
    with FakeRegistry(wants="bearer") as registry:
        ref = publish(registry)
        keep(docker, registry.host)
        source = source_of(tmp_path)
        listing = source.resolve(ref)
        registry.deliveries = [Delivery(cut_after=2 << 20)]
        pieces = source.read(listing, listing.files[0], 0)
        got = next(iter(pieces))
        registry.tokens.clear()
        assert got + b"".join(pieces) == DATA
        assert len(registry.asked_for_tokens) == 2


@pytest.mark.parametrize("wants", ["bearer", "basic"])
@pytest.mark.parametrize("kept", ["", "wrong"])
def test_without_the_right_login_nothing_is_given(tmp_path: Path, docker: Path, wants: str, kept: str) -> None:
    with FakeRegistry(wants=wants) as registry:
        ref = publish(registry)
        if kept:
            keep(docker, registry.host, auth=base64.b64encode(f"{USER}:{kept}-secret".encode()).decode())
        with pytest.raises(AccessError) as caught:
            taken(tmp_path, ref)
        assert caught.value.code == "private"
        assert f"docker login {registry.host}" in caught.value.hint
        assert "secret" not in str(caught.value)


def test_a_blob_that_is_never_given_is_refused(tmp_path: Path, docker: Path) -> None:
    with FakeRegistry() as registry:
        ref = publish(registry)
        keep(docker, registry.host)
        source = source_of(tmp_path)
        listing = source.resolve(ref)
        registry.wants = "bearer"
        registry.answers[f"GET /v2/org/model/blobs/{digest_of(DATA)}"] = [
            error(401, "UNAUTHORIZED").with_headers(WWW_Authenticate=f'Bearer realm="{registry.token_url}"')
        ] * 2
        with pytest.raises(AccessError) as caught:
            b"".join(source.read(listing, listing.files[0], 0))
        assert caught.value.code == "private"


@pytest.mark.parametrize(
    ("challenge", "code"),
    [
        ('Bearer realm="http://tokens.example.org/token"', "redirect-refused"),
        ('Bearer realm="https://user:secret@tokens.example.org/token"', "redirect-refused"),
        ('Bearer realm="file:///etc/passwd"', "redirect-refused"),
        ("Bearer", "redirect-refused"),
        ("Negotiate", "bad-answer"),
    ],
)
def test_no_login_goes_to_a_place_that_can_not_be_trusted(
    tmp_path: Path, docker: Path, challenge: str, code: str
) -> None:
    with FakeRegistry() as registry:
        ref = publish(registry)
        keep(docker, registry.host)
        registry.answers["GET /v2/org/model/manifests/v1"] = [
            error(401, "UNAUTHORIZED").with_headers(WWW_Authenticate=challenge)
        ]
        with pytest.raises(SourceError) as caught:
            taken(tmp_path, ref)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(200, document={"token": 7}), "bad-answer"),
        (Answer(200, document={"token": "a\nb"}), "bad-answer"),
        (Answer(200, document=[]), "bad-answer"),
        (Answer(200), "bad-answer"),
        (Answer(500), "server-failed"),
        (Answer(403), "private"),
    ],
)
def test_what_is_no_token_is_refused(tmp_path: Path, docker: Path, answer: Answer, code: str) -> None:
    with FakeRegistry(wants="bearer") as registry:
        ref = publish(registry)
        keep(docker, registry.host)
        registry.realm = f"http://{registry.host}/token"
        registry.answers["GET /token"] = [answer] * 2
        with pytest.raises(SourceError) as caught:
            taken(tmp_path, ref)
        assert caught.value.code == code


def test_logins_are_found_as_docker_keeps_them(docker: Path) -> None:
    kept = {"auth": base64.b64encode(b"me:a:b").decode()}
    login = Login("me", "a:b")
    assert login_for("host.example.org") is None
    for name in ("host.example.org", "https://host.example.org", "https://host.example.org/v1/"):
        keep(docker, name, **kept)
        assert login_for("host.example.org") == login
        assert login_for("host.example.org:5000") is None
    keep(docker, "https://index.docker.io/v1/", **kept)
    assert login_for("docker.io") == login
    for bad in ({"auth": "%%%"}, {"auth": ""}, {"auth": base64.b64encode(b"nobody").decode()}, {"auth": "/w=="}):
        keep(docker, "host.example.org", **bad)
        assert login_for("host.example.org") is None
    docker.write_text('{"auths": {"host.example.org": 7}}', encoding="utf-8")
    assert login_for("host.example.org") is None
    assert "a:b" not in repr(login)


@pytest.mark.parametrize("text", ["[]", "{", "\ud800"])
def test_a_broken_list_of_logins_is_said(docker: Path, text: str) -> None:
    docker.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigError) as caught:
        login_for("host.example.org")
    assert caught.value.code == "registry-login"


def test_without_a_setting_the_list_is_in_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".docker").mkdir()
    keep(tmp_path / ".docker" / "config.json", "host.example.org")
    assert login_for("host.example.org") == Login(USER, PASSWORD)


@pytest.mark.parametrize("setting", [{"credHelpers": {"host.example.org": "tests"}}, {"credsStore": "tests"}])
def test_a_helper_is_asked_for_the_registry_alone(
    docker: Path, helper: Callable[[str], None], setting: dict[str, Any]
) -> None:
    docker.write_text(json.dumps(setting), encoding="utf-8")
    helper('read -r server || true; echo "{\\"Username\\": \\"$1\\", \\"Secret\\": \\"of $server\\"}"')
    assert login_for("host.example.org") == Login("get", "of host.example.org")
    helper('echo \'{"Username": "<token>", "Secret": "identity"}\'')
    assert login_for("host.example.org") == Login("", "identity")
    helper("echo 'credentials not found in native keychain'; exit 1")
    assert login_for("host.example.org") is None


@pytest.mark.parametrize(
    "script",
    [
        "echo secret; exit 3",
        "echo no-json",
        "echo '[]'",
        'echo \'{"Username": 1, "Secret": "secret"}\'',
        "exec sleep 60",
    ],
)
def test_a_helper_that_fails_is_said_without_its_words(
    docker: Path, helper: Callable[[str], None], script: str
) -> None:
    docker.write_text('{"credsStore": "tests"}', encoding="utf-8")
    helper(script)
    with pytest.raises(ConfigError) as caught:
        login_for("host.example.org", timeout_seconds=60.0 if "sleep" not in script else 0.2)
    assert caught.value.code == "registry-login"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["not-installed", "../x", "a b", 7])
def test_a_helper_that_is_none_is_refused(docker: Path, name: object) -> None:
    docker.write_text(json.dumps({"credsStore": name}), encoding="utf-8")
    with pytest.raises(ConfigError):
        login_for("host.example.org")


def repository_of(registry: FakeRegistry) -> Repository:
    return open_repository(Ref.parse(f"oci:{registry.host}/org/model:v1"), (), actions="pull,push")


def push(repository: Repository) -> None:
    repository.put_blob(digest_of(DATA), len(DATA), lambda: [DATA])
    repository.put_manifest("v1", b"{}", "application/x")


def test_a_push_is_asked_for_as_such(docker: Path) -> None:
    with FakeRegistry(wants="bearer", anonymous=True) as registry:
        keep(docker, registry.host)
        repository = repository_of(registry)
        assert not repository.has_blob(digest_of(DATA))
        repository.put_blob(digest_of(DATA), len(DATA), lambda: [DATA[:1000], DATA[1000:]])
        assert repository.has_blob(digest_of(DATA))
        assert registry.blobs[digest_of(DATA)] == DATA
        repository.put_manifest("v1", b"{}", "application/x")
        assert registry.manifests["org/model", "v1"] == (b"{}", "application/x")
        assert {question.query["scope"][0] for question in registry.asked_for_tokens} == {
            "repository:org/model:pull,push"
        }


def test_a_blob_elsewhere_is_there() -> None:
    with FakeRegistry() as registry:
        registry.answers[f"HEAD /v2/org/model/blobs/{digest_of(DATA)}"] = [Answer(307, {"Location": "https://x/y"})]
        assert repository_of(registry).has_blob(digest_of(DATA))


def test_the_bytes_may_go_to_another_host_without_the_token(docker: Path) -> None:
    with FakeRegistry(wants="bearer") as registry, FakeRegistry() as other:
        keep(docker, registry.host)
        repository = repository_of(registry)
        repository.has_blob(digest_of(DATA))
        location = f"http://{other.host}/v2/org/model/blobs/uploads/1?_state=x"
        registry.answers["POST /v2/org/model/blobs/uploads/"] = [Answer(202, {"Location": location})]
        repository.put_blob(digest_of(DATA), len(DATA), lambda: [DATA])
        assert other.blobs[digest_of(DATA)] == DATA
        assert ["authorization" in question.headers for question in other.asked] == [False]


@pytest.mark.parametrize(
    ("method", "path", "answer", "code"),
    [
        ("POST", "blobs/uploads/", Answer(403), "private"),
        ("POST", "blobs/uploads/", error(404, "NAME_UNKNOWN"), "push-refused"),
        ("POST", "blobs/uploads/", Answer(200), "push-refused"),
        ("POST", "blobs/uploads/", Answer(202, {"Location": "ftp://host/x"}), "redirect-refused"),
        ("POST", "blobs/uploads/", Answer(202, {"Location": "http://user@host/x"}), "redirect-refused"),
        ("PUT", "blobs/uploads/1", error(400, "DIGEST_INVALID"), "push-refused"),
        ("PUT", "blobs/uploads/1", Answer(201, {"Docker-Content-Digest": "sha256:" + "0" * 64}), "push-mismatch"),
        ("PUT", "blobs/uploads/1", Answer(307, {"Location": "https://x/y"}), "push-refused"),
        ("PUT", "manifests/v1", error(413, "SIZE_INVALID"), "push-refused"),
        ("PUT", "manifests/v1", Answer(201, {"Docker-Content-Digest": "sha256:" + "0" * 64}), "push-mismatch"),
    ],
)
def test_a_push_that_fails_says_why(method: str, path: str, answer: Answer, code: str) -> None:
    with FakeRegistry() as registry:
        registry.answers[f"{method} /v2/org/model/{path}"] = [answer]
        repository = repository_of(registry)
        with pytest.raises(WeighbridgeError) as caught:
            push(repository)
        assert caught.value.code == code
        assert caught.value.hint


def test_a_tag_that_names_something_else_afterwards_is_said() -> None:
    with FakeRegistry() as registry:
        registry.put("org/model", "v1", b"[]", "application/x")
        registry.answers["PUT /v2/org/model/manifests/v1"] = [Answer(201)]
        with pytest.raises(IntegrityError) as caught:
            repository_of(registry).put_manifest("v1", b"{}", "application/x")
        assert caught.value.code == "push-mismatch"


def test_a_push_that_a_busy_registry_refuses_is_sent_again() -> None:
    with FakeRegistry() as registry:
        busy = [Answer(503, {"Retry-After": "0"}), Answer(429, {"Retry-After": "0"})]
        registry.answers["PUT /v2/org/model/blobs/uploads/1"] = busy
        repository_of(registry).put_blob(digest_of(DATA), len(DATA), lambda: [DATA])
        assert registry.blobs[digest_of(DATA)] == DATA
