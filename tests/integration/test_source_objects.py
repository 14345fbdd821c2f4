"""The source of objects: what references name, and what listings may say."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.fakes.bucket_sources import SCHEMES, s3_source, shown, source_of, source_over
from tests.fakes.buckets import Bucket, S3Files, SshFiles

from weighbridge.core import paths
from weighbridge.core.errors import IntegrityError, SourceError, UsageError
from weighbridge.core.ref import Ref
from weighbridge.sources import objects
from weighbridge.sources._object_place import Place
from weighbridge.sources._objects_s3 import S3Objects
from weighbridge.sources._objects_ssh import SshObjects
from weighbridge.sources.objects import ObjectSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.listing import Listing
    from weighbridge.sources._object_systems import Objects

REF = Ref.parse("s3://models/team/model")
DATA = bytes(range(256)) * 40_000
SMALL = {"config.json": b"{}"}


def read(source: ObjectSource, listing: Listing, index: int = 0, offset: int = 0) -> bytes:
    return b"".join(source.read(listing, listing.files[index], offset))


@pytest.mark.parametrize(
    "text",
    [
        "s3:models/x",
        "s3://",
        "s3:///x",
        "s3://Models/x",
        "s3://models..x/y",
        "s3://m/x",
        "s3://models//x",
        "s3://models/../x",
        "s3://models/./x",
        "s3://models/x//",
        "s3://key:secret@models/x",
        "gs://models@1/x",
        "az://models:80/x",
        "ssh://host",
        "ssh://host/",
        "ssh://Host/x",
        "ssh://host:22/x",
        "ssh://host:0/x",
        "ssh://host:65536/x",
        "ssh://alice:secret@host/x",
        "ssh://-oProxyCommand=x/y",
        "ssh://-l@host/y",
        "ssh://a..b/x",
    ],
)
def test_a_reference_has_one_spelling(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Place.of(Ref.parse(text))
    assert caught.value.code == "bad-ref"
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("s3://models", Place("s3", "models", "", is_folder=True)),
        ("s3://models/", Place("s3", "models", "", is_folder=True)),
        ("s3://models/a b@2#3", Place("s3", "models", "a b@2#3", is_folder=False)),
        ("gs://my.models/x/", Place("gs", "my.models", "x", is_folder=True)),
        ("ssh://host/x", Place("ssh", "host", "x", is_folder=False)),
        ("ssh://al.ice@10.0.0.7:2222/x", Place("ssh", "10.0.0.7", "x", is_folder=False, user="al.ice", port=2222)),
        ("ssh://[fe80::1]:2222/x", Place("ssh", "fe80::1", "x", is_folder=False, port=2222)),
    ],
)
def test_a_reference_is_taken_apart(text: str, place: Place) -> None:
    ref = Ref.parse(text)
    assert Place.of(ref) == place
    assert ref.revision is None
    assert str(ref) == text


def test_a_place_is_named_without_its_user() -> None:
    assert str(Place.of(Ref.parse("ssh://alice@[fe80::1]:2222/x"))) == "ssh://[fe80::1]:2222/x"


def test_a_prefix_ends_where_a_name_ends_and_markers_are_left_out() -> None:
    bucket = Bucket()
    bucket.publish({"a": b"1", "deep/b": b"2", "deep/": b"", "c": b"3", "d": b"4"})
    bucket.put("team/model-2/e", b"another")
    bucket.put("team/model/", b"")
    listing = source_of("s3", bucket).resolve(REF)
    assert [file.path for file in listing.files] == ["a", "c", "d", "deep/b"]
    assert source_of("s3", bucket).resolve(Ref.parse("s3://models/team/model/")).revision == listing.revision
    assert len(source_of("s3", bucket).resolve(Ref.parse("s3://models")).files) == 5


def test_one_object_is_a_model_unless_a_folder_is_asked_for() -> None:
    bucket = Bucket()
    bucket.put("team/model", b"alone")
    bucket.put("team/model/a", b"below")
    for source, ref in (
        (source_of("s3", bucket), REF),
        (source_of("gs", bucket), "gs://models/team/model"),
        (source_of("az", bucket), "az://models/team/model"),
    ):
        assert [file.path for file in source.resolve(Ref.parse(str(ref))).files] == ["model"]
        assert [file.path for file in source.resolve(Ref.parse(f"{ref}/")).files] == ["a"]
        assert read(source, source.resolve(Ref.parse(str(ref)))) == b"alone"


def test_keys_are_kept_as_they_are_and_the_core_refuses_what_is_no_path() -> None:
    bucket = Bucket()
    bucket.publish({"/rooted": b"1", "../up": b"2", "good": b"3", "A": b"4", "a": b"5"})
    listing = source_of("s3", bucket).resolve(REF)
    with pytest.raises(IntegrityError) as caught:
        paths.check(file.path for file in listing.files)
    assert caught.value.code == "bad-path"
    refused = caught.value.details["paths"]
    assert isinstance(refused, dict)
    assert set(refused) == {"/rooted", "../up", "a"}


def test_a_checksum_of_the_whole_object_is_its_promise_and_one_of_parts_is_not() -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    files = S3Files(bucket, checksums=True)
    assert s3_source(files).resolve(REF).files[0].promise.startswith("sha256:44136fa3")
    for more in ({"ChecksumType": "COMPOSITE"}, {"ChecksumSHA256": "AAAA-2"}, {"ChecksumSHA256": "AAAA"}):
        files.more = dict(more)
        listing = s3_source(files).resolve(REF)
        assert listing.files[0].promise == ""
        assert "checksums" in str(listing.metadata)


def test_a_version_is_read_again_though_there_is_a_newer_one() -> None:
    bucket = Bucket(versioned=True)
    bucket.publish({"model.bin": DATA})
    for source, ref in (
        (source_of("s3", bucket), REF),
        (source_of("az", bucket), "az://models/team/model"),
        (source_of("gs", bucket), "gs://models/team/model"),
    ):
        listing = source.resolve(Ref.parse(str(ref)))
        assert listing.metadata["versioned"] is True
        bucket.publish({"model.bin": b"newer"})
        assert read(source, listing) == DATA
        assert source.resolve(Ref.parse(str(ref))).revision != listing.revision
        bucket.publish({"model.bin": DATA})


def _given(objects: Objects, _: Place) -> Objects:
    return objects


def test_listings_that_lie_are_refused() -> None:
    class Lying(S3Objects):
        keys: tuple[str, ...] = ()

        def _pages(self, prefix: str) -> Iterator[list[str]]:
            assert prefix
            yield list(self.keys)

    bucket = Bucket()
    bucket.publish({"a": b"1"})
    bucket.put("other", b"2")
    for keys in (("team/model/a", "team/model/a"), ("other",)):
        lying = Lying(S3Files(bucket), "models")
        lying.keys = keys
        with pytest.raises(SourceError) as caught:
            source_over("s3", partial(_given, lying)).resolve(REF)
        assert caught.value.code == "bad-answer"


@pytest.mark.parametrize(
    "more", [{"IsTruncated": True, "NextContinuationToken": ""}, {"Contents": [{"Key": "elsewhere/x"}]}]
)
def test_pages_without_an_end_or_of_other_keys_are_refused(more: dict[str, object]) -> None:
    bucket = Bucket()
    files = S3Files(bucket)
    files.more = more
    with pytest.raises(SourceError) as caught:
        s3_source(files).resolve(REF)
    assert caught.value.code == "bad-answer"


def test_too_many_objects_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MAX_OBJECTS", 2)
    bucket = Bucket()
    bucket.publish({str(number): b"" for number in range(3)})
    with pytest.raises(SourceError) as caught:
        source_of("s3", bucket).resolve(REF)
    assert caught.value.code == "too-many-files"


def test_without_tls_only_what_the_policy_names_is_asked() -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    plain = "http://objects.example.org:9000"
    for allowed in ((), ("s3://**",), (f"{plain}/others/**",)):
        with pytest.raises(UsageError) as caught:
            s3_source(S3Files(bucket, plain), allowed).resolve(REF)
        assert caught.value.code == "plain-http"
    listing = s3_source(S3Files(bucket, plain), (f"{plain}/models/**",)).resolve(REF)
    assert listing.identity == {"bucket": "models", "endpoint": "objects.example.org:9000"}
    with pytest.raises(UsageError):
        read(s3_source(S3Files(bucket, plain)), listing)


@pytest.mark.parametrize("kind", ["link", "unknown"])
def test_what_is_no_file_on_a_machine_is_refused(kind: str) -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    files = SshFiles(bucket)
    source = source_over("ssh", lambda place: SshObjects(files, place.machine))
    ref = Ref.parse("ssh://host/team/model")
    for name in ("/team/model/odd", "/team/model/a/../../b", "/etc/passwd"):
        files.more = [{"name": name, "type": kind if name.endswith("odd") else "file", "size": 1}]
        with pytest.raises(SourceError) as caught:
            source.resolve(ref)
        assert caught.value.code == "special-file"


def test_folders_without_an_end_are_refused() -> None:
    bucket = Bucket()
    bucket.publish({"/".join(["deep"] * 80): b""})
    with pytest.raises(SourceError) as caught:
        source_of("ssh", bucket).resolve(Ref.parse("ssh://host/team/model"))
    assert caught.value.code == "too-many-files"


@pytest.mark.parametrize("scheme", ["gs", "az"])
def test_what_is_a_folder_is_not_looked_at_as_an_object(scheme: str) -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    with pytest.raises(FileNotFoundError):
        shown(Place(scheme, "models", "", is_folder=True), bucket).look("team/model")


@pytest.mark.parametrize(
    ("text", "extra"),
    [("s3://models/x", "s3"), ("gs://models/x", "gs"), ("az://models/x", "azure"), ("ssh://a@host:2222/x", "ssh")],
)
def test_a_library_that_is_not_installed_is_named(text: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("s3fs", "gcsfs", "adlfs", "sshfs"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError) as caught:
        ObjectSource(Ref.parse(text).scheme).resolve(Ref.parse(text))
    assert caught.value.code == "extra-missing"
    assert caught.value.hint == f'run: pip install "weighbridge[{extra}]"'


def test_a_project_knows_the_schemes(tmp_path: Path) -> None:
    from weighbridge.wiring.sourcing import Sources  # noqa: PLC0415 - only here

    sources = Sources(tmp_path, ["http://x/**"])
    assert all(sources[scheme].scheme == scheme for scheme in SCHEMES)


def test_one_file_on_a_machine_is_a_model() -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    source = source_of("ssh", bucket)
    assert read(source, source.resolve(Ref.parse("ssh://host/team/model/config.json"))) == b"{}"
