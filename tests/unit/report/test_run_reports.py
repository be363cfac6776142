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


QUEUE = {"source": "Work", "target": "Bill"}


def test_a_delivery_stands_before_the_effects_of_what_it_ran():
    assert list(
        RUN_REPORTS["mermaid"](
            run(
                [
                    [0, 0, "accepted", None, "test", "Work", ["m"], {"body": "b"}],
                    [1, 1, "hop", 0, "mapping:Bill", "Work → Bill", ["m"], QUEUE],
                    [2, 1, "invocation", 1, "mapping:Bill", "Bill", ["m"], {}],
                    [
                        3,
                        1,
                        "call",
                        2,
                        "Bill",
                        "x:Put",
                        [],
                        {"does": "writes", "resource": "Rows", "operation": "Put"},
                    ],
                    [4, 2, "invocation-ended", 2, "mapping:Bill", "Bill", ["m"], {"outcome": "ok"}],
                    [5, 2, "arrived", 1, "mapping:Bill", "Work → Bill", ["m"], QUEUE],
                ]
            )
        )
    )[5:] == ["  p0->>p1: b", "  p1->>p2: delivered", "  p2->>p3: Put"]


def test_a_run_that_somebody_calls_is_shown():
    lines = RUN_REPORTS["mermaid"](
        run(
            [
                [0, 0, "execution", None, "test", "Flow", [], {}],
                [1, 1, "call", 0, "Flow", "x:Invoke Bill", [], {"does": "sends", "operation": "Invoke"}],
                [2, 1, "invocation", 1, "Flow", "Bill", [], {}],
                [3, 2, "invocation-ended", 2, "Flow", "Bill", [], {"outcome": "error", "error": "no"}],
            ]
        )
    )
    assert list(lines)[3:] == ["  p0->>p1: Invoke", "  Note over p1: error: no"]


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
