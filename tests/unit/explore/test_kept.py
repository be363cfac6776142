"""Failing plans are kept as files, as a whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness import faults
from harness.explore.kept import FOLDER, Kept, KeptError, drop, keep, kept_for, read, write
from harness.plan import Plan

FAILURE = Kept(
    scenario="scenarios/test_orders.py::test_once",
    plan=Plan(3, (faults.crash("Billing", nth=2),)),
    invariant="effects_once",
    evidence="duplicated",
    history="abc",
    options=("--cloud", "localstack"),
)


def test_what_was_kept_is_read_again(tmp_path):
    assert read(keep(FAILURE, tmp_path)) == FAILURE


def test_the_same_plan_is_kept_once(tmp_path):
    assert keep(FAILURE, tmp_path) == keep(FAILURE, tmp_path)
    assert list(kept_for(FAILURE.scenario, tmp_path).values()) == [FAILURE]


def test_another_scenario_has_its_own(tmp_path):
    keep(FAILURE, tmp_path)
    assert kept_for("scenarios/test_orders.py::test_twice", tmp_path) == {}


def test_nothing_is_left_of_what_is_dropped(tmp_path):
    folder = tmp_path / ".harness" / "failures"
    first, second = keep(FAILURE, folder), keep(replace(FAILURE, plan=Plan(9)), folder)
    drop(first)
    assert list(kept_for(FAILURE.scenario, folder)) == [second]
    drop(second)
    assert [file.name for file in folder.parent.iterdir()] == [".gitignore"]


def test_a_file_that_can_not_be_read_any_more_is_left_out(tmp_path):
    keep(FAILURE, tmp_path).write_text("{")
    assert kept_for(FAILURE.scenario, tmp_path) == {}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 2}, "not a failing plan in format 1"),
        ({"plan": {"format": 2, "faults": [{"kind": "crush"}]}}, "did you mean 'crash'"),
        ({"options": None}, "is missing or no list"),
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path, change, told):
    file = tmp_path / "x.json"
    file.write_text(json.dumps({**FAILURE.to_data(), **change}))
    with pytest.raises(KeptError, match=told):
        read(file)


def test_the_folder_ignores_itself_in_version_control(tmp_path):
    keep(FAILURE, tmp_path / FOLDER)
    assert (tmp_path / ".harness" / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / ".gitignore").exists()


def test_what_somebody_wrote_there_is_left_alone(tmp_path):
    ignoring = tmp_path / ".harness" / ".gitignore"
    ignoring.parent.mkdir()
    ignoring.write_text("report.json\n")
    keep(FAILURE, tmp_path / FOLDER)
    assert ignoring.read_text() == "report.json\n"


def test_a_write_that_fails_leaves_the_old_file_and_no_half(tmp_path):
    file = tmp_path / "x.json"
    write(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write(file, "new \ud800")
    assert [one.name for one in tmp_path.iterdir()] == ["x.json"]
    assert file.read_text() == "old"
