"""The published schemas: sound, true of what the commands really print and write, and of the pages' examples."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # published without types
from referencing import Registry, Resource

from tests.fakes.certificates import curve_key, write_key
from tests.fakes.hub import FakeHub
from tests.fakes.oci_registry import FakeRegistry
from tests.test_docs_support import DOCS, REPOSITORY, Block, Session, all_blocks, publish, steps
from weighbridge.cli.app import VERBS
from weighbridge.cli.export import SUBCOMMANDS
from weighbridge.core.attestation import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMAS = {
    path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted((DOCS / "schemas").glob("*.json"))
}
_REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
)
_FILES = {"common", "error", "lock", "validation", "bundle", "envelope", "statement", "facts"}


def validate(name: str, value: object) -> None:
    faults = [error.message for error in Draft202012Validator(SCHEMAS[name], registry=_REGISTRY).iter_errors(value)]
    assert not faults, f"{name}: {faults}"


def _schema_of(value: dict[str, Any]) -> str:
    """The schema that an object says it follows."""
    if "error" in value:
        return "error.json"
    if "payloadType" in value:
        return "envelope.json"
    if value.get("_type") == "https://in-toto.io/Statement/v1":
        return "statement.json"
    return f"{value['schema'].removeprefix('weighbridge.').partition('/')[0]}.json"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_sound_and_closed(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f"/docs/schemas/{name}")
    if "properties" in schema:
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])


def test_there_is_a_schema_for_every_command_and_file() -> None:
    exports = {f"export-{name}" for name in SUBCOMMANDS}
    predicates = {f"predicate-{kind}" for kind in TYPES}
    parts = {*exports, *predicates, "cache-check", "keys-trust", "verify-bundle"}
    assert {name.removesuffix(".json") for name in SCHEMAS} == {*VERBS, *parts, *_FILES} - {"cache", "export"}


@pytest.mark.parametrize("block", all_blocks("json"), ids=str)
def test_json_on_a_page_follows_its_schema(block: Block) -> None:
    value = json.loads(block.text)
    if value.get("type") == "weighbridge.manifest/1":
        assert set(value) == {"files", "type"}
        assert set(value["files"][0]) == {"blake3", "path", "sha256", "size"}
    else:
        validate(_schema_of(value), value)


def test_json_that_a_page_shows_as_output_follows_its_schema() -> None:
    checked = 0
    for block in all_blocks("console"):
        for step in steps(block):
            text = "\n".join(line for line in step.expected if not line.startswith("minilm "))
            if text.startswith("{") and text.endswith("}"):
                value = json.loads(text)
                if "schema" in value or "error" in value:
                    validate(_schema_of(value), value)
                    checked += 1
    assert checked >= 3


class _Told(Session):
    """A session whose every command prints JSON."""

    def tell(self, words: str, code: int = 0) -> dict[str, Any]:
        output = self.run(f"weighbridge {words} --json 2> {self.home}/errors")
        assert self.code == code, output
        value: dict[str, Any] = json.loads(output)
        validate(_schema_of(value), value)
        verb, _, more = words.partition(" ")
        name = f"{verb}-{more.split()[0]}" if verb in {"cache", "export"} else verb
        assert "error" in value or value["schema"] == f"weighbridge.{name}/1"
        return value


@pytest.fixture
def session(tmp_path: Path) -> Iterator[_Told]:
    with FakeHub() as hub:
        publish(hub)
        found = _Told(tmp_path / "home", hub)
        found.run("mkdir project && cd project")
        yield found


def test_every_command_prints_what_its_schema_says_of_success(session: _Told) -> None:
    told = session.tell
    assert told("status", 2)["error"]["code"] == "no-project"
    assert told("init")["changed"]
    assert not told("init")["changed"]
    assert told("status")["models"] == []
    added = told(f"add hf:{REPOSITORY}@main --name minilm --exclude '*.txt'")
    assert added["changed"]
    assert not told(f"add hf:{REPOSITORY}@main --name minilm --exclude '*.txt'")["changed"]
    session.run(f"echo 'model: {REPOSITORY}' > models.yaml; echo 'model: hf:org/other' > more.yaml")
    assert not told("adopt --dry-run")["carried_out"]
    assert told("inspect minilm")["verdict"] == "allow"
    validate("facts.json", json.loads(session.run("weighbridge inspect minilm --facts")))
    session.run(r"printf 'cos\nsystem\n(Vtrue\ntR.' > bad.pkl")
    assert "pickle-globals" in {item["check"] for item in told("inspect bad.pkl", 10)["findings"]}
    assert told("status")["models"][0]["verdicts"][0]["reasons"][0]["code"] == "no-approval"
    assert told("verify --stage production", 10)["error"]["details"]["reasons"] == ["no-approval"]
    assert told("register")["models"][0]["version"] == "1"
    assert told("approve minilm --stage production --until 2099-01-01")["models"][0]["published"]
    assert told("pull")["models"][0]["changed"] is False
    assert told("verify --algorithm sha256")["changed"] is False
    assert told("outdated")["outdated"] is False
    assert told("diff")["models"][0]["state"] == "current"
    assert [entry["type"] for entry in told("audit")["models"][0]["entries"]] == ["pin", "inspection", "approval"]
    assert told("keys list")["keys"]
    assert told("keys show")["keys"]
    assert told("doctor")["healthy"]
    session.run("git add -A && git commit -q -m base")
    assert told("check --base HEAD")["verdict"] == "allow"
    assert told("check --base HEAD~1", 2)["error"]["code"] == "unknown-revision"
    session.run(r"printf '\n[policy]\nscanners = [\"modelscan\"]\n' >> weighbridge.toml && echo x >> models/dvc.yaml")
    assert told("check --base HEAD", 10)["findings"]
    session.run("git checkout -q -- .")
    assert told("lint --since HEAD")["references"][0]["excused"]
    assert told("lint --diff", 10)["fixed"]
    assert told("lint --fix")["fixed"]
    session.run("echo 'import weighbridge; weighbridge.load(\"minilm\")' > serve.py")
    assert told("lint serve.py")["references"][0]["verdict"] == "governed"
    session.run("echo 'x = 1  # weighbridge: ignore' > serve.py")
    assert told("lint serve.py", 10)["remarks"][0]["level"] == "error"
    assert told("cache check .dvc/cache --strict")["totals"]["approved"]["files"]
    write_key(session.home / "release.pem", curve_key())
    exported = told("export oms minilm --private-key ../release.pem")
    assert exported["changed"]
    assert exported["public_key"].startswith("-----BEGIN PUBLIC KEY-----")
    assert told("export vllm minilm --stage production")["command"][0] == "vllm"
    container = f"--format kubernetes --image vllm@sha256:{'a' * 64} --output ../launch.yaml"
    assert told(f"export transformers minilm --stage production {container}")["changed"]
    assert told("export vllm minilm --stage production --format compose --image vllm", 2)["error"]["code"]
    _written(session)


def test_every_command_prints_what_its_schema_says_of_trouble(session: _Told) -> None:
    told = session.tell
    told("init")
    told(f"add hf:{REPOSITORY}@main --name minilm")
    session.note("upstream changes tokenizer_config.json")
    assert told("outdated", 10)["outdated"] is True
    session.run("for file in models/minilm/*/config.json; do chmod u+w $file; echo X > $file; done")
    assert told("update")["changed"]
    assert not told("update minilm")["changed"]
    assert told("verify", 20)["error"]["details"]["problems"]
    session.run("file=$(find .dvc/cache/files -type f ! -name '*.dir' | head -n 1); chmod u+w $file; echo X >> $file")
    assert told("cache check .dvc/cache", 20)["totals"]["damaged"]["files"] == 1
    assert told("pull")["models"][0]["changed"] is True
    assert told("keys new --label second")["changed"]
    assert told("keys trust alice --public " + told("keys show second")["keys"][0]["public"])["changed"]
    assert told("remove minilm --key second --reason done")["changed"]
    assert told("nonsense", 2)["error"]["code"] == "usage"


def _written(session: Session) -> None:
    """What stands in files follows its schema too."""
    session.run("weighbridge verify --report report.json")
    validate("validation.json", json.loads((session.folder / "report.json").read_bytes()))
    validate("lock.json", json.loads((session.folder / "models/minilm/lock.json").read_bytes()))
    kinds = set()
    for path in (session.folder / "models/minilm/evidence").glob("*.json"):
        kinds.add(_envelope(path.read_text(encoding="utf-8")))
    assert kinds == {"pin", "inspection", "approval"}
    remote = session.folder / ".weighbridge/remote/weighbridge"
    bundles = [path for path in remote.rglob("*.json") if path.name != "checkpoint.json"]
    assert bundles
    for path in bundles:
        bundle = json.loads(path.read_bytes())
        validate("bundle.json", bundle)
        assert {_envelope(text) for text in bundle["evidence"]["minilm"]} == kinds
        assert bundle["checkpoint"] is None
    assert _envelope((bundles[0].parents[1] / "checkpoint.json").read_text(encoding="utf-8")) == "checkpoint"


def _envelope(text: str) -> str:
    envelope = json.loads(text)
    validate("envelope.json", envelope)
    statement = json.loads(base64.b64decode(envelope["payload"]))
    validate("statement.json", statement)
    return str(statement["predicateType"]).split("/")[-2]


def test_a_revocation_follows_its_schema(session: _Told) -> None:
    session.tell("init")
    session.tell(f"add hf:{REPOSITORY} --name minilm --no-push")
    session.tell("remove minilm --reason 'not needed'")
    texts = [path.read_text(encoding="utf-8") for path in (session.folder / "models/minilm/evidence").glob("*.json")]
    assert {_envelope(text) for text in texts} == {"pin", "inspection", "revocation"}


def test_a_push_to_a_registry_prints_what_its_schema_says(session: _Told) -> None:
    session.tell("init")
    session.run("printf '[policy]\\ninspection = \"off\"\\n' >> weighbridge.toml")
    session.tell(f"add hf:{REPOSITORY} --name minilm --no-push")
    session.tell("approve minilm --stage production")
    with FakeRegistry() as registry:
        words = f"export oci minilm --to oci:{registry.host}/models/minilm:v1"
        assert session.tell(words)["changed"]
        assert not session.tell(words)["changed"]
    assert session.tell("export oci minilm --to hf:org/minilm", 2)["error"]["code"] == "bad-ref"


def test_rules_and_waivers_print_what_their_schemas_say(session: _Told) -> None:
    told = session.tell
    told("init")
    session.run(r"mkdir -p src/bad && printf 'cos\nsystem\n(Vtrue\ntR.' > src/bad/model.pkl")
    assert told("add file:src/bad --name bad --all")["model"]["verdict"] == "deny"
    assert told("policy check")["policy"]["stages"] == ["production"]
    (explained,) = told("policy explain bad", 10)["models"]
    assert explained["rules"][-1]["code"] == "findings"
    denied = told("approve bad --stage production", 10)["error"]
    assert "pickle-globals" in {item["check"] for item in denied["details"]["findings"]}
    waivers = denied["hint"].partition("--waive")[2].partition("--reason")[0]
    options = f"--waive{waivers}--until 2099-01-01"
    assert told(f"approve bad --stage production {options}", 2)["error"]["code"] == "usage"
    assert told("approve bad --stage production --reason why", 2)["error"]["code"] == "usage"
    assert told("approve bad --stage production --waive model.pkl --reason why", 2)["error"]["code"] == "usage"
    nothing = "--waive credential:model.pkl --reason why --until 2099-01-01"
    assert told(f"approve bad --stage production {nothing}", 2)["error"]["code"] == "no-such-finding"
    verdict = told(f"approve bad --stage production {options} --reason 'read by hand'")["models"][0]["verdict"]
    assert verdict["allow"]
    assert {item["reason"] for item in verdict["waived"]} == {"read by hand"}
    assert told("status")["models"][0]["verdicts"][0]["waived"] == verdict["waived"]
    (explained,) = told("policy explain bad --stage production")["models"]
    assert explained["rules"][-1]["state"] == "waived"
    shown = session.run("weighbridge approve bad --stage production && weighbridge status && weighbridge audit bad")
    assert shown.count(" waived: ") >= 3
    assert "waives pickle-globals in model.pkl until 2099-01-01T00:00:00Z (read by hand)" in shown
    session.run('printf \'[[policy.expressions]]\\nid = "a"\\nexpression = "sise > 1"\\n\' >> weighbridge.toml')
    assert "sise" in told("policy check", 2)["error"]["details"]["problems"][0]
    session.run("printf '[policy]\\nscanners = [\"picklscan\"]\\n' >> weighbridge.toml")
    assert told("policy check", 2)["error"]["code"] == "unknown-scanner"
