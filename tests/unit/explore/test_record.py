"""The record of a campaign: places that no claim looks at."""

from __future__ import annotations

import pytest

from harness.explore.record import unjudged
from tests.helpers.runs import Written


@pytest.mark.parametrize(
    ("looked_at", "told"),
    [(None, ["Orders", "Outbox"]), ("Orders", []), ("Outbox", []), ("Other", ["Orders", "Outbox"])],
)
def test_a_transaction_is_judged_if_any_of_its_tables_is(looked_at, told):
    run = Written()
    run.send("Work", "m-1", {"order": "o-1"})
    with run.run("Work", "Store", "m-1") as invocation:
        tables = {"others": ["Outbox"], "actor": "Store", "cause": invocation}
        run.call("dynamodb:TransactWriteItems", "Orders", **tables)
    if looked_at:
        run.call("dynamodb:Scan", looked_at)
    assert unjudged(run.settle()) == told
