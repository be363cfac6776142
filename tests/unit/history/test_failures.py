"""The failures of a run, each in a line."""

from __future__ import annotations

from harness.history.failures import failures, told
from tests.helpers.runs import Written


def test_what_failed_was_reported_or_laid_aside_is_a_failure():
    run = Written()
    for number in (1, 2, 3):
        run.send("Work", f"m-{number}", "hi")
    run.work("Work", "Bill", "m-1", "m-2", failed=["m-2"])
    with run.run("Work", "Bill", "m-3", outcome="timeout"):
        pass
    run.dead_letter("Work", "m-3", "Dead")
    history = run.settle()
    lines = [told(history, each) for each in failures(history)]
    assert lines[:2] == ["Bill reported 1 message as failed", "Bill: timeout"]
    assert lines[2].startswith("Work → Dead: ")
    assert len(lines) == 3


def test_a_run_in_which_all_went_well_has_none():
    run = Written()
    run.send("Work", "m-1", "hi")
    run.work("Work", "Bill", "m-1")
    assert failures(run.settle()) == []
