"""Plans: places, times, and the strict form on disk."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import Plan, faults
from harness.faults.sites import Call, Hop, Invocation
from harness.plan import PlanError, fault_to_data, like
from tests.unit.faults.kinds import EXAMPLES

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


def refusal(text: str) -> str:
    """What is wrong with it; an answer that begins like all of ours if nothing is."""
    try:
        Plan.from_json(text)
    except PlanError as error:
        return str(error)
    return "plan: fine"


@given(st.text())
def test_any_text_is_a_plan_or_an_error_that_says_why(text):
    assert refusal(text).startswith("plan")


@given(JSON)
def test_any_json_is_a_plan_or_an_error_that_says_why(value):
    assert refusal(json.dumps(value)).startswith("plan")


@given(
    st.sampled_from(sorted(EXAMPLES)),
    st.sampled_from(["operation", "source", "function", "times", "seconds", "kind", "x"]),
    JSON,
)
def test_any_damage_to_a_fault_is_an_error_that_says_why(name, setting, value):
    data = json.loads(Plan(1, (EXAMPLES[name],)).to_json())
    data["faults"][0][setting] = value
    assert refusal(json.dumps(data)).startswith("plan")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "plan: not JSON"),
        ("[]", "plan: expected an object, found []"),
        ("{}", 'plan.format is missing; a plan begins so: {"format": 2, …'),
        ('{"format": true}', "plan.format: expected 2, found True"),
        ('{"format": 3}', "plan.format: expected 2, found 3"),
        ('{"format": 1}', "plan.format: expected 2, found 1: an older version wrote this plan"),
        ('{"format": 2, "sead": 1}', "plan: unknown setting 'sead'; did you mean 'seed'?"),
        ('{"format": 2, "seed": 1.5}', "plan.seed: expected a whole number, found 1.5"),
        ('{"format": 2, "seed": 1, "seed": 2}', "plan: 'seed' is set twice"),
        ('{"format": 2, "seed": NaN}', "plan: NaN is not a number that JSON knows"),
        ('{"format": 2, "faults": {}}', "plan.faults: expected a list, found {}"),
        ('{"format": 2, "faults": [1]}', "plan.faults[0]: expected an object, found 1"),
        (
            '{"format": 2, "faults": [{"kind": "trottle"}]}',
            "plan.faults[0].kind: unknown kind 'trottle'; did you mean 'throttle'?",
        ),
        ('{"format": 2, "faults": [{"kind": "poison"}]}', "plan.faults[0]: target is missing"),
        (
            '{"format": 2, "faults": [{"kind": "crash", "function": "F", "time": 3}]}',
            "plan.faults[0]: unknown setting 'time'; did you mean 'times'?",
        ),
        (
            '{"format": 2, "faults": [{"kind": "crash", "when": "later"}]}',
            "plan.faults[0].when: expected one of 'before', 'after', found 'later'",
        ),
        (
            '{"format": 2, "faults": [{"kind": "slow", "operation": "sqs:*", "seconds": 1e999}]}',
            "plan.faults[0].seconds: expected a number, found inf",
        ),
        (
            '{"format": 2, "faults": [{"kind": "throttle", "operation": "PutItem"}]}',
            'plan.faults[0]: operation="PutItem": expected "service:Operation", as in "sqs:SendMessage"',
        ),
        (
            '{"format": 2, "faults": [{"kind": "poison", "target": "\\ud800"}]}',
            "plan.faults[0].target: expected printable text, found",
        ),
    ],
)
def test_says_what_is_wrong_and_where(text, message):
    with pytest.raises(PlanError) as caught:
        Plan.from_json(text)
    assert str(caught.value).startswith(message)


def test_json_that_is_nested_without_end_is_an_error():
    with pytest.raises(PlanError):
        Plan.from_json("[" * 100_000)


def test_settings_at_their_default_are_left_out():
    plan = Plan(7, (faults.crash("Billing"),))
    assert plan.to_json() == '{"format": 2, "seed": 7, "faults": [{"kind": "crash", "function": "Billing"}]}'


def test_a_stored_fault_names_its_kind_its_place_and_then_its_time():
    fault = faults.throttle("dynamodb:PutItem", times=3, code="ThrottlingException", resource="Ledger")
    assert list(fault_to_data(fault)) == ["kind", "operation", "resource", "code", "times"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"nth": 0}, "nth=0"),
        ({"nth": True}, "nth: expected a whole number, found True"),
        ({"times": 0}, "times=0"),
        ({"times": 1.0}, "times: expected a whole number or null"),
        ({"after_seconds": -1}, "after_seconds=-1"),
        ({"after_seconds": float("nan")}, "after_seconds: expected a number"),
        ({"after_seconds": 5, "until_seconds": 5}, "until_seconds=5"),
        ({"probability": 0}, "probability=0"),
        ({"probability": 1.5}, "probability=1.5"),
        ({"optional": 1}, "optional: expected true or false"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(settings, message):
    with pytest.raises(PlanError) as caught:
        faults.crash("Billing", **settings)
    assert str(caught.value).startswith(message)


def test_a_time_moves_with_its_window():
    moved = faults.crash("F", nth=2, after_seconds=5, until_seconds=10).later_by(100)
    assert moved == faults.crash("F", nth=2, after_seconds=105, until_seconds=110)
    assert faults.crash("F").later_by(3).until_seconds is None
    assert faults.outage("sqs", after_seconds=5, for_seconds=60).later_by(100).ends_at == 165


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        (None, "x", True),
        (None, None, True),
        ("x", None, False),
        ("Bill*", "Billing", True),
        ("Bill?ng", "Billing", True),
        ("bill*", "Billing", False),
        ("[B]*", "Billing", False),
        ("[B]*", "[B]illing", True),
        ("a[b", "a[b", True),
    ],
)
def test_names_match_as_in_iam_policies(pattern, value, expected):
    assert like(pattern, value) is expected


def test_places_match_what_they_name():
    fault = faults.throttle("dynamodb:*Item", resource="Ledger", actor="Billing")
    assert fault.is_at(Call("dynamodb:PutItem", "Orders", "Billing", "eu-west-1", ("Ledger",)))
    assert not fault.is_at(Call("dynamodb:PutItem", None, "Billing", "eu-west-1"))
    assert not fault.is_at(Call("dynamodb:Query", "Ledger", "Billing", "eu-west-1"))
    assert faults.ack_lost(target="Billing").is_at(Hop("BillingQueue", "Billing", ("m-1",)))
    assert not faults.ack_lost("Orders").is_at(Hop("BillingQueue", "Billing", ("m-1",)))
    assert faults.crash().is_at(Invocation("anything", "r-1"))
    eu, us = (Call("sqs:SendMessage", "Q", "test", region) for region in ("eu-west-1", "us-east-1"))
    assert faults.outage("sqs", region="eu-*").is_at(eu)
    assert not faults.outage("sqs", region="eu-*").is_at(us)


def test_a_place_needs_a_whole_operation():
    for operation in ("PutItem", ":PutItem", "dynamodb:", ""):
        with pytest.raises(PlanError, match="operation="):
            faults.throttle(operation)


def test_a_fault_in_the_place_of_the_seed_is_told():
    with pytest.raises(PlanError, match=r"expected seed=, a whole number, found .*faults= are apart"):
        Plan(faults.crash("Billing"))
