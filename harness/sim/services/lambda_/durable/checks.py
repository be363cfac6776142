"""The updates of a checkpoint, judged before any of them has an effect.

https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html; the words are those of
AWS's own test runner for durable functions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.sim.services.lambda_.durable import model
from harness.sim.services.lambda_.durable.model import DurableState, OperationState
from harness.sim.services.lambda_.errors import invalid

Update = Mapping[str, Any]

ERROR_BYTES_MAX = 32_768
CHAINED_BYTES_MAX = 1_048_576
PAYLOAD_BYTES_MAX = 6_291_456

_ACTIONS = {
    model.EXECUTION: ("SUCCEED", "FAIL"),
    model.CONTEXT: ("START", "SUCCEED", "FAIL"),
    model.STEP: ("START", "SUCCEED", "FAIL", "RETRY"),
    model.WAIT: ("START", "CANCEL"),
    model.CALLBACK: ("START",),
    model.CHAINED_INVOKE: ("START",),
}
_OPTIONS = {"WAIT": "WaitOptions", "CHAINED_INVOKE": "ChainedInvokeOptions"}
_IDENTITY = {
    "Type": ("type", "type"),
    "SubType": ("subtype", "subtype"),
    "Name": ("name", "name"),
}
"""What a later update of an operation must say as the first did: the field, and the word for it."""


def check_updates(execution: DurableState, updates: Sequence[Update]) -> None:
    """Raise InvalidParameterValueException for the first update that can't be."""
    endings = [each for each in updates if each["Type"] == model.EXECUTION]
    if len(endings) > 1:
        raise invalid("Cannot checkpoint multiple EXECUTION updates.")
    if endings and updates[-1]["Type"] != model.EXECUTION:
        raise invalid("EXECUTION checkpoint must be the last update.")
    _check_ids(execution, updates)
    for update in updates:
        _check_identity(execution.operations.get(update["Id"]), update)
        _check_sizes(execution, update)
        if update["Action"] not in _ACTIONS[update["Type"]]:
            raise invalid("Invalid action for the given operation type.")
        _check_state(execution.operations.get(update["Id"]), update)


def _check_ids(execution: DurableState, updates: Sequence[Update]) -> None:
    """Each operation once, or begun and then ended; inside of contexts only."""
    last: dict[str, Update] = {}
    for update in updates:
        before = last.get(update["Id"])
        if before is not None and not _may_follow(update, before):
            raise invalid("Cannot checkpoint multiple operations with the same ID.")
        parent = update.get("ParentId")
        if parent is not None:
            known = execution.operations.get(parent)
            begun = last.get(parent)
            kind = begun["Type"] if begun is not None else known.type if known is not None else ""
            if kind != model.CONTEXT:
                raise invalid("Invalid parent operation id.")
        last[update["Id"]] = update


def _may_follow(update: Update, before: Update) -> bool:
    starts = before["Action"] == "START" and update["Action"] != "START"
    return starts and before["Type"] in (model.STEP, model.CONTEXT)


def _check_identity(known: OperationState | None, update: Update) -> None:
    """A replay that isn't deterministic comes with another operation under the same id."""
    if known is None:
        return
    for field, (attribute, word) in _IDENTITY.items():
        if update.get(field) is not None and update[field] != getattr(known, attribute):
            raise invalid(f"Inconsistent operation {word}.")
    if update.get("ParentId") is not None and update["ParentId"] != known.parent:
        raise invalid("Inconsistent parent operation id.")


def _check_sizes(execution: DurableState, update: Update) -> None:
    error, payload = update.get("Error"), update.get("Payload")
    if error is not None and len(json.dumps(error)) > ERROR_BYTES_MAX:
        raise invalid(f"Error object size must be less than {ERROR_BYTES_MAX} bytes.")
    size = 0 if payload is None else len(payload.encode())
    if update["Type"] == model.CHAINED_INVOKE and size > CHAINED_BYTES_MAX:
        raise invalid(
            f"CHAINED_INVOKE input payload size must be less than or equal to {CHAINED_BYTES_MAX} bytes."
        )
    if update["Type"] == model.EXECUTION and execution.chained and size > CHAINED_BYTES_MAX:
        raise invalid(
            f"Execution output payload size must be less than or equal to {CHAINED_BYTES_MAX} bytes."
        )


def _check_state(known: OperationState | None, update: Update) -> None:
    """An operation begins once, and ends once."""
    kind, action = update["Type"], update["Action"]
    if action == "START":
        _check_start(known, update)
    elif action == "CANCEL":
        if known is None or known.status != model.STARTED:
            raise invalid("Cannot cancel a WAIT that does not exist or has already completed.")
    elif kind != model.EXECUTION and known is not None:
        allowed = (model.STARTED, model.READY) if kind == model.STEP else (model.STARTED,)
        if known.status not in allowed:
            what = "re-attempt" if action == "RETRY" else "close"
            raise invalid(f"Invalid current {kind} state to {what}.")
    _check_outcome(update)


def _check_start(known: OperationState | None, update: Update) -> None:
    kind = update["Type"]
    if known is not None and kind == model.STEP and known.status != model.READY:
        raise invalid("Invalid current STEP state to start.")
    if known is not None and kind == model.CHAINED_INVOKE:
        raise invalid("Cannot start a CHAINED_INVOKE operation that already exists.")
    if known is not None and kind != model.STEP:
        raise invalid(f"Cannot start a {kind} that already exist.")
    needed = _OPTIONS.get(kind)
    if needed and not update.get(needed):
        raise invalid(f"Update for {kind} operation requires {needed}.")


def _check_outcome(update: Update) -> None:
    action, error, payload = update["Action"], update.get("Error"), update.get("Payload")
    if action == "FAIL" and payload is not None:
        raise invalid("Cannot provide a Payload for FAIL action.")
    if action == "SUCCEED" and error is not None:
        raise invalid("Cannot provide an Error for SUCCEED action.")
    if action == "RETRY":
        if not update.get("StepOptions"):
            raise invalid("Invalid StepOptions for the given action.")
        if error is not None and payload is not None:
            raise invalid("Cannot provide both error and payload to RETRY a STEP.")
