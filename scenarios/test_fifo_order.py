"""Postings of one account are applied in order, whatever happens; accounts don't wait for each other."""

from harness import expect, faults

ALICE = [{"posting": f"alice-{n}", "account": "alice", "number": n, "amount": n * 10} for n in range(1, 6)]
BOB = [{"posting": f"bob-{n}", "account": "bob", "number": n, "amount": 1} for n in range(1, 4)]


def post(app, *postings):
    for posting in postings:
        app.topic("Postings").publish(posting, group=posting["account"])
    app.settle()


def test_order_survives_a_function_that_dies_in_the_middle_of_a_batch(ledger, chaos):
    """Post can't start at first, so later one batch holds all five. It dies after the second of them."""
    chaos.inject(faults.init_failure("Post"))
    chaos.inject(faults.crash("Post", nth=2, after_call=4))
    post(ledger, *ALICE)
    post(ledger, *BOB)
    expect(ledger).nothing_lost()
    expect(ledger).in_order("PostingsQueue", by="account")
    expect(ledger).effects_once("Entries", key="posting")


def test_order_survives_a_transaction_that_fails(ledger, chaos):
    """Post can't start at first, so later one batch holds all five. Of these the first one fails."""
    chaos.inject(faults.init_failure("Post"))
    chaos.inject(faults.server_error("dynamodb:TransactWriteItems", outlasting_retries=True))
    post(ledger, *ALICE)
    expect(ledger).in_order("PostingsQueue", by="account")
    assert [row["balance"] for row in ledger.table("Accounts").rows()] == [150]


def test_order_survives_a_batch_that_is_delivered_twice(ledger, chaos):
    chaos.inject(faults.ack_lost("PostingsQueue", "Post", times=2))
    post(ledger, *ALICE)
    expect(ledger).in_order("PostingsQueue", by="account")
    expect(ledger).effects_once("Entries", key="posting")


def test_going_on_behind_a_failed_posting_is_caught(twin, chaos):
    careless = twin("ledger_skips_ahead")
    chaos.inject(faults.init_failure("Post"))
    chaos.inject(faults.server_error("dynamodb:PutItem", outlasting_retries=True))
    post(careless, *ALICE)
    expect(careless).broken.in_order("PostingsQueue", by="account")
