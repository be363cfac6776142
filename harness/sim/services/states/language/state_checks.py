"""The checks of one state's own fields."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.sim.services.states.language import fields, intrinsics, jsonata, jsonpath, paths
from harness.sim.services.states.language.choice_checks import of_choices
from harness.sim.services.states.language.definition import JSONATA
from harness.sim.services.states.language.problems import Diagnostic, schema
from harness.sim.services.states.language.roots import VARIABLE
from harness.sim.services.states.language.task_checks import of_task
from harness.sim.services.states.language.times import instant

LABEL_LENGTH_MAX = 40
_LABEL_FORBIDDEN = re.compile(r"[\s?*<>{}\[\]:;,\\|^~$#%&`\"\x00-\x1f\x7f-\x9f]")
_READER_VALUES = {
    "InputType": ("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"),
    "CSVHeaderLocation": ("FIRST_ROW", "GIVEN"),
    "CSVDelimiter": ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
    "ManifestType": ("ATHENA_DATA", "S3_INVENTORY"),
    "Transformation": ("NONE", "LOAD_AND_FLATTEN"),
}
_WRITER_VALUES = {"Transformation": ("NONE", "COMPACT", "FLATTEN"), "OutputType": ("JSON", "JSONL")}
"""https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"""
_LONGEST = 99_999_999
_NUMBERS: Mapping[str, tuple[float, float]] = {
    "TimeoutSeconds": (1, _LONGEST),
    "HeartbeatSeconds": (1, _LONGEST),
    "MaxConcurrency": (0, math.inf),
    "Seconds": (0, math.inf),
    "ToleratedFailureCount": (0, math.inf),
    "ToleratedFailurePercentage": (0, 100),
}
"""The smallest and the largest value of each field."""
_OF_RETRIES: Mapping[str, tuple[float, float]] = {
    "BackoffRate": (1, math.inf),
    "IntervalSeconds": (1, _LONGEST),
    "MaxAttempts": (0, _LONGEST),
    "MaxDelaySeconds": (1, 31_622_400),
}
_ONE_OF = (
    *((name, f"{name}Path") for name in ("TimeoutSeconds", "HeartbeatSeconds", "MaxConcurrency")),
    *((name, f"{name}Path") for name in ("ToleratedFailureCount", "ToleratedFailurePercentage")),
    *((name, f"{name}Path") for name in ("Error", "Cause")),
    ("ItemProcessor", "Iterator"),
    ("ItemSelector", "Parameters"),
)
"""Fields of which a state has one."""
_OF_PROCESSORS = {"Mode": ("INLINE", "DISTRIBUTED"), "ExecutionType": ("STANDARD", "EXPRESS")}


def of_machine(raw: Mapping[str, Any], at: str) -> Iterator[Diagnostic]:
    """Everything that is wrong with the fields of a state machine that are neither states nor transitions."""
    if not isinstance(raw.get("Comment", ""), str):
        yield schema("Expected value of type String", f"{at}/Comment")
    if raw.get("Version", "1.0") != "1.0":
        yield schema("Value is not one of [1.0]", f"{at}/Version")
    if "TimeoutSeconds" in raw:
        yield from _number(raw["TimeoutSeconds"], _NUMBERS["TimeoutSeconds"], f"{at}/TimeoutSeconds", "")


def of_state(state: Mapping[str, Any], at: str, language: str, kind: str) -> Iterator[Diagnostic]:
    """Everything that is wrong with one state, apart from the states in it and those that it leads to."""
    state_type = state.get("Type")
    if state_type is None:
        yield schema("These fields are required: [Type]", at or "/")
        return
    if state_type not in fields.TYPES:
        yield schema(f"Value is not one of [{', '.join(fields.TYPES)}]", f"{at}/Type")
        return
    missing = [name for name in fields.REQUIRED.get(state_type, ()) if name not in state]
    if missing:
        yield schema(f"These fields are required: [{', '.join(missing)}]", at or "/")
    yield from _fields(state, at, fields.FIELDS[language][state_type])
    yield from _end(state, at, state_type)
    yield from _one_of(state, at)
    yield from _values(state, at, language)
    yield from _of_type(state, at, state_type, language, kind)


def _fields(state: Mapping[str, Any], at: str, known: frozenset[str]) -> Iterator[Diagnostic]:
    for name, value in state.items():
        if name not in known:
            yield schema("Field is not supported", f"{at}/{name}")
        elif name in fields.TEXTS and not isinstance(value, str):
            yield schema("Expected value of type String", f"{at}/{name}")
        elif name in fields.LISTS and not isinstance(value, list):
            yield schema("Expected value of type Array", f"{at}/{name}")
        elif name in fields.OBJECTS and not isinstance(value, dict):
            yield schema("Expected value of type Object", f"{at}/{name}")


def _end(state: Mapping[str, Any], at: str, state_type: str) -> Iterator[Diagnostic]:
    if state_type in ("Choice", "Succeed", "Fail"):
        return
    ends = [name for name in ("Next", "End") if state.get(name) not in (None, False)]
    if not ends:
        yield schema("These fields are required: [Next] or [End]", at or "/")
    if len(ends) > 1:
        yield schema("Only one of [Next, End] is allowed", at or "/")


def _one_of(state: Mapping[str, Any], at: str) -> Iterator[Diagnostic]:
    for names in _ONE_OF:
        if all(name in state for name in names):
            yield schema(f"Only one of [{', '.join(names)}] is allowed", at or "/")
    longest, beat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if type(longest) is int and type(beat) is int and beat >= longest:
        yield schema("HeartbeatSeconds must be smaller than TimeoutSeconds", f"{at}/HeartbeatSeconds")


def _values(state: Mapping[str, Any], at: str, language: str) -> Iterator[Diagnostic]:
    for name, value in state.items():
        place = f"{at}/{name}"
        if name in _NUMBERS:
            yield from _number(value, _NUMBERS[name], place, language)
        elif language == JSONATA:
            if name not in ("Branches", "ItemProcessor", "Iterator"):
                yield from _expressions(value, place)
        elif name in fields.PATHS:
            yield from _path(value, place)
        elif name in fields.REFERENCE_PATHS:
            yield from _reference_path(value, place)
        elif name in fields.TEMPLATES:
            yield from _template(value, place)


def _number(value: Any, limits: tuple[float, float], place: str, language: str) -> Iterator[Diagnostic]:
    if language == JSONATA and isinstance(value, str) and jsonata.is_expression(value):
        yield from _expressions(value, place)
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        yield schema("Expected value of type Integer", place)
    elif not limits[0] <= value <= limits[1]:
        yield schema("Number is outside of valid range", place)


def _expressions(value: Any, place: str) -> Iterator[Diagnostic]:
    if isinstance(value, str) and jsonata.is_expression(value):
        try:
            jsonata.check(jsonata.expression_in(value))
        except jsonata.BadJsonata as error:
            yield schema(f"Value is not a valid JSONata expression: {error}", place)
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _expressions(member, f"{place}/{name}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _expressions(member, f"{place}[{index}]")


def _path(value: Any, place: str) -> Iterator[Diagnostic]:
    if value is not None and not _is_path(value):
        yield schema("Value is not a valid JSONPath", place)


def _is_path(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if jsonpath.is_intrinsic(value):
        try:
            parsed = intrinsics.parse(value)
        except intrinsics.BadCall:
            return False
        return all(map(_is_path, intrinsics.paths_in(parsed)))
    path = value[1:] if value.startswith("$$") else VARIABLE.sub("$", value, count=1)
    try:
        paths.steps_of(path.removesuffix(".length()"))
    except paths.BadPath:
        return False
    return True


def _reference_path(value: Any, place: str) -> Iterator[Diagnostic]:
    if value is None:
        return
    if not _is_path(value) or jsonpath.is_intrinsic(value) or _leads_elsewhere(value):
        yield schema("Value is not a Reference Path", place)


def _leads_elsewhere(path: str) -> bool:
    """Into the context object or a variable, or to several places."""
    return path.startswith("$$") or VARIABLE.match(path) is not None or paths.steps_of(path) is None


def _template(value: Any, place: str) -> Iterator[Diagnostic]:
    if isinstance(value, dict):
        for name, member in value.items():
            if not name.endswith(".$"):
                yield from _template(member, f"{place}/{name}")
            elif not isinstance(member, str):
                yield schema(
                    f"The value for the field '{name}' must be a STRING that contains a JSONPath", place
                )
            elif not _is_path(member):
                yield schema(
                    f"The value for the field '{name}' must be a valid JSONPath "
                    "or a valid intrinsic function call",
                    place,
                )
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _template(member, f"{place}[{index}]")


def _of_type(
    state: Mapping[str, Any], at: str, state_type: str, language: str, kind: str
) -> Iterator[Diagnostic]:
    if state_type == "Task":
        yield from of_task(state, at, kind)
    if state_type == "Choice":
        yield from of_choices(state.get("Choices"), f"{at}/Choices", language, _path)
    if state_type == "Parallel" and state.get("Branches") == []:
        yield schema("Array must have at least 1 element", f"{at}/Branches")
    if state_type == "Wait":
        yield from _wait(state, at)
    if state_type == "Map":
        yield from _map(state, at)
    for group in ("Retry", "Catch"):
        yield from _handlers(state.get(group), f"{at}/{group}", group, language)


def _wait(state: Mapping[str, Any], at: str) -> Iterator[Diagnostic]:
    given = [name for name in ("Seconds", "SecondsPath", "Timestamp", "TimestampPath") if name in state]
    if len(given) != 1:
        yield schema("Exactly one of [Seconds, SecondsPath, Timestamp, TimestampPath] is required", at or "/")
    timestamp = state.get("Timestamp")
    evaluated = isinstance(timestamp, str) and jsonata.is_expression(timestamp)
    if timestamp is not None and not evaluated and instant(timestamp) is None:
        yield schema("Value is not a valid ISO-8601 extended offset date-time", f"{at}/Timestamp")


def _map(state: Mapping[str, Any], at: str) -> Iterator[Diagnostic]:
    if "ItemProcessor" not in state and "Iterator" not in state:
        yield schema("These fields are required: [ItemProcessor]", at or "/")
    processor = state.get("ItemProcessor")
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if isinstance(config, dict):
        yield from _processor(config, f"{at}/ItemProcessor/ProcessorConfig")
    reader = state.get("ItemReader")
    if isinstance(reader, dict) and isinstance(reader.get("ReaderConfig"), dict):
        yield from _reader(reader["ReaderConfig"], f"{at}/ItemReader/ReaderConfig")
    writer = state.get("ResultWriter")
    if isinstance(writer, dict) and isinstance(writer.get("WriterConfig"), dict):
        yield from _one_of_values(writer["WriterConfig"], _WRITER_VALUES, f"{at}/ResultWriter/WriterConfig")
    label = state.get("Label")
    if not isinstance(label, str):
        return
    if not 1 <= len(label) <= LABEL_LENGTH_MAX:
        yield schema(f"Label must have between 1 and {LABEL_LENGTH_MAX} characters", f"{at}/Label")
    elif found := _LABEL_FORBIDDEN.search(label):
        yield schema(f"Label contains invalid character: {found[0]!r}", f"{at}/Label")


def _processor(config: Mapping[str, Any], at: str) -> Iterator[Diagnostic]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""
    yield from _one_of_values(config, _OF_PROCESSORS, at)
    if config.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in config:
        yield schema("These fields are required: [ExecutionType]", at)


def _reader(config: Mapping[str, Any], at: str) -> Iterator[Diagnostic]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""
    yield from _one_of_values(config, _READER_VALUES, at)
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        yield schema("These fields are required: [CSVHeaders]", at)


def _one_of_values(
    config: Mapping[str, Any], known: Mapping[str, tuple[str, ...]], at: str
) -> Iterator[Diagnostic]:
    for name, values in known.items():
        if config.get(name, values[0]) not in values:
            yield schema(f"Value is not one of [{', '.join(values)}]", f"{at}/{name}")


def _handlers(members: Any, place: str, group: str, language: str) -> Iterator[Diagnostic]:
    for index, member in enumerate(members if isinstance(members, list) else []):
        here = f"{place}[{index}]"
        if not isinstance(member, dict):
            yield schema("Expected value of type Object", here)
            continue
        required = ("ErrorEquals", "Next") if group == "Catch" else ("ErrorEquals",)
        missing = [name for name in required if name not in member]
        if missing:
            yield schema(f"These fields are required: [{', '.join(missing)}]", here)
        names = member.get("ErrorEquals", ["-"])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            yield schema("Expected value of type Array of String", f"{here}/ErrorEquals")
        elif not names:
            yield schema("Array must have at least 1 element", f"{here}/ErrorEquals")
        elif "States.ALL" in names and (len(names) > 1 or index < len(members) - 1):
            yield schema("States.ALL must appear alone, and in the last member", f"{here}/ErrorEquals")
        yield from _reference_path(member.get("ResultPath"), f"{here}/ResultPath")
        for name in [name for name in _OF_RETRIES if name in member] if group == "Retry" else ():
            yield from _number(member[name], _OF_RETRIES[name], f"{here}/{name}", language)
        if member.get("JitterStrategy", "NONE") not in ("FULL", "NONE"):
            yield schema("Value is not one of [FULL, NONE]", f"{here}/JitterStrategy")
