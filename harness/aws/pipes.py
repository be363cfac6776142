"""Amazon EventBridge Pipes: from a source through a filter to a target.

A pipe is no place of its own: messages are in its source until they are in its target.
https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Operations.html
"""

from __future__ import annotations

from .facts import Does, Errors, Listing, Operation, Pulls, Service, Undo, Words

_PIPE = ("Name",)

SERVICE = Service(
    name="pipes",
    word="pipe",
    operations={
        "CreatePipe": Operation(Does.CONFIGURES, _PIPE, undone_by=Undo("DeletePipe", {"Name": "{Name}"})),
        "UpdatePipe": Operation(Does.CONFIGURES, _PIPE),
        "DeletePipe": Operation(Does.CONFIGURES, _PIPE),
        "StartPipe": Operation(Does.CONFIGURES, _PIPE),
        "StopPipe": Operation(Does.CONFIGURES, _PIPE),
        "DescribePipe": Operation(Does.READS, _PIPE),
    },
    errors=Errors(
        throttled=Words("ThrottlingException", 429, "Rate exceeded"),
        failing=Words("InternalException", 500, "An internal error occurred."),
    ),
    about=("Name", "resourceArn"),
    form="arn:aws:pipes:{region}:{account}:pipe/{name}",
    pulls=Pulls(Listing("ListPipes", items="Pipes[]"), source="Source", off=("CurrentState", "STOPPED")),
)
