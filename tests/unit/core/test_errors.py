from __future__ import annotations

import re

import pytest

from weighbridge.core import errors

EXIT_CODES = {
    "WeighbridgeError": 1,
    "UsageError": 2,
    "ConfigError": 2,
    "SourceError": 1,
    "NotFoundError": 1,
    "AccessError": 1,
    "StoreError": 1,
    "RegistryError": 1,
    "SigningError": 1,
    "DeniedError": 10,
    "IntegrityError": 20,
}


def tree(kind: type[errors.WeighbridgeError]) -> dict[str, tuple[str, int]]:
    """Parent and exit code by class name, of those that the core defines."""
    found = {kind.__name__: (kind.__mro__[1].__name__, kind.exit_code)}
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            found |= tree(child)
    return found


def drawn() -> dict[str, tuple[str, int]]:
    """The same as the module's docstring draws it."""
    found: dict[str, tuple[str, int]] = {}
    path: list[str] = ["Exception"]
    for line in str(errors.__doc__).splitlines():
        match = re.match(r"    ([│├└─ ]*)(\w+Error) +exit (\d+) ", line)
        if match:
            depth = len(match[1]) // 4
            path[depth + 1 :] = [match[2]]
            found[match[2]] = (path[depth], int(match[3]))
    return found


def make(kind: type[errors.WeighbridgeError]) -> errors.WeighbridgeError:
    return errors.DeniedError("no", reasons=("expired",)) if kind is errors.DeniedError else kind("no")


KINDS = [getattr(errors, name) for name in EXIT_CODES]


def test_the_tree_is_the_one_drawn() -> None:
    assert drawn() == tree(errors.WeighbridgeError)


def test_the_exit_codes_are_the_promised_ones() -> None:
    assert {name: code for name, (_, code) in tree(errors.WeighbridgeError).items()} == EXIT_CODES


def test_the_tree_stays_small() -> None:
    assert len(EXIT_CODES) <= 12


@pytest.mark.parametrize("kind", KINDS)
def test_each_error_has_a_stable_code_and_a_next_step(kind: type[errors.WeighbridgeError]) -> None:
    error = make(kind)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)
    assert error.hint
    assert str(error) == error.message == "no"
    assert kind.__doc__


@pytest.mark.parametrize("kind", KINDS)
def test_the_one_json_shape(kind: type[errors.WeighbridgeError]) -> None:
    error = make(kind)
    shown = error.to_json()["error"]
    assert list(error.to_json()) == ["error"]
    assert isinstance(shown, dict)
    assert list(shown) == ["code", "message", "hint", "exit_code", "details"]
    assert shown["exit_code"] == EXIT_CODES[kind.__name__]
    assert shown["code"] == error.code


def test_code_hint_and_details_may_be_given() -> None:
    details = {"paths": ["a"]}
    error = errors.StoreError("full", code="disk-full", hint="free space", details=details)
    details["more"] = []
    assert (error.code, error.hint, error.details) == ("disk-full", "free space", {"paths": ["a"]})


def test_default_codes_differ() -> None:
    codes = [kind.default_code for kind in KINDS]
    assert len(set(codes)) == len(codes)


def test_a_denial_says_its_reasons() -> None:
    error = errors.DeniedError("no", reasons=("expired", "stale-evidence"), hint="approve", details={"name": "minilm"})
    assert error.code == "expired"
    assert error.reasons == ("expired", "stale-evidence")
    assert error.hint == "approve"
    assert error.details == {"name": "minilm", "reasons": ["expired", "stale-evidence"]}
