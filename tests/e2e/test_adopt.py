"""`weighbridge adopt`, by the real command: a repository that uses models becomes one that governs them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.chain import BIN, REPOSITORY, Chain
from tests.fakes.hub import lies
from tests.fakes.vendors import Vendors
from tests.fakes.weights import safetensors
from tests.test_docs_schemas import validate

if TYPE_CHECKING:
    from collections.abc import Iterator

GPT = "gpt-4o-2024-08-06"
OTHER = "team/embed"
WEIGHTS = "embedding.safetensors"
OTHER_FILES = {"README.md": b"---\nlicense: apache-2.0\n---\n", WEIGHTS: safetensors(bytes(range(256)) * 9)}
PROGRAM = f"""\
from openai import OpenAI
from transformers import AutoModel

model = AutoModel.from_pretrained("{REPOSITORY}")
again = AutoModel.from_pretrained("{REPOSITORY}", revision="main")
client = OpenAI()
answer = client.chat.completions.create(model="{GPT}", messages=[])
dynamic = AutoModel.from_pretrained(input())
"""
SERVING = f"""\
services:
  embed:
    image: vllm/vllm-openai:v0.8.0
    command: --model {OTHER}
"""


@dataclass(frozen=True)
class Caller(Chain):
    """A chain whose user has addresses and keys of all vendors."""

    vendors: Vendors

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self.vendors.environment}

    def adopt(self, *options: str, expect: int = 0) -> Any:
        """The command's object, which its schema allows."""
        told = self.json("adopt", *options, expect=expect)
        validate("error.json" if "error" in told else "adopt.json", told)
        return told

    def state(self) -> dict[str, bytes]:
        """weighbridge.toml, every lock and the pipeline."""
        paths = [self.root / "weighbridge.toml", self.root / "dvc.yaml", *self.root.glob("models/*/lock.json")]
        return {str(path): path.read_bytes() for path in paths if path.exists()}

    def write(self, name: str, text: str) -> None:
        """Write one file of the repository."""
        (self.root / name).write_text(text, encoding="utf-8")


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as made:
        made.openai(GPT)
        yield made


@pytest.fixture
def user(chain: Chain, vendors: Vendors) -> Caller:
    assert chain.hub
    chain.hub.create_repo(OTHER, card={"license": "apache-2.0"}).commit(OTHER_FILES)
    made = Caller(chain.root, chain.home, chain.hub, vendors)
    made.write("app.py", PROGRAM)
    made.write("compose.yaml", SERVING)
    return made


def by_name(told: Any) -> dict[str, Any]:
    return {item["name"]: item for item in told["models"]}


def test_a_repository_adopts_what_it_uses(user: Caller) -> None:
    before = user.state()
    text = user.weighbridge("adopt", expect=10)
    assert "nobody said yes" in text
    assert "app.py:8: which model AutoModel.from_pretrained names" in text
    assert user.state() == before
    shown = user.adopt("--dry-run")
    assert set(by_name(shown)) == {"tiny", "embed", GPT}
    tiny = by_name(shown)["tiny"]
    assert (tiny["source"], tiny["follow"], tiny["licence"]) == (f"hf:{REPOSITORY}", "main", "mit")
    assert [(spot["path"], spot["line"]) for spot in tiny["used"]] == [("app.py", 4), ("app.py", 5)]
    assert user.state() == before

    told = user.adopt("--yes")
    assert told["changed"]
    assert {name: item["pinned"]["verdict"] for name, item in by_name(told).items()} == dict.fromkeys(
        by_name(shown), "allow"
    )
    assert by_name(told)["tiny"]["pinned"]["revision"] == tiny["revision"]
    assert {model["name"] for model in user.json("status")["models"]} == {"tiny", "embed", GPT}
    user.weighbridge("verify")
    assert "hf:team/embed" in (user.root / "weighbridge.toml").read_text(encoding="utf-8")

    after = user.state()
    again = user.adopt("--yes")
    assert (again["changed"], again["models"], len(again["unresolved"])) == (False, [], 1)
    assert "nothing to adopt" in user.weighbridge("adopt")
    assert user.state() == after


def test_what_cannot_be_had_stops_all_or_is_left_out(user: Caller) -> None:
    user.write("more.py", 'from transformers import AutoModel\nAutoModel.from_pretrained("org/gone")\n')
    user.write("run.sh", "ollama pull llama3:8b\n")
    before = user.state()
    shown = user.adopt("--dry-run")
    assert by_name(shown)["gone"]["error"]["code"] == "repository-missing"
    assert [item["model"] for item in shown["refused"]] == ["ollama:llama3"]
    denied = user.adopt("--yes", expect=1)["error"]
    assert denied["code"] == "adopt-incomplete"
    assert "hf:org/gone" in denied["details"]["problems"][0]
    assert user.state() == before
    assert user.adopt("--only", "hf:org/none", expect=2)["error"]["code"] == "no-such-mention"
    text = user.weighbridge(
        "adopt", "--yes", "--keep-going", "--name", f"{REPOSITORY}=small", "--exclude", "api:*", expect=10
    )
    assert "pinned small" in text
    assert "can't be adopted: hf:org/gone, used in more.py:2" in text
    assert "next: weighbridge approve small embed --stage production" in text
    assert {model["name"] for model in user.json("status")["models"]} == {"small", "embed"}
    user.adopt("--yes", "--exclude", "*/gone")
    assert user.adopt("--yes", expect=1)["error"]["code"] == "adopt-incomplete"


def test_bytes_that_break_their_promise_leave_everything_as_it_was(user: Caller) -> None:
    assert user.hub
    before = user.state()
    user.hub.lies.append(lies.wrong_bytes(WEIGHTS))
    assert user.adopt("--yes", expect=20)["error"]["exit_code"] == 20
    assert user.state() == before
    told = user.adopt("--yes", "--keep-going", expect=10)
    assert by_name(told)["embed"]["error"]
    assert by_name(told)["embed"]["pinned"] is None
    assert by_name(told)["tiny"]["pinned"]
    user.hub.lies.clear()
    assert set(by_name(user.adopt("--yes"))) == {"embed"}


def test_whoever_is_killed_half_way_goes_on(user: Caller) -> None:
    assert user.hub
    before = user.state()
    user.hub.lies.append(lies.stall(WEIGHTS))
    command = [str(BIN / "weighbridge"), "adopt", "--yes", "--exclude", "api:*"]
    process = subprocess.Popen(command, cwd=user.root, env=user.environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not any(WEIGHTS in item.path for item in user.hub.requests if item.method == "GET"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert user.state() == before
    assert list(user.root.glob("models/tiny/evidence/*.json")), "the first one was taken in"
    user.hub.lies.clear()
    user.hub.requests.clear()
    assert set(by_name(user.adopt("--yes", "--exclude", "api:*"))) == {"tiny", "embed"}
    assert not any("tiny/resolve" in item.path and item.method == "GET" for item in user.hub.requests), "fetched again"
    user.weighbridge("verify")


def test_each_revision_that_files_name_gets_a_name(user: Caller) -> None:
    assert user.hub
    repo = user.hub.repo(REPOSITORY)
    first = repo.head()
    second = repo.commit({"config.json": b'{"layers": 7}\n'})
    calls = [f'AutoModel.from_pretrained("{REPOSITORY}", revision="{revision}")' for revision in (first, second)]
    user.write("app.py", "\n".join(["from transformers import AutoModel", *calls, *calls[:1], calls[1]]))
    user.write("main.py", f'from transformers import AutoModel\nAutoModel.from_pretrained("{REPOSITORY}")\n')
    options = ("--only", f"hf:{REPOSITORY}", "--no-push")
    told = by_name(user.adopt("--yes", *options))
    old = f"tiny-{first[:7]}"
    assert {name: item["revision"] for name, item in told.items()} == {old: first, "tiny": second}
    assert [spot["path"] for spot in told["tiny"]["used"]] == ["app.py", "app.py", "main.py"]
    assert not told["tiny"]["pinned"]["pushed"]
    user.weighbridge("approve", old, "tiny", "--stage", "production")
    judged = {(item["path"], item["line"]): item["verdict"] for item in user.json("lint", expect=10)["references"]}
    assert [judged["app.py", line] for line in (2, 3, 4, 5)] == ["governed"] * 4
    assert user.adopt("--yes", *options)["models"] == []

    third = repo.commit({"config.json": b'{"layers": 8}\n'})
    user.write("late.py", calls[0].replace(first, third).join(["from transformers import AutoModel\n", "\n"]))
    assert set(by_name(user.adopt("--yes", *options))) == {f"tiny-{third[:7]}"}
    follows = (user.root / "weighbridge.toml").read_text(encoding="utf-8")
    assert follows.count(f'follow = "{third}"') == 1
    assert '[models.tiny]\nsource = "hf:org/tiny"\n\n' in follows


def test_what_was_taken_back_is_not_adopted_again(user: Caller) -> None:
    user.adopt("--yes", "--only", REPOSITORY)
    user.weighbridge("remove", "tiny", "--reason", "a bad licence")
    told = user.adopt("--yes", "--only", REPOSITORY)
    assert (told["changed"], told["models"]) == (False, [])
    (refused,) = told["refused"]
    assert (refused["model"], refused["hint"]) == (f"hf:{REPOSITORY}", "weighbridge audit tiny says why")


def test_what_needs_another_is_pinned_with_it_under_one_name(user: Caller) -> None:
    assert user.hub
    settings = {"peft_type": "LORA", "base_model_name_or_path": REPOSITORY, "r": 8}
    files = {"adapter_config.json": json.dumps(settings).encode(), "adapter_model.safetensors": safetensors(b"abcd")}
    user.hub.create_repo("a/lora", card={"license": "mit"}).commit(files)
    user.write("lora.py", 'from peft import PeftModel\nPeftModel.from_pretrained(None, "a/lora")\n')
    told = by_name(user.adopt("--yes", "--only", "hf:*"))
    assert set(told) == {"lora", "tiny", "embed"}
    assert set(told["lora"]["pinned"]["references"]) == {"tiny"}
    assert len(user.json("status")["models"]) == 3


def test_exceptions_notebooks_and_odd_files(user: Caller) -> None:
    exception = "# weighbridge: ignore[unpinned] a test until 2999-01-01"
    call = f'AutoModel.from_pretrained("{REPOSITORY}")  {exception}'
    user.write("app.py", f"from transformers import AutoModel\n{call}\n")
    cell = {
        "cell_type": "code",
        "source": [f'from transformers import AutoModel\nAutoModel.from_pretrained("{OTHER}")'],
    }
    user.write("try.ipynb", json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    (user.root / "odd\x1b[31m.py").write_bytes(
        b'from transformers import AutoModel\nAutoModel.from_pretrained("a/b\\x1b[31m")\n'
    )
    (user.root / "broken.py").write_bytes(b"\xff\xfe\x00def (")
    (user.root / "big.py").write_bytes(b"# " + b"x" * (65 << 20))
    (user.root / "loop.py").symlink_to("loop.py")
    (user.root / "compose.yaml").unlink()
    told = user.adopt("--dry-run")
    (model,) = told["models"]
    assert (model["name"], model["used"][0]["cell"], model["used"][0]["line"]) == ("embed", 1, 2)
    assert "big.py" in {item["path"] for item in told["remarks"]}
    text = user.weighbridge("adopt", "--dry-run")
    assert "\x1b" not in text
    assert "try.ipynb:cell 1:2" in text


def test_a_policy_and_a_token_keep_models_out(user: Caller) -> None:
    assert user.hub
    user.hub.create_repo("corp/secret", private=True).commit({"config.json": b"{}"})
    user.write("more.py", 'from transformers import AutoModel\nAutoModel.from_pretrained("corp/secret")\n')
    path = user.root / "weighbridge.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + '\n[policy]\ndenied_sources = ["hf:team/**"]\n', encoding="utf-8"
    )
    told = by_name(user.adopt("--dry-run"))
    codes = {name: item["error"] and item["error"]["code"] for name, item in told.items()}
    assert codes == {"tiny": None, "embed": "source-denied", "secret": "repository-missing", GPT: None}
    nowhere = Chain(user.root, user.home, None)
    assert by_name(nowhere.json("adopt", "--dry-run"))["tiny"]["error"]["code"] == "unreachable"


def at_terminal(user: Caller, answer: bytes, *options: str) -> tuple[int, str]:
    """What the command shows a person who answers so, and its exit code."""
    parent, child = pty.openpty()
    command = [str(BIN / "weighbridge"), "adopt", *options]
    process = subprocess.Popen(
        command, cwd=user.root, env=user.environment, stdin=child, stdout=child, stderr=child, start_new_session=True
    )
    os.close(child)
    os.write(parent, answer)
    shown = b""
    # A terminal whose other side is closed gives an error, not an end.
    while chunk := _read(parent):
        shown += chunk
    os.close(parent)
    return process.wait(), shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_a_person_is_asked(user: Caller) -> None:
    user.write("more.py", 'from transformers import AutoModel\nAutoModel.from_pretrained("org/gone")\n')
    before = user.state()
    code, text = at_terminal(user, b"n\n", "--only", REPOSITORY)
    assert (code, "pin 1 revision?" in text, "nothing was written" in text) == (10, True, True)
    code, text = at_terminal(user, b"y\n", "--only", "hf:org/*")
    assert (code, "adopt-incomplete" in text, "pin 1" in text) == (1, True, False)
    assert user.state() == before
    code, text = at_terminal(user, b"y\n", "--only", "hf:org/*", "--keep-going")
    assert (code, "pinned tiny" in text) == (10, True)
    assert (text.count("SOURCE"), text.count("can't be adopted")) == (1, 1)


def test_without_a_project_it_says_what_to_do(empty: Chain) -> None:
    error = empty.json("adopt", expect=2)["error"]
    assert (error["code"], "weighbridge init" in error["hint"]) == ("no-project", True)
    assert "MODEL=NAME" in empty.weighbridge("adopt", "--name", "x", expect=2)
