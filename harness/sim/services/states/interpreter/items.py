"""The items of a map, and the input of each iteration."""

from __future__ import annotations

from typing import Any

from harness.sim.services.states.interpreter import flow
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language import errors, jsonpath
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.model.document import Document


def items_of(state: StateDefinition, effective: Document, strand: Strand) -> list[Any]:
    """The array that a map goes through. Raises `StateError`."""
    if flow.is_jsonata(state):
        return _by_jsonata(state, effective, strand)
    path = state.raw.get("ItemsPath", "$")
    found = jsonpath.get(path, strand.scope(effective.value), "ItemsPath")
    if not isinstance(found, list):
        shown = path[1:] if path.startswith("$$") else path
        told = f'Reference path "{shown}" must point to array.'
        raise StateError(errors.RUNTIME, told)
    return found


def item_input(state: StateDefinition, effective: Document, strand: Strand) -> Document:
    """The input of one iteration: its item, or what the ItemSelector makes of it."""
    written = state.raw.get("ItemSelector", state.raw.get("Parameters"))
    if written is None:
        return Document(strand.context["Map"]["Item"]["Value"])
    return Document(flow.evaluated(state, written, effective.value, strand, "ItemSelector"))


def whole_number(state: StateDefinition, member: str, effective: Document, strand: Strand) -> int:
    """A number of 0 or more, 0 where the member isn't there. Raises `StateError`."""
    found = flow.number(state, member, effective, strand)
    if found is None:
        return 0
    if isinstance(found, str) and found.isdecimal() and not flow.is_jsonata(state):
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or found != int(found):
        raise flow.misfit(state, member, found, "integer")
    if found < 0:
        raise StateError(errors.RUNTIME, f"{member} cannot be negative.")
    return int(found)


def percentage(state: StateDefinition, member: str, effective: Document, strand: Strand) -> float:
    """A number from 0 to 100, 0 where the member isn't there. Raises `StateError`."""
    found = flow.number(state, member, effective, strand)
    if found is None:
        return 0.0
    if isinstance(found, str) and found.isdecimal() and not flow.is_jsonata(state):
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise flow.misfit(state, member, found, "number")
    if not 0 <= found <= 100:
        raise StateError(errors.RUNTIME, f"{member} must be between 0 and 100.")
    return float(found)


def _by_jsonata(state: StateDefinition, effective: Document, strand: Strand) -> list[Any]:
    if "Items" not in state.raw:
        if not isinstance(effective.value, list):
            told = f"Map state input must be an array but was: {effective.text}"
            raise StateError(errors.QUERY_EVALUATION, told)
        return effective.value
    written = state.raw["Items"]
    found = flow.evaluated(state, written, effective.value, strand, "Items")
    if not isinstance(found, list):
        raise flow.misfit(state, "Items", found, "array")
    return found
