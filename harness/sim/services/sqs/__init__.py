"""SQS.

`api*`: the operations, their refusals and the form of their answers. `model`: a queue as a state machine,
with `message`, `settings` and `order`; time comes in as an argument. `sending`, `receiving`, `moving`: the
effects of operations on queues. `delivery`: messages from and to other services. `store`: all queues.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from harness import aws
from harness.sim.services.service import Caller, Operation, Params
from harness.sim.services.sqs.api import Api
from harness.sim.services.sqs.api_checks import completed
from harness.sim.services.sqs.api_messages import system_attributes
from harness.sim.services.sqs.delivery import QueueDeliveries
from harness.sim.services.sqs.message import State
from harness.sim.services.sqs.moving import Moving
from harness.sim.services.sqs.receiving import WAIT_SECONDS_MAX, Receiving
from harness.sim.services.sqs.sending import Sending
from harness.sim.services.sqs.store import QueueStore
from harness.sim.services.validation import CheckedOperations
from harness.sim.world import World

_OPERATIONS = (
    "AddPermission",
    "CancelMessageMoveTask",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "CreateQueue",
    "DeleteMessage",
    "DeleteMessageBatch",
    "DeleteQueue",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "ListQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "RemovePermission",
    "SendMessage",
    "SendMessageBatch",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
)


class Sqs(QueueDeliveries):
    """The simulator's SQS. Is a `Mover`, and the `Source` of mappings that pull from queues."""

    facts: ClassVar = aws.service("sqs")

    def __init__(self, world: World) -> None:
        store = QueueStore(world)
        sending = Sending(world, store)
        moving = Moving(world, store, sending)
        receiving = Receiving(world, store, moving)
        super().__init__(world, store, sending, receiving)
        self._api = Api(world, store, sending, receiving, moving)
        named = {name: getattr(self._api, method) for name, method in _METHODS.items()}
        self.operations: Mapping[str, Operation] = CheckedOperations(_carry, named)

    def seconds_max(self, operation: str, params: Params, caller: Caller) -> float:
        """A consumer waits for messages as long as it asks for, or as its queue says."""
        return (
            float(params.get("WaitTimeSeconds", WAIT_SECONDS_MAX)) if operation == "ReceiveMessage" else 0.0
        )

    def peek(self, queue: str) -> list[Params]:
        """Every message of a queue (by ARN) without receiving it: visible, delayed and in flight."""
        return [
            {
                "MessageId": message.id,
                "Body": message.body,
                "Attributes": system_attributes(message),
                "MessageAttributes": dict(message.attributes),
                "State": message.state.value,
            }
            for message in self._store.of(queue).queue.oldest_first()
            if message.state is not State.GONE
        ]


MOVER = Sqs


def _carry(name: str, operation: Operation, params: Params, caller: Caller) -> Params:
    return operation(completed(name, params), caller)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


_METHODS = {name: _snake(name) for name in _OPERATIONS}
