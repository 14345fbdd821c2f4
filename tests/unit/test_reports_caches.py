"""Caches as lines for people: grouped, counted, cut where they are long."""

from __future__ import annotations

from dataclasses import replace

from weighbridge.core.cache_report import CachedPlace, CacheReport
from weighbridge.core.cached import CachedFile, Entry, State, Use
from weighbridge.reports.caches import MAX_LISTED, cache_lines


def place(*entries: tuple[str, Entry], failures: tuple[tuple[str, str], ...] = ()) -> CachedPlace:
    groups = tuple(group for group, _ in entries)
    return CachedPlace("/cache", "folder", "plain folder", tuple(entry for _, entry in entries), groups, failures)


def entry(path: str, state: State, size: int = 1, trouble: str = "") -> Entry:
    return Entry(CachedFile(path, size, names=(path,), trouble=trouble), state)


def lines(*places: CachedPlace, purge: bool = False, dry_run: bool = False) -> list[str]:
    return cache_lines(CacheReport("project", "local", None, places, purge=purge, dry_run=dry_run))


def test_nothing_to_look_through_is_told() -> None:
    assert lines() == ["no cache was found; name a folder: weighbridge cache check PATH"]
    assert lines(place()) == ["plain folder /cache", "  nothing lies in it", "together: nothing is left"]


def test_quiet_groups_are_counted_and_cut() -> None:
    many = [(f"group-{at:02}", entry(f"{at}", State.APPROVED)) for at in range(MAX_LISTED + 2)]
    found = lines(place(*many, ("loud", entry("x", State.REVOKED))))
    assert sum(line.startswith("  group-") for line in found) == MAX_LISTED
    assert "  and 2 more, in which nothing was found: see --json" in found
    assert "  loud: 1 revoked (1 B)" in found


def test_files_of_a_group_are_cut_with_the_largest_first() -> None:
    many = [("g", entry(f"f{at}", State.REVOKED, at)) for at in range(MAX_LISTED + 2)]
    found = lines(place(*many))
    assert found[2].startswith(f"    revoked  f{MAX_LISTED + 1}  ")
    assert "    and 2 more: see --json" in found
    assert found[-1] == "next: weighbridge cache check --purge removes what is revoked"


def test_reasons_stand_below_their_file() -> None:
    damaged = replace(entry("a", State.DAMAGED), faults=("other bytes",))
    kept = replace(entry("b", State.REVOKED), kept="first something else")
    linked = replace(entry("c", State.REVOKED), file=CachedFile("c", 1, names=("c",), elsewhere=2))
    unread = entry("d", State.UNREADABLE, trouble="can't be read")
    found = lines(place(*(("g", item) for item in (damaged, kept, linked, unread)), failures=(("e", "vanished"),)))
    for line in (
        "      other bytes",
        "      kept: first something else",
        "      the same bytes have 2 more names outside this folder",
        "      can't be read",
        "  ! e: vanished",
    ):
        assert line in found
    assert [line[:20] for line in found if line.startswith("next: ")] == [
        "next: weighbridge ca",
        "next: do not load wh",
        "next: what could not",
    ]


def test_what_a_purge_did_or_would_do_is_told() -> None:
    use = Use("models--o--n/snapshots/abc/w.bin", "hf:o/n", "abcdef0123456789", "w.bin")
    revoked = replace(entry("x", State.REVOKED), file=CachedFile("x", 1, names=("x",), uses=(use,)))
    assert "    revoked  w.bin at abcdef012345  1 B (would be removed)" in lines(
        place(("g", revoked)), purge=True, dry_run=True
    )
    gone = lines(place(("g", replace(revoked, purged=True))), purge=True)
    assert "    revoked  w.bin at abcdef012345  1 B (removed)" in gone
    assert gone[-1] == "removed: 1 file (1 B)"
    plain = replace(revoked, file=CachedFile("x", 1, names=("x",), uses=(Use("x"),)))
    assert "    revoked  x  1 B" in lines(place(("g", plain)), purge=True)
