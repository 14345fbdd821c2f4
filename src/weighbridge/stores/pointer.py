"""The text of DVC's pointer and directory object, exactly as DVC 3 writes them.

A pointer here may carry more than the bytes' address (a description that a person wrote); reading keeps to what
identifies bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from weighbridge.core.digest import short

if TYPE_CHECKING:
    from weighbridge.core.pin import Pin

# YAML would read these as numbers; DVC quotes them.
_NUMBER = re.compile(r"[0-9]+(e[0-9]+)?")


def directory(pin: Pin) -> bytes:
    """The directory object: what each path's MD5 is (dvc_data.hashfile.tree.Tree.as_bytes)."""
    rows = sorted(({"md5": file.md5, "relpath": file.entry.path} for file in pin.files), key=lambda row: row["relpath"])
    return json.dumps(rows, sort_keys=True).encode()


def directory_id(pin: Pin) -> str:
    """DVC's address of the directory object: its MD5 and ``.dir``."""
    return hashlib.md5(directory(pin), usedforsecurity=False).hexdigest() + ".dir"


def text(pin: Pin, *, remote: str | None = None) -> str:
    """The pointer of a pin; names its remote if that is not the project's default."""
    name = short(pin.digest)
    path = f"'{name}'" if _NUMBER.fullmatch(name) else name
    lines = [
        "outs:",
        f"- md5: {directory_id(pin)}",
        f"  size: {pin.size}",
        f"  nfiles: {len(pin.files)}",
        "  hash: md5",
        f"  path: {path}",
    ]
    if remote:
        lines.append(f"  remote: {json.dumps(remote)}")
    meta = {"name": pin.name, "digest": pin.digest, "revision": pin.revision, "source": pin.source}
    lines += ["meta:", "  weighbridge:", *(f"    {key}: {json.dumps(value)}" for key, value in meta.items())]
    return "\n".join(lines) + "\n"


def remote_fault(pin: Pin, data: bytes, remote: str | None) -> str | None:
    """How a right pointer's text names another remote than it should; None if it does not, or if any will do."""
    if remote is None or data == text(pin, remote=remote).encode():
        return None
    named = _read(data)["outs"][0].get("remote")
    return None if named == remote else f"names {f'the remote {named!r}' if named else 'no remote'}, not {remote!r}"


def _read(data: bytes) -> Any:
    from ruamel.yaml import YAML  # noqa: PLC0415 - needed only for a pointer that somebody edited

    return YAML(typ="safe", pure=True).load(data.decode("utf-8"))


def fault(pin: Pin, data: bytes) -> str | None:
    """How a pointer's text names other bytes than the pin; None if it names the same."""
    if data == text(pin).encode():
        return None
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - needed only for a pointer that somebody edited

    try:
        value = _read(data)
    except (YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        return "is not YAML"
    outs = value.get("outs") if isinstance(value, dict) else None
    if not isinstance(outs, list) or len(outs) != 1 or not isinstance(outs[0], dict):
        return "is not a pointer to one folder"
    expected = {
        "md5": directory_id(pin),
        "size": pin.size,
        "nfiles": len(pin.files),
        "hash": "md5",
        "path": short(pin.digest),
    }
    wrong = [key for key, wanted in expected.items() if outs[0].get(key) != wanted]
    if "wdir" in value or "deps" in value or outs[0].get("cache") is False:
        wrong.append("where its bytes are")
    return f"names other bytes ({', '.join(wrong)})" if wrong else None
