"""Recognise text, and which text it is: by its beginning where that decides, else by its name.

Names break ties between texts alone; nothing here makes a text of bytes that are none. Which text is well-formed, or
dangerous, is for its examiner to say.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.kinds import Kind

if TYPE_CHECKING:
    from weighbridge.formats.window import Readable

_CHUNK_BYTES = 1 << 20
_CONTROL: Final = bytes(byte for byte in (*range(1, 32), 127) if byte not in b"\t\n\r\f")
_ASCII: Final = bytes(range(128))
_FEW_CONTROLS = 4
_MAX_JSON_BYTES = 8 << 20
_BOM: Final = "\ufeff".encode()
_JSON_STARTS: Final = b'{["-0123456789tfn'
_LFS: Final = (b"version https://git-lfs.github.com/spec/", b"version https://hawser.github.com/spec/")
_MARKUP: Final = re.compile(rb"<(?:\?xml|!doctype|html|svg|pmml|net|plist)[\s>]", re.IGNORECASE)

# Before a message of the text format there may be a colon, and a bracket where it is one of a list.
_GRAPH: Final = re.compile(rb"\b(?:node|layers?|library|meta_graphs|graph_def)[\s:\[]{0,99}[{<]")
_CAFFE: Final = re.compile(rb"\blayers?[\s:\[]{0,99}[{<]")
_COMMENT: Final = re.compile(rb"#[^\n]*")
_MAX_GRAPH_BYTES = 64 << 20

TEXTS: Final = frozenset(
    {Kind.TEXT, Kind.MARKDOWN, Kind.YAML, Kind.TOML, Kind.JSON, Kind.TEMPLATE, Kind.NOTEBOOK, Kind.LFS_POINTER}
    | {Kind.PYTHON, Kind.SCRIPT, Kind.SVG, Kind.XML, Kind.HTML, Kind.PMML, Kind.OPENVINO, Kind.CAFFE}
)
"""Kinds that are text to their last byte."""

_BY_NAME: Final = {
    kind: frozenset(names.split())
    for kind, names in {
        Kind.JSON: ".json .jsonl .ndjson .geojson .webmanifest .jsonc .json5",
        Kind.YAML: ".yaml .yml .cff .dvc mlmodel mlproject dvc.lock",
        Kind.TOML: ".toml pipfile poetry.lock uv.lock",
        Kind.MARKDOWN: ".md .markdown .mdx .mdown",
        Kind.TEMPLATE: ".jinja .jinja2 .j2 .jinja-template .tmpl",
        Kind.PYTHON: ".py .pyi .pyw .pyx .pxd .pth",
        Kind.NOTEBOOK: ".ipynb",
        Kind.SCRIPT: (
            ".sh .bash .zsh .fish .csh .ksh .bat .cmd .ps1 .psm1 .vbs .wsf .hta .js .mjs .cjs .jsx .ts .tsx .php .rb "
            ".pl .pm .lua .r .jl .java .kt .scala .groovy .c .cc .cpp .cxx .h .hpp .cu .cuh .m .mm .go .rs .swift "
            ".cs .awk .tcl .scpt .applescript .desktop .service .mk .cmake .gradle .tf .nix .el .clj .hs .ml .asm .s "
            ".metal .cl .glsl .hlsl .wgsl .sql .reg .inf .ahk .au3 .vue .svelte "
            "makefile gnumakefile dockerfile containerfile jenkinsfile vagrantfile rakefile gemfile procfile justfile "
            "cmakelists.txt .bashrc .profile .zshrc .envrc .bash_profile"
        ),
        Kind.TEXT: (
            ".txt .text .csv .tsv .vocab .bpe .merges .codes .dict .log .cfg .ini .conf .env .properties .rst .tex "
            ".bib .css .proto .list .lst .label .labels .names .license .lock .in .gitattributes .gitignore"
        ),
    }.items()
    for kind in (kind,)
}
"""File names and endings, in lower case, by the kind of text that they stand for."""


def is_text(file: Readable, size_bytes: int) -> bool:
    """Whether all of a file is UTF-8, or an older one-byte encoding, with hardly any control characters and no NUL."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    unicode, controls, others, at = True, 0, 0, 0
    while at < size_bytes:
        file.seek(at)
        piece = file.read(min(_CHUNK_BYTES, size_bytes - at))
        if not piece or b"\0" in piece:
            return False
        at += len(piece)
        controls += len(piece) - len(piece.translate(None, _CONTROL))
        others += len(piece.translate(None, _ASCII))
        if unicode:
            try:
                decoder.decode(piece, final=at >= size_bytes)
            except UnicodeDecodeError:
                unicode = False
        if controls > max(_FEW_CONTROLS, at // 100) or (not unicode and (controls or others > at // 3)):
            return False
    return True


def kind_of(file: Readable, size_bytes: int, head: bytes, name: str) -> Kind:
    """Which text a text is.

    Args:
        file: The file.
        size_bytes: Its size.
        head: Its first bytes.
        name: The last part of its name, in lower case.
    """
    start = head.removeprefix(_BOM).lstrip()
    named = by_name(name)
    if head.startswith(_LFS):
        return Kind.LFS_POINTER
    if start.startswith(b"<?php") or (head.startswith(b"#!") and named is not Kind.PYTHON):
        return Kind.SCRIPT
    if named in {Kind.JSON, Kind.NOTEBOOK}:
        return _json(file, size_bytes, start, named)
    graph = _graph(file, size_bytes, name)
    if graph or (named is not None and named is not Kind.TEXT):
        return graph or named or Kind.TEXT
    if _MARKUP.match(start) or name.endswith((".xml", ".svg", ".html", ".htm", ".pmml")):
        return _markup(head, name)
    return Kind.JSON if named is None and _is_json(file, size_bytes, start) else Kind.TEXT


def _graph(file: Readable, size_bytes: int, name: str) -> Kind | None:
    """A graph written as protobuf text; other messages of that syntax are settings."""
    if not name.endswith((".pbtxt", ".prototxt", ".pbtext", ".textproto")):
        return None
    file.seek(0)
    whole = _COMMENT.sub(b" ", file.read(min(size_bytes, _MAX_GRAPH_BYTES)))
    if not _GRAPH.search(whole):
        return Kind.SAVEDMODEL if size_bytes > _MAX_GRAPH_BYTES else None
    return Kind.CAFFE if _CAFFE.search(whole) else Kind.SAVEDMODEL


def by_name(name: str) -> Kind | None:
    """The kind of text that a name, in lower case, stands for."""
    suffix = "." + name.rpartition(".")[2] if "." in name else ""
    for kind, names in _BY_NAME.items():
        if name in names or suffix in names:
            return kind
    return None


def _json(file: Readable, size_bytes: int, start: bytes, named: Kind) -> Kind:
    """JSON by name: broken JSON too, but no text that does not even begin like JSON."""
    if start[:1] not in (_JSON_STARTS[place : place + 1] for place in range(len(_JSON_STARTS))):
        return Kind.TEXT
    if named is Kind.NOTEBOOK:
        return Kind.NOTEBOOK
    if size_bytes > _MAX_JSON_BYTES:
        return Kind.JSON
    file.seek(0)
    whole = file.read(size_bytes)
    return Kind.NOTEBOOK if b'"nbformat"' in whole and b'"cells"' in whole else Kind.JSON


def _is_json(file: Readable, size_bytes: int, start: bytes) -> bool:
    """Whether a text whose name says nothing is JSON."""
    if start[:1] not in {b"{", b"["}:
        return False
    if size_bytes > _MAX_JSON_BYTES:
        return True
    file.seek(0)
    try:
        json.loads(file.read(size_bytes))
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _markup(head: bytes, name: str) -> Kind:
    lower = head[:8192].lower()
    if b"<pmml" in lower or name.endswith(".pmml"):
        return Kind.PMML
    if b"<net" in lower and b"<layers" in lower:
        return Kind.OPENVINO
    if b"<!doctype html" in lower or b"<html" in lower or name.endswith((".html", ".htm")):
        return Kind.HTML
    return Kind.SVG if b"<svg" in lower or name.endswith(".svg") else Kind.XML
