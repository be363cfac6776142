"""Deletes what a run has created on an emulator that it shares with others."""

from __future__ import annotations

from collections.abc import Iterator

from harness import aws
from harness.gateway.asking import Clients, Known, undo
from harness.history import Event, History


def remove(history: History, account: str, client: Clients) -> None:
    """Delete it, the latest first, as far as it still is there."""
    done = set()
    for call in created_in(history):
        service, operation = str(call.data["service"]), str(call.data["operation"])
        how, known = aws.service(service).operation(operation).undone_by, _known(call, account)
        if how is not None and (operation, known["arn"]) not in done:
            done.add((operation, known["arn"]))
            undo(client(service), how, known)


def created_in(history: History) -> Iterator[Event]:
    """The calls of a run that created something, the latest first."""
    succeeded = {answer.cause for answer in history.of("answer") if answer.data.get("error") is None}
    for call in reversed(history.of("call")):
        operation = aws.service(str(call.data.get("service"))).operation(str(call.data.get("operation")))
        if call.seq in succeeded and operation.undone_by is not None:
            yield call


def _known(call: Event, account: str) -> Known:
    """The call's parameters, and the ARN of what it has created."""
    service, params = aws.service(str(call.data["service"])), call.data["params"]
    region = str(call.data["region"])
    about = service.arns(str(call.data["operation"]), params, region=region, account=account)
    return {**params, "arn": about[0] if about else ""}
