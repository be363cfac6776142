"""What moto writes into its tables of DynamoDB, as far as their streams tell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .items import as_text
from .table_streams import ItemChange, TableStream, lanes_of, nothing


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


def is_streaming(table: Any) -> bool:
    """Has a table of moto's a stream?"""
    specification = table.stream_specification
    return bool(specification and specification.get("StreamEnabled") and table.latest_stream_label)


def stream_of(
    table: Any, now: float, new_id: Callable[[str], str], changed: Callable[[], object] = nothing
) -> TableStream:
    """The new stream of a table of moto's, whose writes are noted from now on."""
    label = table.latest_stream_label
    arn = f"{table.table_arn}/stream/{label}"
    stream = TableStream(
        arn,
        table.name,
        label,
        table.stream_specification["StreamViewType"],
        tuple(table.table_key_attrs),
        table.schema,
        now,
        lanes_of(table.billing_mode, table.throughput),
        partial(new_id, f"records of {arn}"),
        changed=changed,
    )
    stream.open(now)
    table.stream_shard = Tap()
    return stream


def renew_label(table: Any, specification: Mapping[str, Any]) -> None:
    """moto refuses a new stream where there has been one, also if that is disabled now."""
    if table is not None and specification.get("StreamEnabled") and not is_streaming(table):
        table.latest_stream_label = None
