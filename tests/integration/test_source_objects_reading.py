"""The source of objects: bytes on their way from buckets that change, break, lie or refuse."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from tests.fakes.bucket_sources import failing, s3_source, source_of
from tests.fakes.buckets import Bucket, RefusedError, S3Files

from weighbridge.core.errors import (
    AccessError,
    IntegrityError,
    NotFoundError,
    SourceError,
    WeighbridgeError,
)
from weighbridge.core.listing import RemoteFile
from weighbridge.core.ref import Ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.listing import Listing
    from weighbridge.sources.objects import ObjectSource

REF = Ref.parse("s3://models/team/model")
DATA = bytes(range(256)) * 40_000
SMALL = {"config.json": b"{}"}
# As the libraries call theirs; only the names count.
NoCredentialsError = type("NoCredentialsError", (Exception,), {})
EndpointConnectionError = type("EndpointConnectionError", (Exception,), {})
HostKeyNotVerifiable = type("HostKeyNotVerifiable", (Exception,), {})
SSLError = type("SSLError", (Exception,), {})
ClientPayloadError = type("ClientPayloadError", (Exception,), {})


class BusyError(Exception):
    """As gcsfs's own."""

    code = 503


def read(source: ObjectSource, listing: Listing, index: int = 0, offset: int = 0) -> bytes:
    return b"".join(source.read(listing, listing.files[index], offset))


def test_a_change_on_the_way_is_noticed() -> None:
    def switched(bucket: Bucket) -> Callable[[str], None]:
        """Another object at the second request for bytes."""
        seen: list[str] = []

        def before(name: str) -> None:
            seen.append(name)
            if name in {"get_object", "cat_file"} and seen.count(name) == 2:
                bucket.publish({"model.bin": DATA[::-1]})

        return before

    for scheme in ("s3", "gs", "az"):
        bucket = Bucket()
        bucket.publish({"model.bin": DATA})
        source = source_of(scheme, bucket)
        listing = source.resolve(Ref.parse(f"{scheme}://models/team/model"))
        bucket.before = switched(bucket)
        with pytest.raises(IntegrityError) as caught:
            read(source, listing)
        assert caught.value.code == "changed-in-transfer", scheme


def test_an_etag_that_the_answer_contradicts_is_a_change() -> None:
    bucket = Bucket()
    bucket.publish({"model.bin": DATA})
    files = S3Files(bucket)
    source = s3_source(files)
    listing = source.resolve(REF)
    files.more = {"ETag": '"other"'}
    with pytest.raises(IntegrityError) as caught:
        read(source, listing)
    assert caught.value.code == "changed-in-transfer"


@pytest.mark.parametrize(
    "more", [{"ContentRange": "bytes 0-1/99"}, {"ContentRange": None}, {"ContentRange": "bytes 4-5/2"}]
)
def test_another_range_than_asked_for_is_refused(more: dict[str, object]) -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    files = S3Files(bucket)
    source = s3_source(files)
    listing = source.resolve(REF)
    files.more = more
    with pytest.raises(IntegrityError) as caught:
        read(source, listing)
    assert caught.value.code == "size-mismatch"


def test_more_bytes_than_asked_for_are_refused() -> None:
    for scheme in ("s3", "gs", "az", "ssh"):
        bucket = Bucket()
        bucket.publish(SMALL)
        source = source_of(scheme, bucket)
        listing = source.resolve(Ref.parse(f"{scheme}://models/team/model"))
        bucket.drop = [-1]
        got = bytearray()
        if scheme == "ssh":
            # A file is read to where it should end.
            assert read(source, listing) == b"{}"
            continue
        with pytest.raises(IntegrityError) as caught:
            got.extend(read(source, listing))
        assert caught.value.code == "size-mismatch"
        assert not got


def test_bytes_that_never_come_are_an_error() -> None:
    for scheme in ("gs", "ssh"):
        bucket = Bucket()
        bucket.publish(SMALL)
        source = source_of(scheme, bucket)
        listing = source.resolve(Ref.parse(f"{scheme}://models/team/model"))
        bucket.drop = [2]
        with pytest.raises(IntegrityError) as caught:
            read(source, listing)
        assert caught.value.code == "size-mismatch"


def test_a_broken_connection_goes_on_where_it_broke() -> None:
    bucket = Bucket()
    bucket.publish({"model.bin": DATA})
    source = source_of("s3", bucket)
    listing = source.resolve(REF)
    bucket.drop = [0, 1000]
    bucket.before = failing("get_object", ClientPayloadError())
    assert read(source, listing) == DATA
    bucket.before = failing("get_object", *[TimeoutError()] * 3)
    with pytest.raises(SourceError) as caught:
        read(source, listing)
    assert caught.value.code == "connection-lost"


def test_a_break_behind_the_last_byte_does_not_spare_the_last_look() -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    source = source_of("ssh", bucket)
    listing = source.resolve(Ref.parse("ssh://host/team/model"))
    seen: list[str] = []

    def before(name: str) -> None:
        seen.append(name)
        if seen.count("info") == 2 and name == "info":
            bucket.publish({"config.json": b"[]"})
            raise ConnectionResetError

    bucket.before = before
    with pytest.raises(IntegrityError) as caught:
        read(source, listing)
    assert caught.value.code == "changed-in-transfer"


def test_a_listing_that_breaks_is_asked_for_again() -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    bucket.before = failing("list_objects_v2", RefusedError(503), OSError(errno.EBUSY, "slow down"))
    assert len(source_of("s3", bucket).resolve(REF).files) == 1


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (FileNotFoundError(), NotFoundError, "repository-missing"),
        (RefusedError(404), NotFoundError, "repository-missing"),
        (PermissionError(), AccessError, "private"),
        (RefusedError(403), AccessError, "private"),
        (NoCredentialsError(), AccessError, "private"),
        (OSError("Forbidden: https://…"), AccessError, "private"),
        (EndpointConnectionError(), SourceError, "unreachable"),
        (ConnectionRefusedError(), SourceError, "unreachable"),
        (HostKeyNotVerifiable(), SourceError, "host-key"),
        (SSLError(), SourceError, "tls"),
        (ValueError("secret-token"), SourceError, "bad-answer"),
        (RefusedError(418), SourceError, "bad-answer"),
        (KeyError("NextContinuationToken"), SourceError, "bad-answer"),
    ],
)
def test_errors_of_libraries_become_ours(error: Exception, kind: type[WeighbridgeError], code: str) -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    bucket.before = failing("list_objects_v2", error)
    with pytest.raises(kind) as caught:
        source_of("s3", bucket).resolve(REF)
    assert caught.value.code == code
    assert caught.value.hint
    assert "secret" not in caught.value.message


def test_a_server_that_keeps_failing_is_given_up() -> None:
    bucket = Bucket()
    bucket.before = failing("list_objects_v2", *[BusyError()] * 3)
    with pytest.raises(SourceError) as caught:
        source_of("s3", bucket).resolve(REF)
    assert caught.value.code == "connection-lost"


def test_a_host_that_fails_while_bytes_come_is_said_at_once() -> None:
    bucket = Bucket()
    bucket.publish({"model.bin": DATA})
    source = source_of("s3", bucket)
    listing = source.resolve(REF)
    bucket.before = failing("get_object", ConnectionRefusedError())
    with pytest.raises(SourceError) as caught:
        read(source, listing)
    assert caught.value.code == "unreachable"
    bucket.remove("team/model/model.bin")
    for offset in (0, 10):
        with pytest.raises(NotFoundError):
            read(source, listing, offset=offset)
    with pytest.raises(NotFoundError) as missing:
        list(source.read(listing, RemoteFile("other", 1), 0))
    assert missing.value.code == "file-missing"


def test_a_generation_that_is_gone_altogether_is_missing() -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    source = source_of("gs", bucket)
    listing = source.resolve(Ref.parse("gs://models/team/model"))
    bucket.before = failing("cat_file", FileNotFoundError())
    with pytest.raises(NotFoundError):
        read(source, listing)


def test_an_object_that_ends_before_what_is_asked_for_is_refused() -> None:
    bucket = Bucket()
    bucket.publish(SMALL)
    source = source_of("s3", bucket)
    listing = source.resolve(REF)
    bucket.before = failing("get_object", RefusedError(416))
    with pytest.raises(IntegrityError) as caught:
        read(source, listing)
    assert caught.value.code == "size-mismatch"


def test_a_key_that_the_library_takes_for_a_version_is_refused() -> None:
    bucket = Bucket(versioned=True)
    bucket.put("team/model/a", b"x")
    bucket.put("team/model/a?versionid=1", b"y")
    with pytest.raises(NotFoundError):
        source_of("az", bucket).resolve(Ref.parse("az://models/team/model"))
