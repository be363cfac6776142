"""Temporary folders of functions are gone with their process, also if that was killed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from harness.forked import forked
from harness.sim.sandbox import temporary
from harness.sim.sandbox.temporary import Temporary


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine whose `/tmp` is another folder, and where nothing is too young to be removed."""
    monkeypatch.setattr(temporary, "NAME", str(tmp_path))
    monkeypatch.setattr(temporary, "_YOUNG_SECONDS", 0.0)
    temporary._home.cache_clear()
    yield tmp_path
    temporary._home.cache_clear()


def a_function_writes(tell):
    folder = Path(Temporary([]).folder())
    (folder / "part").write_text("half")
    tell(folder)
    signal.pause()


def test_what_a_killed_process_left_is_removed_by_the_next_one(machine):
    process = forked(a_function_writes, 30)
    left = next(process)
    temporary.sweep.__wrapped__()
    assert (left / "part").read_text() == "half"
    process.close()
    temporary.sweep.__wrapped__()
    assert list(machine.iterdir()) == []


def test_a_number_of_a_process_that_was_used_before_is_no_hindrance(machine, monkeypatch):
    first = Path(Temporary([]).folder())
    temporary._home.cache_clear()
    monkeypatch.setattr(temporary, "_numbers", iter([int(first.parent.name.rpartition("-")[2]), 900, 901]))
    assert Path(Temporary([]).folder()).parent.name.endswith("-900")


def test_a_young_folder_stays(machine, monkeypatch):
    monkeypatch.setattr(temporary, "_YOUNG_SECONDS", 60.0)
    (machine / "harness-tmp-7-1").mkdir()
    temporary.sweep.__wrapped__()
    assert [folder.name for folder in machine.iterdir()] == ["harness-tmp-7-1"]
