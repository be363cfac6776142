"""The page for browsers: what it carries, and that nothing in it can break out."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report import REPORTS, document
from harness.report.page import ShownRun, control_name, failure_name, page

HEADER = {"cloud": "sim", "format": 2, "seed": 0, "plan": {}, "places": {}}


def history(body):
    event = [0, 0.0, "accepted", None, "test", "Work", ["m-1"], {"body": body}]
    return "\n".join(json.dumps(line) for line in (HEADER, event))


def carried(html):
    [found] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    return json.loads(found)


def scenario(name, failures=()):
    return {"scenario": name, "tries": [], "runs": 2, "failures": list(failures), "control": {}}


@given(st.text())
def test_no_body_of_a_message_ends_the_page(body):
    html = page([ShownRun("run", history(body))])
    assert carried(html)["runs"][0]["events"][0][7]["body"] == body
    assert html.count("</script>") == 2


@pytest.mark.parametrize(
    ("name", "place", "word"),
    [
        ("Work", {"service": "sqs", "role": "holds"}, "queue"),
        ("Desk", {"service": "apigatewaymanagementapi", "role": "holds"}, "API"),
        ("Saga", {"service": "stepfunctions", "role": "runs"}, "state machine"),
        ("Rows (stream)", {"service": "dynamodb", "role": "fans-out"}, "stream"),
        ("Rows", {"service": "dynamodb"}, "table"),
        ("default", {"service": "events", "role": "fans-out"}, "bus"),
        ("Page", {"service": "events", "role": "fans-out", "inner": True}, "rule"),
        ("Bill (async)", {"service": "lambda", "role": "holds"}, "events"),
        ("mailto:a@example.com", {"role": "leaves"}, ""),
    ],
    ids=["queue", "API", "machine", "stream", "table", "bus", "rule", "async", "outside"],
)
def test_places_have_the_words_that_people_use(name, place, word):
    header = json.dumps({**HEADER, "places": {name: place}})
    [run] = carried(page([ShownRun("run", header)]))["runs"]
    assert run["header"]["places"][name] == {**place, "word": word}


def test_a_run_is_tied_to_the_one_beside_it():
    html = page([ShownRun("a", history(""), beside="b"), ShownRun("b", history(""))])
    assert [run["control"] for run in carried(html)["runs"]] == [1, None]


def test_the_runs_of_a_campaign_are_tied_to_it():
    runs = [ShownRun(control_name("s"), history("")), ShownRun(failure_name("s", 0), history(""))]
    report = document(
        [scenario("s", [{"status": "broken"}, {"status": "unknown"}])], seed=0, mode="1", cloud="sim"
    )
    [campaign] = carried(page(runs, report))["campaigns"]
    assert campaign["control_run"] == 0
    assert [failure["run"] for failure in campaign["failures"]] == [1, None]


def test_it_is_a_report_like_any_other():
    [html] = REPORTS["html"](document([scenario("s")], seed=0, mode="1", cloud="sim"))
    assert carried(html)["campaigns"][0]["scenario"] == "s"
