"""Tensors that torch is given of the very bytes that were hashed, beside those that it reads itself."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from blake3 import blake3

from tests.e2e.chain import Chain
from tests.fronts.making import DTYPES
from tests.fronts.program import environment
from tests.fronts.test_loading import damaged

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fronts

EVERY, NETWORK, SAVED = "every.safetensors", "network.safetensors", "pytorch_model.bin"
BEGIN = """
import json, sys, torch, weighbridge
from safetensors.torch import load_file
folder, mapped = sys.argv[1], sys.argv[2] == "mapped"

def verified(path):
    return weighbridge.verified_safetensors("numbers", path, stage="production", framework="torch", mapped=mapped)

def opened(path):
    return weighbridge.open_verified("numbers", path, stage="production")

def shown(tensors):
    return {
        name: [str(value.dtype), list(value.shape), bytes(value.contiguous().flatten().view(torch.uint8)).hex()]
        for name, value in tensors.items()
    }

def network(weights, assign):
    made = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2, dtype=torch.bfloat16))
    made.load_state_dict(weights, assign=assign)
    return made

"""
DTYPES_OF_BOTH = """
print(json.dumps([shown(verified("every.safetensors")), shown(load_file(f"{folder}/every.safetensors"))]))
"""
# A step of training changes the parameters in place; those that were assigned are the verified memory itself.
TRAINED = """
def outputs(made):
    found = []
    for _ in range(2):
        result = made[1](made[0](torch.ones(2, 4)).to(torch.bfloat16)).sum()
        found.append(result.item())
        result.backward()
        torch.optim.SGD(made.parameters(), lr=0.5).step()
    return found

def both(read):
    return [outputs(network(read(), assign)) for assign in (False, True)]

path = "network.safetensors"
print(json.dumps([both(lambda: verified(path)), both(lambda: load_file(f"{folder}/{path}"))]))
"""
SAVED_BY_TORCH = """
with opened("pytorch_model.bin") as file:
    found = torch.load(file, weights_only=True)
print(json.dumps([shown(found), shown(torch.load(f"{folder}/pytorch_model.bin", weights_only=True))]))
network(found, True)
"""
REFUSED = """
try:
    {call}
except weighbridge.IntegrityError as error:
    print(json.dumps([error.code, str(error)]))
"""


@pytest.fixture(scope="module")
def numbers(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A project in which the weights of every element type are approved."""
    folder = tmp_path_factory.mktemp("numbers")
    root, home = folder / "project", folder / "dana"
    root.mkdir()
    home.mkdir()
    chain = Chain(root, home, None)
    chain.weighbridge("init")
    chain.weighbridge("add", f"file:{made / 'numbers'}", "--name", "numbers", "--all")
    chain.weighbridge("approve", "numbers", "--stage", "production")
    return chain


def run(chain: Chain, folder: Path, code: str, mapped: str = "") -> Any:
    """What a program prints; a warning of torch, such as that memory can't be written to, would end it."""
    words = (sys.executable, "-W", "error", "-c", BEGIN + code, str(folder), mapped)
    return json.loads(chain.run(*words, extra=environment(chain)).splitlines()[-1])


@pytest.mark.parametrize("mapped", ["copied", "mapped"])
def test_tensors_of_every_type_are_those_that_torch_reads(numbers: Chain, made: Path, mapped: str) -> None:
    ours, theirs = run(numbers, made / "numbers", DTYPES_OF_BOTH, mapped)
    assert ours == theirs
    assert {name: ours[name][0] for name in DTYPES} == {name: f"torch.{name}" for name in DTYPES}
    assert ours["one"][1:] == [[], "00002040"]
    assert ours["none"][1:] == [[0, 4], ""]


@pytest.mark.parametrize("mapped", ["copied", "mapped"])
def test_a_network_takes_them_and_learns_and_the_file_stays(numbers: Chain, made: Path, mapped: str) -> None:
    (copied, assigned), theirs = run(numbers, made / "numbers", TRAINED, mapped)
    assert [copied, assigned] == theirs
    assert copied == assigned
    assert copied[0] != copied[1]
    assert numbers.json("verify", "numbers", "--stage", "production")["changed"] is False


def test_torch_loads_what_was_opened(numbers: Chain, made: Path) -> None:
    ours, theirs = run(numbers, made / "numbers", SAVED_BY_TORCH)
    assert ours == theirs
    assert sorted(ours) == ["0.bias", "0.weight", "1.bias", "1.weight"]


@pytest.mark.parametrize(
    ("path", "call", "mapped"),
    [
        (EVERY, f"verified({EVERY!r})", "copied"),
        (EVERY, f"verified({EVERY!r})", "mapped"),
        (NETWORK, f"verified({NETWORK!r})", "copied"),
        (SAVED, f"torch.load(opened({SAVED!r}), weights_only=True)", ""),
    ],
)
def test_one_changed_byte_is_refused_with_file_and_digests(
    numbers: Chain, made: Path, path: str, call: str, mapped: str
) -> None:
    file = numbers.folder("numbers") / path
    expected = blake3(file.read_bytes()).hexdigest()
    with damaged(file):
        found = blake3(file.read_bytes()).hexdigest()
        code, text = run(numbers, made / "numbers", REFUSED.format(call=call), mapped)
    assert code == "bytes-differ"
    assert f"{path} is not what was pinned: has other bytes: blake3 {found} instead of {expected}" in text
