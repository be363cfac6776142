"""The items of a map, and the input of each iteration."""

from __future__ import annotations

from typing import Any

from harness.sim.services.states.interpreter import flow
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language import errors, jsonpath
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.text import kind_of, to_json
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
    path = state.raw.get(f"{member}Path")
    if isinstance(found, str) and found.isdecimal():
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or found != int(found):
        shown = found if isinstance(found, str) else to_json(found)
        told = f'The {member}Path field refers to value "{shown}" which is not a valid integer: {path}'
        raise StateError(errors.RUNTIME, told)
    if found < 0:
        raise StateError(errors.RUNTIME, f"{member} cannot be negative.")
    return int(found)


def _by_jsonata(state: StateDefinition, effective: Document, strand: Strand) -> list[Any]:
    if "Items" not in state.raw:
        if not isinstance(effective.value, list):
            told = f"Map state input must be an array but was: {effective.text}"
            raise StateError(errors.QUERY_EVALUATION, told)
        return effective.value
    written = state.raw["Items"]
    found = flow.evaluated(state, written, effective.value, strand, "Items")
    if not isinstance(found, list):
        inner = written.removeprefix("{%").removesuffix("%}").strip() if isinstance(written, str) else written
        told = (
            f"The JSONata expression '{inner}' specified for the field 'Items' returned an unexpected result "
            f"type. Expected 'array', but was '{kind_of(found)}' for value: {to_json(found)}"
        )
        raise StateError(errors.QUERY_EVALUATION, told, "Items")
    return found
