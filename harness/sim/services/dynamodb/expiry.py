"""Time to live: items are deleted some time after they have expired.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.sim.activities import Timer
from harness.sim.kernel import Kernel
from harness.sim.services.dynamodb.tables import expired_items, expires, expiry_of

DELAY_SECONDS_MAX = 172_800.0
"""AWS deletes expired items "within a few days"; here it is within two, by the seed."""


class Expiry:
    """Deletes expired items of all tables. Its timers don't keep a run from being settled.

    `table` finds a table of moto's by its ARN, `deleted` is told of each one from which items went.
    """

    def __init__(self, kernel: Kernel, table: Callable[[str], Any], deleted: Callable[[Any], None]) -> None:
        self._kernel = kernel
        self._table = table
        self._deleted = deleted
        self._timers: dict[str, Timer] = {}

    def look(self, table: Any) -> None:
        """A table has changed: plan the next deletion there, unless one is planned."""
        arn = table.table_arn
        if not expires(table):
            self._kernel.cancel(self._timers.pop(arn, None))
        elif arn not in self._timers:
            self._plan(table)

    def _plan(self, table: Any) -> None:
        now, arn = self._kernel.now, table.table_arn
        expiries = (expiry_of(table, item, now) for item in table.all_items())
        first = min((expiry for expiry in expiries if expiry is not None), default=None)
        if first is not None:
            delay = self._kernel.chance(f"expiry in {arn}").uniform(0, DELAY_SECONDS_MAX)
            self._timers[arn] = self._kernel.call_at(
                max(first, now) + delay, lambda: self._delete(arn), background=True, name=f"expiry in {arn}"
            )

    def _delete(self, arn: str) -> None:
        self._timers.pop(arn, None)
        table = self._table(arn)
        if table is None or not expires(table):
            return
        for item in expired_items(table, self._kernel.now):
            table.delete_item(item.hash_key, item.range_key)
        self._deleted(table)
        self._plan(table)
