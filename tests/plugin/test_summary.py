"""The block at the end, and the figures that travel there."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from harness.plugin.summary import SessionTotals, duration

THREE = """
@pytest.mark.parametrize("n", [1, 2])
def test_passes(app, chaos, n):
    chaos.inject(faults.throttle("dynamodb:PutItem"))
    put(app)
    app.cloud.advance(3600)
    ask(app)

def test_fails(app):
    assert False

def test_is_no_scenario():
    pass
"""


@pytest.mark.parametrize("more", [(), ("-n2",), ("-p", "xdist", "-n1", "--cov"), ("-p", "randomly")])
def test_adds_up_whatever_else_is_there(run, more):
    result = run(THREE, *more)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- harness -*",
            "scenarios  3  2 passed · 1 failed · 0 unknown",
            "faults     2  fired",
            "time       2 h simulated in *s",
        ]
    )


def test_says_nothing_when_no_scenario_ran(run):
    result = run("def test_plain():\n    pass")
    result.stdout.no_fnmatch_line("*harness -*")


def test_unknown_is_counted_apart(run):
    result = run(
        """
        from harness import Unknown

        def test_unknown(app):
            raise Unknown("it did not settle")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["scenarios  1  0 passed · 0 failed · 1 unknown"])


def properties(file):
    """Those of each test in a JUnit file."""
    cases = ElementTree.parse(file).iter("testcase")
    return {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")} for case in cases
    }


def test_properties_stand_in_junit_files(run, project):
    run(THREE, "--junitxml", "out.xml", "--seed", "6")
    found = properties(project.path / "out.xml")
    passed = found["test_passes[1]"]
    assert passed["harness_cloud"] == "sim"
    assert passed["harness_seed"] == "6"
    assert passed["harness_verdict"] == "passed"
    assert passed["harness_faults_fired"] == "1"
    assert float(passed["harness_simulated_seconds"]) > 3600
    assert len(passed["harness_history"]) == 64
    assert found["test_fails"]["harness_verdict"] == "failed"
    assert found["test_is_no_scenario"] == {}
    assert passed["harness_history"] == found["test_passes[2]"]["harness_history"]
    assert "harness_replay" not in passed


@pytest.mark.parametrize("more", [(), ("-n1",)], ids=["alone", "workers"])
def test_verdicts_and_the_replay_line_stand_in_junit_files(run, project, more):
    run(
        """
        def test_loses(app):
            app.cloud.recorder.expectation("effects_once", params={}, verdict="holds", negated=True)
            ask(app)
            assert False
        """,
        *("--junitxml", "out.xml", *more),
    )
    found = properties(project.path / "out.xml")["test_loses"]
    assert found["harness_invariants"] == "broken.effects_once: holds; nothing_lost: holds"
    assert found["harness_replay"].startswith("PYTHONHASHSEED=0 pytest ")
    assert "test_loses" in found["harness_replay"]


def test_skipped_scenarios_are_not_counted(run):
    result = run(
        """
        def test_skips(app):
            pytest.skip("later")
        """
    )
    result.assert_outcomes(skipped=1)
    result.stdout.no_fnmatch_line("scenarios *")


def test_large_figures_stay_aligned():
    totals = SessionTotals(faults_fired=12345, simulated=86400 * 3, real=0.5)
    totals.verdicts.update(passed=12)
    assert totals.lines() == [
        "scenarios      12  12 passed · 0 failed · 0 unknown",
        "faults     12,345  fired",
        "time       3 d simulated in 500 ms",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0214, "21 ms"),
        (1.94, "1.9 s"),
        (59.96, "1 min"),
        (61, "1 min 1 s"),
        (15120, "4 h 12 min"),
        (3605, "1 h"),
        (200_000, "2 d 7 h"),
    ],
)
def test_a_time_span_in_words(seconds, text):
    assert duration(seconds) == text
