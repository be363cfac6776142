"""ItemBatcher: items of a distributed map that one execution gets together.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.sim.services.states.model.document import Document


def batched(
    given: Sequence[Document], size: float, most_bytes: int, shared: Any
) -> list[tuple[Document, int]]:
    """The inputs of the executions, and the number of items in each. `shared`: the BatchInput."""
    batches: list[tuple[Document, int]] = []
    batch: list[Document] = []
    length = 0
    for each in given:
        if batch and (len(batch) >= size or (most_bytes and length + len(each.text) > most_bytes)):
            batches.append(_batch(batch, shared))
            batch, length = [], 0
        batch.append(each)
        length += len(each.text) + 1
    return [*batches, _batch(batch, shared)] if batch else batches


def _batch(batch: list[Document], shared: Any) -> tuple[Document, int]:
    items = [each.value for each in batch]
    value = {"Items": items} if shared is None else {"BatchInput": shared, "Items": items}
    return Document(value), len(batch)
