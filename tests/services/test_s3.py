"""A real S3 server as the DVC remote: for the project, for colleagues, and for those who have only its address."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.e2e.chain import FILES, REPOSITORY
from tests.fakes.hub import FakeHub
from tests.services.seaweed import ACCESS_KEY, BUCKET
from tests.services.served import LOAD, Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.seaweed import Bucket

pytestmark = pytest.mark.services

NEW = b'{"layers": 7}\n'
WEIGHTS = FILES["model.safetensors"]
WRONG_SECRET = "wrong" * 8
MAX_WAIT_SECONDS = 60
IMPATIENT = {"AWS_MAX_ATTEMPTS": "1"}
OBJECTS = len(FILES) + 1


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    """The test Hub with one small repository."""
    with FakeHub() as hub:
        hub.create_repo(REPOSITORY, card={"license": "mit"}).commit(FILES)
        yield hub


@pytest.fixture(scope="module")
def origin(seaweed: Bucket, hub: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A project with one approved model, made once and copied for each test; its remote is set up by stock DVC."""
    base = tmp_path_factory.mktemp("origin")
    chain = Served(base / "project", base / "dana", hub)
    chain.root.mkdir()
    chain.home.mkdir()
    chain.weighbridge("init")
    chain.run("dvc", "remote", "add", "-d", "s3", seaweed.url)
    chain.run("dvc", "remote", "modify", "s3", "endpointurl", seaweed.endpoint)
    chain.run("dvc", "remote", "modify", "s3", "verify", "true")
    chain.run("dvc", "remote", "modify", "--local", "s3", "access_key_id", ACCESS_KEY)
    chain.run("dvc", "remote", "modify", "--local", "s3", "secret_access_key", seaweed.secret)
    chain.add()
    chain.weighbridge("approve", "tiny", "--stage", "production")
    return chain


@pytest.fixture
def bucket(origin: Served, seaweed: Bucket, tmp_path: Path) -> Bucket:
    """A folder of the bucket for this test alone, with what the project put there."""
    assert origin.folder().is_dir()
    seaweed.server.start()
    found = replace(seaweed, path=f"{BUCKET}/{tmp_path.name}")
    for key in seaweed.all_keys():
        found.write(key, seaweed.read(key))
    return found


@pytest.fixture
def approved(origin: Served, seaweed: Bucket, bucket: Bucket, tmp_path: Path) -> Served:
    """The project, whose default remote is that folder."""
    found = replace(origin, root=tmp_path / "project", home=tmp_path / "dana")
    shutil.copytree(origin.root, found.root, symlinks=True)
    shutil.copytree(origin.home, found.home, symlinks=True)
    config = found.root / ".dvc/config"
    config.write_text(config.read_text(encoding="utf-8").replace(seaweed.url, bucket.url), encoding="utf-8")
    return found


@pytest.fixture
def clone(approved: Served, bucket: Bucket, tmp_path: Path) -> Served:
    """A colleague's clone, who has keys to the bucket too."""
    made = approved.clone(tmp_path / "clone", tmp_path / "bob")
    sign_in(made, bucket.secret)
    return made


@pytest.fixture
def reader(approved: Served, bucket: Bucket, tmp_path: Path) -> Served:
    """An empty folder on a machine that has the bucket's address, keys and a trust file."""
    found = approved.elsewhere(tmp_path / "elsewhere", bucket.url)
    return replace(found, settings={**found.settings, **bucket.environment})


def sign_in(chain: Served, secret: str) -> None:
    """Write the keys where DVC wants them: beside its configuration, ignored by Git."""
    text = f"['remote \"s3\"']\n    access_key_id = {ACCESS_KEY}\n    secret_access_key = {secret}\n"
    (chain.root / ".dvc/config.local").write_text(text, encoding="utf-8")


def drift(hub: FakeHub) -> None:
    """Upstream changes one file."""
    hub.repo(REPOSITORY).commit({"config.json": NEW})


def refusal(chain: Served, *command: str) -> tuple[str, str]:
    """Code and message of a command that fails; it must not hang, nor show a secret."""
    began = time.monotonic()
    said = chain.weighbridge(*command, "--json", expect=1)
    assert time.monotonic() - began < MAX_WAIT_SECONDS
    assert WRONG_SECRET not in said
    error = json.loads(said)["error"]
    assert error["hint"]
    return error["code"], error["message"]


def refused_load(reader: Served) -> str:
    """What a program says that can't load; it must not hang, nor show a secret."""
    began = time.monotonic()
    said = reader.python(LOAD, expect=1)
    assert time.monotonic() - began < MAX_WAIT_SECONDS
    assert WRONG_SECRET not in said
    return said.strip().splitlines()[-1]


def test_add_pushes_every_object_and_approve_publishes_beside_them(approved: Served, bucket: Bucket) -> None:
    keys = bucket.all_keys()
    assert len([key for key in keys if key.startswith("files/md5/")]) == OBJECTS
    assert {bucket.read(key) for key in keys} >= set(FILES.values())
    (pin,) = approved.json("status")["models"][0]["pins"]
    documents = [key.split("/", 2)[2] for key in keys if key.startswith("weighbridge/")]
    assert documents == ["checkpoint.json", f"tiny/{pin['digest'].removeprefix('sha256:')}.json"]
    assert approved.json("status")["models"][0]["problems"] == []
    assert "in sync" in approved.run("dvc", "status", "--cloud")
    assert not approved.json("approve", "tiny", "--stage", "production")["changed"]
    committed = approved.run("git", "add", "-A") + approved.run("git", "ls-files", ".dvc", ":!.dvc/config.local")
    assert ".dvc/config.local" not in committed
    assert bucket.secret not in (approved.root / ".dvc/config").read_text(encoding="utf-8")


def test_what_was_not_pushed_is_named_and_a_rerun_sends_it(approved: Served, bucket: Bucket, hub: FakeHub) -> None:
    before = bucket.all_keys()
    drift(hub)
    approved.weighbridge("add", f"hf:{REPOSITORY}@main", "--name", "tiny", "--no-push")
    assert bucket.all_keys() == before
    assert [item["code"] for item in approved.json("status")["models"][0]["problems"]] == ["remote-missing"]
    approved.add()
    assert len(bucket.all_keys()) == len(before) + 2, "the new file and the new directory"
    assert approved.json("status")["models"][0]["problems"] == []


def test_a_colleague_pulls_with_stock_dvc(clone: Served) -> None:
    clone.run("dvc", "pull")
    assert {path: (clone.folder() / path).read_bytes() for path in FILES} == FILES
    assert clone.python(LOAD).strip() == str(clone.folder())


def test_a_colleague_pulls_with_weighbridge(clone: Served, tmp_path: Path) -> None:
    assert clone.json("pull")["changed"]
    assert not clone.json("pull")["changed"]
    assert clone.python(LOAD).strip() == str(clone.folder())
    (clone.root / ".dvc/cache").rename(tmp_path / "gone")
    assert clone.json("pull", "tiny", "--stage", "production", "--to", str(tmp_path / "copy"))["changed"]
    assert {path: (tmp_path / "copy" / path).read_bytes() for path in FILES} == FILES


def test_other_bytes_in_the_bucket_are_refused(clone: Served, reader: Served, bucket: Bucket) -> None:
    key = bucket.key_of(WEIGHTS)
    bucket.write(key, WEIGHTS[:-1] + b"?")
    error = clone.json("pull", expect=20)["error"]
    assert error["code"] == "remote-differs"
    assert key in error["details"]["object"]
    assert "IntegrityError" in clone.python(LOAD, expect=1)
    assert "[remote-differs]" in refused_load(reader)
    assert not list((reader.home / ".cache/weighbridge/models").glob("*"))
    bucket.write(key, WEIGHTS)
    assert clone.json("pull")["changed"]
    reader.python(LOAD)


def test_an_object_that_is_missing_from_the_bucket_is_named(clone: Served, reader: Served, bucket: Bucket) -> None:
    key = bucket.key_of(WEIGHTS)
    bucket.remove(key)
    assert refusal(clone, "pull")[0] == "remote-missing"
    assert "[remote-missing]" in refused_load(reader)


def test_an_empty_folder_loads_and_sees_what_is_approved_later(
    reader: Served, approved: Served, hub: FakeHub, bucket: Bucket
) -> None:
    show = "import weighbridge; print((weighbridge.load('tiny') / 'config.json').read_text())"
    assert reader.python(show).strip() == FILES["config.json"].decode().strip()
    keys = bucket.all_keys()
    drift(hub)
    approved.add()
    assert reader.python(show).strip() == '{"layers": 6}', "what nobody approved is not given"
    approved.weighbridge("approve", "tiny", "--stage", "production")
    assert reader.python(show).strip() == '{"layers": 7}'
    assert set(bucket.all_keys()) > set(keys), "readers write nothing, and what was there stays"


def test_evidence_that_is_set_back_is_refused(reader: Served, approved: Served, bucket: Bucket, hub: FakeHub) -> None:
    (key,) = [key for key in bucket.all_keys() if key.endswith("checkpoint.json")]
    before = bucket.read(key)
    drift(hub)
    approved.add()
    approved.weighbridge("approve", "tiny", "--stage", "production")
    reader.python(LOAD)
    bucket.write(key, before)
    assert "[rolled-back]" in refused_load(reader)


def test_a_wrong_secret_is_a_clear_error_that_does_not_show_it(
    approved: Served, clone: Served, reader: Served, bucket: Bucket, hub: FakeHub
) -> None:
    before = bucket.all_keys()
    sign_in(clone, WRONG_SECRET)
    code, message = refusal(clone, "pull")
    assert code == "remote-failed"
    assert "Forbidden" in message
    stranger = replace(reader, settings={**reader.settings, "AWS_SECRET_ACCESS_KEY": WRONG_SECRET})
    assert "[store-unreachable]" in refused_load(stranger)
    sign_in(approved, WRONG_SECRET)
    drift(hub)
    assert refusal(approved, "add", f"hf:{REPOSITORY}@main", "--name", "tiny")[0] == "remote-failed"
    assert bucket.all_keys() == before
    sign_in(approved, bucket.secret)
    approved.add()
    assert len(bucket.all_keys()) == len(before) + 2


def test_without_keys_nothing_loads(reader: Served) -> None:
    given = {key: value for key, value in reader.settings.items() if "KEY" not in key}
    assert "[store-unreachable]" in refused_load(replace(reader, settings=given))


def test_without_its_server_what_is_here_still_loads(
    clone: Served, approved: Served, reader: Served, bucket: Bucket
) -> None:
    reader, approved, clone = (
        replace(chain, settings={**chain.settings, **IMPATIENT}) for chain in (reader, approved, clone)
    )
    stranger = replace(reader, home=reader.home / "new")
    reader.python(LOAD)
    bucket.server.kill()
    assert refusal(clone, "pull")[0] == "remote-failed"
    assert refusal(approved, "approve", "tiny", "--stage", "production")[0] == "remote-failed"
    assert approved.json("status")["models"][0]["verdicts"][0]["allow"]
    approved.python(LOAD)
    reader.python(LOAD)
    assert "[store-unreachable]" in refused_load(stranger)
