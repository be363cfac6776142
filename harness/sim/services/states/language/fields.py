"""The fields that states can have, by type and query language.

https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from harness.sim.services.states.language.definition import JSONATA, JSONPATH

TYPES = ("Task", "Pass", "Wait", "Choice", "Succeed", "Fail", "Parallel", "Map")

_EVERY = {"Type", "Comment", "QueryLanguage"}
_ON = {"Next", "End"}
_CAUGHT = {"Retry", "Catch"}
_PATHS = {"InputPath", "OutputPath"}
_RESULT = {"ResultSelector", "ResultPath"}
_MAP = {
    "ItemProcessor",
    "Iterator",
    "ItemSelector",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "MaxConcurrency",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
    "Label",
}
_MAP_PATHS = {
    "ItemsPath",
    "MaxConcurrencyPath",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentagePath",
}
_TASK = {"Resource", "Credentials", "TimeoutSeconds", "HeartbeatSeconds"}

FIELDS: Mapping[str, Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        JSONPATH: {
            "Task": frozenset(
                {*_EVERY, *_ON, *_CAUGHT, *_PATHS, *_RESULT, *_TASK, "Parameters", "Assign"}
                | {"TimeoutSecondsPath", "HeartbeatSecondsPath"}
            ),
            "Pass": frozenset({*_EVERY, *_ON, *_PATHS, "Result", "ResultPath", "Parameters", "Assign"}),
            "Wait": frozenset(
                {*_EVERY, *_ON, *_PATHS, "Seconds", "SecondsPath", "Timestamp", "TimestampPath", "Assign"}
            ),
            "Choice": frozenset({*_EVERY, *_PATHS, "Choices", "Default", "Assign"}),
            "Succeed": frozenset({*_EVERY, *_PATHS}),
            "Fail": frozenset({*_EVERY, "Error", "ErrorPath", "Cause", "CausePath"}),
            "Parallel": frozenset(
                {*_EVERY, *_ON, *_CAUGHT, *_PATHS, *_RESULT, "Branches", "Parameters", "Assign"}
            ),
            "Map": frozenset(
                {*_EVERY, *_ON, *_CAUGHT, *_PATHS, *_RESULT, *_MAP, *_MAP_PATHS, "Parameters", "Assign"}
            ),
        },
        JSONATA: {
            "Task": frozenset({*_EVERY, *_ON, *_CAUGHT, *_TASK, "Arguments", "Output", "Assign"}),
            "Pass": frozenset({*_EVERY, *_ON, "Output", "Assign"}),
            "Wait": frozenset({*_EVERY, *_ON, "Seconds", "Timestamp", "Output", "Assign"}),
            "Choice": frozenset({*_EVERY, "Choices", "Default", "Output", "Assign"}),
            "Succeed": frozenset({*_EVERY, "Output"}),
            "Fail": frozenset({*_EVERY, "Error", "Cause"}),
            "Parallel": frozenset({*_EVERY, *_ON, *_CAUGHT, "Branches", "Arguments", "Output", "Assign"}),
            "Map": frozenset({*_EVERY, *_ON, *_CAUGHT, *_MAP, "Items", "Output", "Assign"}),
        },
    }
)

MACHINE = frozenset({"Comment", "StartAt", "States", "Version", "TimeoutSeconds", "QueryLanguage"})
PROCESSOR = frozenset({"Comment", "StartAt", "States", "QueryLanguage", "ProcessorConfig"})

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"Task": ("Resource",), "Choice": ("Choices",), "Parallel": ("Branches",)}
)

TEXTS = frozenset({"Comment", "Next", "Default", "Resource", "Label", "StartAt"})
LISTS = frozenset({"Choices", "Branches", "Retry", "Catch"})
OBJECTS = frozenset(
    {"Assign", "ItemProcessor", "Iterator", "ItemReader", "ItemBatcher", "ResultWriter", "Credentials"}
)
PATHS = frozenset(
    {
        "InputPath",
        "OutputPath",
        "ItemsPath",
        "SecondsPath",
        "TimestampPath",
        "TimeoutSecondsPath",
        "HeartbeatSecondsPath",
        "MaxConcurrencyPath",
        "ToleratedFailureCountPath",
        "ToleratedFailurePercentagePath",
        "ErrorPath",
        "CausePath",
    }
)
REFERENCE_PATHS = frozenset({"ResultPath"})
TEMPLATES = frozenset({"Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials"})
