"""Records of streams in the ledger: each consumer has an account of its own."""

from __future__ import annotations

import pytest

from harness import invariants
from harness.history.copies import Fate
from harness.history.ledger import Ledger
from tests.helpers.runs import Written

STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/Events/stream/2026-01-01T00:00:00.000"


class Streaming(Written):
    """A stream of a table, and functions that read it."""

    def __init__(self):
        super().__init__()
        self.place("Events", "dynamodb")
        self.stream = self.recorder.names.of(STREAM)

    def record(self, number):
        self.recorder.accepted(self.stream, number, body={"eventName": "INSERT", "Keys": {"id": number}})
        self.wait(1)

    def batch(self, function, *numbers, outcome="ok", failed=(), unread=()):
        self.function(function)
        hop = self.recorder.hop(self.stream, function, numbers, actor=f"mapping:{function}")
        run = self.recorder.invocation(
            function, numbers, request_id="r", source=self.stream, cause=hop, actor=function
        )
        self.recorder.invocation_ended(run, outcome, failed=failed, unread=unread, actor=function)
        self.recorder.arrived(hop, numbers)
        self.wait(1)

    def fates(self):
        return {(path.message.key[1], path.place): path.fate for path in Ledger(self.history()).paths()}


@pytest.fixture
def run():
    return Streaming()


def test_a_stream_is_named_after_its_table(run):
    assert run.stream == "Events (stream)"


def test_a_record_without_a_consumer_is_owed_to_nobody(run):
    run.record("1")
    assert run.fates() == {}


def test_each_consumer_has_an_account_of_its_own(run):
    run.record("1")
    run.batch("View", "1")
    run.batch("Audit", "1", outcome="error")
    assert run.fates() == {("1", "View"): Fate.APPLIED, ("1", "Audit"): Fate.WAITING}


def test_a_record_that_was_given_up_is_lost(run):
    run.record("1")
    run.batch("View", "1", outcome="error")
    run.recorder.dropped(run.stream, ["1"], reason="RetryAttemptsExhausted", target="View")
    assert run.fates() == {("1", "View"): Fate.LOST}
    assert invariants.nothing_lost(run.history()).value == "broken"


def test_a_record_that_expired_is_lost_to_the_consumer_that_had_not_got_it(run):
    run.record("1")
    run.batch("Audit", "1")
    run.recorder.expired(run.stream, "1", reason="retention", target="View")
    assert run.fates() == {("1", "Audit"): Fate.APPLIED, ("1", "View"): Fate.EXPIRED}


def test_one_dead_letter_stands_for_a_whole_batch(run):
    run.queue("Failures")
    for number in ("1", "2"):
        run.record(number)
    run.batch("View", "1", "2", outcome="error")
    hop = run.recorder.hop(run.stream, "Failures", ["1", "2"])
    run.recorder.arrived(hop, ["m"])
    run.recorder.dead_lettered(
        run.stream, ["1", "2"], to="Failures", ids=["m", "m"], reason="exhausted", target="View"
    )
    assert run.fates() == {("1", "View"): Fate.DEAD_LETTERED, ("2", "View"): Fate.DEAD_LETTERED}
    ledger = Ledger(run.history())
    assert {copy.origin[1] for copy in ledger.dead_letters()} == {"1", "2"}
    run.recorder.deleted("Failures", "m", actor="test")
    assert Ledger(run.history()).dead_letters() == []


def test_a_report_that_nobody_reads_loses_the_record(run):
    run.record("1")
    run.batch("View", "1", unread=["1"])
    assert run.fates() == {("1", "View"): Fate.LOST}


def test_an_enrichment_handles_nothing(run):
    run.record("1")
    hop = run.recorder.hop(run.stream, run.function("Enrich"), ["1"])
    begun = run.recorder.invocation(
        "Enrich", ["1"], request_id="r", source=run.stream, enriches=True, cause=hop, actor="Enrich"
    )
    run.recorder.invocation_ended(begun, "ok", actor="Enrich")
    run.recorder.arrived(hop, ["1"])
    assert run.fates() == {}
