"""Registries that lie and artifacts that want out: each is refused, and nothing is left."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.hub.messages import Delivery
from tests.fakes.oci_registry import MANIFEST, TITLE, FakeRegistry, digest_of, error, tarred
from tests.integration.test_source_oci import IMAGE, MODELPACK, image_layer, ref_of, titled

from weighbridge.core.errors import IntegrityError, NotFoundError, SourceError, StoreError, WeighbridgeError
from weighbridge.sources import _oci_layers
from weighbridge.sources.oci import OciSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {"config.json": b"{}", "model.bin": bytes(range(256)) * 5_000}
TAR = "application/vnd.cncf.model.weight.v1.tar"


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with FakeRegistry() as made:
        yield made


@pytest.fixture
def source(tmp_path: Path) -> OciSource:
    return OciSource(spool=tmp_path / "spool", max_unpacked_bytes=100 << 20, max_tries=2, sleep=lambda _: None)


def taken(registry: FakeRegistry, source: OciSource) -> None:
    listing = source.resolve(ref_of(registry))
    for file in listing.files:
        b"".join(source.read(listing, file, 0))


def refused(registry: FakeRegistry, source: OciSource) -> WeighbridgeError:
    """What resolving the artifact, and reading it if it can be resolved, ends in."""
    with pytest.raises(WeighbridgeError) as caught:
        taken(registry, source)
    assert caught.value.hint
    return caught.value


def pushed(registry: FakeRegistry, data: bytes, media_type: str = TAR, **more: Any) -> dict[str, Any]:
    layer = registry.add_blob(data, media_type)
    registry.push("org/model", "v1", [{**layer, **more}], **MODELPACK)
    return layer


@pytest.mark.parametrize("said", ["sha256:" + "0" * 64, "sha512:abc", ""])
def test_a_digest_that_does_not_fit_is_refused(registry: FakeRegistry, source: OciSource, said: str) -> None:
    registry.push("org/model", "v1", titled(registry, FILES))
    registry.headers["Docker-Content-Digest"] = said
    assert refused(registry, source).code == "promise-mismatch"
    registry.headers["Docker-Content-Digest"] = None
    assert source.resolve(ref_of(registry)).files


def test_another_manifest_than_asked_for_is_refused(registry: FakeRegistry, source: OciSource) -> None:
    digest = registry.push("org/model", "v1", titled(registry, FILES))
    other = registry.push("org/model", "v2", titled(registry, {"x": b"x"}))
    registry.manifests["org/model", digest] = registry.manifests["org/model", other]
    with pytest.raises(IntegrityError) as caught:
        source.resolve(ref_of(registry, f"org/model@{digest}"))
    assert caught.value.code == "promise-mismatch"


def test_other_bytes_of_a_packed_layer_are_refused(registry: FakeRegistry, source: OciSource, tmp_path: Path) -> None:
    layer = pushed(registry, tarred(FILES))
    data = registry.blobs[layer["digest"]]
    registry.blobs[layer["digest"]] = data.replace(b"{}", b"[]")
    assert refused(registry, source).code == "promise-mismatch"
    registry.blobs[layer["digest"]] = data + b"\0"
    assert refused(registry, source).code == "size-mismatch"
    registry.blobs[layer["digest"]] = data[:-1]
    assert refused(registry, source).code == "size-mismatch"
    assert not list((tmp_path / "spool").iterdir())


def test_a_layer_that_is_gone_is_said(registry: FakeRegistry, source: OciSource) -> None:
    layer = pushed(registry, tarred(FILES))
    data = registry.blobs.pop(layer["digest"])
    error_ = refused(registry, source)
    assert (type(error_), error_.code) == (NotFoundError, "file-missing")
    registry.blobs[layer["digest"]] = data
    listing = source.resolve(ref_of(registry))
    with pytest.raises(NotFoundError):
        b"".join(source.read(listing, replace(listing.files[0], path="other"), 0))


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", "bad-manifest"),
        (b"[]", "bad-manifest"),
        (b"[" * 100_000, "bad-manifest"),
        (b'{"schemaVersion": 1}', "bad-manifest"),
        (b'{"schemaVersion": 2, "schemaVersion": 2}', "bad-manifest"),
        (b'{"schemaVersion": 2, "layers": [], "manifests": []}', "bad-manifest"),
        (b'{"schemaVersion": 2, "layers": {}}', "bad-manifest"),
        (b'{"schemaVersion": 2, "layers": [7]}', "bad-manifest"),
        (b'{"schemaVersion": 2, "layers": []}', "bad-manifest"),
        (b'{"schemaVersion": 2, "mediaType": "text/html", "layers": []}', "oci-unsupported"),
        (b'{"schemaVersion": 2, "mediaType": ["a"], "layers": []}', "bad-manifest"),
    ],
)
def test_a_malformed_manifest_is_refused(registry: FakeRegistry, source: OciSource, document: bytes, code: str) -> None:
    registry.put("org/model", "v1", document, MANIFEST)
    assert refused(registry, source).code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"size": -1}, "bad-manifest"),
        ({"size": True}, "bad-manifest"),
        ({"size": 1 << 60}, "bad-manifest"),
        ({"size": "1"}, "bad-manifest"),
        ({"digest": "sha512:" + "0" * 128}, "oci-unsupported"),
        ({"digest": "sha256:../../x"}, "oci-unsupported"),
        ({"urls": ["https://elsewhere.example.org/x"]}, "oci-unsupported"),
        ({"annotations": []}, "bad-manifest"),
        ({"annotations": {"a": 1}}, "bad-manifest"),
        ({"mediaType": 7}, "bad-manifest"),
        ({"mediaType": "application/vnd.cncf.model.weight.v1.tar+zstd"}, "oci-unsupported"),
        ({"mediaType": "application/vnd.cncf.model.secret.v1.raw"}, "oci-unsupported"),
        ({"mediaType": "application/vnd.cncf.model.weight.v1.raw"}, "oci-layer"),
    ],
)
def test_a_descriptor_that_is_none_is_refused(
    registry: FakeRegistry, source: OciSource, change: dict[str, Any], code: str
) -> None:
    pushed(registry, tarred(FILES), **change)
    assert refused(registry, source).code == code


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\\x", "a//x", "", "x\n", "folder/", "C:x"])
def test_a_name_that_leaves_its_folder_is_refused(registry: FakeRegistry, source: OciSource, name: str) -> None:
    registry.push("org/model", "v1", titled(registry, {name: b"x"}))
    assert refused(registry, source).code == "oci-layer"


def test_one_name_twice_is_refused(registry: FakeRegistry, source: OciSource) -> None:
    registry.push("org/model", "v1", titled(registry, {"a": b"1"}) + titled(registry, {"./a": b"2"}))
    assert refused(registry, source).code == "oci-layer"


@pytest.mark.parametrize("media_type", ["text/plain", "application/vnd.docker.plugin.v1+json"])
def test_what_is_no_model_is_named(registry: FakeRegistry, source: OciSource, media_type: str) -> None:
    registry.push("org/model", "v1", [registry.add_blob(b"x", media_type)])
    error_ = refused(registry, source)
    assert error_.code == "oci-unsupported"
    assert media_type in error_.message
    registry.push("org/model", "v1", [])
    assert refused(registry, source).code == "oci-unsupported"


def archive(kind: bytes, name: str = "x", target: str = "", data: bytes = b"") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as writer:
        member = tarfile.TarInfo(name)
        member.type, member.linkname, member.size = kind, target, len(data)
        writer.addfile(member, io.BytesIO(data))
    return made.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        archive(tarfile.SYMTYPE, target="/etc/passwd"),
        archive(tarfile.LNKTYPE, target="x"),
        archive(tarfile.CHRTYPE),
        archive(tarfile.FIFOTYPE),
        archive(tarfile.REGTYPE, "../x"),
        archive(tarfile.REGTYPE, "/x"),
        archive(tarfile.REGTYPE, "a")[:512] * 2 + b"\0" * 1024,
        tarred(FILES)[:100_000],
        tarred(FILES) + b"more" * 128,
        b"no archive at all" * 100,
        b"",
    ],
    ids=["symlink", "hardlink", "device", "fifo", "up", "absolute", "twice", "cut", "trailing", "noise", "empty"],
)
def test_an_archive_that_wants_out_is_refused(registry: FakeRegistry, source: OciSource, data: bytes) -> None:
    pushed(registry, data)
    assert refused(registry, source).code == "oci-layer"


def test_members_outside_of_their_folder_are_refused(registry: FakeRegistry, source: OciSource) -> None:
    data = gzip.compress(tarred({"weights/a": b"1", "weightsother": b"2"}))
    layer = registry.add_blob(data, "x", **{TITLE: "weights", "io.deis.oras.content.unpack": "true"})
    registry.push("org/model", "v1", [layer])
    assert refused(registry, source).code == "oci-layer"


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(tarred(FILES))[:-9],
        gzip.compress(tarred(FILES)) + b"trailing",
        b"\x1f\x8b" + b"\0" * 100,
        b"",
    ],
    ids=["cut", "trailing", "noise", "empty"],
)
def test_a_broken_compression_is_refused(registry: FakeRegistry, source: OciSource, data: bytes) -> None:
    pushed(registry, data, f"{TAR}+gzip")
    assert refused(registry, source).code == "oci-layer"


def test_gzip_in_several_members_is_one(registry: FakeRegistry, source: OciSource) -> None:
    data = tarred(FILES)
    pushed(registry, gzip.compress(data[:1000]) + gzip.compress(data[1000:]), f"{TAR}+gzip")
    assert {file.path for file in source.resolve(ref_of(registry)).files} == set(FILES)


def test_a_bomb_stops_at_its_measure(registry: FakeRegistry, source: OciSource, tmp_path: Path) -> None:
    pushed(registry, gzip.compress(b"\0" * (80 << 20)), f"{TAR}+gzip")
    assert refused(registry, source).code == "oci-oversized"
    small = OciSource(spool=tmp_path / "small", max_unpacked_bytes=1_000)
    pushed(registry, tarred(FILES))
    assert refused(registry, small).code == "oci-oversized"


def test_too_many_files_are_refused(registry: FakeRegistry, source: OciSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weighbridge.sources.oci.MAX_FILES", 1)
    registry.push("org/model", "v1", titled(registry, FILES))
    assert refused(registry, source).code == "oci-layer"
    monkeypatch.setattr(_oci_layers, "MAX_MEMBERS", 1)
    registry.push("org/model", "v1", [image_layer(registry, ("a", b"1"), ("b", b"2"))], **IMAGE)
    assert refused(registry, source).code == "oci-layer"


@pytest.mark.parametrize(
    "members",
    [
        [("models", "symbolic>/etc")],
        [("models/x", "symbolic>/etc/passwd")],
        [("models/x", "device")],
        [("etc/passwd", b"root"), ("models/x", "hard>etc/passwd")],
        [("models/x", "hard>models/y")],
        [("models/a/../../x", b"1")],
        [("models/x", b"1"), ("models/x", b"2")],
        [("models/x\\y", b"1")],
    ],
    ids=["top", "symlink", "device", "hardlink-out", "hardlink-nowhere", "up", "twice", "backslash"],
)
def test_a_modelcar_that_wants_out_is_refused(
    registry: FakeRegistry, source: OciSource, members: list[tuple[str, bytes | str]]
) -> None:
    registry.push("org/model", "v1", [image_layer(registry, *members)], **IMAGE)
    assert refused(registry, source).code == "oci-layer"


def negative(kind: bytes, size: int) -> bytes:
    """An archive whose second member says a size below nothing (CVE-2025-8194)."""
    member = tarfile.TarInfo("models/b")
    member.type, member.size = kind, size
    return tarred({"models/a": b""})[:512] + member.tobuf(tarfile.GNU_FORMAT) + bytes(4096)


def damaged(data: bytes, at: int) -> bytes:
    return data[:at] + b"\xff" * 8 + data[at + 8 :]


@pytest.mark.parametrize(
    "data",
    [
        damaged(tarred({"models/a": b"1", "models/b": b"2"}), 0),
        damaged(tarred({"models/a": b"1", "models/b": b"2"}), 1024),
        tarred({"models/a": b"1" * 5_000})[:2_000],
        archive(tarfile.XHDTYPE, data=b"0" * (2 << 20)),
        negative(tarfile.REGTYPE, -512),
        negative(tarfile.REGTYPE, -1024),
        negative(tarfile.GNUTYPE_LONGNAME, -512),
        negative(tarfile.XHDTYPE, -(1 << 40)),
    ],
    ids=["first-header", "second-header", "cut", "long-extension", "still", "backwards", "name", "extension"],
)
def test_a_broken_archive_of_an_image_is_refused(registry: FakeRegistry, source: OciSource, data: bytes) -> None:
    layer = registry.add_blob(data, "application/vnd.oci.image.layer.v1.tar")
    registry.push("org/model", "v1", [layer], **IMAGE)
    assert refused(registry, source).code == "oci-layer"


def test_docker_images_are_images_too(registry: FakeRegistry, source: OciSource) -> None:
    layer = registry.add_blob(
        gzip.compress(tarred({"models/a": b"1"})), "application/vnd.docker.image.rootfs.diff.tar.gzip"
    )
    config = registry.add_blob(b"{}", "application/vnd.docker.container.image.v1+json")
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    value = {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [layer]}
    registry.put("org/model", "v1", json.dumps(value).encode(), media_type)
    assert [file.path for file in source.resolve(ref_of(registry)).files] == ["a"]
    assert source.resolve(ref_of(registry)).metadata["media_type"] == media_type


def test_a_manifest_without_end_is_refused(registry: FakeRegistry, source: OciSource) -> None:
    registry.put("org/model", "v1", b" " * (4 << 20) + b"{}", MANIFEST)
    assert refused(registry, source).code == "oci-unsupported"
    registry.push("org/model", "v1", titled(registry, FILES))
    registry.headers["Content-Encoding"] = "gzip"
    assert refused(registry, source).code == "encoded-answer"


def test_what_is_not_there_is_told_apart(registry: FakeRegistry, source: OciSource) -> None:
    assert refused(registry, source).code == "repository-missing"
    registry.push("org/model", "v2", titled(registry, FILES))
    assert refused(registry, source).code == "revision-missing"
    for status, code in ((403, "private"), (401, "private"), (400, "refused"), (404, "repository-missing")):
        registry.answers["GET /v2/org/model/manifests/v1"] = [error(status, "<script>"), error(status, "<script>")]
        error_ = refused(registry, source)
        assert error_.code == code
        assert "script" not in str(error_)
    assert isinstance(error_, SourceError)


def test_an_answer_that_is_no_list_of_errors_is_an_error_all_the_same(
    registry: FakeRegistry, source: OciSource
) -> None:
    answer = replace(error(404, ""), document=["<h1>"])
    registry.answers["GET /v2/org/model/manifests/v1"] = [answer]
    assert refused(registry, source).code == "repository-missing"


def test_a_raw_layer_that_is_cut_or_grows_is_refused(registry: FakeRegistry, source: OciSource) -> None:
    layers = titled(registry, FILES)
    registry.push("org/model", "v1", layers)
    registry.blobs[digest_of(FILES["model.bin"])] = FILES["model.bin"] + b"more"
    assert refused(registry, source).code == "size-mismatch"
    registry.blobs[digest_of(FILES["model.bin"])] = FILES["model.bin"]
    registry.deliveries = [Delivery(cut_after=0)] * 9
    assert refused(registry, source).code == "connection-lost"


def test_a_range_that_is_not_there_is_said(tmp_path: Path) -> None:
    spool = _oci_layers.Spool(tmp_path)
    spool.write(b"abc")
    assert b"".join(spool.pieces(1, 3)) == b"bc"
    for start, end in ((0, 4), (-1, 3)):
        with pytest.raises(StoreError) as caught:
            b"".join(spool.pieces(start, end))
        assert caught.value.code == "disk"


def test_a_disk_that_fails_is_said(registry: FakeRegistry, tmp_path: Path) -> None:
    pushed(registry, tarred(FILES))
    (tmp_path / "file").write_bytes(b"")
    error_ = refused(registry, OciSource(spool=tmp_path / "file"))
    assert (type(error_), error_.code) == (StoreError, "disk")
