"""Recovery coverage: figures that add up, tables, comparison, files."""

from __future__ import annotations

import json

import pytest

from harness.report import (
    REPORTS,
    ReportError,
    by_fault,
    by_place,
    by_scenario,
    compare,
    document,
    failures_shown,
    read,
    tables,
    total,
    write,
)
from harness.report.coverage import shown
from harness.report.terminal import summary


def tried(status, place="Orders ⇒ Queue", kind="redeliver", why="", **more):
    return {
        "point": f"{place} #1",
        "place": place,
        "path": place,
        "kind": kind,
        "fault": kind,
        "after": "",
        "stands_for": 3,
        "status": status,
        "invariant": "",
        "evidence": "",
        "why": why,
        "plan": {"format": 2, "seed": 0, "faults": []},
        **more,
    }


def scenario(*tries, name="test_once", **more):
    return {
        "scenario": name,
        "control": {"status": "survived", "why": "", "events": 9},
        "deterministic": True,
        "complete": True,
        "interrupted": False,
        "runs": len(tries) + 2,
        "tries": list(tries),
        "failures": [],
        **more,
    }


def report(*scenarios):
    return document(scenarios, seed=0, mode="1", cloud="sim")


MIXED = report(
    scenario(
        tried("survived"),
        tried("broken", why="o-7: 2 times in Ledger"),
        tried("unknown", place="Billing (invocation)", kind="crash", why="hung"),
        tried("not reached", kind="poison"),
        tried("survived", place="", kind="interleaving"),
    ),
    scenario(tried("survived", kind="crash"), name="test_all"),
)


def test_coverage_is_survived_by_tried():
    figures = total(MIXED)
    assert (figures.tried, figures.survived, figures.broken, figures.unknown) == (4, 2, 1, 1)
    assert figures.percent == 50


def test_unknown_is_not_survived():
    assert by_place(MIXED)["Billing (invocation)"].percent == 0


def test_not_reached_counts_neither_way():
    assert total(MIXED).not_reached == 1
    assert by_fault(MIXED)["poison"].percent is None


def test_an_interleaving_is_no_fault_point():
    assert "interleaving" not in by_fault(MIXED)


def test_every_way_to_count_adds_up_to_the_total():
    for rows in (by_scenario(MIXED), by_place(MIXED), by_fault(MIXED)):
        for name in ("tried", "survived", "broken", "unknown", "not_reached", "stands_for"):
            assert sum(getattr(row, name) for row in rows.values()) == getattr(total(MIXED), name)


def test_nothing_tried_is_not_100_percent():
    empty = report(scenario())
    assert total(empty).percent is None
    assert any("nothing tried" in line for line in tables(empty))
    assert not any("100%" in line for line in tables(empty))


@pytest.mark.parametrize(
    ("percent", "text"),
    [(100.0, "100%"), (99.99, "99%"), (99.5, "99%"), (0.0, "0%"), (0.01, "1%"), (83.4, "83%")],
)
def test_a_hundred_is_shown_only_if_it_is_all(percent, text):
    assert shown(percent) == text


def test_the_tables_name_what_broke():
    lines = list(tables(MIXED))
    [row] = [line for line in lines if line.startswith("Orders ⇒ Queue")]
    assert row.split()[3:7] == ["3", "9", "2", "67%"]
    assert row.endswith("redeliver: o-7: 2 times in Ledger")
    [last] = [line for line in lines if line.startswith("TOTAL")]
    assert last.split() == ["TOTAL", "4", "12", "2", "50%"]


def test_a_scenario_that_fails_without_faults_is_told():
    bad = scenario(control={"status": "broken", "why": "o-1 lost", "events": 3})
    assert "test_once: fails before any fault is added, so nothing was tried: o-1 lost" in list(
        tables(report(bad))
    )


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"deterministic": False}, "two control runs differ"),
        ({"interrupted": True, "complete": False}, "interrupted"),
        ({"complete": False}, "the budget was spent"),
    ],
)
def test_what_the_figures_do_not_say_is_told(more, told):
    assert any(told in line for line in tables(report(scenario(tried("survived"), **more))))


def test_a_summary_in_a_line():
    assert summary(scenario(tried("survived"), tried("broken"))) == "survived 1 of 2 fault points (50%)"


def test_a_failure_is_told_with_its_plan_life_parting_and_replay():
    failure = {
        "name": "Orders ⇒ Queue #1: redeliver",
        "count": 3,
        "why": "effects_once: broken",
        "plan": {"format": 2, "seed": 0, "faults": []},
        "life": ["o-7 accepted"],
        "parts": ["this run: …", "control run: …"],
        "replay": "harness replay x.json",
    }
    assert list(failures_shown(scenario(failures=[failure]))) == [
        "1. effects_once: broken",
        "   found by  Orders ⇒ Queue #1: redeliver, and 2 more like it",
        '   plan      {"format": 2, "seed": 0, "faults": []}',
        "   o-7 accepted",
        "   parts from the control run here:",
        "     this run: …",
        "     control run: …",
        "   replay    harness replay x.json",
    ]


def test_a_comparison_shows_what_a_change_broke():
    before = report(scenario(tried("survived"), tried("broken", kind="crash", why="lost")))
    now = report(scenario(tried("broken", why="o-7 twice"), tried("survived", kind="crash")))
    found = compare(now, before)
    assert [str(change) for change in found.broke] == [
        "  test_once  Orders ⇒ Queue: redeliver  survived → broken: o-7 twice"
    ]
    assert [change.key[3] for change in found.mended] == ["crash"]
    assert "broken by this change: 1" in list(found.lines())


def test_more_representatives_that_fail_were_broken_by_the_change():
    before = report(scenario(tried("broken"), tried("survived")))
    now = report(scenario(tried("broken"), tried("broken")))
    assert [str(change) for change in compare(now, before).broke] == [
        "  test_once  Orders ⇒ Queue: redeliver  broken (1×) → broken (2×)"
    ]
    assert not compare(before, now).broke
    assert len(compare(before, now).mended) == 1


def test_a_new_point_that_fails_was_broken_by_the_change():
    found = compare(report(scenario(tried("unknown"))), report(scenario()))
    assert [(change.before, change.now) for change in found.broke] == [("", "unknown")]


def test_points_that_are_gone_are_counted():
    found = compare(report(scenario()), report(scenario(tried("survived"))))
    assert "fault points that are gone: 1" in list(found.lines())
    assert not found.broke


def test_equal_reports_differ_in_nothing():
    assert list(compare(MIXED, MIXED).lines()) == [
        "recovery coverage: 50% → 50%",
        "no fault point ends in another way than before",
    ]


def test_what_was_written_is_read_again(tmp_path):
    write(MIXED, tmp_path / "deep" / "report.json")
    assert read(tmp_path / "deep" / "report.json") == MIXED


def test_a_report_that_can_not_be_written_leaves_no_half(tmp_path):
    file = tmp_path / "report.json"
    write(MIXED, file)
    with pytest.raises(UnicodeEncodeError):
        write(report(scenario(name="\ud800")), file)
    assert [one.name for one in tmp_path.iterdir()] == ["report.json"]
    assert read(file) == MIXED


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "can't be read"),
        ("[]", "no report of an exploration"),
        (json.dumps({**MIXED, "format": 2}), "reads format 1 only"),
        (json.dumps({**MIXED, "scenarios": {}}), "scenarios: expected a list"),
        (json.dumps({**MIXED, "scenarios": [{}]}), r"scenarios\[0\]: scenario is missing"),
        (json.dumps(report(scenario({"point": ""}))), r"tries\[0\]: place is missing"),
        (json.dumps(report(scenario(tried("fine")))), "unknown status 'fine'"),
    ],
)
def test_a_file_that_is_no_report_is_refused(tmp_path, text, told):
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(ReportError, match=told):
        read(file)


def test_the_report_for_a_terminal_is_found_by_its_name_and_tells_failures_where_they_are_asked_for():
    failure = {
        "name": "redeliver",
        "count": 1,
        "why": "twice",
        "plan": {},
        "life": [],
        "parts": [],
        "replay": "",
    }
    stored = report(scenario(tried("broken", why="twice"), failures=[failure]), scenario(name="test_fine"))
    shown_lines = list(REPORTS["terminal"](stored))
    assert shown_lines == list(tables(stored))
    assert list(REPORTS["terminal"](stored, failures=True)) == [
        *shown_lines,
        "test_once",
        *failures_shown(stored["scenarios"][1]),
    ]
