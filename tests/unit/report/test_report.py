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
    markdown,
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
        "untried": 2,
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
        "control": {"status": "recovered", "why": "", "events": 9},
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
        tried("recovered"),
        tried("broken", why="o-7: 2 times in Ledger"),
        tried("unknown", place="Billing (invocation)", kind="crash", why="hung"),
        tried("not reached", kind="poison"),
        tried("recovered", place="", kind="interleaving"),
    ),
    scenario(tried("recovered", kind="crash"), name="test_all"),
)


def test_coverage_is_recovered_by_tried():
    figures = total(MIXED)
    assert (figures.tried, figures.recovered, figures.broken, figures.unknown) == (4, 2, 1, 1)
    assert figures.percent == 50


def test_unknown_is_not_recovered():
    assert by_place(MIXED)["Billing (invocation)"].percent == 0


def test_a_refusal_under_a_fault_that_passes_counts_as_recovered_and_is_told():
    refused = report(scenario(tried("recovered"), tried("recovered", why="o-7 refused by Api: 503")))
    assert (total(refused).recovered, total(refused).percent) == (2, 100)
    lines = list(tables(refused))
    assert "  Orders ⇒ Queue #1: redeliver: o-7 refused by Api: 503" in lines
    assert any(line.startswith("1 of 2 recovered by a refusal") for line in lines)


def test_a_dead_letter_is_neither_lost_nor_recovered():
    dead = report(scenario(tried("recovered"), tried("dead-lettered", why="o-7 in BillingDlq")))
    assert (total(dead).dead_lettered, total(dead).percent) == (1, 50)
    lines = list(tables(dead))
    assert "  Orders ⇒ Queue #1: redeliver: o-7 in BillingDlq" in lines
    assert any(
        line.startswith("1 of 2 dead-lettered: nothing was lost, but somebody must act") for line in lines
    )


def test_what_was_not_tried_is_said_to_be_so():
    assert "4 not tried: they are like points that were" in list(
        tables(report(scenario(tried("recovered"), tried("broken"))))
    )


def test_failures_that_are_not_told_are_counted():
    assert list(failures_shown(scenario(untold=3)))[-1] == (
        "3 more runs failed in other ways, and aren't shown"
    )


def test_dead_letters_without_any_fault_are_told_as_coverage_says_nothing_of_them():
    control = {"status": "recovered", "why": "", "events": 9, "dead_letters": ["o-1 in Dead"]}
    lines = list(tables(report(scenario(tried("recovered"), control=control))))
    assert any("without any fault 1 message already ends as a dead letter" in line for line in lines)
    assert lines[-1] == "  o-1 in Dead"


def test_third_parties_that_nobody_answers_for_are_told():
    control = {"status": "recovered", "why": "", "events": 9, "unanswered": ["Bill asked api.example.com"]}
    lines = list(tables(report(scenario(tried("recovered"), control=control))))
    assert lines[-1].endswith("without any fault Bill asked api.example.com")


def test_a_summary_says_why_a_scenario_fails_without_any_fault():
    control = {"status": "broken", "why": "one order is missing", "events": 9}
    told = list(markdown.lines(report(scenario(control=control))))
    assert "one order is missing" in told


def test_not_reached_counts_neither_way():
    assert total(MIXED).not_reached == 1
    assert by_fault(MIXED)["poison"].percent is None


def test_an_interleaving_is_no_fault_point():
    assert "interleaving" not in by_fault(MIXED)


def test_every_way_to_count_adds_up_to_the_total():
    for rows in (by_scenario(MIXED), by_place(MIXED), by_fault(MIXED)):
        for name in ("tried", "recovered", "broken", "unknown", "not_reached", "untried", "dead_lettered"):
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


def test_the_tables_tell_the_ways_to_end_apart():
    lines = list(tables(MIXED))
    [row] = [line for line in lines if line.startswith("Orders ⇒ Queue")]
    assert row.split()[3:] == ["3", "2", "0", "1", "0", "1", "67%"]
    [last] = [line for line in lines if line.startswith("TOTAL")]
    assert last.split() == ["TOTAL", "4", "2", "0", "1", "1", "1", "50%"]


def test_a_scenario_that_fails_without_faults_is_told():
    bad = scenario(control={"status": "broken", "why": "o-1 lost", "events": 3})
    assert "test_once: fails as it is, so nothing was tried: o-1 lost" in list(tables(report(bad)))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"deterministic": False}, "two runs without faults differ"),
        ({"interrupted": True, "complete": False}, "interrupted"),
        ({"complete": False}, "ended at the first failure, before all was tried"),
        ({"complete": False, "out_of_budget": True}, "ended as its budget was spent, before all was tried"),
        (
            {"complete": False, "out_of_budget": True, "planned": 1201},
            "ended as its budget was spent, before all was tried: 1,200 of 1,201 planned runs left",
        ),
        ({"interrupted": True, "complete": False, "planned": 3}, "so far: 2 of 3 planned runs left"),
    ],
)
def test_what_the_figures_do_not_say_is_told(more, told):
    assert any(told in line for line in tables(report(scenario(tried("recovered"), **more))))


def failing(name, kind, *, stays=True, evidence="missing"):
    return {
        "name": name,
        "count": 2,
        "kinds": {kind: 2},
        "invariant": "effects_once",
        "evidence": evidence,
        "why": f"effects_once: broken\n  o-1: nothing in {name}",
        "plan": {},
        "stays": stays,
        "timeline": [f"timeline of {name}"],
        "parts": [],
        "replay": f"harness replay {name}.json",
    }


def test_failures_under_one_kind_of_fault_that_stays_stand_together():
    told = list(failures_shown(scenario(failures=[failing("A", "poison"), failing("B", "poison")])))
    assert told[-2:] == [
        "   also by   B, and 1 more like it: o-1: nothing in B",
        "   replay    harness replay B.json",
    ]
    assert not any(line.startswith("2.") or "timeline of B" in line for line in told)


@pytest.mark.parametrize(
    "other",
    [
        failing("B", "poison", stays=False),
        failing("B", "access_denied"),
        failing("B", "poison", evidence="duplicated"),
    ],
    ids=["passes", "another kind", "other evidence"],
)
def test_other_failures_are_told_one_by_one(other):
    told = list(failures_shown(scenario(failures=[failing("A", "poison"), other])))
    assert "   timeline of B" in told
    assert any(line.startswith("2. ") for line in told)


def test_random_plans_always_end_by_their_budget_so_it_is_not_told():
    drawn = scenario(tried("recovered"), complete=False, out_of_budget=True, planned=None)
    assert not any("budget" in line for line in tables(report(drawn)))


def test_effects_that_nothing_looks_at_are_told():
    control = {"status": "recovered", "why": "", "events": 3, "unjudged": ["Ledger", "Log"]}
    [told] = [
        line for line in tables(report(scenario(tried("recovered"), control=control))) if "looks" in line
    ]
    assert "nothing looks at what is in Ledger and Log" in told
    assert told.endswith('claim it by expect(app).effects_once("Ledger", key=…)')


def test_faults_of_the_scenario_itself_stand_below_the_plan():
    failure = {
        "name": "n",
        "count": 1,
        "kinds": {"crash": 1},
        "why": "why",
        "plan": {},
        "timeline": [],
        "parts": [],
        "replay": "",
    }
    own = {"kind": "throttle", "operation": "dynamodb:PutItem"}
    told = list(failures_shown(scenario(failures=[failure], faults=[own])))
    assert told[-1] == f"   always    {json.dumps([own])}, by @scenario(faults=…)"


def test_a_summary_in_a_line():
    assert (
        summary(scenario(tried("recovered"), tried("broken"))) == "recovered from 1 of 2 fault points (50%)"
    )


def test_a_failure_is_told_with_its_plan_life_parting_and_replay():
    failure = {
        "name": "Orders ⇒ Queue #1: redeliver",
        "count": 3,
        "kinds": {"ack_lost": 1, "redeliver": 2},
        "why": "effects_once: broken",
        "plan": {"format": 2, "seed": 0, "faults": []},
        "timeline": ["o-7 accepted"],
        "parts": ["this run: …", "control run: …"],
        "replay": "harness replay x.json",
    }
    assert list(failures_shown(scenario(failures=[failure]))) == [
        "1. effects_once: broken",
        "   found by  Orders ⇒ Queue #1: redeliver, and 2 more like it",
        "   shown by  ack_lost, redeliver (2×)",
        '   plan      {"format": 2, "seed": 0, "faults": []}',
        "   o-7 accepted",
        "   the first step that differs from the control run:",
        "     this run: …",
        "     control run: …",
        "   replay    harness replay x.json",
    ]


def test_a_comparison_shows_what_a_change_broke():
    before = report(scenario(tried("recovered"), tried("broken", kind="crash", why="lost")))
    now = report(scenario(tried("broken", why="o-7 twice"), tried("recovered", kind="crash")))
    found = compare(now, before)
    assert [str(change) for change in found.broke] == [
        "  test_once  Orders ⇒ Queue: redeliver  recovered → broken: o-7 twice"
    ]
    assert [change.key[3] for change in found.mended] == ["crash"]
    assert "broken by this change: 1" in list(found.lines())


def test_more_representatives_that_fail_were_broken_by_the_change():
    before = report(scenario(tried("broken"), tried("recovered")))
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
    found = compare(report(scenario()), report(scenario(tried("recovered"))))
    assert "fault points that are gone: 1" in list(found.lines())
    assert not found.broke


def test_equal_reports_differ_in_nothing():
    assert list(compare(MIXED, MIXED).lines()) == [
        "recovery coverage: 50% → 50%",
        "no fault point has another status than before",
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
        ("{", "report.json: not JSON: "),
        ("[]", "not the report of an exploration"),
        (json.dumps({**MIXED, "format": 1}), "reads format 2 only"),
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
        "kinds": {"redeliver": 1},
        "why": "twice",
        "plan": {},
        "timeline": [],
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
