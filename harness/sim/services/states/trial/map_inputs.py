"""The items of a map that is tried, and the inputs that its executions would get.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.sim.services.states.interpreter import item_reader
from harness.sim.services.states.interpreter.batches import batched
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.language import template
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model.document import Document

if TYPE_CHECKING:
    from harness.sim.services.states.trial.walk import Trial


def read(trial: Trial, text: str) -> list[Any]:
    """The items in a text that the ItemReader has read. Raises `StateError`."""
    config = trial.state.raw.get("ItemReader", {}).get("ReaderConfig") or {}
    try:
        items = item_reader.items_in(text.encode(), config, "The data")
    except StateFailed as failure:
        raise StateError(failure.error or "", failure.cause or "") from None
    if "ItemsPointer" in config:
        trial.seen["afterItemsPointer"] = to_json(items)
    return items


def show(trial: Trial, items: Sequence[Any], effective: Document) -> None:
    """Show what the ItemSelector and the ItemBatcher make of the items. Raises `StateError`."""
    raw = trial.state.raw
    selector = raw.get("ItemSelector", raw.get("Parameters"))
    if selector is not None:
        items = [_selected(trial, selector, each, effective) for each in enumerate(items)]
        trial.seen["afterItemSelector"] = to_json(items)
    if "ItemBatcher" in raw:
        batches = batched(
            [Document(each) for each in items], *_batching(trial, raw["ItemBatcher"], effective)
        )
        trial.seen["afterItemBatcher"] = to_json([batch.value for batch, _ in batches])


def _selected(trial: Trial, selector: Any, numbered: tuple[int, Any], effective: Document) -> Any:
    index, item = numbered
    context = {**trial.scope.context, "Map": {"Item": {"Index": index, "Value": item}}}
    scope = replace(trial.reading(effective.value), context=context)
    return template.evaluate(selector, scope, trial.state.query_language, "ItemSelector")


def _batching(trial: Trial, written: dict[str, Any], effective: Document) -> tuple[float, int, Any]:
    inner = replace(trial, state=replace(trial.state, raw=written))
    size = inner.number("MaxItemsPerBatch", effective) or float("inf")
    most_bytes = inner.number("MaxInputBytesPerBatch", effective) or 0
    shared = written.get("BatchInput")
    if shared is not None:
        reading, language = trial.reading(effective.value), trial.state.query_language
        shared = template.evaluate(shared, reading, language, "ItemBatcher/BatchInput")
    return size, most_bytes, shared
