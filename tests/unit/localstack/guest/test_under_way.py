"""Work in progress in an account: what ends it, and what is told of its end."""

from __future__ import annotations

import pytest

from harness.localstack.guest import under_way
from harness.localstack.guest.under_way import Ended

ACCOUNT = "111122223333"


@pytest.fixture
def place():
    yield under_way.of(ACCOUNT)
    under_way.forget(ACCOUNT)


def run(place, work):
    """Let it run to its end."""
    begun = place.begin("delivery", "orders")
    under_way.carry_on(begun, work)
    under_way.end(ACCOUNT, within_seconds=10)
    assert place.works == {}


def test_work_that_ends_by_an_error_is_told(place):
    def fails(work):
        raise LookupError("no such thing")

    run(place, fails)
    assert place.failed == ["delivery of orders ended by LookupError: no such thing"]


def test_the_end_of_the_account_is_no_error(place):
    def ends(work):
        raise Ended(ACCOUNT)

    run(place, ends)
    assert place.failed == []
