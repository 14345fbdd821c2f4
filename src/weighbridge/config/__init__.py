"""weighbridge.toml and trust files: read into Settings and a Policy, every key checked.

Unknown, duplicate or wrongly typed keys are errors named by their dotted path. This module reads text that it is
handed; it never writes, and it does not look at the environment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from weighbridge.config.rules import read_rules
from weighbridge.config.tables import Table, parse
from weighbridge.core.digest import is_digest, is_hex64
from weighbridge.core.policy import (
    LOCAL,
    NOTHING,
    ROLE_APPROVER,
    KeyLimits,
    Person,
    Policy,
    Stage,
    require_stage_name,
)
from weighbridge.core.ports import PublicKey
from weighbridge.core.ref import Ref, require_name
from weighbridge.core.rules import Rules
from weighbridge.core.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_FILE = "weighbridge.toml"
CONFIG_SCHEMA = "weighbridge.config/1"
TRUST_SCHEMA = "weighbridge.trust/1"
DEFAULT_MODELS_FOLDER = "models"
UNLIMITED = "unlimited"
ENTIRELY = "entirely"

_SCHEME = re.compile(r"[a-z][a-z0-9]*")
_OBJECT = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,62}")
_PROJECT = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ModelIntent:
    """What the project wants of one model.

    Args:
        ref: The reference that it follows.
        selection: Which files of it.
        remote: The DVC remote that holds it; empty for that of its source, or the default one.
    """

    ref: Ref
    selection: Selection
    remote: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Another project, whose approvals this one uses read-only.

    Args:
        store: The path or URL of its DVC remote.
        trust: Its trust file, relative to weighbridge.toml.
        digest: The digest that the trust file must have.
    """

    store: str
    trust: str
    digest: str


@dataclass(frozen=True, slots=True)
class Settings:
    """weighbridge.toml, checked.

    Args:
        policy: Rules, people and keys under local trust.
        models: Intent by governed name.
        models_folder: Where models live, relative to the project.
        mlflow_uri: MLflow's URI; empty for the embedded registry.
        legacy_stages: Whether MLflow's deprecated stages are set beside the aliases.
        catalog: The project whose models are loaded here; None for this one's own.
        sources: ``package.module:object`` of sources of somebody else's, by scheme.
        remotes: The DVC remote of each kind of source, by scheme.
        lint_exclude: Patterns of files that lint and adopt do not look at, as lines of a ``.gitignore`` beside it.
    """

    policy: Policy
    models: Mapping[str, ModelIntent]
    models_folder: str
    mlflow_uri: str
    legacy_stages: bool
    catalog: Catalog | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    remotes: Mapping[str, str] = field(default_factory=dict)
    lint_exclude: tuple[str, ...] = ()


TRUSTED_AGE = timedelta(hours=24)
"""How old evidence for production may be under a trust file that says nothing else."""


def _age(name: str, table: Table, *, trusted: bool) -> timedelta | None:
    """How old evidence may be; a trust file's production does not believe in old evidence unless told to."""
    default = TRUSTED_AGE if trusted and name == "production" else None
    if table.left.get("max_evidence_age") == UNLIMITED:
        del table.left["max_evidence_age"]
        return None
    return table.span("max_evidence_age", default)


def _stage(name: str, table: Table, rules: Rules, *, trusted: bool) -> Stage:
    stage = Stage(
        name=require_stage_name(name),
        approvals=table.number("approvals", 2),
        adder_may_approve=table.flag("adder_may_approve", default=False),
        roles=frozenset(table.texts("roles", (ROLE_APPROVER,))),
        lasts=table.span("lasts"),
        max_evidence_age=_age(name, table, trusted=trusted),
        allow_superseded=table.flag("allow_superseded", default=False),
        rules=read_rules(table.table("policy"), rules, of_stage=True) if "policy" in table.left else None,
        after=table.text("after") if "after" in table.left else None,
    )
    table.done()
    return stage


def _key(table: Table) -> tuple[PublicKey, KeyLimits]:
    key = PublicKey(id=table.text("id"), public=table.text("public"))
    if not is_hex64(key.id) or not is_hex64(key.public):
        table.fail("id", "64 hexadecimal digits, and so must public")
    revoked = table.text("revoked") if "revoked" in table.left else None
    if revoked not in {None, ENTIRELY} and not is_hex64(revoked):
        table.fail("revoked", f'the id of an attestation, 64 hexadecimal digits, or "{ENTIRELY}"')
    limits = KeyLimits(table.day("expires"), NOTHING if revoked == ENTIRELY else revoked)
    table.done()
    return key, limits


def _person(name: str, table: Table) -> Person:
    keys = [_key(row) for row in table.rows("keys")]
    person = Person(
        id=require_name(name),
        roles=frozenset(table.texts("roles", (ROLE_APPROVER,))),
        keys=tuple(key for key, _ in keys),
        name=table.text("name", ""),
        limits={key.id: limits for key, limits in keys if limits != KeyLimits()},
    )
    table.done()
    return person


def _policy(table: Table, trust: str) -> Policy:
    project = table.text("project")
    if not _PROJECT.fullmatch(project):
        table.fail("project", "an id of lower-case letters, digits, '.', '_' and '-', at most 63")
    rules = read_rules(table.table("policy"), Rules())
    return Policy(
        project=project,
        rules=rules,
        stages=tuple(
            _stage(name, item, rules, trusted=trust != LOCAL) for name, item in table.tables("stages").items()
        ),
        people=tuple(_person(name, item) for name, item in table.tables("people").items()),
        trust=trust,
    )


def _model(name: str, table: Table) -> tuple[str, ModelIntent]:
    follow, remote = table.text("follow", ""), table.text("remote", "")
    intent = ModelIntent(
        ref=Ref.parse(table.text("source")).at(follow or None),
        selection=Selection(
            include=table.texts("include"),
            exclude=table.texts("exclude"),
            all_formats=table.flag("all_formats", default=False),
        ),
        remote=_remote(table, "remote", remote) if remote else "",
    )
    table.done()
    return require_name(name), intent


def _sources(table: Table) -> dict[str, str]:
    found = {}
    for scheme in tuple(table.left):
        found[scheme] = table.text(scheme)
        if not _SCHEME.fullmatch(scheme) or not _OBJECT.fullmatch(found[scheme]):
            table.fail(scheme, 'a scheme of small letters and digits, and "package.module:object"')
    return found


def _remote(table: Table, key: str, name: str) -> str:
    if not _REMOTE.fullmatch(name):
        table.fail(key, "the name of a DVC remote: letters, digits, '.', '_' and '-'")
    return name


def _remotes(table: Table) -> dict[str, str]:
    found = table.table("remotes")
    named = {scheme: _remote(found, scheme, found.text(scheme)) for scheme in list(found.left)}
    found.done()
    table.done()
    return named


def _folder(table: Table) -> str:
    folder = table.text("models_folder", DEFAULT_MODELS_FOLDER)
    if not folder or folder.startswith("/") or any(part in {"", ".", ".."} for part in folder.split("/")):
        table.fail("models_folder", "a relative folder inside the project")
    return folder


def _catalog(table: Table) -> Catalog:
    catalog = Catalog(table.text("store"), table.text("trust"), table.text("trust_digest"))
    if not is_digest(catalog.digest):
        table.fail("trust_digest", "sha256: and 64 hexadecimal digits, as weighbridge keys trust export prints it")
    table.done()
    return catalog


def _lint(table: Table) -> tuple[str, ...]:
    exclude = table.texts("exclude")
    table.done()
    return exclude


def read_settings(text: str) -> Settings:
    """Read weighbridge.toml.

    Raises:
        ConfigError: It is no TOML, of another schema, or a key is unknown or wrong; the message names the key.
    """
    table = parse(text, CONFIG_SCHEMA, CONFIG_FILE)
    settings = Settings(
        policy=_policy(table, LOCAL),
        models=dict(_model(name, item) for name, item in table.tables("models").items()),
        models_folder=_folder(table),
        mlflow_uri=table.text("mlflow_uri", ""),
        legacy_stages=table.flag("legacy_stages", default=False),
        catalog=_catalog(table.table("catalog")) if "catalog" in table.left else None,
        sources=_sources(table.table("sources")),
        remotes=_remotes(table.table("dvc")),
        lint_exclude=_lint(table.table("lint")),
    )
    table.done()
    return settings


def read_trust(text: str, digest: str) -> Policy:
    """Read a trust file: the project, its stages, people and rules, and nothing else.

    Args:
        text: The file.
        digest: Its digest: verdicts say that they stand under it.

    Raises:
        ConfigError: As `read_settings`.
    """
    table = parse(text, TRUST_SCHEMA, "the trust file")
    policy = _policy(table, digest)
    table.done()
    return policy
