"""A run that asks for its control run, and the control runs that are kept."""

from __future__ import annotations

from harness.history import History
from harness.plugin.runs import CONTROLS_MAX, Controls, Run, with_control


def attempts(asks, foreseen=False):
    """What each attempt of a run was; it asks for its control run at first, or doesn't."""
    run, made = Run(), []

    def attempt():
        made.append("control" if run.is_control else "run")
        run.needs_control = asks and len(made) == 1
        return len(made)

    return with_control(run, attempt, foreseen=foreseen), made


def test_a_run_that_asks_for_nothing_is_made_once():
    assert attempts(asks=False) == (1, ["run"])


def test_a_run_that_asks_is_made_again_after_its_control_run():
    assert attempts(asks=True) == (3, ["run", "control", "run"])


def test_where_it_is_foreseen_that_a_run_asks_the_control_run_comes_first():
    assert attempts(asks=False, foreseen=True) == (2, ["control", "run"])


def test_the_control_runs_that_were_used_last_are_kept():
    controls, histories = Controls(), [History(()) for _ in range(CONTROLS_MAX + 1)]
    for seed, history in enumerate(histories[:-1]):
        controls.keep(seed, history)
    controls.keep(0, controls.get(0))
    controls.keep(CONTROLS_MAX, histories[-1])
    assert controls.get(0) is histories[0]
    assert controls.get(1) is None
    assert controls.get(CONTROLS_MAX) is histories[-1]


def test_a_run_without_a_control_run_leaves_none():
    controls = Controls()
    controls.keep(3, None)
    assert controls.get(3) is None
