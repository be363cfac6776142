"""Values by which messages and effects are told apart."""

from decimal import Decimal

import pytest

from harness.invariants.keys import comparable, values_of


@pytest.mark.parametrize(
    "same", [(1, 1.0, Decimal("1.00"), "1"), (0.5, Decimal("0.50"), "0.5"), (1000, Decimal("1E+3"))]
)
def test_numbers_compare_by_their_value(same):
    assert len({comparable(value) for value in same}) == 1


def test_numbers_of_dynamodb_differ_in_their_last_digit():
    digits = "0." + "1" * 37
    assert comparable(Decimal(digits + "1")) != comparable(Decimal(digits + "2"))


def test_a_key_leads_into_lists_and_has_each_value_once():
    body = {"lines": [{"sku": "a"}, {"sku": "b"}, {"sku": "a"}]}
    assert values_of(body, "lines.sku") == ["a", "b"]


def test_the_detail_of_an_event_comes_before_its_own_fields():
    event = {"id": "e-1", "source": "shop", "detail-type": "Order", "detail": {"order": "o-1"}}
    assert values_of(event, "order") == ["o-1"]
    assert values_of(event, "detail.order") == ["o-1"]
    assert values_of(event, "id") == ["e-1"]
    assert values_of({**event, "detail": {"id": "line-1"}}, "id") == ["line-1"]
