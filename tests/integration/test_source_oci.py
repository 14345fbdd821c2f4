"""Artifacts in a registry, from a real server: every convention that models are pushed in, and how they are named."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from tests.fakes.hub.messages import Delivery
from tests.fakes.oci_registry import TITLE, FakeRegistry, error, tarred

from weighbridge.core.errors import NotFoundError, SourceError, UsageError
from weighbridge.core.ref import Ref
from weighbridge.sources._oci_place import base_url, place_of
from weighbridge.sources.oci import OciSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.core.listing import Listing

WEIGHTS = bytes(range(256)) * 12_345
FILES = {"config.json": b"{}", "weights/tiny.safetensors": WEIGHTS}
MODELPACK: dict[str, Any] = {"artifactType": "application/vnd.cncf.model.manifest.v1+json"}
KITOPS: dict[str, Any] = {"config_type": "application/vnd.kitops.modelkit.config.v1+json"}
IMAGE: dict[str, Any] = {"config_type": "application/vnd.oci.image.config.v1+json"}
IMAGE_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
FILEPATH = "org.cncf.model.filepath"


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with FakeRegistry() as made:
        yield made


@pytest.fixture
def source(tmp_path: Path) -> OciSource:
    return OciSource(spool=tmp_path / "spool", sleep=lambda _: None)


def ref_of(registry: FakeRegistry, text: str = "org/model:v1") -> Ref:
    return Ref.parse(f"oci:{registry.host}/{text}")


def titled(registry: FakeRegistry, files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [registry.add_blob(data, "application/x", **{TITLE: path}) for path, data in files.items()]


def contents(source: OciSource, listing: Listing) -> dict[str, bytes]:
    found = {file.path: b"".join(source.read(listing, file, 0)) for file in listing.files}
    for file in listing.files:
        assert file.promise == f"sha256:{hashlib.sha256(found[file.path]).hexdigest()}"
        assert b"".join(source.read(listing, file, 1)) == found[file.path][1:]
    return found


def blobs_asked(registry: FakeRegistry) -> int:
    return len([question for question in registry.asked if "/blobs/" in question.path])


def test_raw_layers_of_oras_are_promised_before_a_byte_moves(registry: FakeRegistry, source: OciSource) -> None:
    digest = registry.push(
        "org/model", "v1", titled(registry, FILES), annotations={"org.opencontainers.image.licenses": "MIT", "a": "b"}
    )
    listing = source.resolve(ref_of(registry))
    assert not blobs_asked(registry)
    assert listing.revision == digest
    assert listing.identity == {"registry": registry.host, "repository": "org/model"}
    assert listing.metadata["layout"] == "oras"
    assert listing.metadata["licence"] == "MIT"
    assert listing.metadata["asked"] == "v1"
    assert listing.metadata["annotations"] == {"org.opencontainers.image.licenses": "MIT", "a": "b"}
    assert contents(source, listing) == FILES


def test_a_folder_of_oras_is_unpacked(registry: FakeRegistry, source: OciSource) -> None:
    packed = gzip.compress(tarred({"weights/a": b"1", "weights/b/c": b"22"}))
    unpack = {TITLE: "weights", "io.deis.oras.content.unpack": "true"}
    archive = gzip.compress(tarred({"x": b"1"}))
    layers = [registry.add_blob(packed, "application/x", **unpack), *titled(registry, {"config.json": b"{}"})]
    layers.append(registry.add_blob(archive, IMAGE_LAYER, **{TITLE: "extra.tar.gz"}))
    registry.push("org/model", "v1", layers)
    found = contents(source, source.resolve(ref_of(registry)))
    assert found == {"config.json": b"{}", "weights/a": b"1", "weights/b/c": b"22", "extra.tar.gz": archive}


@pytest.mark.parametrize("by", ["artifactType", "config"])
def test_modelpack_raw_and_packed(registry: FakeRegistry, source: OciSource, by: str) -> None:
    prefix = "application/vnd.cncf.model"
    layers = [
        registry.add_blob(WEIGHTS, f"{prefix}.weight.v1.raw", **{FILEPATH: "tiny.safetensors"}),
        registry.add_blob(tarred({"config.json": b"{}"}), f"{prefix}.weight.config.v1.tar"),
        registry.add_blob(gzip.compress(tarred({"./docs/README.md": b"#"})), f"{prefix}.doc.v1.tar+gzip"),
        registry.add_blob(b"print()", f"{prefix}.code.v1.raw", **{TITLE: "run.py"}),
    ]
    config: dict[str, Any] = {"config_type": f"{prefix}.config.v1+json"}
    registry.push("org/model", "v1", layers, **(MODELPACK if by == "artifactType" else config))
    listing = source.resolve(ref_of(registry))
    assert listing.metadata["layout"] == "modelpack"
    assert contents(source, listing) == {
        "tiny.safetensors": WEIGHTS,
        "config.json": b"{}",
        "docs/README.md": b"#",
        "run.py": b"print()",
    }


def test_a_modelkit(registry: FakeRegistry, source: OciSource) -> None:
    prefix = "application/vnd.kitops.modelkit"
    layers = [
        registry.add_blob(gzip.compress(tarred({"model/tiny.gguf": WEIGHTS})), f"{prefix}.model.v1.tar+gzip"),
        registry.add_blob(tarred({"data/train.csv": b"1,2"}), f"{prefix}.dataset.v1.tar"),
    ]
    registry.push("org/model", "v1", layers, **KITOPS)
    listing = source.resolve(ref_of(registry))
    assert listing.metadata["layout"] == "kitops"
    assert contents(source, listing) == {"model/tiny.gguf": WEIGHTS, "data/train.csv": b"1,2"}


def image_layer(registry: FakeRegistry, *members: tuple[str, bytes | str]) -> dict[str, Any]:
    """A layer of an image: bytes are files, a text is a type of member, with ``>target`` for links."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            if isinstance(data, bytes):
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
            else:
                kind, _, member.linkname = data.partition(">")
                member.type = {
                    "folder": tarfile.DIRTYPE,
                    "hard": tarfile.LNKTYPE,
                    "symbolic": tarfile.SYMTYPE,
                    "device": tarfile.CHRTYPE,
                }[kind]
                archive.addfile(member)
    return registry.add_blob(gzip.compress(made.getvalue()), IMAGE_LAYER)


def test_a_modelcar_is_what_is_left_below_models(registry: FakeRegistry, source: OciSource) -> None:
    layers = [
        image_layer(
            registry, ("bin/sh", b"#!"), ("bin/bash", "symbolic>sh"), ("dev/null", "device"), ("models", "folder")
        ),
        image_layer(
            registry,
            ("models/old.bin", b"old"),
            ("./models/a/config.json", b"{}"),
            ("models/gone/x", b"x"),
            ("models/b/y", b"y"),
            ("models/same.bin", "hard>models/old.bin"),
        ),
        image_layer(
            registry,
            ("models/.wh.gone", b""),
            ("models/b/.wh..wh..opq", b""),
            ("models/b/new", b"new"),
            ("models/a", "folder"),
            ("models/old.bin", b"newer"),
        ),
        image_layer(registry, ("models/b", b"now a file")),
    ]
    registry.push("org/model", "v1", layers, **IMAGE)
    listing = source.resolve(ref_of(registry))
    assert listing.metadata["layout"] == "modelcar"
    assert contents(source, listing) == {
        "old.bin": b"newer",
        "a/config.json": b"{}",
        "same.bin": b"old",
        "b": b"now a file",
    }


@pytest.mark.parametrize("whiteout", [".wh.models", ".wh..wh..opq", "models/.wh..wh..opq"])
def test_a_whiteout_of_everything(registry: FakeRegistry, source: OciSource, whiteout: str) -> None:
    layers = [
        image_layer(registry, ("models/a", b"a")),
        image_layer(registry, (whiteout, b""), ("models/b/c", b"c")),
        image_layer(registry, ("models/b/c/d", b"d")),
    ]
    registry.push("org/model", "v1", layers, **IMAGE)
    assert contents(source, source.resolve(ref_of(registry))) == {"b/c/d": b"d"}


def test_an_image_without_a_model_holds_nothing(registry: FakeRegistry, source: OciSource) -> None:
    registry.push("org/model", "v1", [image_layer(registry, ("bin/sh", b"#!"))], **IMAGE)
    with pytest.raises(NotFoundError) as caught:
        source.resolve(ref_of(registry))
    assert caught.value.code == "empty"


def test_an_index_names_one_manifest(registry: FakeRegistry, source: OciSource) -> None:
    digest = registry.push("org/model", "a", titled(registry, FILES))
    other = registry.push("org/model", "b", titled(registry, {"x": b"x"}))
    linux = {"os": "linux", "architecture": "amd64"}

    def resolved(*manifests: dict[str, Any]) -> Listing:
        registry.push_index("org/model", "v1", manifests)
        return source.resolve(ref_of(registry))

    only = resolved(registry.descriptor("org/model", digest))
    assert only.revision == digest
    assert only.metadata["index"] != digest
    image = registry.descriptor("org/model", other, platform={"os": "linux", "architecture": "arm64", "variant": 8})
    assert resolved(image, registry.descriptor("org/model", digest, platform=linux)).revision == digest
    model = registry.descriptor("org/model", digest, **MODELPACK)
    listing = resolved(registry.descriptor("org/model", other, platform=linux), model)
    assert listing.revision == digest
    assert contents(source, listing) == FILES
    with pytest.raises(SourceError) as caught:
        resolved(image, registry.descriptor("org/model", digest))
    assert caught.value.code == "oci-ambiguous"
    assert digest in caught.value.message
    assert "linux/arm64" in caught.value.message
    index = registry.manifests["org/model", "v1"]
    registry.manifests["org/model", "inner"] = index
    inner = registry.put("org/model", "inner", *index)
    with pytest.raises(SourceError) as caught:
        resolved(registry.descriptor("org/model", inner))
    assert caught.value.code == "oci-ambiguous"


def test_tags_move_and_digests_do_not(registry: FakeRegistry, source: OciSource) -> None:
    digest = registry.push("org/model", "latest", titled(registry, FILES))
    listing = source.resolve(ref_of(registry, "org/model"))
    assert listing.ref.revision is None
    assert listing.revision == digest
    moved = registry.push("org/model", "latest", titled(registry, {"x": b"x"}))
    assert source.resolve(ref_of(registry, "org/model")).revision == moved
    assert contents(source, listing) == FILES
    assert source.resolve(ref_of(registry, f"org/model@{digest}")).revision == digest


def test_another_process_unpacks_again_what_is_gone(registry: FakeRegistry, source: OciSource, tmp_path: Path) -> None:
    layer = registry.add_blob(tarred(FILES), "application/vnd.cncf.model.weight.v1.tar")
    registry.push("org/model", "v1", [layer], **MODELPACK)
    listing = source.resolve(ref_of(registry))
    before = blobs_asked(registry)
    assert contents(source, listing) == FILES
    assert blobs_asked(registry) == before
    for number in range(5):
        registry.push("org/model", f"other-{number}", titled(registry, {"x": b"%d" % number}))
        source.resolve(ref_of(registry, f"org/model:other-{number}"))
    assert contents(source, listing) == FILES
    assert contents(OciSource(spool=tmp_path / "other"), listing) == FILES
    assert blobs_asked(registry) == before + 2
    assert not list((tmp_path / "spool").iterdir())


def test_a_broken_connection_goes_on_where_it_broke(registry: FakeRegistry, source: OciSource) -> None:
    registry.push("org/model", "v1", titled(registry, FILES))
    listing = source.resolve(ref_of(registry))
    registry.deliveries = [Delivery(cut_after=1_000_000), Delivery(reset=True, cut_after=9)]
    weights = next(file for file in listing.files if file.size > 10)
    assert b"".join(source.read(listing, weights, 0)) == WEIGHTS
    ranges = [question.headers["range"] for question in registry.asked if "range" in question.headers]
    assert ranges[0] == "bytes=1000000-"


def test_who_is_busy_is_asked_again(registry: FakeRegistry, source: OciSource) -> None:
    registry.push("org/model", "v1", titled(registry, FILES))
    path = "GET /v2/org/model/manifests/v1"
    registry.answers[path] = [error(429, "TOOMANYREQUESTS"), error(503, "UNAVAILABLE")]
    assert source.resolve(ref_of(registry)).files
    registry.answers[path] = [error(503, "UNAVAILABLE")] * 5
    with pytest.raises(SourceError) as caught:
        source.resolve(ref_of(registry))
    assert caught.value.code == "server-failed"
    assert "UNAVAILABLE" in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "oci:host",
        "oci:host/x",
        "oci:host:5000",
        "oci:HOST.example.org/x",
        "oci:host.example.org./x",
        "oci:host.example.org:443/x",
        "oci:host.example.org:/x",
        "oci:host..example.org/x",
        "oci:user@host.example.org/x",
        "oci:host.example.org/X",
        "oci:host.example.org/a//b",
        "oci:host.example.org/../b",
        "oci:host.example.org/x@",
        "oci:host.example.org/x:",
        "oci:host.example.org/:v1",
        "oci:host.example.org/x:v1@sha256:abc",
        "oci:host.example.org/x@sha256:abc",
        "oci:host.example.org/x@-v1",
        "oci:host.example.org/x:v1#part",
        f"oci:host.example.org/{'a' * 256}",
        "oci:docker.io/bert",
        "oci:index.docker.io/org/bert",
        "oci:registry-1.docker.io/org/bert",
    ],
)
def test_what_names_no_place_in_a_registry_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        place_of(Ref.parse(text))
    assert caught.value.code == "bad-ref"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("oci:host.example.org:5000/a/b:v1", "https://host.example.org:5000/v2/a/b"),
        ("oci:docker.io/org/bert", "https://registry-1.docker.io/v2/org/bert"),
        ("oci:localhost/a", "http://localhost/v2/a"),
        ("oci:[::1]:5000/a", "http://[::1]:5000/v2/a"),
        ("oci:127.0.0.9:5000/a", "http://127.0.0.9:5000/v2/a"),
        ("oci:127.0.0.1.example.org/a", "https://127.0.0.1.example.org/v2/a"),
        ("oci:plain.example.org/a", "http://plain.example.org/v2/a"),
        ("oci:plain.example.org:5000/a", "https://plain.example.org:5000/v2/a"),
    ],
)
def test_without_tls_only_this_machine_and_what_the_policy_names_is_asked(text: str, url: str) -> None:
    allowed = ("http://plain.example.org/**", "oci:**", "https://**")
    assert base_url(place_of(Ref.parse(text)), allowed) == url
