"""What people do to a registry without Weighbridge, and what has to be said of it afterwards.

The scene: the registered model ``tiny`` with version 1, which was the head of production, and version 2, which is. The
stage ``staging`` has no head. Each case says which divergences it makes, and which of them people must mend themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from weighbridge.core.divergence import Code

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.core.divergence import Divergence

NAME = "tiny"
SOURCE = "weighbridge://sha256/"
STRANGER = "5" * 64


class Hands(Protocol):
    """What people do to a registry without Weighbridge."""

    def create_model(self, name: str, tags: dict[str, str]) -> None: ...
    def delete_model(self, name: str) -> None: ...
    def create_version(self, name: str, source: str, tags: dict[str, str]) -> None: ...
    def delete_version(self, name: str, version: str) -> None: ...
    def copy_version(self, name: str, version: str, target: str) -> None: ...
    def set_tag(self, name: str, version: str | None, key: str, value: str) -> None: ...
    def delete_tag(self, name: str, version: str | None, key: str) -> None: ...
    def set_alias(self, name: str, alias: str, version: str) -> None: ...
    def delete_alias(self, name: str, alias: str) -> None: ...
    def set_stage(self, name: str, version: str, stage: str) -> None: ...


@dataclass(frozen=True)
class Scene:
    """What a case may speak of.

    Args:
        hands: The registry.
        project: The project's id.
        first: The hexadecimal digits of version 1's digest.
        second: Those of version 2's.
    """

    hands: Hands
    project: str
    first: str
    second: str

    def foreign(self, source: str, tags: dict[str, str] | None = None, *, alias: str = "") -> None:
        """Register a version 3, and let an alias name it."""
        self.hands.create_version(NAME, source, tags or {})
        if alias:
            self.hands.set_alias(NAME, alias, "3")


@dataclass(frozen=True)
class Meddling:
    """One thing that somebody does.

    Args:
        what: In words.
        do: Does it.
        said: The divergences of the model, as code and version.
        left: Those that stay when the view is put back.
    """

    what: str
    do: Callable[[Scene], None]
    said: frozenset[tuple[Code, str | None]]
    left: frozenset[tuple[Code, str | None]] = frozenset()

    def __str__(self) -> str:
        return self.what


def brief(items: tuple[Divergence, ...]) -> set[tuple[Code, str | None]]:
    """Divergences as the cases tell them."""
    return {(item.code, item.version) for item in items}


def _case(
    what: str,
    do: Callable[[Scene], None],
    *said: tuple[Code, str | None],
    left: tuple[tuple[Code, str | None], ...] = (),
) -> Meddling:
    return Meddling(what, do, frozenset(said), frozenset(left))


def _tag(key: str, value: str, version: str | None = "2") -> Callable[[Scene], None]:
    return lambda scene: scene.hands.set_tag(NAME, version, key, value)


def _no_tag(key: str, version: str | None = "2") -> Callable[[Scene], None]:
    return lambda scene: scene.hands.delete_tag(NAME, version, key)


def _alias(alias: str, version: str) -> Callable[[Scene], None]:
    return lambda scene: scene.hands.set_alias(NAME, alias, version)


def _stage(stage: str, version: str) -> Callable[[Scene], None]:
    return lambda scene: scene.hands.set_stage(NAME, version, stage)


FOREIGN, DUPLICATE, MISPLACED = (
    (code, "3") for code in (Code.VERSION_FOREIGN, Code.VERSION_DUPLICATE, Code.VERSION_MISPLACED)
)
COPIED = (Code.TAG_COPIED, "3")
TAKEN = (Code.ALIAS_MOVED, "3")

CASES = (
    _case("the alias names another version", _alias("production", "1"), (Code.ALIAS_MOVED, "1")),
    _case("an alias for a stage without a head", _alias("staging", "2"), (Code.ALIAS_INVENTED, "2")),
    _case("the alias is taken away", lambda s: s.hands.delete_alias(NAME, "production"), (Code.ALIAS_MISSING, None)),
    _case("an alias that looks like the stage's", _alias("Production", "1"), (Code.ALIAS_LOOKALIKE, "1")),
    _case("an alias that is people's own", _alias("champion", "1")),
    _case("a tag is edited", _tag("content_hash", "sha256:" + "0" * 64), (Code.TAG_DIFFERS, "2")),
    _case("a tag of ours is edited", _tag("weighbridge.name", "other", "1"), (Code.TAG_DIFFERS, "1")),
    _case("a tag is removed", _no_tag("weighbridge.project"), (Code.TAG_MISSING, "2")),
    _case("a tag in our name is invented", _tag("weighbridge.approved", "yes"), (Code.TAG_INVENTED, "2")),
    _case("a governed version is marked as removed", _tag("weighbridge.removed", "true"), (Code.TAG_INVENTED, "2")),
    _case("a tag that is people's own", _tag("team", "search")),
    _case("a tag of the model is edited", _tag("weighbridge.ref", "hf:e/x", None), (Code.TAG_DIFFERS, None)),
    _case("a tag of the model is removed", _no_tag("governance_tier", None), (Code.TAG_MISSING, None)),
    _case("a tag of the model is invented", _tag("weighbridge.approved", "yes", None), (Code.TAG_INVENTED, None)),
    _case(
        "the head's version is deleted",
        lambda s: s.hands.delete_version(NAME, "2"),
        (Code.VERSION_MISSING, None),
        (Code.ALIAS_MISSING, None),
    ),
    _case("an approved version is deleted", lambda s: s.hands.delete_version(NAME, "1"), (Code.VERSION_MISSING, None)),
    _case("the model is deleted", lambda s: s.hands.delete_model(NAME), (Code.MODEL_MISSING, None)),
    _case("a version is moved to Production", _stage("Production", "1"), (Code.STAGE_MOVED, "1")),
    _case("a version is moved to Staging", _stage("Staging", "2"), (Code.STAGE_MOVED, "2")),
    _case("the head is moved to Production", _stage("Production", "2")),
    _case("a version is archived", _stage("Archived", "1")),
    _case("a version of somebody else", lambda s: s.foreign("s3://bucket/model"), FOREIGN, left=(FOREIGN,)),
    _case(
        "a version of somebody else takes the alias",
        lambda s: s.foreign("s3://bucket/model", alias="production"),
        FOREIGN,
        TAKEN,
        left=(FOREIGN,),
    ),
    _case(
        "a version of a digest that nobody signed takes the alias",
        lambda s: s.foreign(SOURCE + STRANGER, {"content_hash": f"sha256:{s.second}"}, alias="production"),
        FOREIGN,
        COPIED,
        TAKEN,
        left=(FOREIGN,),
    ),
    _case(
        "a version is copied within the model",
        lambda s: s.hands.copy_version(NAME, "2", NAME),
        FOREIGN,
        COPIED,
        left=(FOREIGN,),
    ),
    _case(
        "a version of another project",
        lambda s: s.foreign(SOURCE + STRANGER, {"weighbridge.project": "elsewhere-000000"}),
        MISPLACED,
        COPIED,
        left=(FOREIGN,),
    ),
    _case(
        "a second version of the same bytes takes the alias",
        lambda s: s.foreign(SOURCE + s.second, alias="production"),
        DUPLICATE,
        TAKEN,
        left=(DUPLICATE,),
    ),
    _case(
        "the model is no longer tagged as ours",
        _no_tag("weighbridge.project", None),
        (Code.MODEL_FOREIGN, None),
        left=((Code.MODEL_FOREIGN, None),),
    ),
)
"""Every case on its own, from the same scene."""
