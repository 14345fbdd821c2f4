"""weighbridge.toml and trust files: read into Settings and a Policy, every key checked.

Unknown, duplicate or wrongly typed keys are errors named by their dotted path. This module reads text that it is
handed; it never writes, and it does not look at the environment.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn, cast

from weighbridge.core.digest import is_hex64
from weighbridge.core.errors import ConfigError
from weighbridge.core.policy import ROLE_APPROVER, Person, Policy, Stage, require_stage_name
from weighbridge.core.ports import PublicKey
from weighbridge.core.ref import Ref, require_name
from weighbridge.core.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_FILE = "weighbridge.toml"
CONFIG_SCHEMA = "weighbridge.config/1"
TRUST_SCHEMA = "weighbridge.trust/1"
DEFAULT_MODELS_FOLDER = "models"

_PROJECT = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")
_SPAN = re.compile(r"([1-9]\d{0,5})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class ModelIntent:
    """What the project wants of one model.

    Args:
        ref: The reference that it follows.
        selection: Which files of it.
    """

    ref: Ref
    selection: Selection


@dataclass(frozen=True, slots=True)
class Settings:
    """weighbridge.toml, checked.

    Args:
        policy: Rules, people and keys under local trust.
        models: Intent by governed name.
        models_folder: Where models live, relative to the project.
        mlflow_uri: MLflow's URI; empty for the embedded registry.
        legacy_stages: Whether MLflow's deprecated stages are set beside the aliases.
    """

    policy: Policy
    models: Mapping[str, ModelIntent]
    models_folder: str
    mlflow_uri: str
    legacy_stages: bool


class _Table:
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
        raise ConfigError(f"{self.key(name)} must be {expected}", code="bad-type", details={"key": self.key(name)})

    def text(self, name: str, default: str | None = None) -> str:
        value = self.left.pop(name, default)
        return value if isinstance(value, str) else self.fail(name, "text")

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.left.pop(name, default)
        return value if isinstance(value, bool) else self.fail(name, "true or false")

    def number(self, name: str, default: int) -> int:
        value = self.left.pop(name, default)
        return value if type(value) is int else self.fail(name, "a whole number")

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.left.pop(name, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fail(name, "a list of text")
        return tuple(value)

    def span(self, name: str) -> timedelta | None:
        value = self.left.pop(name, "")
        if value == "":
            return None
        found = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if not found:
            self.fail(name, 'a span such as "90m", "24h", "180d" or "26w"')
        return timedelta(**{_UNITS[found[2]]: int(found[1])})

    def tables(self, name: str) -> dict[str, _Table]:
        found = _Table(self.left.pop(name, {}), self.key(name))
        return {key: _Table(value, found.key(key)) for key, value in found.left.items()}

    def rows(self, name: str) -> list[_Table]:
        value = self.left.pop(name, [])
        if not isinstance(value, list):
            self.fail(name, "a list of tables")
        return [_Table(item, f"{self.key(name)}[{index}]") for index, item in enumerate(value)]

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


def _parse(text: str, schema: str, where: str) -> _Table:
    try:
        table = _Table(tomllib.loads(text), "")
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


def _stage(name: str, table: _Table) -> Stage:
    stage = Stage(
        name=require_stage_name(name),
        approvals=table.number("approvals", 2),
        adder_may_approve=table.flag("adder_may_approve", default=False),
        roles=frozenset(table.texts("roles", (ROLE_APPROVER,))),
        lasts=table.span("lasts"),
        max_evidence_age=table.span("max_evidence_age"),
        allow_superseded=table.flag("allow_superseded", default=False),
    )
    table.done()
    return stage


def _key(table: _Table) -> PublicKey:
    key = PublicKey(id=table.text("id"), public=table.text("public"))
    if not is_hex64(key.id) or not is_hex64(key.public):
        table.fail("id", "64 hexadecimal digits, and so must public")
    table.done()
    return key


def _person(name: str, table: _Table) -> Person:
    person = Person(
        id=require_name(name),
        roles=frozenset(table.texts("roles", (ROLE_APPROVER,))),
        keys=tuple(_key(row) for row in table.rows("keys")),
        name=table.text("name", ""),
    )
    table.done()
    return person


def _policy(table: _Table, trust: str) -> Policy:
    project = table.text("project")
    if not _PROJECT.fullmatch(project):
        table.fail("project", "an id of lower-case letters, digits, '.', '_' and '-', at most 63")
    return Policy(
        project=project,
        stages=tuple(_stage(name, item) for name, item in table.tables("stages").items()),
        people=tuple(_person(name, item) for name, item in table.tables("people").items()),
        trust=trust,
    )


def _model(name: str, table: _Table) -> tuple[str, ModelIntent]:
    follow = table.text("follow", "")
    intent = ModelIntent(
        ref=Ref.parse(table.text("source")).at(follow or None),
        selection=Selection(
            include=table.texts("include"),
            exclude=table.texts("exclude"),
            all_formats=table.flag("all_formats", default=False),
        ),
    )
    table.done()
    return require_name(name), intent


def _folder(table: _Table) -> str:
    folder = table.text("models_folder", DEFAULT_MODELS_FOLDER)
    if not folder or folder.startswith("/") or any(part in {"", ".", ".."} for part in folder.split("/")):
        table.fail("models_folder", "a relative folder inside the project")
    return folder


def read_settings(text: str) -> Settings:
    """Read weighbridge.toml.

    Raises:
        ConfigError: It is no TOML, of another schema, or a key is unknown or wrong; the message names the key.
    """
    table = _parse(text, CONFIG_SCHEMA, CONFIG_FILE)
    settings = Settings(
        policy=_policy(table, "local"),
        models=dict(_model(name, item) for name, item in table.tables("models").items()),
        models_folder=_folder(table),
        mlflow_uri=table.text("mlflow_uri", ""),
        legacy_stages=table.flag("legacy_stages", default=False),
    )
    table.done()
    return settings


def read_trust(text: str, digest: str) -> Policy:
    """Read a trust file: the project, its stages and people, and nothing else.

    Args:
        text: The file.
        digest: Its digest: verdicts say that they stand under it.

    Raises:
        ConfigError: As `read_settings`.
    """
    table = _parse(text, TRUST_SCHEMA, "the trust file")
    policy = _policy(table, digest)
    table.done()
    return policy
