"""Models from a real S3 server and a real SSH server, through the libraries that users have."""

from __future__ import annotations

import hashlib
import importlib
import os
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import fsspec
import pytest

from tests.e2e.chain import FILES as TINY
from tests.services.seaweed import BUCKET
from tests.services.served import LOAD
from tests.services.ssh import Machine, running_ssh
from weighbridge.core.errors import AccessError, IntegrityError, NotFoundError, SourceError, UsageError
from weighbridge.core.ref import Ref
from weighbridge.sources.objects import ObjectSource, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.services.seaweed import Bucket
    from tests.services.served import Served
    from weighbridge.core.listing import Listing

pytestmark = pytest.mark.services

DATA = os.urandom(9_000_001)
FILES = {"config.json": b"{}", "weights/model.safetensors": DATA, "naïve name %41 #1?.txt": b"odd", "empty": b""}


@pytest.fixture
def bucket(seaweed: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A folder of the server for this test alone, with the server's settings in the environment of this process."""
    seaweed.server.start()
    for name, value in seaweed.environment.items():
        monkeypatch.setenv(name, value)
    return replace(seaweed, path=f"{BUCKET}/{tmp_path.name}")


@pytest.fixture
def source(bucket: Bucket) -> ObjectSource:
    return ObjectSource("s3", allowed=[f"{bucket.endpoint}/**"])


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with running_ssh(tmp_path) as machine:
        for path, data in FILES.items():
            (machine.folder / "model" / path).parent.mkdir(parents=True, exist_ok=True)
            (machine.folder / "model" / path).write_bytes(data)
        yield machine


@pytest.fixture
def google() -> Iterator[tuple[str, Callable[[str, bytes], None]]]:
    """An emulator of Google Cloud Storage with the bucket `models`: its address, and a way to put an object."""
    made: Any = importlib.import_module("gcp_storage_emulator.server")
    server = made.create_server("127.0.0.1", 0, in_memory=True, default_bucket="models")
    with server:
        url = f"http://127.0.0.1:{server._api._httpd.server_address[1]}"

        def put(key: str, data: bytes) -> None:
            asked = urllib.parse.urlencode({"uploadType": "media", "name": key})
            request = urllib.request.Request(f"{url}/upload/storage/v1/b/models/o?{asked}", data, method="POST")  # noqa: S310
            urllib.request.urlopen(request, timeout=30).close()  # noqa: S310

        yield url, put


def _client(bucket: Bucket) -> Any:
    library: Any = fsspec
    return library.filesystem("s3", endpoint_url=bucket.endpoint, skip_instance_cache=True)


def _key(bucket: Bucket, path: str) -> dict[str, str]:
    name, _, folder = bucket.path.partition("/")
    return {"Bucket": name, "Key": f"{folder}/{path}"}


def _over_ssh(machine: Machine, **options: object) -> ObjectSource:
    given = {"known_hosts": str(machine.known_hosts), "client_keys": [str(machine.key)], "config": [], **options}
    return ObjectSource("ssh", connect=partial(connect, options=given), sleep=lambda _: None)


def _all(source: ObjectSource, listing: Listing) -> dict[str, bytes]:
    with ThreadPoolExecutor(4) as pool:
        return dict(
            zip(
                (file.path for file in listing.files),
                pool.map(lambda file: b"".join(source.read(listing, file, 0)), listing.files),
                strict=True,
            )
        )


def test_a_prefix_of_a_real_bucket_is_a_model(source: ObjectSource, bucket: Bucket) -> None:
    for path, data in FILES.items():
        bucket.write(f"prefix/{path}", data)
    _client(bucket).call_s3("put_object", **_key(bucket, "prefix/marker/"), Body=b"")
    bucket.write("prefix-of-others/file", b"not mine")
    listing = source.resolve(Ref.parse(f"{bucket.url}/prefix"))
    assert _all(source, listing) == FILES
    assert listing.metadata["versioned"] is False
    assert listing.identity == {"bucket": "models", "endpoint": bucket.endpoint.removeprefix("http://")}
    assert source.resolve(Ref.parse(f"{bucket.url}/prefix/")).revision == listing.revision


def test_what_changes_without_versions_is_noticed(source: ObjectSource, bucket: Bucket) -> None:
    bucket.write("changing/model.bin", DATA)
    listing = source.resolve(Ref.parse(f"{bucket.url}/changing"))
    reader = iter(source.read(listing, listing.files[0], 0))
    assert DATA.startswith(next(reader))
    bucket.write("changing/model.bin", DATA[::-1])
    with pytest.raises(IntegrityError) as caught:
        list(reader)
    assert caught.value.code == "changed-in-transfer"


def test_a_version_is_read_again_though_there_is_a_newer_one(source: ObjectSource, bucket: Bucket) -> None:
    client = _client(bucket)
    client.mkdir("versions")
    client.call_s3("put_bucket_versioning", Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    client.call_s3("put_object", Bucket="versions", Key="m/model.bin", Body=DATA, ChecksumAlgorithm="SHA256")
    ref = Ref.parse("s3://versions/m")
    listing = source.resolve(ref)
    assert listing.metadata["versioned"] is True
    assert listing.files[0].promise == f"sha256:{hashlib.sha256(DATA).hexdigest()}"
    client.call_s3("put_object", Bucket="versions", Key="m/model.bin", Body=b"newer")
    assert source.resolve(ref).revision != listing.revision
    assert _all(source, listing) == {"model.bin": DATA}
    client.call_s3("delete_object", Bucket="versions", Key="m/model.bin")
    assert _all(source, listing) == {"model.bin": DATA}
    with pytest.raises(NotFoundError):
        source.resolve(ref)


def test_a_checksum_of_parts_is_no_promise(source: ObjectSource, bucket: Bucket) -> None:
    client, key = _client(bucket), _key(bucket, "parts/model.bin")
    upload = {
        **key,
        "UploadId": client.call_s3("create_multipart_upload", ChecksumAlgorithm="SHA256", **key)["UploadId"],
    }
    halves = [DATA[: 6 << 20], DATA[6 << 20 :]]
    parts = [
        client.call_s3("upload_part", PartNumber=number, Body=half, ChecksumAlgorithm="SHA256", **upload)
        for number, half in enumerate(halves, 1)
    ]
    said = [
        {
            "PartNumber": number,
            "ETag": part["ETag"],
            **({"ChecksumSHA256": part["ChecksumSHA256"]} if "ChecksumSHA256" in part else {}),
        }
        for number, part in enumerate(parts, 1)
    ]
    client.call_s3("complete_multipart_upload", MultipartUpload={"Parts": said}, **upload)
    listing = source.resolve(Ref.parse(f"{bucket.url}/parts/model.bin"))
    assert [(file.path, file.promise) for file in listing.files] == [("model.bin", "")]
    assert _all(source, listing) == {"model.bin": DATA}


def test_logins_and_networks_fail_clearly(
    source: ObjectSource, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = Ref.parse(f"{bucket.url}/prefix")
    with pytest.raises(UsageError) as caught:
        ObjectSource("s3").resolve(ref)
    assert caught.value.code == "plain-http"
    with pytest.raises(NotFoundError):
        source.resolve(Ref.parse("s3://no-such-bucket/prefix"))
    allowed = [f"{bucket.endpoint}/**"]
    with monkeypatch.context() as other:
        other.setenv("AWS_SECRET_ACCESS_KEY", "wrong" * 8)
        with pytest.raises(AccessError, match="not for this login") as refused:
            ObjectSource("s3", allowed=allowed).resolve(ref)
        assert "wrong" not in f"{refused.value} {refused.value.hint}"
        other.delenv("AWS_SECRET_ACCESS_KEY")
        other.delenv("AWS_ACCESS_KEY_ID")
        with pytest.raises(AccessError):
            ObjectSource("s3", allowed=allowed).resolve(ref)
    bucket.server.kill()
    with pytest.raises(SourceError) as unreachable:
        ObjectSource("s3", allowed=allowed).resolve(ref)
    assert unreachable.value.code == "unreachable"


def test_a_folder_on_a_machine_with_ssh_is_a_model(machine: Machine) -> None:
    source = _over_ssh(machine)
    ref = Ref.parse(f"ssh://alice@127.0.0.1:{machine.port}/model")
    listing = source.resolve(ref)
    assert _all(source, listing) == FILES
    assert listing.identity == {"host": f"127.0.0.1:{machine.port}"}
    alone = source.resolve(Ref.parse(f"{ref}/config.json"))
    assert _all(source, alone) == {"config.json": b"{}"}
    with pytest.raises(NotFoundError):
        source.resolve(Ref.parse(f"{ref}/none"))


def test_a_broken_ssh_connection_is_made_again(machine: Machine) -> None:
    source = _over_ssh(machine)
    listing = source.resolve(Ref.parse(f"ssh://alice@127.0.0.1:{machine.port}/model"))
    file = next(file for file in listing.files if file.size == len(DATA))
    reader = iter(source.read(listing, file, 0))
    got = bytearray(next(reader))
    machine.cut()
    for piece in reader:
        got += piece
    assert got == DATA


def test_a_file_that_changes_on_the_machine_is_noticed(machine: Machine) -> None:
    source = _over_ssh(machine)
    listing = source.resolve(Ref.parse(f"ssh://alice@127.0.0.1:{machine.port}/model"))
    path = machine.folder / "model/config.json"
    path.write_bytes(b"[]")
    os.utime(path, (1, 1))
    file = next(file for file in listing.files if file.path == "config.json")
    with pytest.raises(IntegrityError) as caught:
        list(source.read(listing, file, 0))
    assert caught.value.code == "changed-in-transfer"


def test_a_link_on_the_machine_is_not_followed(machine: Machine) -> None:
    (machine.folder / "model/link").symlink_to("config.json")
    with pytest.raises(SourceError) as caught:
        _over_ssh(machine).resolve(Ref.parse(f"ssh://alice@127.0.0.1:{machine.port}/model"))
    assert caught.value.code == "special-file"


def test_a_host_that_nobody_vouched_for_is_refused(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "nobody").write_text("", encoding="utf-8")
    ref = Ref.parse(f"ssh://alice@127.0.0.1:{machine.port}/model")
    with pytest.raises(SourceError) as caught:
        _over_ssh(machine, known_hosts=str(tmp_path / "nobody")).resolve(ref)
    assert caught.value.code == "host-key"
    with pytest.raises(AccessError):
        _over_ssh(machine, client_keys=[], agent_path=None).resolve(ref)


def test_hosts_are_checked_without_being_told_to(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    ref = Ref.parse(f"ssh://alice@127.0.0.1:{machine.port}/model")
    source = ObjectSource("ssh", connect=partial(connect, options={"client_keys": [str(machine.key)]}))
    with pytest.raises(SourceError) as caught:
        source.resolve(ref)
    assert caught.value.code == "host-key"
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/known_hosts").write_bytes(machine.known_hosts.read_bytes())
    assert len(source.resolve(ref).files) == len(FILES)


def test_a_model_in_a_bucket_from_add_to_load(empty: Served, bucket: Bucket) -> None:
    for path, data in TINY.items():
        bucket.write(f"tiny/{path}", data)
    chain = replace(empty, settings=bucket.environment)
    chain.weighbridge("init")
    where = f"{bucket.url}/tiny"
    assert chain.json("add", where, "--name", "tiny", expect=2)["error"]["code"] == "plain-http"
    rules = f'\n[policy]\nsources = ["s3://models/**", "{bucket.endpoint}/models/**"]\n'
    config = chain.root / "weighbridge.toml"
    config.write_text(config.read_text(encoding="utf-8") + rules, encoding="utf-8")
    chain.json("add", where, "--name", "tiny")
    assert not chain.json("add", where, "--name", "tiny")["changed"]
    chain.weighbridge("approve", "tiny", "--stage", "production")
    assert chain.python(LOAD).strip() == str(chain.folder())
    assert chain.json("outdated")["models"][0]["state"] == "current"
    bucket.write("tiny/config.json", b'{"layers": 7}\n')
    assert chain.json("outdated", expect=10)["models"][0]["state"] == "moved"
    said = "".join(path.read_text(encoding="utf-8") for path in (chain.root / "models").rglob("*.json"))
    assert bucket.secret not in said


def test_a_bucket_of_a_server_that_speaks_google_s_api(
    google: tuple[str, Callable[[str, bytes], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, put = google
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
    # The emulator takes no empty object.
    files = {path: data for path, data in FILES.items() if data}
    for path, data in files.items():
        put(f"model/{path}", data)
    put("model-2/file", b"not mine")
    source = ObjectSource("gs", allowed=[f"{url}/**"], sleep=lambda _: None)
    listing = source.resolve(Ref.parse("gs://models/model"))
    assert _all(source, listing) == files
    assert listing.metadata["versioned"] is True
    alone = source.resolve(Ref.parse("gs://models/model/config.json"))
    assert _all(source, alone) == {"config.json": b"{}"}
    put("model/config.json", b"[1]")
    assert source.resolve(Ref.parse("gs://models/model")).revision != listing.revision
    # It gives the newest generation, whichever is asked for: whether a change is noticed can't be seen here.
    for where in ("gs://models/none", "gs://no-such-bucket/x"):
        with pytest.raises(NotFoundError):
            source.resolve(Ref.parse(where))
    with pytest.raises(UsageError):
        ObjectSource("gs").resolve(Ref.parse("gs://models/model"))
