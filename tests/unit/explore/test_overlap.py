"""Two runs of functions that met at one row are shown side by side."""

from __future__ import annotations

import pytest

from harness.aws import Does
from harness.explore.overlap import overlap
from tests.helpers.runs import Written


def row(order):
    return {"Key": str({"order": {"S": order}})}


def raced(*, orders=("o-1", "o-1"), second="dynamodb:PutItem", apart=0, error=None):
    """Two invocations that read and then write a row, the second beginning before the first has ended."""
    run = Written()
    begun = []
    for number in range(2):
        run.send("Orders", f"m-{number}", {})
        run.wait(apart)
        how = {"request_id": "r", "source": "Orders", "actor": "mapping:Bill"}
        begun.append(run.recorder.invocation(run.function("Bill"), (f"m-{number}",), **how))
        if apart:
            run.recorder.invocation_ended(begun[0], "ok", actor="mapping:Bill")
    for operation in ("dynamodb:GetItem", second):
        for invocation, order in zip(begun, orders, strict=True):
            run.wait(1)
            run.call(operation, "Ledger", actor="Bill", cause=invocation, params=row(order), error=error)
    for invocation in begun[1:] if apart else begun:
        run.recorder.invocation_ended(invocation, "ok", actor="mapping:Bill")
    return run.settle()


def test_the_calls_of_both_are_told_in_order():
    assert overlap(raced()) == [
        "+1.000s  Bill (1st) → dynamodb:GetItem Ledger  order=o-1",
        "+2.000s  Bill (2nd) → dynamodb:GetItem Ledger  order=o-1",
        "+3.000s  Bill (1st) → dynamodb:PutItem Ledger  order=o-1",
        "+4.000s  Bill (2nd) → dynamodb:PutItem Ledger  order=o-1",
    ]


def test_two_requests_to_a_third_party_meet_at_no_row():
    run = Written()
    begun = []
    for number in range(2):
        run.send("Orders", f"m-{number}", {})
        how = {"request_id": "r", "source": "Orders", "actor": "mapping:Bill"}
        begun.append(run.recorder.invocation(run.function("Bill"), (f"m-{number}",), **how))
    for invocation in begun:
        how = {"region": "us-east-1", "cause": invocation, "actor": "Bill"}
        run.recorder.answer(
            run.recorder.call("https:Request", Does.WRITES, "api.example.com", **how), status=200
        )
    assert overlap(run.settle()) == []


@pytest.mark.parametrize(
    "without",
    [
        {"orders": ("o-1", "o-2")},
        {"second": "dynamodb:Query"},
        {"apart": 10},
        {"error": "ValidationException"},
    ],
    ids=["other rows", "nobody writes", "one after the other", "every write is refused"],
)
def test_what_can_not_race_is_not_told(without):
    assert overlap(raced(**without)) == []


def test_a_row_that_was_read_before_comes_first_also_if_a_transaction_over_two_tables_writes_it():
    run = Written()
    begun = []
    for number in range(2):
        run.send("Orders", f"m-{number}", {})
        how = {"request_id": "r", "source": "Orders", "actor": "mapping:Bill"}
        begun.append(run.recorder.invocation(run.function("Bill"), (f"m-{number}",), **how))
    for invocation in begun:
        run.call(
            "dynamodb:GetItem", "Stock", actor="Bill", cause=invocation, params={"Key": "{'sku': 'mug'}"}
        )
    run.place("Ledger", "dynamodb")
    for invocation in begun:
        how = {"region": "us-east-1", "actor": "Bill", "cause": invocation, "others": ("Stock",)}
        run.recorder.call("dynamodb:TransactWriteItems", Does.WRITES, "Ledger", **how)
    assert [line.partition(" → ")[2] for line in overlap(run.settle())] == [
        "dynamodb:GetItem Stock  sku=mug",
        "dynamodb:GetItem Stock  sku=mug",
        "dynamodb:TransactWriteItems Ledger",
        "dynamodb:TransactWriteItems Ledger",
    ]


def test_the_message_concerned_comes_first():
    run = Written()
    for number in range(4):
        run.send("Orders", f"m-{number}", {})
    begun = [
        run.recorder.invocation(
            run.function("Bill"), (f"m-{number}",), request_id="r", source="Orders", actor="mapping:Bill"
        )
        for number in range(4)
    ]
    for number, invocation in enumerate(begun):
        run.call("dynamodb:PutItem", "Ledger", actor="Bill", cause=invocation, params=row(f"o-{number // 2}"))
    history = run.settle()
    assert all("o-0" in line for line in overlap(history))
    assert all("o-1" in line for line in overlap(history, ["m-3"]))
