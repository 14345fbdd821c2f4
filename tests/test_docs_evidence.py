"""Evidence as it is published for other tools: every type has a schema that holds it, an example, and readers."""

from __future__ import annotations

import base64
import copy
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes.hub import FakeHub
from tests.test_docs_schemas import SCHEMAS, validate
from tests.test_docs_support import DOCS, REPOSITORY, SCHEMAS_COPIED, Session, blocks, faults, publish
from weighbridge.core.attestation import PREDICATE_PREFIX, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = DOCS / "evidence.md"
V1 = Path(__file__).parent / "compat" / "v1"
STORE = V1 / "store" / "weighbridge" / "acme"
DEPLOYED = [V1.parent / "deployment-1" / f"{state}.json" for state in ("started", "ended")]
ENVELOPES = [*sorted(V1.glob("models/*/evidence/*.json")), STORE / "checkpoint.json", *DEPLOYED]
BUNDLES = [*sorted(STORE.glob("*/*.json")), V1 / "minilm.bundle.json"]
# Objects of these names have whatever keys they need; metadata holds whatever the source said.
_OPEN = frozenset({"parents", "pins", "formats", "facts", "heads", "identity", "references", "evidence", "models"})
_ANYTHING = "metadata"


def _payload(envelope: Path | str) -> dict[str, Any]:
    text = envelope if isinstance(envelope, str) else envelope.read_text(encoding="utf-8")
    value = json.loads(text)
    validate("envelope.json", value)
    found: dict[str, Any] = json.loads(base64.b64decode(value["payload"]))
    validate("statement.json", found)
    return found


def _kind(statement: dict[str, Any]) -> str:
    return str(statement["predicateType"]).removeprefix(PREDICATE_PREFIX).removesuffix("/v1")


def _examples() -> dict[str, dict[str, Any]]:
    values = [json.loads(block.text) for block in blocks(PAGE) if block.kind == "json"]
    return {_kind(value): value for value in values if "predicateType" in value}


def _is_valid(name: str, value: object) -> bool:
    try:
        validate(name, value)
    except AssertionError:
        return False
    return True


def test_every_type_has_a_schema_and_the_statement_finds_it() -> None:
    rules = SCHEMAS["statement.json"]["allOf"]
    picked = {rule["if"]["properties"]["predicateType"]["const"]: rule["then"]["properties"] for rule in rules}
    assert SCHEMAS["statement.json"]["properties"]["predicateType"]["enum"] == list(picked)
    assert set(picked) == {f"{PREDICATE_PREFIX}{kind}/v1" for kind in TYPES}
    for kind in TYPES:
        name = f"predicate-{kind}.json"
        assert picked[f"{PREDICATE_PREFIX}{kind}/v1"]["predicate"] == {"$ref": name}
        assert list(SCHEMAS[name]["properties"]) == ["project", "issued_at", "parents", kind]


def _undescribed(schema: dict[str, Any], where: str) -> Iterator[str]:
    """Properties of an own predicate that have no description."""
    for key, value in schema.get("properties", {}).items():
        if "description" not in value and value.get("type") != "object":
            yield f"{where}.{key}"
        yield from _undescribed(value, f"{where}.{key}")
        yield from _undescribed(value.get("items", {}), f"{where}.{key}")


@pytest.mark.parametrize("kind", TYPES)
def test_every_key_of_a_predicate_is_described(kind: str) -> None:
    schema = SCHEMAS[f"predicate-{kind}.json"]
    assert schema["description"]
    assert not list(_undescribed(schema, kind))


def test_every_type_has_a_section_with_its_schema_and_an_example_that_was_really_signed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    signed = [_payload(path) for path in ENVELOPES]
    examples = _examples()
    assert set(examples) == set(TYPES)
    for kind in TYPES:
        section = sections[kind.replace("-", " ").capitalize()]
        assert f"(schemas/predicate-{kind}.json)" in section
        assert json.dumps(examples[kind], indent=2, ensure_ascii=False) in section
        assert examples[kind] in signed


def test_the_envelope_on_the_page_was_really_signed() -> None:
    (shown,) = [json.loads(block.text) for block in blocks(PAGE) if '"payloadType"' in block.text]
    assert shown in [json.loads(path.read_bytes()) for path in ENVELOPES]


def test_the_page_tells_every_fault_those_of_the_fixtures_too() -> None:
    models = json.loads((V1 / "expected.json").read_bytes())["models"].values()
    told = {event["fault"] for model in models for event in model["events"]} - {""}
    replay = PAGE.read_text(encoding="utf-8").partition("\n## Replay\n")[2].partition("\n## ")[0]
    assert told <= faults()
    assert set(re.findall(r"^\| `([a-z-]+)` \|", replay, re.MULTILINE)) == faults()


def test_every_fixture_follows_its_schema() -> None:
    assert {_kind(_payload(path)) for path in ENVELOPES} == set(TYPES)
    for path in BUNDLES:
        bundle = json.loads(path.read_bytes())
        validate("bundle.json", bundle)
        assert all(_payload(text) for texts in bundle["evidence"].values() for text in texts)
        assert (bundle["checkpoint"] is not None) is (path.parent == V1)
    for path in V1.glob("models/*/lock.json"):
        validate("lock.json", json.loads(path.read_bytes()))


def _spoilt(value: Any, name: str = "") -> Iterator[Any]:
    """Copies of a document, each wrong in one place: a key missing, a key too many, or another type."""
    yield 1.5
    if isinstance(value, dict) and name != _ANYTHING:
        is_open = name in _OPEN
        if not is_open:
            yield {**value, "surplus": "x"}
        for key, item in value.items():
            if not is_open:
                yield {other: kept for other, kept in value.items() if other != key}
            # The stages of a model have names of their own, as the models have.
            below = "references" if name == "heads" else "" if is_open else key
            for spoilt in _spoilt(item, below):
                yield {**value, key: spoilt}
    if isinstance(value, list):
        for index, item in enumerate(value):
            for spoilt in _spoilt(item):
                yield [*value[:index], spoilt, *value[index + 1 :]]


@pytest.mark.parametrize("kind", TYPES)
def test_a_statement_that_is_wrong_in_any_one_place_does_not_follow_its_schema(kind: str) -> None:
    statement = _examples()[kind]
    spoilt = list(_spoilt(statement))
    assert len(spoilt) > 20
    assert [value for value in spoilt if _is_valid("statement.json", value)] == []
    assert _is_valid("statement.json", statement)


@pytest.mark.parametrize(("schema", "path"), [("envelope.json", ENVELOPES[0]), ("bundle.json", BUNDLES[-1])])
def test_a_document_that_is_wrong_in_any_one_place_does_not_follow_its_schema(schema: str, path: Path) -> None:
    value = json.loads(path.read_bytes())
    spoilt = list(_spoilt(value))
    assert len(spoilt) > 8
    assert [item for item in spoilt if _is_valid(schema, item)] == []


@pytest.mark.parametrize("kind", TYPES)
def test_a_statement_of_another_type_does_not_follow_the_schema(kind: str) -> None:
    for other in TYPES:
        changed = copy.deepcopy(_examples()[kind])
        changed["predicateType"] = f"{PREDICATE_PREFIX}{other}/v1"
        assert _is_valid("statement.json", changed) is (other == kind)
    changed["predicateType"] = f"{PREDICATE_PREFIX}{kind}/v2"
    assert not _is_valid("statement.json", changed)


def test_everything_that_the_commands_sign_follows_its_schema(tmp_path: Path) -> None:
    with FakeHub() as hub:
        publish(hub)
        session = Session(tmp_path / "home", hub)

        def run(words: str) -> str:
            output = session.run(f"weighbridge {words}")
            assert session.code == 0, output
            return output

        session.run("mkdir project && cd project")
        run("init")
        run(f"add hf:{REPOSITORY}@main --name minilm")
        run("request minilm --stage production --comment 'for search'")
        run("reject minilm --stage production --reason 'not yet'")
        run("approve minilm --stage production")
        run("run --stage production -- true")
        runs = sorted((session.home / "project" / ".weighbridge" / "runs").iterdir())
        run("revoke minilm --reason leaked")
        first = json.loads(run("keys show --json"))["keys"][0]["id"]
        run("keys new --label second")
        second = json.loads(run("keys show second --json"))["keys"][0]["public"]
        run(f"keys trust alice --public {second}")
        run(f"keys revoke {first} --reason stolen --key second")
        run("export bundle minilm --output ../minilm.json --key second")
        bundle = json.loads((session.home / "minilm.json").read_bytes())
        validate("bundle.json", bundle)
        kinds = {_kind(_payload(text)) for text in (*bundle["evidence"]["minilm"], bundle["checkpoint"])}
        assert [_payload(path)["predicate"]["deployment"]["state"] for path in runs] == ["ended", "started"]
        assert kinds | {_kind(_payload(path)) for path in runs} == set(TYPES)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Session]:
    """A folder with evidence of the fixtures, a trust file beside it, and no project."""
    with FakeHub() as hub:
        found = Session(tmp_path / "home", hub)
        shutil.copy(V1 / "trust.toml", found.home)
        shutil.copytree(V1 / "models" / "minilm", found.home / "project" / "models" / "minilm")
        found.run("cd project")
        found.note(SCHEMAS_COPIED)
        yield found


_PROGRAMS = [block.text for block in blocks(PAGE) if block.kind == "python"]
_SAYS = ("https://weighbridge.dev/attestation/", " signed by ", " is valid")


@pytest.mark.parametrize(("program", "says"), list(zip(_PROGRAMS, _SAYS, strict=True)), ids=_SAYS)
def test_a_program_of_the_page_reads_every_attestation(program: str, says: str, reader: Session) -> None:
    output = reader.run_python(program)
    assert reader.code == 0, output
    names = sorted(path.name for path in (V1 / "models" / "minilm" / "evidence").iterdir())
    assert [line.split()[0] for line in output.splitlines()] == names
    assert all(says in line for line in output.splitlines())


def test_the_program_that_verifies_refuses_a_changed_payload_and_a_stranger(reader: Session) -> None:
    path = next(iter((reader.folder / "models").glob("*/evidence/approval-*.json")))
    original = json.loads(path.read_bytes())
    payload = base64.b64decode(original["payload"]).replace(b"acme", b"acne")
    path.write_text(json.dumps({**original, "payload": base64.b64encode(payload).decode()}))
    assert "VerificationError" in reader.run_python(_PROGRAMS[1])
    path.write_text(json.dumps({**original, "signatures": [{**original["signatures"][0], "keyid": "0" * 64}]}))
    assert "VerificationError" in reader.run_python(_PROGRAMS[1])
    assert reader.code != 0


def test_the_program_that_validates_refuses_a_foreign_predicate(reader: Session) -> None:
    path = next(iter((reader.folder / "models").glob("*/evidence/approval-*.json")))
    original = json.loads(path.read_bytes())
    payload = base64.b64decode(original["payload"]).replace(b"attestation/approval/v1", b"attestation/approval/v2")
    path.write_text(json.dumps({**original, "payload": base64.b64encode(payload).decode()}))
    assert "ValidationError" in reader.run_python(_PROGRAMS[2])
    assert reader.code != 0
