"""SQS: `settings` → `queue` (the state machine) → `sending`, `receiving`, `moving` → `api`, `delivery`."""

from __future__ import annotations

from collections.abc import Mapping

from harness.sim.services.service import Operation, Params
from harness.sim.services.sqs.api import Api
from harness.sim.services.sqs.delivery import Deliveries
from harness.sim.services.sqs.message import State
from harness.sim.services.sqs.moving import Moving
from harness.sim.services.sqs.receiving import Receiving, system_attributes
from harness.sim.services.sqs.sending import Sending
from harness.sim.services.sqs.store import Store
from harness.sim.world import World
from harness.wire.about import queue_of

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


class Sqs(Deliveries):
    """The simulator's SQS. Is a `Service`, and the `Source` of mappings that pull from queues."""

    name = "sqs"

    def __init__(self, world: World) -> None:
        store = Store(world)
        sending = Sending(world, store)
        moving = Moving(world, store, sending)
        receiving = Receiving(world, store, moving)
        super().__init__(world, store, sending, receiving)
        self._api = Api(world, store, sending, receiving, moving)
        self._operations = {name: getattr(self._api, _snake(name)) for name in _OPERATIONS}

    @property
    def operations(self) -> Mapping[str, Operation]:
        """API operations by name."""
        return self._operations

    def resource(self, operation: str, params: Params) -> str | None:
        """The queue that a call is about."""
        return queue_of(params)

    def owns(self, arn: str) -> bool:
        """Queues live here, also those that don't exist any more."""
        return arn.startswith("arn:aws:sqs:")

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


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
