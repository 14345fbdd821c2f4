"""What MLflow shows of a pin: tags, source and descriptions, as text of bounded length.

Everything here is a view for people and programs that read MLflow; none of it is ever evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.digest import PREFIX, is_digest, short
from weighbridge.core.divergence import OWN_TAGS
from weighbridge.core.lock import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.core.canonical import Json
    from weighbridge.core.pin import Pin

OWN = OWN_TAGS
PROJECT = OWN + "project"
"""The marker of a registered model that Weighbridge made: the project that governs it."""
REMOVED = OWN + "removed"
"""The marker of a version whose pin is no longer governed."""
YES = "true"
"""Its value."""
MAX_TEXT = 5000
# MLflow's own database column of registered-model tags and descriptions is VARCHAR(5000).

_SOURCE_PREFIX = "weighbridge://sha256/"
_SOURCES = {"hf": "huggingface"}
_METADATA = {
    "licence": ("licence", "license"),
    "pipeline_tag": ("pipeline_tag",),
    "library": ("library", "library_name"),
    "gated": ("gated",),
    "author": ("author",),
    "last_modified": ("last_modified",),
}


def source_of(digest: str) -> str:
    """The version source for a digest."""
    return _SOURCE_PREFIX + digest.removeprefix(PREFIX)


def digest_of(source: str | None) -> str | None:
    """The digest in a version source; None where the source is not exactly one of ours."""
    text = source or ""
    digest = PREFIX + text.removeprefix(_SOURCE_PREFIX)
    return digest if text.startswith(_SOURCE_PREFIX) and is_digest(digest) else None


def clip(text: str) -> str:
    """A text of at most 5,000 characters, with an ellipsis where it was cut."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _text(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    return "" if isinstance(value, dict) else str(value)


def described(metadata: Mapping[str, Json]) -> dict[str, str]:
    """What the source said about a model, under the names that our tags use; empty values are left out."""
    found = {
        name: next((text for key in keys if (text := _text(metadata.get(key)))), "") for name, keys in _METADATA.items()
    }
    return {name: text for name, text in found.items() if text}


def version_tags(pin: Pin) -> dict[str, str]:
    """The tags of the version that stands for a pin."""
    ref = pin.ref
    own = {
        "project": pin.project,
        "name": pin.name,
        "ref": pin.source,
        "follow": pin.follow,
        "revision": pin.revision,
        "files": str(len(pin.files)),
        "bytes": str(pin.size),
        "omitted": str(len(pin.omitted)) if pin.omitted else "",
        "references": ", ".join(sorted(pin.references)),
        "repository": pin.identity.get("repo_id", ""),
        "repository_id": pin.identity.get("id", ""),
        "lock_schema": SCHEMA,
        **described(pin.metadata),
    }
    tags = {
        "source": _SOURCES.get(ref.scheme, ref.scheme),
        "model_id": ref.name,
        "content_hash": pin.digest,
        "governance_tier": "third-party",
        **{OWN + key: value for key, value in own.items()},
    }
    return {key: clip(value) for key, value in tags.items() if value}


def model_tags(pin: Pin) -> dict[str, str]:
    """The tags of the registered model."""
    tags = {PROJECT: pin.project, OWN + "ref": pin.source, "governance_tier": "third-party"}
    return {key: clip(value) for key, value in tags.items()}


def _code(text: str) -> str:
    # A backtick or a line break in a foreign name must not end the code span.
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"


def model_description(pin: Pin) -> str:
    """Markdown for the registered model."""
    return clip(
        f"Third-party model {_code(pin.source)}, governed by Weighbridge in project {_code(pin.project)}.\n\n"
        "Versions stand for exact bytes; aliases follow signed approvals and are put back when moved by hand. "
        f"`weighbridge audit {pin.name}` shows who approved what."
    )


def version_description(pin: Pin) -> str:
    """Markdown for the version."""
    followed = f" (followed as {_code(pin.follow)})" if pin.follow else ""
    rows = [
        f"**{pin.name}** `{short(pin.digest)}`: {_code(pin.source)} at revision {_code(pin.revision)}{followed}.",
        "",
        f"- digest: `{pin.digest}`",
        f"- {len(pin.files)} files, {pin.size:,} bytes",
        *(f"- {name.replace('_', ' ')}: {_code(text)}" for name, text in described(pin.metadata).items()),
        "",
        "MLflow keeps a reference; the bytes are fetched and verified on download by the Weighbridge plug-in.",
    ]
    return clip("\n".join(rows))
