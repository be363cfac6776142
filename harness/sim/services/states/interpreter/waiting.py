"""The end of a Wait state.

https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from harness.sim.services.states.interpreter import flow
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language import errors, jsonpath
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.jsonata import is_expression
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model.document import Document

SECONDS_MAX = 99_999_999
FUTURE_SECONDS_MAX = 2**31 - 1
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")


def until(state: StateDefinition, given: Document, strand: Strand) -> float:
    """The moment at which the state ends. Raises `StateError`."""
    now = strand.run.world.kernel.now
    if "Timestamp" in state.raw or "TimestampPath" in state.raw:
        return _moment(state, given, strand, now)
    seconds = flow.number(state, "Seconds", given, strand)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds != int(seconds):
        raise _not_seconds(state, seconds)
    if seconds < 0:
        raise _not_seconds(state, seconds)
    if seconds > SECONDS_MAX:
        raise StateError(errors.RUNTIME, "Wait state delay is too long.")
    return now + seconds


def _moment(state: StateDefinition, given: Document, strand: Strand, now: float) -> float:
    path = state.raw.get("TimestampPath")
    if path is not None:
        value = jsonpath.get(path, strand.scope(given.value), "TimestampPath")
    else:
        written = state.raw["Timestamp"]
        value = (
            flow.evaluated(state, written, given.value, strand, "Timestamp")
            if flow.is_jsonata(state)
            else written
        )
    moment = parse_moment(value)
    if moment is None:
        raise _not_a_moment(state, value)
    if moment - now > FUTURE_SECONDS_MAX:
        raise StateError(errors.RUNTIME, "Wait state delay is too long.")
    return moment


def parse_moment(value: Any) -> float | None:
    """The seconds since 1970 of a text that RFC 3339 allows; None for others."""
    if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
        return None
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError:
        return None


def _not_a_moment(state: StateDefinition, value: Any) -> StateError:
    shown = value if isinstance(value, str) else to_json(value)
    path = state.raw.get("TimestampPath")
    if path is not None:
        return StateError(
            errors.RUNTIME,
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time "
            f"format string: {path} == {shown}",
        )
    written = state.raw["Timestamp"]
    kind = f"The JSONata expression '{_inner(written)}' specified for the field 'Timestamp'"
    return StateError(
        errors.QUERY_EVALUATION if is_expression(written) else errors.RUNTIME,
        f"{kind} returned an unexpected result type. Expected 'string' in valid ISO-8601 extended offset "
        f"date-time format, but was '{shown}'",
        "Timestamp",
    )


def _not_seconds(state: StateDefinition, value: Any) -> StateError:
    path = state.raw.get("SecondsPath")
    if path is not None:
        return StateError(
            errors.RUNTIME,
            f"The SecondsPath parameter does not reference an integer value: {path} == {to_json(value)}",
        )
    return StateError(
        errors.QUERY_EVALUATION,
        f"The JSONata expression '{_inner(state.raw['Seconds'])}' specified for the field 'Seconds' returned "
        f"an unexpected result type. Expected 'integer', but was '{to_json(value)}'",
        "Seconds",
    )


def _inner(written: Any) -> str:
    return (
        written.removeprefix("{%").removesuffix("%}").strip()
        if isinstance(written, str)
        else to_json(written)
    )
