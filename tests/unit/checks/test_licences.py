from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from identify.vendor import licenses
from tests.samples.licences import card, text
from tests.samples.look import look

from weighbridge.checks import licences
from weighbridge.checks.examine import examine
from weighbridge.checks.licence_names import members, normalised, same
from weighbridge.checks.licence_terms import terms_of
from weighbridge.checks.licence_texts import recognised
from weighbridge.checks.notes import Notes
from weighbridge.checks.subject import Budget, Subject
from weighbridge.checks.tree import Tree

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json

OWN = ("licence-unknown", "licence-mismatch", "licence-obligations")
RENAMED = {"AGPL-3.0", "GPL-2.0", "GPL-3.0", "LGPL-2.1", "LGPL-3.0"}


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("apache-2.0", "Apache-2.0"),
        ("Apache License 2.0", "Apache-2.0"),
        ("apache 2.0", "Apache-2.0"),
        ("MIT License", "MIT"),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("gpl-3.0", "GPL-3.0-only"),
        ("llama3.1", "LicenseRef-Llama-3.1"),
        ("openrail++", "LicenseRef-CreativeML-OpenRAIL++-M"),
        ("odbl", "ODbL-1.0"),
        ("mit OR apache-2.0", "MIT OR Apache-2.0"),
        ("other", None),
        ("Unknown", None),
        ("", None),
        ("my own words", None),
        ("mit AND (", None),
        ("(" * 200, None),
        ("m" * 400, None),
    ],
)
def test_names(said: str, means: str | None) -> None:
    assert normalised(said) == means


def test_members_of_expressions() -> None:
    assert members("MIT OR Apache-2.0") == {"MIT", "Apache-2.0"}
    assert members("LicenseRef-Gemma") == {"LicenseRef-Gemma"}
    assert members("MIT AND (") == {"MIT AND ("}


def test_the_same_licence() -> None:
    assert same("GPL-3.0-only", "GPL-3.0-or-later")
    assert same("LicenseRef-BSD", "BSD-3-Clause")
    assert same("LicenseRef-CreativeML-OpenRAIL-M", "LicenseRef-OpenRAIL")
    assert same("LicenseRef-BigScience-OpenRAIL-M", "LicenseRef-BigScience-BLOOM-RAIL-1.0")
    assert same("BSD-2-Clause", "BSD-3-Clause")
    assert not same("MIT", "Apache-2.0")
    assert not same("LicenseRef-Llama-2", "LicenseRef-Llama-3")


@pytest.mark.parametrize(("name", "said"), licenses.LICENSES, ids=[name for name, _ in licenses.LICENSES])
def test_every_known_text(name: str, said: str) -> None:
    wanted = f"{name}-only" if name in RENAMED else name
    assert recognised(f"Copyright (c) 2026 Somebody\n{said.upper()}") == (wanted,)
    assert recognised(f"# Licence\n\nThe weights are ours.\n\n{said}\n\nThank you for reading.") == (wanted,)


def test_texts_of_two_licences_and_of_none() -> None:
    known = dict(licenses.LICENSES)
    assert recognised(known["Apache-2.0"] + "\n\n" + known["MIT"]) == ("Apache-2.0", "MIT")
    assert recognised("Do as you please.") == ()
    assert recognised("") == ()
    assert recognised(known["Apache-2.0"][:3000]) == ()
    assert recognised('Licensed under the Apache License, Version 2.0 (the "License");') == ("Apache-2.0",)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("LLAMA 2 COMMUNITY LICENSE AGREEMENT", "LicenseRef-Llama-2"),
        ("META LLAMA 3 COMMUNITY LICENSE AGREEMENT", "LicenseRef-Llama-3"),
        ("Gemma Terms of Use", "LicenseRef-Gemma"),
        ("CreativeML Open RAIL-M\ndated August 22, 2022", "LicenseRef-CreativeML-OpenRAIL-M"),
        ("Attribution-NonCommercial-ShareAlike 4.0 International", "CC-BY-NC-SA-4.0"),
        ("Attribution-NonCommercial 4.0 International", "CC-BY-NC-4.0"),
        ("Tongyi Qianwen LICENSE AGREEMENT", "LicenseRef-Qwen"),
        ("Modified MIT License\n" + dict(licenses.LICENSES)["MIT"], "LicenseRef-Modified-MIT"),
    ],
)
def test_titles(title: str, name: str) -> None:
    assert recognised(title + "\n\nThese are the terms.\n") == (name,)


def test_what_licences_ask() -> None:
    assert terms_of("Zlib") == ()
    assert "no commercial use" in terms_of("CC-BY-NC-4.0")
    assert terms_of("LicenseRef-Own") == ("read the text",)


def found(files: dict[str, bytes], metadata: dict[str, Json] | None = None) -> list[tuple[str, str]]:
    return [(item.check, item.path) for item in look(files, metadata=metadata) if item.check in OWN]


def test_hub_and_card_contradict_each_other() -> None:
    files = {"README.md": card("mit")}
    assert ("licence-mismatch", "README.md") in found(files, {"licence": "apache-2.0"})
    assert ("licence-mismatch", "README.md") not in found(files, {"licence": ["apache-2.0", "mit"]})
    assert ("licence-mismatch", "README.md") not in found(files, {"licence": None})


def test_texts_that_are_not_known() -> None:
    assert found({"README.md": card("cc0-1.0"), "LICENSE": b"Ask first.\n"}) == [("licence-unknown", "LICENSE")]
    assert found({"README.md": card("cc0-1.0"), "LICENSE": text("MIT")})[0] == ("licence-mismatch", "LICENSE")


def test_hub_alone_names_the_licence() -> None:
    assert found({"a.txt": b"x\n"}, {"licence": "mit"}) == [("licence-obligations", ".")]


def test_the_expressions_of_a_tree() -> None:
    facts = {
        "README.md": {"licence-card": ["GPL-3.0-or-later"]},
        "COPYING": {"licence-text": ["GPL-3.0-only", "unknown"]},
        "LICENSE": {"licence-text": ["MIT"]},
        "part/LICENSE": {"licence-text": ["ISC"]},
    }
    tree = Tree({}, facts, "", {"licence": ["mit", 3, "odd words"]})
    assert licences.of(tree) == ("GPL-3.0-or-later", "MIT")


def facts_of(path: str, front: object) -> dict[str, list[Json]]:
    notes = Notes(path)
    licences.look_card(front, Subject(path, io.BytesIO(), 0, Budget(), examine), notes)
    return notes.facts


def test_cards() -> None:
    assert facts_of("README.md", {"license": ["mit", "apache-2.0"]}) == {"licence-card": ["MIT", "Apache-2.0"]}
    assert facts_of("README.md", {"license": "other", "license_name": "gemma"}) == {
        "licence-card": ["LicenseRef-Gemma"]
    }
    assert facts_of("README.md", {"license": "other", "license_name": "ours"}) == {"licence-card": ["unknown"]}
    assert facts_of("README.md", {"license": 7}) == {}
    assert facts_of("README.md", ["license"]) == {}
    assert facts_of("docs/README.md", {"license": "mit"}) == {}
    assert facts_of("notes.md", {"license": "mit"}) == {}


def test_texts_by_name() -> None:
    assert ("licence-unknown", ".") not in found({"LICENSE": text("MIT")})
    assert ("licence-unknown", ".") in found({"about.txt": text("MIT")})
