"""TOML read strictly: every key asked for by name and type, and nothing left over.

Errors name the dotted path of the key. This module knows no document.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn, cast

from weighbridge.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection

_SPAN = re.compile(r"([1-9]\d{0,5})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Table:
    """One TOML table, read key by key; what is left over at the end is unknown."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise ConfigError(f"{where} must be a table", code="bad-type", details={"key": where})
        self.where = where
        self.left = dict(cast("dict[str, object]", value))

    def key(self, name: str) -> str:
        """The dotted path of a key."""
        return f"{self.where}.{name}".removeprefix(".")

    def fail(self, name: str, expected: str) -> NoReturn:
        """Refuse the value of a key."""
        raise ConfigError(f"{self.key(name)} must be {expected}", code="bad-type", details={"key": self.key(name)})

    def text(self, name: str, default: str | None = None) -> str:
        """Text; needed if there is no default."""
        value = self.left.pop(name, default)
        return value if isinstance(value, str) else self.fail(name, "text")

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self.left.pop(name, default)
        return value if isinstance(value, bool) else self.fail(name, "true or false")

    def choice(self, name: str, allowed: Collection[str], default: str) -> str:
        """One of several words."""
        value = self.text(name, default)
        return value if value == default or value in allowed else self.fail(name, " or ".join(map(repr, allowed)))

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.left.pop(name, default)
        return value if type(value) is int else self.fail(name, "a whole number")

    def limit(self, name: str, default: int | None) -> int | None:
        """A whole number of 1 or more, or none."""
        if name not in self.left:
            return default
        value = self.number(name, 0)
        return value if value > 0 else self.fail(name, "a whole number of 1 or more")

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of text."""
        value = self.left.pop(name, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(name, "a list of text")
        return tuple(value)

    def listed(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of text that is not empty: nobody shall take an empty one for "none at all"."""
        if name not in self.left:
            return default
        return self.texts(name) or self.fail(name, "a list of text, not an empty one; leave it out for any")

    def span(self, name: str, default: timedelta | None = None) -> timedelta | None:
        """A span of time."""
        value = self.left.pop(name, "")
        if value == "":
            return default
        found = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if not found:
            self.fail(name, 'a span such as "90m", "24h", "180d" or "26w"')
        return timedelta(**{_UNITS[found[2]]: int(found[1])})

    def day(self, name: str) -> datetime | None:
        """The start of a day in UTC; none if there is no such key."""
        value = self.left.pop(name, None)
        if value is None:
            return None
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            self.fail(name, "a day such as 2027-06-30")

    def table(self, name: str) -> Table:
        """A table; an empty one if there is none."""
        return Table(self.left.pop(name, {}), self.key(name))

    def tables(self, name: str) -> dict[str, Table]:
        """Tables by name."""
        found = Table(self.left.pop(name, {}), self.key(name))
        return {key: Table(value, found.key(key)) for key, value in found.left.items()}

    def rows(self, name: str) -> list[Table]:
        """A list of tables."""
        value = self.left.pop(name, [])
        if not isinstance(value, list):
            self.fail(name, "a list of tables")
        return [Table(item, f"{self.key(name)}[{index}]") for index, item in enumerate(value)]

    def done(self) -> None:
        """Refuse what nobody asked for."""
        if self.left:
            unknown = sorted(self.key(name) for name in self.left)
            raise ConfigError(
                f"unknown key {', '.join(unknown)}",
                code="unknown-key",
                hint="docs/configuration.md lists every key; a newer key needs a newer Weighbridge",
                details={"keys": unknown},
            )


def parse(text: str, schema: str, where: str) -> Table:
    """The top table of a document.

    Raises:
        ConfigError: It is no TOML, or of another schema.
    """
    try:
        table = Table(tomllib.loads(text), "")
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where} is not TOML: {error}", code="bad-toml", hint="correct the named line") from error
    found = table.text("schema", "")
    kind, _, version = schema.partition("/")
    if found != schema:
        newer = found.startswith(kind + "/") and found.removeprefix(kind + "/") > version
        raise ConfigError(
            f"{where} has the schema {found!r}; this program reads {schema!r}",
            code="newer-schema" if newer else "bad-schema",
            hint="upgrade Weighbridge: pip install --upgrade weighbridge" if newer else f'write schema = "{schema}"',
        )
    return table
