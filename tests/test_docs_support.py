"""What the documentation tests share: blocks of pages, facts read from the source, and a session of real commands."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import weighbridge
from tests.fakes.weights import safetensors

if TYPE_CHECKING:
    from tests.fakes.hub import FakeHub

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "weighbridge"
README = ROOT / "README.md"
PAGES = tuple(sorted([README, *DOCS.rglob("*.md")]))
SCHEMAS_COPIED = "a clone's docs/schemas is copied to schemas"
REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"[a-z]+(?:-[a-z0-9]+)+")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_OUR_VARIABLE = re.compile(
    r"\b(?:WEIGHBRIDGE|HF|MLFLOW|DVC|XDG|HTTPS?|ALL|NO|SSL|REQUESTS|CURL|TRANSFORMERS)_[A-Z_]+\b"
)
# Values that errors are made of: their first argument is the code.
_FACTORIES = {"Reason": 0, "StoreProblem": 0}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page; `note` is the HTML comment right above it, if any."""

    page: Path
    line: int
    kind: str
    text: str
    note: str

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        above = text[: match.start()].rstrip("\n").rpartition("\n")[2]
        note = above.removeprefix("<!--").removesuffix("-->").strip() if above.startswith("<!--") else ""
        found.append(Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2], note))
    return found


def all_blocks(kind: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page) if block.kind == kind]


# Facts read from the source.


def error_classes() -> dict[str, type[weighbridge.WeighbridgeError]]:
    """The public classes of errors by name."""
    values = {name: getattr(weighbridge, name) for name in weighbridge.__all__}
    return {
        name: value
        for name, value in values.items()
        if isinstance(value, type) and issubclass(value, weighbridge.WeighbridgeError)
    }


@cache
def modules() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple((path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(SOURCE.rglob("*.py")))


def _strings(node: ast.AST) -> set[str]:
    return {item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str)}


def _assigned(tree: ast.AST, name: str) -> list[ast.expr]:
    """What is assigned to a name, also by unpacking a tuple."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                found.append(node.value)
            elif isinstance(target, ast.Tuple):
                names = [item.id if isinstance(item, ast.Name) else "" for item in target.elts]
                if name in names:
                    at = names.index(name)
                    found.append(node.value.elts[at] if isinstance(node.value, ast.Tuple) else node.value)
    return found


def _resolve(tree: ast.Module, value: ast.expr) -> set[str] | None:
    """The texts that an expression can be; None if it can't be told."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return {value.value}
    if isinstance(value, ast.IfExp):
        parts = [_resolve(tree, value.body), _resolve(tree, value.orelse)]
    elif isinstance(value, ast.Name):
        parts = [_resolve(tree, item) for item in _assigned(tree, value.id)] or [None]
    else:
        return None
    return None if None in parts else set().union(*(part for part in parts if part))


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [item.arg for item in (*function.args.posonlyargs, *function.args.args)]


def _given_codes(call: ast.Call, factories: dict[str, int]) -> list[ast.expr]:
    """What a call gives as code: by keyword, as reasons, or as an argument of a function that passes it on."""
    found = [item.value for item in call.keywords if item.arg == "code"]
    for item in call.keywords:
        if item.arg == "reasons" and isinstance(item.value, ast.Tuple):
            found += item.value.elts
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in factories and len(call.args) > factories[name]:
        found.append(call.args[factories[name]])
    return found


def _factories_of(tree: ast.Module, known: dict[str, int]) -> dict[str, int]:
    """Functions of a module that pass one of their own parameters on as a code: their name, and which parameter."""
    found = dict(known)
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        names = _parameters(function)
        if "code" in names and not function.name.startswith("__"):
            found[function.name] = names.index("code")
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            for value in _given_codes(call, known):
                if isinstance(value, ast.Name) and value.id in names and not function.name.startswith("__"):
                    found[function.name] = names.index(value.id)
    return found


def _is_default_code(node: ast.AST) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id == "default_code" for target in targets)


def _code_values(tree: ast.Module, factories: dict[str, int]) -> list[ast.expr]:
    values: list[ast.expr] = []
    passed_on: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in factories:
            passed_on.add(_parameters(node)[factories[node.name]])
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _is_default_code(node):
            values.append(node.value)
        if isinstance(node, ast.Call):
            values += _given_codes(node, factories)
    return [value for value in values if not (isinstance(value, ast.Name) and value.id in passed_on)]


@cache
def error_codes() -> dict[str, set[str]]:
    """Every code that an error, a problem or a verdict's reason can have, with the modules that give it."""
    public = dict(_FACTORIES)
    # A parser's codes are those of its format: it gives faults, and raises no error of ours.
    for tree in [tree for path, tree in modules() if path.parent.name != "formats"]:
        public |= {name: at for name, at in _factories_of(tree, _FACTORIES).items() if not name.startswith("_")}
    found: dict[str, set[str]] = {}
    for path, tree in modules():
        for value in _code_values(tree, _factories_of(tree, public)):
            texts = _resolve(tree, value)
            for text in _from_tables(tree) if texts is None else texts:
                found.setdefault(text, set()).add(path.relative_to(SOURCE).as_posix())
    return found


def _from_tables(tree: ast.Module) -> set[str]:
    """Codes in the tables of a module whose errors look them up there."""
    tables = [node for node in tree.body if isinstance(node, ast.Assign)]
    return {text for table in tables for text in _strings(table) if _CODE.fullmatch(text)}


def faults() -> set[str]:
    """Why evidence counts for nothing: what the replay of a record says of an event."""
    tree = ast.parse((SOURCE / "core" / "replay.py").read_text(encoding="utf-8"))
    returned = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return) and node.value is not None]
    texts = [_resolve(tree, value.value if isinstance(value, ast.Expr) else value) for value in returned]
    return {text for found in texts if found for text in found if text}


def variables() -> set[str]:
    """Every environment variable that the source reads, sets or speaks of."""
    found: set[str] = set()
    for _, tree in modules():
        texts = _strings(tree)
        reads = any(isinstance(node, ast.Attribute) and node.attr == "environ" for node in ast.walk(tree))
        found |= {text for text in texts if reads and _VARIABLE.fullmatch(text)}
        found |= {name for text in texts for name in _OUR_VARIABLE.findall(text)}
    return {name.rstrip("_") for name in found}


# A session of real commands.

_FILES = {
    ".gitattributes": b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n",
    "1_Pooling/config.json": b'{"word_embedding_dimension": 384}\n',
    "README.md": b"---\nlicense: apache-2.0\n---\n# A small stand-in\n",
    "config.json": b'{"model_type": "bert"}\n',
    "config_sentence_transformers.json": b"{}\n",
    "data_config.json": b"[]\n",
    "model.safetensors": safetensors(bytes(range(256)) * 64),
    "modules.json": b"[]\n",
    "sentence_bert_config.json": b'{"max_seq_length": 256}\n',
    "special_tokens_map.json": b"{}\n",
    "tokenizer.json": b'{"version": "1.0"}\n',
    "tokenizer_config.json": b'{"model_max_length": 512}\n',
    "vocab.txt": b"[PAD]\n[UNK]\n",
}
_CHANGES = {
    "upstream changes tokenizer_config.json": {"tokenizer_config.json": b'{"model_max_length": 16384}\n'},
}
_MASKS = (
    (r"models-demo-[0-9a-f]{6}\b", "models-demo-<id>"),
    (r"\b[0-9a-f]{12,128}\b", "<hex>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
    (r"\b\d+(?:\.\d+)? (?:B|KiB|MiB|GiB)\b", "<size>"),
    (r"\b\d+ bytes", "<n> bytes"),
    (r"(sha256:<hex>)\s+\d+ ", r"\1 <n> "),
    (r"\b\d+\.\d+\.\d+\b", "<version>"),
    (r"\bwith(?:out)?-network\b", "<network>"),
    (r'"size(_bytes)?": \d+', r'"size\1": <n>'),
    (r"\s+", " "),
)


@dataclass
class Step:
    """One command of a page and what it is said to print."""

    command: str
    expected: list[str]
    line: int


def steps(block: Block) -> list[Step]:
    found: list[Step] = []
    for number, line in enumerate(block.text.splitlines(), start=block.line + 1):
        if line.startswith("$ "):
            found.append(Step(line[2:], [], number))
        elif line.startswith("> ") and found and not found[-1].expected:
            found[-1].command += "\n" + line[2:]
        elif not found:
            raise ValueError(f"{block}: output before any command")
        else:
            found[-1].expected.append(line)
    return found


@dataclass
class Session:
    """A shell whose folder and exported variables last from command to command."""

    home: Path
    hub: FakeHub
    code: int = 0
    folder: Path = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.folder = self.home
        (self.home / ".gitconfig").write_text("[user]\n\tname = Alice\n\temail = alice@example.org\n", encoding="utf-8")
        self.environment = environment(self.home, self.hub.url)

    def run(self, command: str) -> str:
        """Its output, errors too, in the order in which it came."""
        state, where = self.home / ".state", self.home / ".folder"
        # Assignments of their own to read-only variables would fail: those of bash itself are left out.
        script = f"exec 2>&1; (exit {self.code})\n{command}\n__code=$?\nenv -0 > {state}; pwd > {where}; exit $__code\n"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        self.code = done.returncode
        if where.exists():
            self.folder = Path(where.read_text(encoding="utf-8").strip())
            entries = state.read_text(encoding="utf-8").split("\0")
            self.environment = dict(entry.split("=", 1) for entry in entries if "=" in entry)
        return done.stdout

    def run_python(self, text: str) -> str:
        """The output of a program that runs in the session's folder."""
        program = self.home / ".program.py"
        program.write_text(text, encoding="utf-8")
        return self.run(f"python {program}")

    def note(self, note: str) -> None:
        """Let happen what a page says has happened."""
        if note in _CHANGES:
            self.hub.repo(REPOSITORY).commit(dict(_CHANGES[note]), message="Say nothing")
        elif note == SCHEMAS_COPIED:
            shutil.copytree(DOCS / "schemas", self.folder / "schemas")

    def masked(self, text: str) -> str:
        return mask(text.replace(str(self.home), "/home/alice").replace(self.hub.url, "https://huggingface.co"))


def environment(home: Path, hub_url: str) -> dict[str, str]:
    """A clean environment: nothing of who runs the tests is seen."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_DIRS": str(home / ".config-dirs"),
        "TMPDIR": str(home),
        "LC_ALL": "C.UTF-8",
        "HF_ENDPOINT": hub_url,
        "HF_HOME": str(home / ".hf"),
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def mask(text: str) -> str:
    """What differs from run to run, and from the real model to its stand-in, replaced."""
    for pattern, replacement in _MASKS:
        text = re.sub(pattern, replacement, text)
    return text.strip()


def publish(hub: FakeHub) -> None:
    """A small repository with the names of the real one."""
    repo = hub.create_repo(
        REPOSITORY,
        card={"license": "apache-2.0"},
        library="sentence-transformers",
        pipeline_tag="sentence-similarity",
    )
    repo.commit(dict(_FILES), message="First")


def difference(session: Session, step: Step, output: str) -> str:
    """How a command's output differs from the page's; empty if it does not. A line of … stands for any lines."""
    wanted = [session.masked(line) for line in step.expected if line.strip()]
    given = [session.masked(line) for line in output.splitlines() if line.strip()]
    pattern = "".join(_line_pattern(line) for line in wanted)
    if re.fullmatch(pattern, "".join(f"{line}\n" for line in given)):
        return ""
    return f"$ {step.command}\nthe page says:\n" + "\n".join(wanted) + "\nit printed:\n" + "\n".join(given)


def _line_pattern(line: str) -> str:
    if line == "…":
        return r"(?:.*\n)*?"
    return ".*".join(re.escape(part) for part in line.split("…")) + "\n"
