"""A state machine's definition as frozen data. Lenient: `validation.py` says what is wrong with a text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

JSONPATH, JSONATA = "JSONPath", "JSONata"


@dataclass(frozen=True)
class Retrier:
    """One member of Retry."""

    error_equals: tuple[str, ...]
    interval_seconds: float = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: float | None = None
    jitter: str = "NONE"


@dataclass(frozen=True)
class Catcher:
    """One member of Catch. `raw` has its Assign and Output; a null ResultPath is None."""

    error_equals: tuple[str, ...]
    next: str
    result_path: str | None
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class ChoiceRule:
    """One member of Choices. `raw` has its condition, Assign and Output."""

    next: str
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class StateDefinition:
    """One state of any type; what only one type has is empty in others. `raw` is the state as written."""

    name: str
    type: str
    query_language: str
    raw: Mapping[str, Any]
    next: str | None = None
    end: bool = False
    retriers: tuple[Retrier, ...] = ()
    catchers: tuple[Catcher, ...] = ()
    choices: tuple[ChoiceRule, ...] = ()
    default: str | None = None
    branches: tuple[MachineDefinition, ...] = ()
    processor: MachineDefinition | None = None

    @property
    def processor_config(self) -> Mapping[str, Any]:
        """The mode of a Map state, and the type of its child executions."""
        config: Mapping[str, Any] = _processor(self.raw).get("ProcessorConfig") or {}
        return config

    @property
    def distributed(self) -> bool:
        """Does this Map state run each item, or batch, in an execution of its own?"""
        return self.processor_config.get("Mode") == "DISTRIBUTED"


@dataclass(frozen=True)
class MachineDefinition:
    """A definition, a branch of Parallel, or the processor of Map."""

    start_at: str
    states: Mapping[str, StateDefinition]
    query_language: str
    raw: Mapping[str, Any]
    timeout_seconds: int | None = None
    comment: str = ""


def parse(definition: str | Mapping[str, Any], query_language: str = JSONPATH) -> MachineDefinition:
    """A state machine of its text, or of the text's JSON. `query_language` is inherited."""
    raw: Mapping[str, Any] = json.loads(definition) if isinstance(definition, str) else definition
    language = raw.get("QueryLanguage") or query_language
    return MachineDefinition(
        start_at=raw["StartAt"],
        states={name: parse_state(name, state, language) for name, state in raw["States"].items()},
        query_language=language,
        raw=raw,
        timeout_seconds=raw.get("TimeoutSeconds"),
        comment=raw.get("Comment") or "",
    )


def parse_state(name: str, raw: Mapping[str, Any], query_language: str = JSONPATH) -> StateDefinition:
    """One state, in a state machine of this query language."""
    language = raw.get("QueryLanguage") or query_language
    processor = _processor(raw)
    return StateDefinition(
        name=name,
        type=raw["Type"],
        query_language=language,
        raw=raw,
        next=raw.get("Next"),
        end=bool(raw.get("End")),
        retriers=tuple(_retrier(member) for member in raw.get("Retry") or ()),
        catchers=tuple(_catcher(member) for member in raw.get("Catch") or ()),
        choices=tuple(ChoiceRule(member["Next"], member) for member in raw.get("Choices") or ()),
        default=raw.get("Default"),
        branches=tuple(parse(branch, query_language) for branch in raw.get("Branches") or ()),
        processor=parse(processor, query_language) if processor else None,
    )


def _processor(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return raw.get("ItemProcessor") or raw.get("Iterator") or {}


def _retrier(raw: Mapping[str, Any]) -> Retrier:
    given = {
        "interval_seconds": raw.get("IntervalSeconds"),
        "max_attempts": raw.get("MaxAttempts"),
        "backoff_rate": raw.get("BackoffRate"),
        "max_delay_seconds": raw.get("MaxDelaySeconds"),
        "jitter": raw.get("JitterStrategy"),
    }
    return Retrier(
        tuple(raw["ErrorEquals"]), **{name: value for name, value in given.items() if value is not None}
    )


def _catcher(raw: Mapping[str, Any]) -> Catcher:
    return Catcher(tuple(raw["ErrorEquals"]), raw["Next"], raw.get("ResultPath", "$"), raw)
