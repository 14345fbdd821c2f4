"""Changes of MLflow's database, as somebody with its password makes them: every column of every row, and rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.tampering.mutation import Mutation
from tests.tampering.world import DATABASE, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tampering.world import World

TABLES = {
    "registered_models": "model",
    "registered_model_tags": "model tag",
    "registered_model_aliases": "alias",
    "model_versions": "version",
    "model_version_tags": "version tag",
}
PROBES = frozenset({"trusted"})


def mutations(world: World) -> Iterator[Mutation]:
    with closing(sqlite3.connect(world.base / DATABASE)) as connection:
        for table, what in TABLES.items():
            rows = connection.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid")  # noqa: S608  a fixed name
            columns = [item[0] for item in rows.description][1:]
            found = rows.fetchall()
            for number, row in enumerate(found):
                yield from _of_row(table, what, f"{what} {number}", columns, row)
            yield from _added(table, what, columns, [dict(zip(columns, row[1:], strict=True)) for row in found])


def _literal(value: object) -> str:
    return (
        "NULL" if value is None else str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"
    )


def _other(column: str, value: object) -> str:
    if isinstance(value, int):
        return str(value + 1)
    if column == "current_stage":
        return "'Production'"
    if column == "status":
        return "'FAILED_REGISTRATION'"
    return _literal("x" if value is None else f"{value}x")


def _of_row(table: str, what: str, label: str, columns: list[str], row: tuple[object, ...]) -> Iterator[Mutation]:
    rowid, name = row[0], str(row[1 + columns.index("name")])
    names = () if what == "model" else (name,)
    # Nobody approves of gamma any more: the registry need not show it.
    what += " of a revoked model" if name == "gamma" else ""
    for column, value in zip(columns, row[1:], strict=True):
        statement = f"UPDATE OR REPLACE {table} SET {column} = {_other(column, value)} WHERE rowid = {rowid}"  # noqa: S608
        yield _mutation(what, "leaf changed", f"{label}.{column}", column, statement, names)
    yield _mutation(what, "row deleted", label, "", f"DELETE FROM {table} WHERE rowid = {rowid}", names)  # noqa: S608


def _added(table: str, what: str, columns: list[str], there: list[dict[str, object]]) -> Iterator[Mutation]:
    """A row for another alias, version or tag."""
    if "alias" in columns:
        yield from _aliases(table, what, columns, there)
    if "source" in columns:
        rest = ", ".join(item for item in columns if item != "version")
        statement = f"INSERT INTO {table} (version, {rest}) SELECT version + 7, {rest} FROM {table}"  # noqa: S608
        yield _mutation(what, "row doubled", "every version", "", statement)
        statement = f"UPDATE {table} SET source = '/somewhere/else', storage_location = NULL"  # noqa: S608
        yield _mutation(what, "leaf changed", "every version's source", "source", statement)
    if "value" in columns:
        rest = ", ".join(item for item in columns if item not in {"key", "value"})
        for key in ("weighbridge.invented", "theirs"):
            statement = f"INSERT INTO {table} (key, value, {rest}) SELECT DISTINCT '{key}', 'x', {rest} FROM {table}"  # noqa: S608
            yield _mutation(what, "tag put", key, f"put {key}", statement)


def _aliases(table: str, what: str, columns: list[str], there: list[dict[str, object]]) -> Iterator[Mutation]:
    known = {(row["name"], row["alias"], row["version"]) for row in there}
    rest = [item for item in columns if item not in {"name", "alias", "version"}]
    for name in NAMES:
        for alias in ("staging", "production", "Production"):
            for version in (1, 2):
                values = ", ".join([f"'{name}'", f"'{alias}'", str(version), *[f"'{there[0][item]}'" for item in rest]])
                statement = f"INSERT OR REPLACE INTO {table} (name, alias, version{''.join(f', {item}' for item in rest)}) VALUES ({values})"  # noqa: S608, E501
                if (name, alias, version) not in known:
                    yield _mutation(what, "alias put", f"{name}@{alias} on {version}", "put", statement, (name,))


def _mutation(what: str, kind: str, where: str, column: str, statement: str, names: tuple[str, ...] = ()) -> Mutation:
    return Mutation(f"mlflow/{what}", kind, where, registry=(statement,), probes=PROBES, locus=column, names=names)
