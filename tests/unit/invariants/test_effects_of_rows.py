"""What effects_once takes for an effect, and by which value: rows, lists, bodies, batches."""

from __future__ import annotations

import json

import pytest

from tests.helpers.effects import billed, effects, ordered


@pytest.mark.parametrize(
    "row",
    [
        {"order": "o-1"},
        json.dumps({"order": "o-1"}),
        json.dumps({"Type": "Notification", "TopicArn": "t", "Message": json.dumps({"order": "o-1"})}),
        json.dumps([{"order": "o-1"}]),
    ],
)
def test_rows_bodies_envelopes_and_batches_are_looked_into(run, row):
    billed(run, 1)
    assert effects(run.settle(), rows=[row]).value == "holds"


def test_messages_without_the_key_that_lie_beside_the_effects_are_none(run):
    ordered(run, 1, queue="In")
    bodies = ['{"order": "o-1"}', '{"batch": 1}']
    run.work("In", "Pack", "m-1", writes=None)
    assert effects(run.settle(), place="Packing", rows=bodies).value == "holds"


def test_keys_may_be_nested_and_have_another_name_in_rows(run):
    run.send("Work", "m-1", {"detail": {"order": "o-1"}})
    run.work("Work", "Billing", "m-1")
    history = run.settle()
    rows = [{"pk": "o-1"}]
    assert effects(history, rows=rows, key="detail.order", attribute="pk").value == "holds"


def test_an_attribute_that_no_row_has_is_told_with_those_there_are(run):
    billed(run, 1)
    verdict = effects(run.settle(), rows=[{"pk": "o-1", "total": 3}])
    assert verdict.kind == "missing"
    assert "no row of Ledger has the attribute 'order'; they have pk, total" in verdict.evidence[0]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"day": "x", "lines": ["o-1"]}, "no row of Ledger has a list 'entries'; they have day, lines"),
        (
            {"entries": [{"id": "o-1", "n": 1}]},
            "no element of 'entries' in Ledger has 'order'; they have id, n",
        ),
        ({"entries": []}, "no row of Ledger has a list 'entries' with anything in it"),
        ({"entries": ["o-2"]}, "nothing in Ledger"),
    ],
)
def test_a_list_of_effects_that_no_row_has_is_told_with_the_attributes_there_are(run, row, told):
    billed(run, 1)
    billed(run, 2)
    verdict = effects(run.settle(), rows=[row], items="entries")
    assert verdict.kind == "missing"
    assert verdict.evidence[0].startswith(f"o-1: {told};")


def test_a_key_that_no_message_has_is_told_with_those_there_are(run):
    billed(run, 1)
    verdict = effects(run.settle(), "o-1", key="ordr")
    assert verdict.why == "no message that was accepted has 'ordr' in its body; they have order"


def test_elements_of_a_list_are_effects(run):
    billed(run, 1)
    history = run.settle()
    assert effects(history, rows=[{"day": "x", "entries": ["o-1"]}], items="entries").value == "holds"
    twice = [{"day": day, "entries": [{"order": "o-1"}]} for day in "xy"]
    assert effects(history, rows=twice, items="entries").kind == "duplicated"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (7, "7"),
        (7, 7),
        (8.0, 8),
        ("ß", "ß"),
        (1234567890123456789012345678, 1234567890123456789012345678),
        (True, True),
    ],
)
def test_values_compare_by_what_they_say(run, sent, stored):
    run.send("Work", "m-1", {"order": sent})
    run.work("Work", "Billing", "m-1")
    assert effects(run.settle(), stored).value == "holds"


def test_decimals_compare_exactly(run):
    run.send("Work", "m-1", '{"order": 0.12345678901234567891}')
    run.work("Work", "Billing", "m-1")
    history = run.settle()
    assert effects(history, "0.12345678901234567891").value == "holds"
    assert effects(history, 0.12345678901234567).kind == "unexpected"


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"lines": [{"order": "o-1"}]}, '; is it key="lines.order", attribute="order"?'),
        ({"detail": {"of": {"order": "o-1"}}}, '; is it key="detail.of.order", attribute="order"?'),
        ({"lines": ["o-1"]}, "; they have lines"),
    ],
    ids=["in a list", "in an object", "nowhere"],
)
def test_a_key_that_stands_deeper_in_the_bodies_is_found_for_the_user(run, body, hint):
    run.send("Work", "m-1", body)
    verdict = effects(run.settle(), "o-1")
    assert verdict.value == "unknown"
    assert verdict.why.endswith(hint)
