"""Templates: what the walk of a template says at its edges; the samples hold the rest."""

from __future__ import annotations

import io

import pytest
from tests.property.test_configuration_properties import _documented
from tests.samples.look import ids

from weighbridge.checks import config, jinja_parse, templates
from weighbridge.checks.jinja_parse import UnreadableError, parse, walk
from weighbridge.checks.jinja_scope import fold
from weighbridge.checks.notes import Notes
from weighbridge.checks.subject import Budget, Subject


def judged(template: str) -> set[str]:
    notes = Notes("x")
    templates.look(template, "chat_template", Subject("x", io.BytesIO(), 0, Budget(), lambda _s, _n: None), notes)
    return ids(notes.findings)


@pytest.mark.parametrize(
    "template",
    [
        "{{ messages[" + "(x and " * 45 + "y" + ")" * 45 + "] }}",
        "{% set k %}{% if a %}b{% endif %}{% endset %}{{ messages[k] }}",
        "{{ messages[" + "'a' ~ " * 60 + "'b'] }}",
        "{{ messages['a' * 99999] }}",
        "{{ messages[['a', x]|join] }}",
        "{{ messages[['a', 'b']|join('-')] }}",
        "{{ messages['a' * x] }}",
    ],
)
def test_keys_that_are_built(template: str) -> None:
    assert judged(template) == {"template-ssti"}


@pytest.mark.parametrize(
    "template",
    [
        "{{ messages[1 + 2] }}",
        "{{ messages[2 * 3] }}",
        "{{ messages[none] }}",
        "{% set a, b = x, y %}{{ messages[a] }}",
        "{% for m in messages %}{{ (x[m] if m else y).z }}{% endfor %}",
        "{% if role" + "|trim" * 70 + " == 'banana' %}x{% endif %}",
        "{% if x" + "|trim" * 70 + " > 'banana' %}x{% endif %}",
        "{{ x.get(y) }}{{ z.replace(a, b) }}",
    ],
)
def test_ordinary_expressions(template: str) -> None:
    assert "template-ssti" not in judged(template)


def test_a_template_of_too_many_parts_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jinja_parse, "MAX_NODES", 5)
    with pytest.raises(UnreadableError, match="more than 5 parts"):
        list(walk(parse("{{ a }}{{ b }}{{ c }}{{ d }}")))
    assert judged("{{ a }}{{ b }}{{ c }}{{ d }}") == {"template-ssti"}


def test_a_mode_in_many_filters_is_followed_no_further() -> None:
    assert judged("{% if x.content" + "|trim" * 70 + " == 'banana' %}x{% endif %}") == {"template-suspicious"}


def test_texts_that_are_no_templates_are_left_alone() -> None:
    assert _documented("x.json", {"prompt": "Answer {{ like _this"}) == []
    assert _documented("x.json", {"prompt": "{{ open('x_y') }}"}) == []
    assert ids(_documented("x.json", {"prompt": "{{ x|attr('y') }}"})) == {"template-ssti"}


def test_very_many_texts_are_not_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "MAX_PROMPTS", 2)

    rows = [{"prompt": f"{{{{ a_{number} }}}}"} for number in range(4)]
    assert ids(_documented("x.json", rows)) == {"not-inspected"}


def test_long_text_is_not_put_together() -> None:
    (output,) = parse("{{ 'ab' * 9000 }}").body
    assert fold(next(output.iter_child_nodes())) is None
