"""moto's tables, as far as streams and expiry look into them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from harness.aws.rules.items import as_text
from harness.sim.services.dynamodb.model import ItemChange

IGNORED_SECONDS = 5 * 365 * 86_400.0
"""An item isn't deleted if its time to live ended longer ago."""


@dataclass(eq=False, slots=True)
class Tap:
    """Stands where a table of moto's has its stream, and notes what is written.

    A transaction that fails puts a copy of the table back, and with it a copy of this.
    """

    pending: list[ItemChange] = field(default_factory=list)

    def add(self, old: Any, new: Any) -> None:
        """A write of moto's. One that changes nothing is none."""
        change = ItemChange(_attributes(old), _attributes(new))
        if change.old == change.new:
            return
        if self._is_second_half(change):
            self.pending.pop()
        self.pending.append(change)

    def _is_second_half(self, change: ItemChange) -> bool:
        """moto updates an item that isn't there in two steps: it is inserted with its key, then whole."""
        if change.old is not None or not self.pending:
            return False
        last = self.pending[-1]
        whole = change.new or {}
        return last.old is None and (last.new or {}).items() <= whole.items()

    def sort(self, requests: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
        """Into the order of a batch's requests: moto puts all items before it deletes any."""
        order = [_key(_requested(request), keys) for request in requests]
        self.pending.sort(key=lambda change: order.index(_key(change.new or change.old or {}, keys)))

    def take(self) -> list[ItemChange]:
        """What has been written since this was last asked."""
        taken, self.pending = self.pending, []
        return taken


def listen(table: Any) -> None:
    """Have a table's writes noted from now on, whether it has a stream or not."""
    if not isinstance(table.stream_shard, Tap):
        table.stream_shard = Tap()


def _requested(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The item or key of one request of a batch."""
    found: Mapping[str, Any] = (request.get("PutRequest") or {}).get("Item") or request["DeleteRequest"][
        "Key"
    ]
    return found


def _key(item: Mapping[str, Any], keys: Sequence[str]) -> list[dict[str, Any]]:
    return [as_text({name: item[name]}) for name in keys]


def _attributes(item: Any) -> Mapping[str, Any] | None:
    return None if item is None else deepcopy(item.to_json()["Attributes"])


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
