"""Events, bodies and inputs that are made up to fit what a template says of them."""

from __future__ import annotations

import json

import pytest

from harness.app.handles.asked import asked_input
from harness.app.handles.samples import body_in, fitting, matching


@pytest.mark.parametrize(
    ("pattern", "event"),
    [
        ({"detail": {"kind": [{"prefix": "sale-"}, "refund"]}}, {"detail": {"kind": "sale-"}}),
        ({"a": [{"exists": True}], "c": [{"exists": False}]}, {"a": "smoke"}),
        ({"a": [1], "$or": [{"b": [2]}, {"c": [3]}]}, {"a": 1, "b": 2}),
        ({"a": [{"numeric": [">", 0, "<", 1]}], "b": [{"cidr": "10.0.0.0/24"}]}, {"a": 0.5, "b": "10.0.0.0"}),
        ({"a": [{"numeric": ["<", 5]}], "b": [None]}, {"a": 4, "b": None}),
        ({"a": [{"wildcard": "x*z"}], "b": [{"anything-but": ["y"]}]}, {"a": "xsmokez", "b": "smoke"}),
    ],
    ids=["prefix", "exists", "either", "between", "numeric", "wildcard"],
)
def test_an_event_is_made_to_match_a_pattern(pattern, event):
    assert matching(pattern) == event


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ({"order": 1}, {"order": 1}),
        ({"Records": [{"eventSource": "aws:sqs", "body": "text"}]}, "text"),
        ({"Records": [{"Sns": {"Message": "told"}}]}, "told"),
        ({"Records": []}, None),
        ({"detail-type": "x", "detail": {}}, None),
    ],
    ids=["plain", "queue", "topic", "empty", "bus"],
)
def test_the_body_is_taken_out_of_an_event(event, body):
    assert body_in(event) == body


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (
            {"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": ["a", "b"]},
            {"a": "x", "b": "smoke"},
        ),
        (
            {"allOf": [{"required": ["a"]}, {"oneOf": [{"required": ["b"]}, {}]}]},
            {"a": "smoke", "b": "smoke"},
        ),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [True, True]),
        ({"type": "number", "maximum": 0}, 0),
        ({"type": "string", "minLength": 8}, "smoke---"),
        (None, "smoke"),
    ],
    ids=["object", "parts", "array", "number", "text", "any"],
)
def test_a_body_is_made_to_fit_a_model(schema, value):
    assert fitting(schema) == value


def machine(*states, **more):
    """A machine with these states, A, B … in a row."""
    names = [chr(ord("A") + number) for number in range(len(states))]
    following = [{"Next": name} for name in names[1:]] + [{"End": True}]
    return json.dumps(
        {
            "StartAt": "A",
            "States": {n: {**s, **f} for n, s, f in zip(names, states, following, strict=True)},
            **more,
        }
    )


TASK_OF = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage"}


@pytest.mark.parametrize(
    ("definition", "event"),
    [
        (
            machine({**TASK_OF, "Parameters": {"MessageBody": {"to.$": "$.order.id", "all.$": "$.order"}}}),
            {"order": {"id": "smoke"}},
        ),
        (
            machine({"Type": "Wait", "SecondsPath": "$.for"}, {"Type": "Wait", "TimestampPath": "$.at"}),
            {"for": 1, "at": "2026-01-01T00:00:00Z"},
        ),
        (machine(TASK_OF, {**TASK_OF, "Parameters": {"MessageBody.$": "$.made"}}), {}),
        (
            machine(
                {**TASK_OF, "ResultPath": "$.sent"}, {**TASK_OF, "Parameters": {"MessageBody.$": "$.note"}}
            ),
            {"note": "smoke"},
        ),
        (
            machine(
                {
                    **TASK_OF,
                    "Parameters": {
                        "MessageBody.$": "States.Format('{} {}', $.a, $.b[0].c)",
                        "Q.$": "$$.Execution.Id",
                    },
                }
            ),
            {"a": "smoke", "b": [{"c": "smoke"}]},
        ),
        (
            machine(
                {**TASK_OF, "Arguments": {"MessageBody": "{% $states.input.total & '' %}"}},
                QueryLanguage="JSONata",
            ),
            {"total": "smoke"},
        ),
        (
            machine(
                {
                    "Type": "Map",
                    "ItemsPath": "$.all",
                    "Iterator": json.loads(machine({"Type": "Wait", "SecondsPath": "$.for"})),
                }
            ),
            {"all": [{"for": 1}]},
        ),
        (
            machine(
                {"Type": "Map", "Iterator": json.loads(machine({"Type": "Wait", "SecondsPath": "$.for"}))}
            ),
            [{"for": 1}],
        ),
        (
            machine(
                {
                    "Type": "Parallel",
                    "Branches": [json.loads(machine({"Type": "Wait", "SecondsPath": "$.for"}))],
                }
            ),
            {"for": 1},
        ),
        (
            json.dumps(
                {
                    "StartAt": "A",
                    "States": {
                        "A": {
                            "Type": "Choice",
                            "Choices": [
                                {
                                    "And": [
                                        {"Variable": "$.n", "NumericGreaterThan": 5},
                                        {"Variable": "$.kind", "StringEquals": "sale"},
                                    ],
                                    "Next": "B",
                                }
                            ],
                        },
                        "B": {
                            **TASK_OF,
                            "InputPath": "$.detail",
                            "Parameters": {"MessageBody.$": "$.id"},
                            "End": True,
                        },
                    },
                }
            ),
            {"n": 6, "kind": "sale", "detail": {"id": "smoke"}},
        ),
        (
            json.dumps(
                {
                    "StartAt": "A",
                    "States": {
                        "A": {
                            "Type": "Choice",
                            "Choices": [{"Not": {"Variable": "$.kind", "StringEquals": "sale"}, "Next": "B"}],
                        },
                        "B": {"Type": "Succeed"},
                    },
                }
            ),
            {"kind": "smoke"},
        ),
        (
            machine(TASK_OF, {**TASK_OF, "Parameters": {"MessageBody.$": "$$.Execution.Input.shop"}}),
            {"shop": "smoke"},
        ),
        (
            machine(
                {
                    "Type": "Map",
                    "ItemsPath": "$.all",
                    "ItemSelector": {"which.$": "$$.Map.Item.Value", "n.$": "$$.Map.Item.Index"},
                    "ItemProcessor": json.loads(machine({"Type": "Wait", "SecondsPath": "$.which.for"})),
                }
            ),
            {"all": [{"for": 1}]},
        ),
        ("no definition", {}),
    ],
    ids=[
        "parameters",
        "waits",
        "replaced",
        "kept",
        "functions",
        "jsonata",
        "items",
        "whole",
        "branches",
        "choice",
        "choice against",
        "input of the execution",
        "selected items",
        "none",
    ],
)
def test_an_input_is_made_of_what_a_state_machine_reads(definition, event):
    assert asked_input(definition, {}) == event
