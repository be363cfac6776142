"""moto's tables, as far as streams and expiry look into them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.aws.rules.table_writes import Tap

IGNORED_SECONDS = 5 * 365 * 86_400.0
"""An item isn't deleted if its time to live ended longer ago."""


def listen(table: Any) -> None:
    """Have a table's writes noted from now on, whether it has a stream or not."""
    if not isinstance(table.stream_shard, Tap):
        table.stream_shard = Tap()


def is_heard(table: Any) -> bool:
    """Does anything come of writes to a table: records, or the expiry of items?"""
    return isinstance(table.stream_shard, Tap) or expires(table)


def expires(table: Any) -> bool:
    """Are items of a table deleted once they have expired?"""
    return bool(table.ttl["TimeToLiveStatus"] == "ENABLED")


def expired_items(table: Any, now: float) -> Iterator[Any]:
    """Items of a table whose time to live has ended."""
    for item in list(table.all_items()):
        expiry = expiry_of(table, item, now)
        if expiry is not None and expiry <= now:
            yield item


def expiry_of(table: Any, item: Any, now: float) -> float | None:
    """The end of an item's time to live; None: it has none that counts.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
    """
    value = item.attrs.get(table.ttl.get("AttributeName"))
    if value is None or value.type != "N":
        return None
    expiry = float(value.value)
    return expiry if now - expiry < IGNORED_SECONDS else None
