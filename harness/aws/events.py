"""Amazon EventBridge: buses, and the rules that pick events for targets.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Iterator

from .facts import Batch, Does, Errors, Failed, Operation, Params, Role, Service, Signing, Words

_RULE = "arn:aws:events:{region}:{account}:rule/{name}"
_DEFAULT = "default"


def _buses(params: Params) -> Iterator[str]:
    """The buses that events are put on."""
    for entry in params.get("Entries") or ():
        yield entry.get("EventBusName") or _DEFAULT


def _rule(params: Params) -> Iterator[str]:
    """A rule; one of another bus than the default one is named with its bus."""
    name = params.get("Name") or params.get("Rule")
    bus = str(params.get("EventBusName") or _DEFAULT).rpartition("/")[2]
    if name:
        yield str(name) if bus == _DEFAULT else f"{bus}/{name}"


def _on_rule(does: Does) -> Operation:
    return Operation(does, (_rule,), form=_RULE)


SERVICE = Service(
    name="events",
    operations={
        "PutEvents": Operation(
            Does.SENDS,
            (_buses,),
            Batch(
                "Entries",
                Failed.BY_PLACE,
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
        "PutTargets": _on_rule(Does.CONFIGURES),
        "RemoveTargets": _on_rule(Does.CONFIGURES),
        "DescribeRule": _on_rule(Does.READS),
        "ListTargetsByRule": _on_rule(Does.READS),
        "ListRules": Operation(Does.READS, ("EventBusName",)),
        "TestEventPattern": Operation(Does.READS),
    },
    roles={"event-bus/*": Role.FANS_OUT, "rule/*": Role.FANS_OUT, "api-destination/*": Role.LEAVES},
    principal="events.amazonaws.com",
    errors=Errors(failing=Words("InternalException", 500, "An internal error occurred.")),
    about=("EventBusName", "Name", "ResourceARN"),
    form="arn:aws:events:{region}:{account}:event-bus/{name}",
    signing=Signing(ids=("eventbridge", "cloudwatch-events")),
)
