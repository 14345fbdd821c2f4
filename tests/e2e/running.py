"""Programs that end-to-end tests run with approved models, and the records of their runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.e2e.chain import FILES, REPOSITORY

from weighbridge.core.attestation import open_envelope
from weighbridge.core.deployed import Run, run_from
from weighbridge.core.ports import PublicKey
from weighbridge.signers.verify import verify_signature

if TYPE_CHECKING:
    from tests.e2e.chain import Chain

READ = f"""
import huggingface_hub
from pathlib import Path
for revision in (None, "main", COMMIT):
    folder = Path(huggingface_hub.snapshot_download({REPOSITORY!r}, revision=revision))
    for name, size in { ({name: len(data) for name, data in FILES.items()})!r}.items():
        assert len((folder / name).read_bytes()) == size, name
    assert folder.name == COMMIT
assert huggingface_hub.hf_hub_download({REPOSITORY!r}, "config.json").startswith(str(folder))
print("read all")
"""
MISSING = """
import huggingface_hub
huggingface_hub.hf_hub_download("org/other", "config.json")
"""
FETCH = """
import os, sys, urllib.request
print(urllib.request.urlopen(os.environ["HF_ENDPOINT"] + "/org/tiny/resolve/main/config.json").read().decode())
"""

REFUSED = """
import os, urllib.error, urllib.request
try:
    urllib.request.urlopen(os.environ["HF_ENDPOINT"] + "/org/other/resolve/main/config.json")
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""


def program(chain: Chain, code: str) -> str:
    """A file with a program in the project's folder."""
    (chain.root / "prog.py").write_text(code, encoding="utf-8")
    return "prog.py"


def run(chain: Chain, code: str, *options: str, expect: int = 0, python: str = sys.executable) -> str:
    """What a Python program prints when it is run with approved models."""
    command = ["weighbridge", "run", "--stage", "production", *options, "--", python, program(chain, code)]
    return chain.run(*command, expect=expect)


def records(chain: Chain) -> list[Run]:
    """Every record of a run, in no order; each signed by the project's only key."""
    shown = chain.json("keys", "show")["keys"][0]
    key = PublicKey(shown["id"], shown["public"])
    found = []
    for path in (chain.root / ".weighbridge" / "runs").glob("*.json"):
        attestation = open_envelope(path.read_bytes(), {key.id: key}, verify_signature)
        assert attestation.signed_by == {key.id}
        found.append(run_from(attestation.statement))
    return found


def commit(chain: Chain) -> str:
    """The pinned commit."""
    return str(chain.json("status")["models"][0]["pins"][0]["revision"])
