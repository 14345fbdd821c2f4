from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from identify.vendor import licenses
from tests.property.mutations import mutated

from weighbridge.checks.confusables import LOOKALIKES, skeleton
from weighbridge.checks.identity import imitated, oddity
from weighbridge.checks.licence_names import members, normalised, same
from weighbridge.checks.licence_terms import terms_of
from weighbridge.checks.licence_texts import recognised
from weighbridge.checks.organisations import KNOWN

MUTANTS = 20_000
NAMES = [
    "apache-2.0",
    "MIT OR (Apache-2.0 AND BSD-3-Clause)",
    "GPL-2.0-or-later WITH Classpath-exception-2.0",
    "cc-by-nc-4.0",
]
ODD = {plain: chr(code) for code, plain in LOOKALIKES.items()}


def test_mutants_of_licence_names_are_known_or_not() -> None:
    known = 0
    for data in mutated([name.encode() for name in NAMES], MUTANTS):
        found = normalised(data.decode("utf-8", "replace"))
        if found is not None:
            known += 1
            assert normalised(found) in {found, None} or found.startswith("LicenseRef-")
            assert all(same(each, each) and isinstance(terms_of(each), tuple) for each in members(found))
    assert known > MUTANTS // 50


def test_most_licences_with_cuts_are_recognised() -> None:
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    seen = 0
    for name, text in licenses.LICENSES * 5:
        words = [word for word in text.split() if chance.random() < 0.999]
        found = recognised(" ".join(words))
        right = any(same(each, name) or each.startswith(name[:3]) for each in found)
        assert right or not found or name in {"0BSD", "ISC"}
        seen += right
    assert seen > 3 * len(licenses.LICENSES)


@given(st.text(max_size=60))
def test_any_name(text: str) -> None:
    assert isinstance(oddity(text), str)
    assert skeleton(skeleton(text)) == skeleton(text) or not text.isascii()
    assert imitated(text, KNOWN) in {None, *KNOWN}


@given(st.sampled_from(sorted(name for name in KNOWN if len(name) > 4)), st.data())
def test_one_lookalike_is_an_imitation(name: str, data: st.DataObject) -> None:
    places = [place for place, letter in enumerate(name) if letter in ODD]
    if places:
        place = data.draw(st.sampled_from(places))
        fake = name[:place] + ODD[name[place]] + name[place + 1 :]
        assert imitated(fake, KNOWN) is not None
