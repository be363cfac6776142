"""`pytest --explore` on a small app: one test run inside another, with worker processes of its own."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import time
from xml.etree import ElementTree

import pytest

from tests.helpers.billing import FEW, ONCE, SCENARIO, TWICE, report_of, shop

__all__ = ["shop"]


def test_an_app_that_recovers_passes_with_its_coverage(shop):
    result = shop(ONCE)(*FEW)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["*recovery coverage*", "Bill (invocation) *100%", "Orders ⇒ Bill *100%", "TOTAL *100%", "*runs in*"]
    )


def test_a_failure_prints_plan_life_parting_and_a_line_that_replays_it_bit_for_bit(shop, pytester):
    result = shop(TWICE)("--explore-faults", "ack_lost")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*effects_once: broken: 1 of 1 had their effect more than once*",
            '*plan * {"format": 2, "seed": 0, "faults": [[]{"kind": "ack_lost"*',
            "*accepted by Orders*",
            "*fault: ack_lost*",
            "*the first step that differs from the control run:*",
            "*this run: *Orders received by mapping:Bill (receive 2)*",
        ]
    )
    line = re.search(r"replay +(harness replay .*)", result.stdout.str())[1]
    command = [sys.executable, "-m", "harness.cli", *shlex.split(line)[1:]]
    replayed = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True)
    assert replayed.returncode == 1
    assert "test_shop.py::test_once: broken" in replayed.stdout
    assert "the same run as was kept, event by event" in replayed.stdout


def test_figures_and_replay_lines_stand_in_junit_files(shop, pytester):
    shop(TWICE)("--explore-faults", "ack_lost", "--junitxml", "out.xml")
    told = [each.attrib for each in ElementTree.parse(pytester.path / "out.xml").iter("property")]
    found = {each["name"]: each["value"] for each in told}
    assert found["harness_verdict"] == "failed"
    assert found["harness_replay"].startswith("harness replay .harness/")


def test_a_replay_of_a_mended_app_survives_and_says_that_it_is_not_the_same(shop, pytester):
    shop(TWICE)("--explore-faults", "ack_lost")
    shop(ONCE)
    [file] = (pytester.path / ".harness" / "failures").rglob("*.json")
    command = [sys.executable, "-m", "harness.cli", "replay", str(file)]
    replayed = subprocess.run(command, capture_output=True, text=True)
    assert replayed.returncode == 0
    assert "not the run that was kept" in replayed.stdout


def test_a_kept_plan_is_tried_first_and_forgotten_once_it_is_survived(shop, pytester):
    explore = shop(TWICE)
    explore("--explore-faults", "ack_lost")
    explore("--explore-faults", "clock_skew")
    first = report_of(pytester)["scenarios"][0]["tries"][0]
    assert (first["point"], first["status"]) == ("kept plan", "broken")
    shop(ONCE)("--explore-faults", "clock_skew")
    assert not list((pytester.path / ".harness" / "failures").rglob("*.json"))


def test_a_plain_assert_is_judged_in_every_run(shop):
    source = SCENARIO.replace(
        'expect(app).effects_once("Ledger", key="order")', 'assert len(app.table("Ledger").rows()) == 1'
    )
    result = shop(TWICE, source)("--explore-faults", "ack_lost")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: assert 2 == 1*"])


def test_the_minimum_decides_instead_of_the_scenario(shop):
    explore = shop(TWICE)
    result = explore(*FEW, "--explore-min", "10")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*replay *harness replay*"])
    result = explore(*FEW, "--explore-min", "95")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    told = "FAILED: recovery coverage 33% is below --explore-min=95: 1 of 3 recovered, 2 broken"
    result.stdout.fnmatch_lines([told])


def test_nothing_tried_is_below_any_minimum(shop):
    result = shop(ONCE, "def test_plain(): pass")("--explore-min", "0")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAILED: recovery coverage: nothing was tried*"])


def test_a_scenario_that_fails_without_faults_is_not_explored(shop, pytester):
    result = shop(ONCE, SCENARIO + "    assert False, 'always'\n")(*FEW)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*fails as it is, so*", "*always*"])
    assert report_of(pytester)["scenarios"][0]["tries"] == []


def test_other_tests_run_once_as_usual(shop):
    source = SCENARIO + "\ndef test_plain(): pass\ndef test_cloud(cloud): cloud.client('sqs').list_queues()\n"
    shop(ONCE, source)(*FEW).assert_outcomes(passed=3)


def test_what_compares_with_the_control_run_works(shop):
    source = SCENARIO.replace(
        'expect(app).effects_once("Ledger", key="order")', "expect(app).retry_amplification(at_most=9)"
    )
    shop(ONCE, source)(*FEW).assert_outcomes(passed=1)


def test_the_report_is_the_same_whatever_the_engine(shop, pytester):
    texts = []
    for engine in ("serial", "processes=2"):
        result = shop(TWICE)(*FEW, "--engine", engine)
        result.assert_outcomes(failed=1)
        assert result.stdout.str().count("test session starts") == 1
        texts.append((pytester.path / ".harness" / "report.json").read_text())
        for file in (pytester.path / ".harness" / "failures").rglob("*.json"):
            file.unlink()
    assert texts[0] == texts[1]


def test_under_xdist_the_controller_reports(shop, pytester):
    result = shop(ONCE)(*FEW, "-n", "1")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["TOTAL *100%"])
    assert len(report_of(pytester)["scenarios"]) == 1


def test_random_plans_end_with_their_budget(shop, pytester):
    result = shop(ONCE)("--explore=random", "--budget", "8")
    result.assert_outcomes(passed=1)
    tries = report_of(pytester)["scenarios"][0]["tries"]
    assert sum(one.get("times", 1) for one in tries) == 8
    assert {one["kind"] for one in tries} == {"random"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--explore=3",), "expected 1, 2, random"),
        (("--explore-min", "101"), "from 0 to 100"),
        (("--budget", "soon"), "60s or 5m"),
        (("--explore-faults", "crush"), "did you mean 'crash'"),
        (("--explore-faults", "crash,-poison"), "all to leave out"),
        (("--plan", "x.json"), "--plan x.json: no such file"),
    ],
)
def test_options_that_make_no_sense_are_refused(shop, options, told):
    result = shop(ONCE)(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert told in result.stderr.str()


def test_options_of_exploration_need_it(pytester):
    result = pytester.runpytest("--budget", "60s")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--budget: needs --explore*"])


@pytest.mark.parametrize(
    ("runs", "told"),
    [(4, "interrupted before everything was tried"), (8, "found by  Orders ⇒ Bill #1: poison")],
    ids=["nothing found yet", "a failure found"],
)
def test_interrupted_it_prints_what_is_known_so_far(shop, pytester, runs, told):
    marks = pytester.path / "runs"
    hangs = f"""
    with open({str(marks)!r}, "a") as marks:
        marks.write(".")
        hangs = marks.tell() > {runs}
    while hangs:
        __import__("signal").pause()
"""
    shop(ONCE, SCENARIO + hangs)
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "--engine=processes=1", "--explore"]
    process = subprocess.Popen(
        command,
        cwd=pytester.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's "&" has it ignored
    )
    deadline = time.monotonic() + 120
    while not (marks.exists() and marks.stat().st_size > runs) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "recovery coverage" in out
    assert "interrupted; these are the results so far" in out
    assert told in out


def test_a_stored_report_is_shown_and_compared(shop, pytester, capsys):
    from harness import cli

    explore = shop(ONCE)
    explore(*FEW, "--explore-report", "old.json")
    shop(TWICE)
    explore(*FEW, "--explore-report", "new.json")
    codes = []
    for arguments in (["new.json"], ["old.json"], ["new.json", "--compare", "old.json"], ["no.json"]):
        with pytest.raises(SystemExit) as end:
            cli.main(["report", *arguments])
        codes.append(end.value.code)
    assert codes == [1, 0, 1, 2]
    assert "recovered → broken" in capsys.readouterr().out


def test_the_command_explores_and_says_by_its_exit_code_how_it_went(shop, pytester):
    shop(TWICE)
    command = (sys.executable, "-m", "harness.cli", "explore", "-p", "no:randomly", "--engine", "serial")
    found = pytester.run(*command, "--explore-faults", "ack_lost")
    assert found.ret == 1
    found.stdout.fnmatch_lines(["TOTAL *0%", "*1 failed in *"])
    found.stdout.no_fnmatch_line("*Warning*")
    found = pytester.run(*command, "--explore-faults", "ack_lost", "--json")
    [line] = found.outlines
    answer = json.loads(line)
    assert (found.ret, answer["outcome"], answer["total"]["broken"]) == (1, "failed", 1)
    assert answer["report"].endswith("report.json")
    found.stderr.fnmatch_lines(["*1 failed in *"])
    [kept] = (pytester.path / ".harness" / "failures").rglob("*.json")
    found = pytester.run(*command[:3], "replay", str(kept), "--json")
    answer = json.loads(found.stdout.str())
    assert (found.ret, answer["status"], answer["same"]) == (1, "broken", True)
    assert pytester.run(*command, "--explore-faults", "ack_lots").ret == 2
    assert pytester.run(*command, "-k", "no_such_test").ret == 3
    shop(ONCE, SCENARIO.replace("app.settle()", "pass"))
    assert pytester.run(*command, "--explore-faults", "ack_lost").ret == 3


def test_a_session_without_a_scenario_says_that_nothing_was_explored(pytester):
    pytester.makepyfile(test_plain="def test_plain(): pass")
    result = pytester.runpytest("--explore", "-q")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["nothing was explored: no test that ran is a @scenario"])


def test_a_fixture_that_there_isn_t_is_told_by_its_name(shop):
    result = shop(ONCE, SCENARIO.replace("test_once(app)", "test_once(app, kaos)"))()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["there is no fixture 'kaos'"])
