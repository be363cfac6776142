"""What a campaign says beside its tables: at its head, of failures, of plans that were kept."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.cloud import Unsupported
from harness.expectations import Unknown
from harness.history import History
from harness.plan import Plan
from harness.plugin.breakpoints import Breakpoints
from harness.plugin.judged import judged
from tests.helpers.billing import FEW, ONCE, SCENARIO, TWICE, report_of, shop

__all__ = ["shop"]

RACE = """
import json, os, boto3

def handler(event, context):
    key, table = {"id": {"S": "total"}}, os.environ["TABLE"]
    dynamodb = boto3.client("dynamodb")
    for record in event["Records"]:
        print("billing", record["body"])
        found = dynamodb.get_item(TableName=table, Key=key).get("Item", {"n": {"N": "0"}})
        n = int(found["n"]["N"]) + 1
        dynamodb.put_item(TableName=table, Item={**key, "n": {"N": str(n)}, "order": {"S": "all"}})
        if n == 4:
            raise RuntimeError("four is too many")
"""
COUNTED = SCENARIO.replace(
    'app.queue("Orders").send({"order": "o-1"})',
    """for n in range(6):
        app.queue("Orders").send({"order": f"o-{n}"})""",
).replace(
    'expect(app).effects_once("Ledger", key="order")',
    """[row] = app.table("Ledger").rows()
    assert row["n"] == 6""",
)


def kept(pytester):
    return list((pytester.path / ".harness" / "failures").rglob("*.json"))


def test_the_head_says_how_many_runs_are_planned_and_how_long_they_take(shop):
    shop(ONCE)(*FEW).stdout.re_match_lines([r"test_shop\.py::test_once: \d+ runs planned, about [\d.]+ m?s$"])


def test_with_pairs_it_says_that_more_come(shop):
    result = shop(ONCE)("--explore-faults", "ack_lost", "--explore=2")
    result.stdout.re_match_lines([r".*: \d+ runs planned, about .*; pairs come on top$"])


def test_a_budget_says_it_all(shop):
    shop(ONCE)(*FEW, "--budget", "9").stdout.no_fnmatch_line("*runs planned*")


@pytest.mark.parametrize("where", ["the handler", "the test"])
def test_a_breakpoint_is_told_with_its_place_as_nobody_can_answer_it(shop, where, pytester):
    run = shop(f"breakpoint() or {ONCE}" if where == "the handler" else ONCE)
    if where == "the test":
        file = pytester.path / "test_shop.py"
        file.write_text(file.read_text().replace("    app.settle()", "    breakpoint()\n    app.settle()"))
    result = run(*FEW)
    result.stdout.fnmatch_lines(["*breakpoint() in *.py:*: an exploration has no terminal; remove it*"])
    assert report_of(pytester)["scenarios"][0]["control"]["status"] == "unknown"


def test_the_debugger_has_its_place_again_when_a_scenario_is_done(monkeypatch):
    monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
    monkeypatch.setattr(sys, "breakpointhook", sys.__breakpointhook__)
    monkeypatch.setattr(sys, "__stdin__", io.StringIO())
    taken = Breakpoints()
    with pytest.raises(Unsupported, match="an exploration has no terminal"):
        breakpoint()
    taken.close()
    assert sys.breakpointhook is sys.__breakpointhook__


def test_a_debugger_that_somebody_has_chosen_is_left_alone(monkeypatch):
    def chosen(*args):
        """Stands for that of an editor."""

    monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
    monkeypatch.setattr(sys, "breakpointhook", chosen)
    Breakpoints()
    assert sys.breakpointhook is chosen


def test_it_ends_at_the_first_failure_where_pytest_does(shop, pytester):
    result = shop(TWICE)("-x")
    result.assert_outcomes(failed=1)
    [scenario] = report_of(pytester)["scenarios"]
    assert [one["status"] for one in scenario["tries"]].count("broken") == 1
    assert not scenario["complete"]
    result.stdout.fnmatch_lines(["*ended at the first failure, before all was tried: * planned runs left"])


def test_a_failing_control_run_shows_the_message_who_met_the_logs_and_a_replay(shop, pytester):
    result = shop(ONCE, COUNTED, RACE)(*FEW)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "fails as it is*",
            "*assert * == 6",
            "at the same time at the same place:",
            "  +*s  Bill (1st) → dynamodb:GetItem Ledger  id=total",
            "  +*s  Bill (2nd) → dynamodb:PutItem Ledger  id=total*",
            "replay * harness replay .harness/failures/*.json",
            "functions that failed:",
            "*four is too many*",
        ]
    )
    line = re.search(r"replay +harness (replay .*)", result.stdout.str())[1]
    command = [sys.executable, "-m", "harness.cli", *shlex.split(line)]
    replayed = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True)
    assert replayed.returncode == 1
    assert "the same run as was kept, event by event" in replayed.stdout


def test_a_failing_control_run_tells_the_timeline_of_the_message(shop):
    never = "def handler(event, context): pass\n"
    result = shop(ONCE, SCENARIO, never)(*FEW)
    result.stdout.fnmatch_lines(
        [
            "fails as it is*",
            "effects_once: broken*",
            "*accepted by Orders*",
            "*Bill handled it*",
        ]
    )


def test_a_kept_plan_that_is_not_reached_any_more_is_told_once_and_dropped(shop, pytester):
    explore = shop(TWICE)
    explore("--explore-faults", "ack_lost")
    [file] = kept(pytester)
    file.write_text(file.read_text().replace('"target": "Bill"', '"target": "Gone"'))
    explore = shop(ONCE)
    result = explore("--explore-faults", "clock_skew")
    result.stdout.fnmatch_lines(["dropped .harness/failures/*: its fault isn't reached any more: *Gone*"])
    assert kept(pytester) == []
    explore("--explore-faults", "clock_skew").stdout.no_fnmatch_line("dropped *")


def test_two_runs_that_differ_are_told_with_the_event_and_the_usual_causes(shop, pytester):
    result = shop('open("/proc/sys/kernel/random/uuid").read()')(*FEW)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "two runs without faults differ, so no result can be relied on:",
            "*dynamodb:PutItem Ledger*",
            "*the order of a set, id() or hash() of an object*",
        ]
    )


def test_the_folder_of_failures_ignores_itself(shop, pytester):
    shop(TWICE)("--explore-faults", "ack_lost")
    assert (pytester.path / ".harness" / ".gitignore").read_text() == "*\n"


def test_what_is_only_unknown_is_shown_as_unknown_and_not_as_failed(shop):
    source = "import pytest\n" + SCENARIO.replace(
        'expect(app).effects_once("Ledger", key="order")',
        "if len(app.table('Ledger').rows()) != 1:\n        pytest.skip('who knows')",
    )
    result = shop(TWICE, source)("--explore-faults", "ack_lost")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*unknown: test_shop.py::test_once*", "*1 unknown*"])
    result.stdout.no_fnmatch_line("FAILED *")


def test_an_error_that_says_it_is_unknown_is_called_so_once():
    outcome = judged(Plan(), History(()), Unknown("unknown: no invocation succeeded"))
    assert (outcome.status, outcome.why) == ("unknown", "unknown: no invocation succeeded")


def test_a_plain_assert_about_objects_gives_the_same_bytes_on_every_engine(shop, pytester):
    source = SCENARIO.replace(
        'expect(app).effects_once("Ledger", key="order")',
        "rows = [object() for _ in app.table('Ledger').rows()]\n    assert rows[1:] == [], rows",
    )
    texts = set()
    for engine in ("serial", "serial", "processes=1"):
        shop(TWICE, source)("--explore-faults", "ack_lost", "--engine", engine)
        texts.add((pytester.path / ".harness" / "report.json").read_text())
        for file in kept(pytester):
            file.unlink()
    [text] = texts
    assert "<object object at 0x…>" in text


def test_the_guide_shows_the_tables_and_the_failure_that_come(shop):
    guide = (Path(__file__).parents[2] / "docs/guide/explore.md").read_text()
    came = masked(shop(TWICE)().stdout.str()).splitlines()
    fences = re.findall(r"^```(\w*)\n([\s\S]*?)^```$", guide, re.M)
    shown = [text for kind, text in fences if not kind]
    assert len(shown) == 2
    for block in map(masked, shown):
        lines = block.splitlines()
        begins = came.index(lines[0])
        assert came[begins : begins + len(lines)] == lines


def masked(text):
    """Times and the names of files are those of one run."""
    return re.sub(r"\+\d+\.\d+s|\b[0-9a-f]{8}\b", "…", text)
