"""Conserved quantities: a counter that is added to twice leaves no second row."""

import pytest

from harness import invariants
from tests.helpers.runs import Written


@pytest.fixture
def run():
    made = Written()
    made.send("Work", "m-1", {"order": "o-1"})
    return made


def verdict(history, *amounts, equal_to=30, attribute="amount"):
    rows = [{"account": f"a-{n}", "amount": amount} for n, amount in enumerate(amounts)]
    return invariants.sums(history, "Balances", attribute=attribute, rows=rows, equal_to=equal_to)


def test_what_adds_up_holds(run):
    run.work("Work", "Billing", "m-1")
    assert verdict(run.settle(), 10, 20).value == "holds"


def test_decimals_add_up_exactly(run):
    run.work("Work", "Billing", "m-1")
    assert verdict(run.settle(), 0.1, 0.2, equal_to=0.3).value == "holds"
    assert verdict(run.history(), "0.1", "0.20000000000000000001", equal_to="0.3").kind == "more"


def test_what_was_added_twice_is_too_much(run):
    run.work("Work", "Billing", "m-1")
    found = verdict(run.settle(), 10, 20, 10)
    assert (found.value, found.kind) == ("broken", "more")
    assert found.why == "amount in Balances adds up to 40, not 30"
    assert found.evidence[0] == "account=a-0: 10"


def test_a_number_that_no_row_has_is_told_with_the_attributes_there_are(run):
    run.work("Work", "Billing", "m-1")
    found = verdict(run.settle(), 10, 20, attribute="amnt")
    assert found.value == "unknown"
    assert found.why == "no row of Balances has a number 'amnt'; they have account, amount"


def test_no_row_at_all_adds_up_to_nothing(run):
    run.work("Work", "Billing", "m-1")
    assert verdict(run.settle()).kind == "less"
    assert verdict(run.history(), equal_to=0).value == "holds"


def test_a_dead_letter_may_account_for_what_is_missing(run):
    run.work("Work", "Billing", "m-1", outcome="error")
    run.dead_letter("Work", "m-1", "Dead")
    assert verdict(run.settle(), 20).value == "unknown"


@pytest.mark.parametrize("how", [{"equal_to": None}, {"attribute": "amuont"}])
def test_what_can_not_be_compared_is_unknown(run, how):
    run.work("Work", "Billing", "m-1")
    assert verdict(run.settle(), 10, **how).value == "unknown"


def test_before_the_run_is_at_rest_nobody_knows(run):
    assert verdict(run.history(), 30).value == "unknown"


def test_sums_of_many_digits_are_exact(run):
    run.work("Work", "Billing", "m-1")
    large = "1" + "0" * 37
    assert verdict(run.settle(), large, "0.1", equal_to=large).kind == "more"
    assert verdict(run.history(), large, "0.1", equal_to=f"{large}.1").value == "holds"


@pytest.mark.parametrize("odd", ["NaN", "sNaN", "Infinity", "-inf", "n/a", True, [10]])
def test_a_row_that_has_no_finite_number_makes_the_sum_unknown(run, odd):
    run.work("Work", "Billing", "m-1")
    found = verdict(run.settle(), 30, odd)
    assert found.value == "unknown"
    assert repr(odd) in found.evidence[0]
