"""YAML files: manifests of Kubernetes and KServe, Helm's values and templates, Compose, workflows, other settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.references import templates, yaml_nodes
from weighbridge.references.arguments import Place
from weighbridge.references.extraction import MAX_BYTES, Extraction
from weighbridge.references.keyed import has_needle, is_machine_file
from weighbridge.references.shell_commands import NEEDLES
from weighbridge.references.trees import TreeReader

if TYPE_CHECKING:
    from collections.abc import Callable


def extract(path: str, data: bytes, repository: Callable[[str], bytes | None]) -> Extraction:
    """The models that a YAML file names.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
    """
    if is_machine_file(path):
        return Extraction()
    if len(data) > MAX_BYTES:
        return Extraction((), f"a file of {len(data)} bytes is not read")
    lowered = data.lower()
    if not has_needle(data) and not any(needle in lowered for needle in NEEDLES):
        return Extraction()
    documents = yaml_nodes.parse(templates.mask(data.decode("utf-8-sig", "replace")))
    reader = TreeReader(Place(path), repository)
    for root in documents.roots:
        reader.read(root)
    return Extraction(reader.mentions(), documents.problem or reader.problem)
