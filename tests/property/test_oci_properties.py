"""What a registry may send: it is understood or refused, never anything else."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.oci_registry import digest_of, tarred

from weighbridge.core.errors import IntegrityError, SourceError, WeighbridgeError
from weighbridge.sources import _oci_layers, _oci_manifest
from weighbridge.sources._oci_layout import GZIP, TAR, Layer, layout_of
from weighbridge.sources._oci_manifest import Descriptor, Manifest

IMAGE = tarred({"models/a/config.json": b"{}", "models/b.bin": b"weights" * 100, "etc/x": b"x"})
_SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
)
_DESCRIPTORS = st.fixed_dictionaries(
    {},
    optional={
        "mediaType": st.sampled_from(
            ["application/vnd.cncf.model.weight.v1.raw", "application/vnd.oci.image.layer.v1.tar"]
        )
        | _VALUES,
        "digest": st.just(digest_of(b"x")) | _VALUES,
        "size": st.integers(0, 100) | _VALUES,
        "annotations": st.dictionaries(
            st.sampled_from(["org.opencontainers.image.title", "org.cncf.model.filepath"]), st.text(max_size=9)
        )
        | _VALUES,
        "platform": _VALUES,
        "urls": st.just([]) | _VALUES,
    },
)
_DOCUMENTS = st.fixed_dictionaries(
    {"schemaVersion": st.just(2) | _VALUES},
    optional={
        "mediaType": st.sampled_from(sorted(_oci_manifest.MANIFESTS | _oci_manifest.INDEXES)) | _VALUES,
        "artifactType": st.just("application/vnd.cncf.model.manifest.v1+json") | _VALUES,
        "config": _DESCRIPTORS,
        "layers": st.lists(_DESCRIPTORS, max_size=3) | _VALUES,
        "manifests": st.lists(_DESCRIPTORS, max_size=3) | _VALUES,
        "annotations": _VALUES,
    },
)


def understood(data: bytes, content_type: str) -> None:
    found = _oci_manifest.read(data, content_type)
    if isinstance(found, Manifest):
        layout_of(found)
    else:
        _oci_manifest.chosen(found, frozenset())


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.text(max_size=30))
def test_any_bytes_are_a_manifest_or_refused(data: bytes, content_type: str) -> None:
    with suppress(IntegrityError, SourceError):
        understood(data, content_type)


@given(_DOCUMENTS)
def test_any_document_is_a_manifest_or_refused(value: dict[str, Any]) -> None:
    with suppress(IntegrityError, SourceError):
        understood(json.dumps(value).encode(), "application/vnd.oci.image.manifest.v1+json")


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(IMAGE) - 1), st.integers(0, 255)), max_size=8),
    st.integers(0, len(IMAGE)),
    st.sampled_from([TAR, GZIP]),
)
def test_any_layer_is_unpacked_or_refused(changes: list[tuple[int, int]], length: int, packing: str) -> None:
    data = bytearray(IMAGE)
    for at, value in changes:
        data[at] = value
    blob = bytes(data[:length])
    layer = Layer(Descriptor("x", digest_of(blob), len(blob)), packing)
    members: list[_oci_layers.Member] = []
    refused = "oci-layer"
    try:
        with tempfile.TemporaryDirectory() as folder:
            spool = _oci_layers.unpacked(layer, [blob], Path(folder))
        image = _oci_layers.Image()
        image.add(layer, spool)
        members = [*image.members, *_oci_layers.members(layer, spool)]
    except WeighbridgeError as error:
        refused = error.code
    assert refused == "oci-layer"
    for member in members:
        assert ".." not in member.path.split("/")
        assert len(b"".join(spool.pieces(member.at, member.at + member.size))) == member.size
