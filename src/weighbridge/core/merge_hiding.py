"""``.gitattributes``, ``.gitignore`` and ``.dvcignore``: whether a merge hides or rewrites what governs.

A file that reviewers are not shown, that a filter rewrites, or that Git or DVC pass over governs no more. Only what
these files do to governing paths counts; what they do to others is the team's affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.globs import Glob
from weighbridge.core.merge import CONFIG, MergeFinding, Tree, refused, shown
from weighbridge.core.merge_paths import ATTRIBUTES, DVC_IGNORE, EVIDENCE, GIT_IGNORE, LOCK, PIPELINE, POINTER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.core.merge import Sides

MAX_WORK: Final = 5_000_000
"""Patterns times paths that one merge may ask to be compared; a pattern with stars counts for more."""
MAX_LINE: Final = 1_000
_NEVER: Final = frozenset(
    {"filter", "diff", "merge", "ident", "working-tree-encoding", "crlf", "export-ignore", "export-subst"}
)
_REVIEWED: Final = frozenset({"linguist-generated", "linguist-vendored", "gitlab-generated"})
_MACROS: Final = {"binary": ("-diff", "-merge", "-text")}
_HINT: Final = "take the line out of the merge, or let it spare the files of weighbridge"


def probes(sides: Sides) -> list[str]:
    """The governing paths that there are, and those of a model that does not exist yet."""
    some = f"{sides.models}some-model/"
    found = {path for tree in (sides.base, sides.merge) for path in tree.entries if _is_kept(path, sides)}
    coming = {
        f"{some}{LOCK}",
        f"{some}{EVIDENCE}/approval-0123456789abcdef.json",
        f"{some}0123456789ab{POINTER}",
        f"{sides.models}{PIPELINE}",
        sides.home + CONFIG,
        f"{sides.home}.dvc/config",
    }
    return sorted(found | coming)


def _is_kept(path: str, sides: Sides) -> bool:
    name = path.rpartition("/")[2]
    under = path.startswith(sides.models) and (
        name in {LOCK, PIPELINE} or f"/{EVIDENCE}/" in path or name.endswith(POINTER)
    )
    return under or path == sides.home + CONFIG


def hiding_findings(sides: Sides, bytes_of_models: Iterable[str]) -> Iterator[MergeFinding]:
    """What the merge hides or lets be rewritten.

    Args:
        sides: The two sides.
        bytes_of_models: Paths of model files, which DVC must not pass over.
    """
    kept = probes(sides)
    for name, paths in (
        (ATTRIBUTES, kept),
        (GIT_IGNORE, kept),
        (DVC_IGNORE, [*(path for path in kept if not path.endswith(".json")), *bytes_of_models]),
    ):
        if any(path.rpartition("/")[2] == name for path in sides.paths):
            yield from _compared(sides, name, paths)


def _compared(sides: Sides, name: str, paths: Sequence[str]) -> Iterator[MergeFinding]:
    changed = [path for path in sides.paths if path.rpartition("/")[2] == name]
    try:
        before, after = _lines(sides.base, name), _lines(sides.merge, name)
    except (WeighbridgeError, UnicodeDecodeError):
        message = f"a {name} can't be read: it is no text, or over its bound"
        yield refused("unreadable-rules", changed[0], message, _HINT)
        return
    work = sum(1 + line.count("*") * len(line) // 4 for _, line in (*before, *after)) * len(paths)
    if work > MAX_WORK or any(len(line) > MAX_LINE for _, line in after):
        message = f"{len(after)} lines of {name} against {len(paths)} files are more than are compared"
        yield refused("unreadable-rules", changed[0], message, "let these files have fewer and shorter lines")
        return
    rule, judge = ("attributes-changed", _attributes) if name == ATTRIBUTES else ("hidden", _ignored)
    words = judge(before, after, paths)
    if words:
        yield refused(rule, changed[0], words, _HINT)


def _lines(tree: Tree, name: str) -> list[tuple[str, str]]:
    """Every line of these files behind the folder of its file, those of outer folders first."""
    found = []
    for path in sorted((path for path in tree.entries if path.rpartition("/")[2] == name), key=lambda p: p.count("/")):
        if tree.has(path):
            text = tree.content(path).decode("utf-8-sig")
            found += [(path.removesuffix(name), line) for line in text.split("\n") if line.split()]
    return found


def _ignored(before: list[tuple[str, str]], after: list[tuple[str, str]], paths: Sequence[str]) -> str:
    old, new = _globs(before), _globs(after)
    for path in paths:
        if _is_ignored(new, path) and not _is_ignored(old, path):
            return f"{shown(path)} would be passed over"
    return ""


def _globs(lines: list[tuple[str, str]]) -> list[Glob]:
    return [glob for folder, line in lines if (glob := Glob.parse(line, folder))]


def _is_ignored(globs: list[Glob], path: str) -> bool:
    """Whether the path or a folder above it is ignored: of a folder that is, nothing inside is looked at."""
    parts = path.lower().split("/")
    for length in range(1, len(parts) + 1):
        ignored = False
        for glob in globs:
            if glob.matches(parts[:length], is_folder=length < len(parts)):
                ignored = not glob.negated
        if ignored:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Rule:
    """A line of ``.gitattributes``: a pattern and what it gives, macros written out."""

    glob: Glob
    given: tuple[tuple[str, str | None], ...]


def _attributes(before: list[tuple[str, str]], after: list[tuple[str, str]], paths: Sequence[str]) -> str:
    old_rules, new_rules = _rules(before), _rules(after)
    for path in paths:
        old, new = _given(old_rules, path), _given(new_rules, path)
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) != new.get(name) and not _is_harmless(name, new.get(name), path):
                was, now = _said(name, old.get(name)), _said(name, new.get(name))
                return f"{shown(path)} would have the attribute {shown(now)}; now it has {shown(was)}"
    return ""


def _said(name: str, value: str | None) -> str:
    return f"no {name}" if value is None else {"+": name, "-": f"-{name}"}.get(value, f"{name}={value}")


def _is_harmless(name: str, value: str | None, path: str) -> bool:
    if name == "text":
        return value == "-" or f"/{EVIDENCE}/" not in path
    if name == "eol":
        return value == "lf" or (value is None and not path.endswith(LOCK))
    if name in _REVIEWED:
        return value in {None, "-", "false"}
    return name not in _NEVER or value is None


def _rules(lines: list[tuple[str, str]]) -> list[_Rule]:
    """What the lines say; what a macro gives is written out, wherever it is defined."""
    macros: dict[str, tuple[str, ...]] = dict(_MACROS)
    split = [(folder, *_split(line)) for folder, line in lines]
    for _, pattern, words in split:
        if pattern.startswith("[attr]"):
            macros[pattern.removeprefix("[attr]")] = tuple(words)
    found = []
    for folder, pattern, words in split:
        glob = Glob.parse(pattern, folder)
        if glob is not None and not glob.folder_only:
            found.append(_Rule(glob, tuple(item for word in words for item in _values(word, macros))))
    return found


def _values(word: str, macros: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str | None]]:
    """What one word gives: ``+`` set, ``-`` unset, None not said, else the value; gitattributes(5)."""
    name, sign, value = word.lstrip("-!").partition("=")
    for inner in macros.get(name, ()) if word == name else ():
        yield from _values(inner, {})
    yield name, None if word.startswith("!") else "-" if word.startswith("-") else value if sign else "+"


def _given(rules: list[_Rule], path: str) -> dict[str, str | None]:
    parts, found = path.lower().split("/"), dict[str, str | None]()
    for rule in rules:
        if rule.glob.matches(parts):
            found.update(rule.given)
    return found


def _split(line: str) -> tuple[str, list[str]]:
    """Pattern and attributes; a quoted pattern with escapes is read as one that matches everything."""
    text = line.strip()
    if text.startswith('"'):
        pattern, _, rest = text[1:].partition('"')
        return ("*" if "\\" in pattern else pattern), rest.split()
    pattern, *words = text.split()
    return pattern, words
