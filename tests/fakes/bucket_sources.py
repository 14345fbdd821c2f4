"""Sources over a bucket in memory, by scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.buckets import AzureFiles, Bucket, GoogleFiles, S3Files, SshFiles
from weighbridge.sources._objects_clouds import AzureObjects, GoogleObjects
from weighbridge.sources._objects_s3 import S3Objects
from weighbridge.sources._objects_ssh import SshObjects
from weighbridge.sources.objects import ObjectSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.sources._object_place import Place
    from weighbridge.sources._object_systems import Objects

SCHEMES = ("s3", "gs", "az", "ssh")


def shown(place: Place, bucket: Bucket) -> Objects:
    """A bucket as the library of a scheme shows it."""
    if place.scheme == "s3":
        return S3Objects(S3Files(bucket), place.host)
    if place.scheme == "ssh":
        return SshObjects(SshFiles(bucket), place.machine)
    if place.scheme == "gs":
        return GoogleObjects(GoogleFiles(bucket), place.host)
    return AzureObjects(AzureFiles(bucket), place.host)


def source_over(scheme: str, connect: Callable[[Place], Objects], allowed: tuple[str, ...] = ()) -> ObjectSource:
    """A source that does not wait between its three tries."""
    return ObjectSource(scheme, allowed=allowed, max_tries=3, sleep=lambda _: None, connect=connect)


def source_of(scheme: str, bucket: Bucket) -> ObjectSource:
    """A source of objects in that bucket."""
    return source_over(scheme, lambda place: shown(place, bucket))


def s3_source(files: S3Files, allowed: tuple[str, ...] = ()) -> ObjectSource:
    """A source over one face of S3."""
    return source_over("s3", lambda place: S3Objects(files, place.host), allowed)


def failing(request: str, *errors: BaseException) -> Callable[[str], None]:
    """Raise errors at the first requests of a name."""
    left = list(errors)

    def before(name: str) -> None:
        if name == request and left:
            raise left.pop(0)

    return before
