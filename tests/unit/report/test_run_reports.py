"""Reports of one stored run: diagrams and traces."""

from __future__ import annotations

import json

import pytest

from harness.report import RUN_REPORTS, stored_run
from harness.report.markdown import EndedTest, of_tests
from harness.report.mermaid import STEPS_MAX

EVENTS = [
    [0, 0.0, "call", None, "test", "sns:CreateTopic Orders", [], {"does": "configures"}],
    [1, 0.1, "call", None, "test", "sns:Publish Orders", [], {"does": "sends", "resource": "Orders"}],
    [2, 0.2, "accepted", 1, "test", "Orders", ["m"], {"body": 'x;y\n<b>"'}],
    [3, 0.2, "hop", 2, "sns", "Orders → Work", ["m"], {"source": "Orders", "target": "Work"}],
    [4, 0.3, "fault", 3, "plan", "redeliver", [], {"kind": "redeliver"}],
    [
        5,
        0.4,
        "arrived",
        3,
        "sns",
        "Orders → Work",
        ["n"],
        {"source": "Orders", "target": "Work", "copy": True},
    ],
]


def run(events=EVENTS):
    return stored_run("\n".join(json.dumps(line) for line in ({"seed": 0}, *events)))


def test_a_diagram_shows_the_way_and_the_fault():
    assert list(RUN_REPORTS["mermaid"](run())) == [
        "sequenceDiagram",
        "  participant p0 as test",
        "  participant p1 as Orders",
        "  participant p2 as Work",
        '  p0->>p1: x y ‹b›"',
        "  Note over p1: fault: redeliver",
        "  p1->>p2: delivered (a copy)",
    ]


def test_a_long_diagram_is_cut_and_says_so():
    many = [[n, n, "accepted", None, "test", "Work", ["m"], {"body": "b"}] for n in range(STEPS_MAX + 5)]
    *_, last = RUN_REPORTS["mermaid"](run(many))
    assert last == "  Note over p0: … 5 more steps"


def test_a_trace_has_a_slice_for_each_delivery():
    [text] = RUN_REPORTS["perfetto"](run())
    slices = [each for each in json.loads(text)["traceEvents"] if each["ph"] == "X"]
    [one] = slices
    assert (one["name"], round(one["ts"]), round(one["dur"])) == ("Orders → Work", 200000, 200000)


@pytest.mark.parametrize("name", ["mermaid", "perfetto", "html", "otlp"])
def test_a_run_in_which_nothing_happened_is_a_report_too(name):
    assert list(RUN_REPORTS[name](run([])))


def test_a_fence_in_an_error_does_not_end_the_block():
    lines = list(of_tests([EndedTest("t", "failed", "```\nx")]))
    assert lines.count("````") == 2
