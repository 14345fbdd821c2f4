"""A missing peer is a failure, never an empty row. That every comparison runs is shown by `make bench`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from benchmarks import detection, run, side
from benchmarks.result import Bench, PeerMissingError

if TYPE_CHECKING:
    from pathlib import Path

TINY = 1 << 20


def tiny(folder: Path, programs: Path | None = None) -> Bench:
    bench = Bench(TINY, repeats=1, rounds=1, folder=folder)
    return bench if programs is None else Bench(TINY, 1, 1, folder, bench.peers, programs)


@pytest.mark.parametrize("name", ["add", "register", "verify", "startup", "load", "reload", "run"])
def test_a_missing_program_fails_the_comparison(name: str, tmp_path: Path) -> None:
    result = run.compare(name, tiny(tmp_path, programs=tmp_path / "empty"))

    assert not result.rows
    assert "PeerMissingError" in result.fault
    assert "FAILED" in run.text_of(result)


def test_torch_that_is_not_there_names_the_way_out(tmp_path: Path) -> None:
    result = run.compare("load-torch", Bench(TINY, 1, 1, tmp_path, fronts=tmp_path / "nothing"))

    assert not result.rows
    assert result.fault.startswith("PeerMissingError")
    assert "run `make fronts` first" in result.fault


def test_a_peer_that_can_not_be_installed_is_missing(tmp_path: Path) -> None:
    (tmp_path / "venv").write_text("a file where a folder should be")

    with pytest.raises(PeerMissingError):
        side.python_with_model_signing(tmp_path / "venv")


@pytest.mark.parametrize("name", ["picklescan", "modelaudit", "purser"])
def test_a_scanner_that_can_not_be_installed_fails_its_comparison(name: str, tmp_path: Path) -> None:
    (tmp_path / f"venv-{name}").write_text("a file where a folder should be")

    result = run.compare(name, Bench(TINY, 1, 1, tmp_path, tmp_path / "venv"))

    assert not result.rows
    assert "PeerMissingError" in result.fault


@pytest.mark.parametrize("name", ["inspect", "pickles"])
def test_what_inspection_is_measured_on_has_no_fault(name: str, tmp_path: Path) -> None:
    result = run.compare(name, tiny(tmp_path))

    assert result.rows
    assert not result.fault


def test_a_place_belongs_to_its_sample(tmp_path: Path) -> None:
    place = f"{tmp_path}/pickle-globals/bad/system/model.zip:data.pkl (pos 3)"

    assert detection.case_of(place, tmp_path) == "pickle-globals/bad/system"
    assert not detection.case_of(str(tmp_path), tmp_path)


def test_the_command_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"

    code = run.main(["--only", "judge", "--rounds", "1", "--folder", str(tmp_path), "--json", str(report)])

    assert code == 0
    assert "target ≤ 50 µs" in capsys.readouterr().out
    assert json.loads(report.read_text())["results"][0]["rows"][0]["values"]["ours"]


@pytest.mark.parametrize("text", ["4", "4GB", "-1GiB", "0MiB"])
def test_a_malformed_size_is_refused(text: str) -> None:
    with pytest.raises(SystemExit):
        run.main(["--size", text])


def test_lint_fails_without_its_peer(tmp_path: Path) -> None:
    (tmp_path / "venv-bandit").write_text("a file where a folder should be")

    result = run.compare("lint", Bench(TINY, 1, 1, tmp_path, tmp_path / "venv"))

    assert not result.rows
    assert "PeerMissingError" in result.fault
