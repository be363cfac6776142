"""Amazon EventBridge: buses, and the rules that pick events for targets.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .facts import (
    Batch,
    Does,
    Errors,
    FailedEntries,
    Operation,
    Params,
    Role,
    Service,
    Signing,
    Undo,
    Words,
    at,
)
from .parcels import for_bus

_RULE = "arn:aws:events:{region}:{account}:rule/{name}"
_DEFAULT = "default"


def _buses(params: Params) -> Iterator[str]:
    """The buses that events are put on."""
    for entry in at("Entries[]", params):
        yield str(entry.get("EventBusName") or _DEFAULT) if isinstance(entry, Mapping) else _DEFAULT


def _bus_of_rule(params: Params) -> str:
    """Rules of another bus than the default one have it in their ARNs."""
    bus = str(params.get("EventBusName") or _DEFAULT).rpartition("/")[2]
    return "" if bus == _DEFAULT else f"{bus}/"


def _on_rule(does: Does, named_by: str = "Name") -> Operation:
    return Operation(does, (named_by,), form=_RULE, within=_bus_of_rule)


SERVICE = Service(
    name="events",
    word="bus",
    inner_word="rule",
    operations={
        "PutEvents": Operation(
            Does.SENDS,
            (_buses,),
            Batch(
                "Entries",
                FailedEntries.BY_PLACE,
                "Entries",
                code="ErrorCode",
                message="ErrorMessage",
                count="FailedEntryCount",
            ),
        ),
        "PutRule": _on_rule(Does.CONFIGURES),
        "DeleteRule": _on_rule(Does.CONFIGURES),
        "EnableRule": _on_rule(Does.CONFIGURES),
        "DisableRule": _on_rule(Does.CONFIGURES),
        "PutTargets": _on_rule(Does.CONFIGURES, "Rule"),
        "RemoveTargets": _on_rule(Does.CONFIGURES, "Rule"),
        "DescribeRule": _on_rule(Does.READS),
        "ListTargetsByRule": _on_rule(Does.READS, "Rule"),
        "ListRules": Operation(Does.READS, ("EventBusName",)),
        "CreateEventBus": Operation(
            Does.CONFIGURES, ("Name",), undone_by=Undo("DeleteEventBus", {"Name": "{Name}"})
        ),
        "TestEventPattern": Operation(Does.READS),
    },
    roles={"event-bus/*": Role.FANS_OUT, "rule/*": Role.FANS_OUT, "api-destination/*": Role.LEAVES},
    inner=("rule/*",),
    parcel=for_bus,
    principal="events.amazonaws.com",
    errors=Errors(failing=Words("InternalException", 500, "An internal error occurred.")),
    about=("EventBusName", "Name", "ResourceARN"),
    form="arn:aws:events:{region}:{account}:event-bus/{name}",
    signing=Signing(id="eventbridge"),
)
