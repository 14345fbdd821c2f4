"""Loaders with known vulnerabilities: a dated table, and whether a requirement names an affected version.

A requirement without an upper bound installs the newest version and is no finding. The version that a configuration
says it was written by (``transformers_version``) is no requirement.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from weighbridge.checks.vulnerability_rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_JUST_BELOW: Final = 99_999


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One vulnerability of one loader.

    Args:
        loader: The package's canonical name.
        affected: The versions, as a specifier such as ``>=3.0,<3.9``.
        id: Such as ``CVE-2025-32434``.
        format: What has to be loaded for it to matter.
        fixed: The first version without it.
    """

    loader: str
    affected: SpecifierSet
    id: str
    format: str
    fixed: str


def table(text: str) -> tuple[Vulnerability, ...]:
    """Read a table from JSON: a list of ``{"loader", "affected", "id", "format", "fixed"}``.

    Raises:
        ValueError: It has another shape.
    """
    try:
        return tuple(
            Vulnerability(
                canonicalize_name(str(row["loader"])),
                SpecifierSet(str(row["affected"]), prereleases=True),
                str(row["id"]),
                str(row["format"]),
                str(row["fixed"]),
            )
            for row in json.loads(text)
        )
    except (KeyError, TypeError, InvalidSpecifier) as error:
        raise ValueError(f"not a table of vulnerabilities: {error}") from None


@lru_cache
def own_table() -> tuple[Vulnerability, ...]:
    """The table that the package ships."""
    keys = ("loader", "affected", "id", "format", "fixed")
    return table(json.dumps([dict(zip(keys, row, strict=True)) for row in ROWS]))


_GIVEN: Final[list[tuple[Vulnerability, ...]]] = []


def use(text: str) -> None:
    """Match against another table from now on; for a process that was handed one.

    Raises:
        ValueError: It is no table.
    """
    _GIVEN[:] = [table(text)]


def in_force() -> tuple[Vulnerability, ...]:
    """The table that requirements are matched against."""
    return _GIVEN[0] if _GIVEN else own_table()


def matching(name: str, specifier: SpecifierSet, rows: Sequence[Vulnerability] | None = None) -> Iterator[str]:
    """A sentence for each vulnerability of the newest version that a requirement allows.

    Args:
        name: The package.
        specifier: Its versions; without an exact version or an upper bound nothing matches.
        rows: The table; the one in force if it is None.
    """
    newest = newest_allowed(specifier)
    if newest is None:
        return
    for row in in_force() if rows is None else rows:
        if row.loader == canonicalize_name(name) and row.affected.contains(newest, prereleases=True):
            yield f"installs a version with {row.id} ({row.format}); it is fixed in {row.fixed}"


def newest_allowed(specifier: SpecifierSet) -> Version | None:
    """The newest version that may exist under a specifier's upper bounds; None without any."""
    bounds = []
    for part in specifier:
        try:
            bound = _bound(part.operator, part.version)
        except (InvalidVersion, ValueError):
            continue
        if bound is not None:
            bounds.append(bound)
    return min(bounds, default=None)


def _bound(operator: str, text: str) -> Version | None:
    if operator == "==" and text.endswith(".*"):
        return Version(f"{text[:-2]}.{_JUST_BELOW}")
    if operator == "~=":
        return Version(f"{text.rpartition('.')[0]}.{_JUST_BELOW}")
    if operator in {"==", "===", "<="}:
        return Version(text)
    return _below(Version(text)) if operator == "<" else None


def _below(version: Version) -> Version | None:
    """A version that is newer than all releases before the one given."""
    release = list(version.release)
    while release and release[-1] == 0:
        release.pop()
    if not release:
        return None
    release[-1] -= 1
    return Version(".".join(str(number) for number in (*release, _JUST_BELOW)))
