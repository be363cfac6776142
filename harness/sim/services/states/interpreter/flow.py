"""The way of data through a state: its input, what it works on, its result, its output and variables.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language import errors, jsonata, jsonpath, template
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.scope import ABSENT
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model.document import Document

JSONATA = "JSONata"
Ended = tuple[Document, Mapping[str, Any]]
"""The output of a state, and the variables that got a value."""


def is_jsonata(state: StateDefinition) -> bool:
    """Does the state use JSONata?"""
    return state.query_language == JSONATA


def effective_input(state: StateDefinition, given: Document, strand: Strand) -> Document:
    """What the state works on: what its InputPath chooses."""
    if is_jsonata(state):
        return given
    return _chosen(state, "InputPath", given, strand)


def payload(
    state: StateDefinition, effective: Document, strand: Strand, member: str = "Parameters"
) -> Document:
    """The input as its Arguments or Parameters shape it."""
    if is_jsonata(state):
        if "Arguments" not in state.raw:
            return effective
        member = "Arguments"
    elif member not in state.raw:
        return effective
    return Document(evaluated(state, state.raw[member], effective.value, strand, member))


def evaluated(state: StateDefinition, written: Any, given: Any, strand: Strand, member: str) -> Any:
    """The value of a member in the state's query language."""
    return template.evaluate(written, strand.scope(given), state.query_language, member)


def number(state: StateDefinition, member: str, given: Document, strand: Strand) -> Any:
    """The value of a member that is written plainly, as a JSONata expression or as a path; None: it isn't."""
    path = state.raw.get(f"{member}Path")
    if path is not None and not is_jsonata(state):
        return jsonpath.get(path, strand.scope(given.value), f"{member}Path")
    written = state.raw.get(member)
    if isinstance(written, str) and is_jsonata(state):
        return evaluated(state, written, given.value, strand, member)
    return written


def misfit(state: StateDefinition, member: str, found: Any, kind: str) -> StateError:
    """The error of a member whose expression or path gives a value that is not of a kind."""
    path, written = state.raw.get(f"{member}Path"), state.raw.get(member)
    if is_jsonata(state):
        expression = jsonata.expression_in(written) if isinstance(written, str) else to_json(written)
        return jsonata.unexpected(expression, member, (kind,), found)
    shown = found if isinstance(found, str) else to_json(found)
    told = f'The {member}Path field refers to value "{shown}" which is not a valid {kind}: {path}'
    return StateError(errors.RUNTIME, told)


def end(
    state: StateDefinition, given: Document, result: Document, strand: Strand, *, selects: bool = True
) -> Ended:
    """The output of a state that has this result. `selects`: it may have ResultSelector and ResultPath."""
    if is_jsonata(state):
        scope = strand.scope(given.value, result=result.value)
        assigned = _assigned(state.raw, state, scope)
        if "Output" not in state.raw:
            return result, assigned
        output = template.evaluate(state.raw["Output"], scope, JSONATA, "Output")
        return result.holding(output), assigned
    assigned = _assigned(state.raw, state, strand.scope(result.value))
    if selects:
        if "ResultSelector" in state.raw:
            result = Document(
                evaluated(state, state.raw["ResultSelector"], result.value, strand, "ResultSelector")
            )
        result = put(state.raw.get("ResultPath", "$"), given, result)
    return output_of(state, result, strand), assigned


def output_of(state: StateDefinition, output: Document, strand: Strand) -> Document:
    """What the OutputPath of a state chooses."""
    return _chosen(state, "OutputPath", output, strand)


def _chosen(state: StateDefinition, member: str, given: Document, strand: Strand) -> Document:
    """What a path of the state chooses; a null chooses nothing."""
    path = state.raw.get(member, "$")
    if path is None:
        return Document({})
    return given if path == "$" else given.holding(jsonpath.get(path, strand.scope(given.value), member))


def put(path: str | None, given: Document, result: Document) -> Document:
    """The input of a state with a result in it."""
    if path is None:
        return given
    return result if path == "$" else Document(jsonpath.put(given.value, path, result.value))


def caught(
    state: StateDefinition, catcher: Any, given: Document, error: Mapping[str, Any], strand: Strand
) -> Ended:
    """The output of a state whose error a catcher takes."""
    if is_jsonata(state):
        scope = strand.scope(given.value, error=dict(error))
        assigned = _assigned(catcher.raw, state, scope)
        if "Output" not in catcher.raw:
            return Document(dict(error)), assigned
        return Document(template.evaluate(catcher.raw["Output"], scope, JSONATA, "Output")), assigned
    assigned = _assigned(catcher.raw, state, strand.scope(dict(error)))
    return put(catcher.raw.get("ResultPath", "$"), given, Document(dict(error))), assigned


def chosen(state: StateDefinition, rule_raw: Mapping[str, Any], given: Document, strand: Strand) -> Ended:
    """The output of a Choice, by the rule that matched, or by the state's own members for its Default."""
    scope = strand.scope(given.value)
    assigned = _assigned(rule_raw, state, scope)
    if not is_jsonata(state):
        return output_of(state, given, strand), assigned
    if "Output" not in rule_raw:
        return given, assigned
    return Document(template.evaluate(rule_raw["Output"], scope, JSONATA, "Output")), assigned


def _assigned(raw: Mapping[str, Any], state: StateDefinition, scope: Any) -> Mapping[str, Any]:
    written = raw.get("Assign")
    if not written:
        return {}
    found = template.evaluate(written, scope, state.query_language, "Assign")
    assert found is not ABSENT
    return found if isinstance(found, Mapping) else {}
