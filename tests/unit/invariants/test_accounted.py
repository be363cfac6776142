"""Under faults a dead letter accounts for a missing effect if it was on the way there."""

from __future__ import annotations

import pytest

from harness import invariants
from harness.aws.rules.wiring import links
from harness.invariants.effects_once import left_by
from tests.helpers.runs import Written


def fanned_out(run):
    """An order goes to billing, which writes rows, and to mail, which doesn't."""
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(accepted, "BillQ", "b-1")
    run.fan_out(accepted, "MailQ", "l-1")
    return run


def judged(run, control):
    left = left_by(control.settle(), [{"order": "o-1"}], place="Ledger", key="order")
    return invariants.effects_once(run.settle(), "Ledger", key="order", rows=[], control=left)


@pytest.fixture
def control():
    run = fanned_out(Written())
    run.work("BillQ", "Bill", "b-1")
    run.work("MailQ", "Mail", "l-1", writes=None)
    return run


def test_a_dead_letter_of_the_writer_s_queue_accounts_for_the_row(control):
    run = fanned_out(Written())
    run.work("MailQ", "Mail", "l-1", writes=None)
    run.work("BillQ", "Bill", "b-1", outcome="error")
    run.dead_letter("BillQ", "b-1", "BillDead")
    assert judged(run, control).value == "holds"


def test_a_dead_letter_of_a_neighbour_is_no_excuse(control):
    run = fanned_out(Written())
    run.work("BillQ", "Bill", "b-1")
    run.work("MailQ", "Mail", "l-1", writes=None, outcome="error")
    run.dead_letter("MailQ", "l-1", "MailDead")
    assert judged(run, control).kind == "missing"


def stored_and_polled(run, *, placed="ok", audited="ok"):
    """An order is stored with what is to be published; a function that polls it publishes it, another one
    writes the row. A neighbour marks each order in a table of its own."""
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.fan_out(accepted, "PlaceQ", "p-1")
    run.fan_out(accepted, "AuditQ", "a-1")
    run.work("PlaceQ", "Place", "p-1", writes="Outbox", outcome=placed)
    run.work("AuditQ", "Audit", "a-1", writes="Marks", outcome=audited)
    for queue, copy, outcome in (("PlaceQ", "p-1", placed), ("AuditQ", "a-1", audited)):
        if outcome != "ok":
            run.dead_letter(queue, copy, f"{queue}Dead")
    return run


def polled(run, *, sends, billed=True, reads=("Outbox",)):
    run.send("Ticks", "t-1", {"tick": 1})
    with run.run("Ticks", "Relay", "t-1") as relay:
        for table in reads:
            run.call("dynamodb:Scan", table, actor="Relay", cause=relay)
        if sends:
            run.send("BillQ", "b-1", {"order": "o-1"}, actor="Relay", cause=relay)
    if sends:
        run.work("BillQ", "Bill", "b-1", writes="Ledger" if billed else None)
    return run


def test_a_dead_letter_of_what_fills_a_table_that_is_polled_accounts_for_the_row():
    control = polled(stored_and_polled(Written()), sends=True)
    run = polled(stored_and_polled(Written(), placed="error"), sends=False)
    assert judged(run, control).value == "holds"


@pytest.mark.parametrize("sends", [True, False], ids=["not written", "not sent"])
def test_one_of_a_neighbour_whose_table_is_read_is_no_excuse(sends):
    reads = ("Outbox", "Marks")
    control = polled(stored_and_polled(Written()), sends=True, reads=reads)
    run = polled(stored_and_polled(Written(), audited="error"), sends=sends, billed=False, reads=reads)
    assert judged(run, control).kind == "missing"


def test_one_of_a_neighbour_is_no_excuse_for_an_order_that_was_never_stored():
    reads = ("Outbox", "Marks")
    control = polled(stored_and_polled(Written()), sends=True, reads=reads)
    run = Written()
    accepted = run.publish("Orders", "m-1", {"order": "o-1"})
    run.drop(accepted, "PlaceQ")
    run.fan_out(accepted, "AuditQ", "a-1")
    run.work("AuditQ", "Audit", "a-1", writes="Marks", outcome="error")
    run.dead_letter("AuditQ", "a-1", "AuditQDead")
    assert judged(polled(run, sends=False, reads=reads), control).kind == "missing"


def test_a_message_that_its_function_put_into_a_dead_letter_queue_itself_accounts_for_the_row(control):
    run = fanned_out(Written())
    run.queue("BillDead")
    run.recorder.names.link(
        links({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:BillDead"}})
    )
    with run.run("BillQ", "Bill", "b-1") as invocation:
        run.send("BillDead", "d-1", {"order": "o-1"}, actor="Bill", cause=invocation)
    assert judged(run, control).value == "holds"


def test_a_dead_letter_that_a_topic_was_told_of_accounts_for_the_row():
    def invoked(run):
        run.run_async(run.invoke_async("Bill", "m-1", {"order": "o-1"}))
        run.call("dynamodb:PutItem", "Ledger", actor="Bill", cause=run.history().of("invocation")[0])
        return run

    run = Written()
    run.run_async(run.invoke_async("Bill", "m-1", {"order": "o-1"}), outcome="error")
    failures = run.place("Failures", "sns")
    hop = run.recorder.hop("Bill", failures, ("m-1",), actor="lambda")
    told = run.recorder.accepted(failures, "t-1", body="failed", cause=hop, actor="sns")
    run.recorder.arrived(hop, ("t-1",), actor="lambda")
    run.fan_out(told, "Alarms", "a-1")
    run.recorder.dead_lettered("Bill", ("m-1",), to=failures, ids=["t-1"], reason="error", actor="lambda")
    assert judged(run, invoked(Written())).value == "holds"


def test_what_was_sent_on_to_elsewhere_and_died_there_is_no_excuse(control):
    run = fanned_out(Written())
    with run.run("BillQ", "Bill", "b-1") as invocation:
        run.send("AuditQ", "a-1", {"order": "o-1"}, actor="Bill", cause=invocation)
    run.work("AuditQ", "Audit", "a-1", writes=None, outcome="error")
    run.dead_letter("AuditQ", "a-1", "AuditDead")
    assert judged(run, control).kind == "missing"


def split(run):
    """An order is split into lines, which have another key."""
    run.send("Orders", "m-1", {"order": "o-1"})
    with run.run("Orders", "Split", "m-1") as splitting:
        for n in (1, 2):
            run.send("Lines", f"l-{n}", {"line": f"o-1/{n}"}, actor="Split", cause=splitting)
    run.work("Lines", "Line", "l-1", "l-2")


def test_a_dead_letter_accounts_for_what_the_control_run_made_of_it():
    run, control = Written(), Written()
    for each in (run, control):
        each.send("Orders", "m-2", {"order": "o-2"})
        with each.run("Orders", "Split", "m-2") as splitting:
            each.send("Lines", "l-3", {"line": "o-2/1"}, actor="Split", cause=splitting)
    split(control)
    for each in (run, control):
        each.work("Lines", "Line", "l-3")
    run.send("Orders", "m-1", {"order": "o-1"})
    run.work("Orders", "Split", "m-1", outcome="error", writes=None)
    run.dead_letter("Orders", "m-1", "Dead")
    lines = [{"line": f"o-1/{n}"} for n in (1, 2)]
    left = left_by(control.settle(), [*lines, {"line": "o-2/1"}], place="Ledger", key="line")
    history = run.settle()

    def judged(*rows):
        return invariants.effects_once(history, "Ledger", key="line", rows=rows, control=left)

    assert judged({"line": "o-2/1"}).value == "holds"
    assert judged().kind == "missing"
    assert judged().evidence[0].startswith("o-2/1:")


def test_the_ways_of_the_control_run_count_where_nobody_has_got_so_far():
    def routed(run, failing=False):
        for queue, message in (("QA", "a-1"), ("QB", "b-1")):
            run.send(queue, message, {"order": f"o-{queue}"})
        run.work("QA", "FromA", "a-1")
        run.work("QB", "FromB", "b-1", **({"outcome": "error", "writes": None} if failing else {}))
        return run

    run, control = routed(Written(), failing=True), routed(Written())
    run.dead_letter("QB", "b-1", "DeadB")
    rows = [{"order": "o-QA"}]
    left = left_by(control.settle(), [*rows, {"order": "o-QB"}], place="Ledger", key="order")
    verdict = invariants.effects_once(run.settle(), "Ledger", key="order", rows=rows, control=left)
    assert verdict.value == "holds"
