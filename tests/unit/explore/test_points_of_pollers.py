"""A function that polls a queue itself holds what it received."""

from harness.explore import points_of
from tests.helpers.runs import Written


def test_a_call_of_a_poller_knows_when_what_it_holds_becomes_visible():
    run = Written()
    run.send("Work", "m-1", {"order": "o-1"})
    how = {"request_id": "r", "attempt": 1, "source": "", "cold": False, "version": "1"}
    polling = run.recorder.invocation("Worker", (), **how, actor="test")
    asked = run.call("sqs:ReceiveMessage", "Work", actor="Worker", cause=polling)
    run.recorder.received("Work", {"m-1": 1}, visible_at=30.0, cause=asked, actor="Worker")
    run.wait(10)
    run.call("dynamodb:PutItem", "Ledger", actor="Worker", cause=polling)
    [put] = [point for point in points_of(run.settle()) if point.place == "Worker → dynamodb:PutItem Ledger"]
    assert put.lapses_after == 20.0
