"""The pure rules: concurrency and names."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from harness.sim.services.lambda_.model.concurrency import (
    ACCOUNT_EXHAUSTED,
    ACCOUNT_LIMIT,
    RESERVED_EXHAUSTED,
    Concurrency,
)
from harness.sim.services.lambda_.model.naming import function_id, function_id_of_arn
from harness.sim.services.service import Caller, ServiceError

CALLER = Caller("test", "eu-west-1", "123456789012")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:work"


class Accounts(RuleBasedStateMachine):
    """Concurrency never exceeds a reservation that was made before, nor the account's limit."""

    def __init__(self):
        super().__init__()
        self.concurrency = Concurrency()
        self.running = {"a": 0, "b": 0}

    @rule(name=st.sampled_from("ab"), amount=st.none() | st.integers(0, 900))
    def reserve(self, name, amount):
        if amount is None or self.concurrency.can_reserve(name, amount):
            self.concurrency.reserve(name, amount)

    @rule(name=st.sampled_from("ab"), times=st.integers(1, 400))
    def begin(self, name, times):
        for _ in range(times):
            reason = self.concurrency.begin(name)
            reserved = self.concurrency.reserved(name)
            if reason is None:
                self.running[name] += 1
                assert reserved is None or self.running[name] <= reserved
            else:
                assert reason == (ACCOUNT_EXHAUSTED if reserved is None else RESERVED_EXHAUSTED)

    @rule(name=st.sampled_from("ab"))
    def end(self, name):
        if self.running[name]:
            self.running[name] -= 1
            self.concurrency.end(name)

    @invariant()
    def counts_what_runs(self):
        assert {name: self.concurrency.running(name) for name in "ab"} == self.running
        assert 100 <= self.concurrency.unreserved <= ACCOUNT_LIMIT


TestAccounts = Accounts.TestCase


def test_a_reservation_of_nothing_stops_a_function():
    concurrency = Concurrency()
    concurrency.reserve("f", 0)
    assert concurrency.begin("f") == RESERVED_EXHAUSTED
    assert concurrency.begin("g") is None


@pytest.mark.parametrize("text", ["work", ARN, "123456789012:function:work", "function:work"])
def test_a_function_has_many_names(text):
    assert function_id(text, CALLER).arn == ARN
    assert function_id(text, CALLER, "live").qualified_arn == f"{ARN}:live"
    assert function_id(f"{text}:live", CALLER).qualifier == "live"


def test_two_qualifiers_must_be_the_same():
    with pytest.raises(ServiceError, match="does not match the specified qualifier"):
        function_id("work:live", CALLER, "other")
    assert function_id_of_arn(f"{ARN}:3").qualifier == "3"
