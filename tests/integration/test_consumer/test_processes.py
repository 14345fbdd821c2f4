"""Killed half-way, two at once: nothing half-done is ever visible."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.test_consumer.world import WEIGHTS, contents, load, object_of

if TYPE_CHECKING:
    from tests.integration.test_consumer.world import Machine

LOAD = "import weighbridge; print(weighbridge.load('minilm', stage='production'))"
# Stops for good in the middle of the largest file, having written half of it.
STUCK = """
import time
import weighbridge
from weighbridge.stores import published

whole = published.Remote.read


def half(self, md5):
    for count, block in enumerate(whole(self, md5)):
        if count == 1:
            print("half", flush=True)
            time.sleep(600)
        yield block


published.Remote.read = half
weighbridge.load("minilm", stage="production")
"""


def test_a_load_killed_half_way_leaves_nothing_visible_and_the_next_one_works(machine: Machine) -> None:
    with machine.python(STUCK) as program:
        assert program.stdout
        assert program.stdout.readline() == "half\n"
        assert machine.models() == []
        program.kill()
        assert program.wait() == -signal.SIGKILL
    assert machine.models() == []
    folder = load()
    assert contents(folder)["model.safetensors"] == WEIGHTS
    assert list((machine.cache / "incoming").iterdir()) == []


def test_a_second_load_waits_for_the_first_and_goes_on_when_it_dies(machine: Machine) -> None:
    with machine.python(STUCK) as first:
        assert first.stdout
        assert first.stdout.readline() == "half\n"
        with machine.python(LOAD) as second:
            time.sleep(0.5)
            assert second.poll() is None
            first.kill()
            told, complaint = second.communicate(timeout=60)
    assert (second.returncode, complaint) == (0, "")
    assert machine.models() == [Path(told.strip()).name]


def test_loads_at_once_all_get_the_same_verified_folder(machine: Machine) -> None:
    programs = [machine.python(LOAD) for _ in range(4)]
    told = [program.communicate(timeout=120) for program in programs]
    assert [program.returncode for program in programs] == [0] * 4, told
    assert len({text for text, _ in told}) == 1
    assert len(machine.models()) == 1
    assert list((machine.cache / "incoming").iterdir()) == []


def test_threads_of_one_program_fetch_once(machine: Machine) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(load())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert object_of(machine.store, machine.world.pins["second"], "model.safetensors").is_file()
