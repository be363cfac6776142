"""Jepsen's multisets, place by place."""

from __future__ import annotations

from harness.history.ledger import Ledger
from harness.history.totals import Totals, totals_of
from tests.helpers.runs import Written


def counted(history):
    return {
        place: {name: sum(values.values()) for name, values in vars(totals).items() if values}
        for place, totals in totals_of(Ledger(history)).items()
    }


def test_an_empty_history_has_no_totals():
    assert counted(Written().settle()) == {}


def test_a_sane_run():
    run = Written()
    for n in (1, 2):
        run.send("Work", f"m-{n}", "hi")
        run.work("Work", "Worker", f"m-{n}")
    assert counted(run.settle()) == {"Work": {"attempted": 2, "acknowledged": 2, "applied": 2}}


def test_a_crooked_run_fills_every_set():
    run = Written()
    run.send("Work", "twice", "hi")
    run.work("Work", "Worker", "twice", acked=False)
    run.work("Work", "Worker", "twice", count=2)
    call = run.call("sqs:SendMessage", "Work", lost=True)
    run.recorder.accepted("Work", "unheard", body="hi", group=None, cause=call)
    run.work("Work", "Worker", "unheard")
    run.call("sqs:SendMessage", "Work", error="ServiceUnavailable")
    run.send("Work", "expired", "hi")
    run.recorder.expired("Work", "expired", reason="retention period", actor="sqs")
    hop = run.recorder.hop("Nowhere", "Work", ("?",), attempt=1, actor="events")
    run.recorder.arrived(hop, ("stranger",), actor="events")
    run.work("Work", "Worker", "stranger")
    totals = totals_of(Ledger(run.settle()))["Work"]
    assert totals == Totals(
        attempted=totals.attempted,
        acknowledged={("Work", "twice"): 1, ("Work", "expired"): 1},
        applied={("Work", "twice"): 1, ("Work", "unheard"): 1},
        lost={("Work", "expired"): 1},
        unexpected={("Work", "stranger"): 1},
        duplicated={("Work", "twice"): 1},
        recovered={("Work", "unheard"): 1},
    )
    assert totals.attempted.total() == 4
    assert totals.attempted[("Work", "")] == 1, "the call that was refused"
