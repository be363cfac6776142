"""AWS Lambda: functions run, for a caller, for an event or for a batch that a mapping has taken.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import re

from .facts import Does, Errors, Listing, Operation, Params, Pulls, Role, Service, Spelling, Undo, Words
from .parcels import for_function

_FUNCTION = ("FunctionName",)
_VARIABLES = ("Environment", "Variables")
_EXECUTION = ("DurableExecutionArn",)
_MAPPING = "arn:aws:lambda:{region}:{account}:event-source-mapping:{name}"
_LAYER = "arn:aws:lambda:{region}:{account}:layer:{name}"


def _invokes(params: Params) -> Does:
    return Does.READS if params.get("InvocationType") == "DryRun" else Does.SENDS


SERVICE = Service(
    name="lambda",
    word="function",
    operations={
        "Invoke": Operation(Does.SENDS, _FUNCTION, by_params=_invokes),
        "InvokeAsync": Operation(Does.SENDS, _FUNCTION),
        "InvokeWithResponseStream": Operation(Does.SENDS, _FUNCTION, by_params=_invokes),
        "CreateFunction": Operation(
            Does.CONFIGURES,
            _FUNCTION,
            undone_by=Undo("DeleteFunction", {"FunctionName": "{FunctionName}"}),
            variables=_VARIABLES,
        ),
        "UpdateFunctionConfiguration": Operation(Does.CONFIGURES, _FUNCTION, variables=_VARIABLES),
        "CreateEventSourceMapping": Operation(
            Does.CONFIGURES,
            _FUNCTION,
            undone_by=Undo(
                "DeleteEventSourceMapping",
                {"UUID": "{UUID}"},
                found_by=Listing(
                    "ListEventSourceMappings", {"FunctionName": "{FunctionName}"}, "EventSourceMappings[]"
                ),
            ),
            goes_by=("UUID", "FunctionArn"),
        ),
        "GetEventSourceMapping": Operation(Does.READS, ("UUID",), form=_MAPPING),
        "UpdateEventSourceMapping": Operation(Does.CONFIGURES, ("UUID",), form=_MAPPING),
        "DeleteEventSourceMapping": Operation(Does.CONFIGURES, ("UUID",), form=_MAPPING),
        "CheckpointDurableExecution": Operation(Does.SETTLES, _EXECUTION),
        "GetDurableExecutionState": Operation(Does.READS, _EXECUTION),
        "StopDurableExecution": Operation(Does.SETTLES, _EXECUTION),
        "PublishVersion": Operation(Does.CONFIGURES, _FUNCTION),
        "PublishLayerVersion": Operation(Does.CONFIGURES, ("LayerName",), form=_LAYER),
        "ListLayerVersions": Operation(Does.READS, ("LayerName",), form=_LAYER),
        "GetLayerVersion": Operation(Does.READS, ("LayerName",), form=_LAYER),
        "DeleteLayerVersion": Operation(Does.CONFIGURES, ("LayerName",), form=_LAYER),
    },
    parcel=for_function,
    roles={"function:*": Role.RUNS},
    errors=Errors(
        throttled=Words("TooManyRequestsException", 429, "Rate Exceeded."),
        failing=Words("ServiceException", 500, "The Lambda service encountered an internal error."),
        denied=Words("AccessDeniedException", 403),
    ),
    about=("FunctionName", "LayerName", "Resource"),
    form="arn:aws:lambda:{region}:{account}:function:{name}",
    spellings=(Spelling(re.compile(r"(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[^:]+)(?::[^:]+)?")),),
    pulls=Pulls(
        Listing("ListEventSourceMappings", items="EventSourceMappings[]"),
        source="EventSourceArn",
        off=("State", "Disabled"),
    ),
    counts=re.compile(r"(?:function|layer|event-source-mapping|code-signing-config):[^:]+"),
)
