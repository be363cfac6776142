"""Between queues: to the dead-letter queue, and back by StartMessageMoveTask.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections import deque
from dataclasses import dataclass, replace
from functools import partial

from harness.aws.parcels import QueueParcel
from harness.sim.hops import HopResult
from harness.sim.services.service import Delivery, Params
from harness.sim.services.sqs.errors import invalid, not_found
from harness.sim.services.sqs.message import Message, State
from harness.sim.services.sqs.sending import Sending
from harness.sim.services.sqs.settings import Redrive
from harness.sim.services.sqs.store import QueueRecord, QueueStore
from harness.sim.world import World

MOVES_PER_SECOND = 500
TASKS_KEPT = 10
RETRY_SECONDS_MIN = 1.0
"""Between tries to move a message to a queue that is out of reach, if nothing else hides it."""

_SOURCE = "DeadLetterQueueSourceArn"
_MISSING = "AWS.SimpleQueueService.NonExistentQueue"


@dataclass(eq=False)
class Move:
    """One move task. AWS gives its handle only while it runs."""

    id: str
    source: QueueRecord
    destination: str | None
    per_second: int | None
    to_move: int
    started_at: float
    status: str = "RUNNING"
    moved: int = 0
    under_way: int = 0
    backs_off: bool = False
    failure: str | None = None

    def handle(self) -> str:
        """The task handle that CancelMessageMoveTask takes."""
        return b64encode(json.dumps({"taskId": self.id, "sourceArn": self.source.arn}).encode()).decode()


class Moving:
    """Moves messages from one queue to another."""

    def __init__(self, world: World, store: QueueStore, sending: Sending) -> None:
        self._world = world
        self._store = store
        self._sending = sending
        self._moves: dict[str, deque[Move]] = {}

    def redrive_of(self, record: QueueRecord) -> Redrive | None:
        """The dead-letter queue; None if there is none, or if it doesn't accept this source."""
        redrive = record.queue.settings.redrive
        target = None if redrive is None else self._store.find(redrive.target)
        return redrive if target is not None and allows(target, record.arn) else None

    def dead_letter(self, record: QueueRecord, message: Message, target_arn: str) -> None:
        """It was received too often: it goes on in the dead-letter queue under the same MessageId.

        A standard queue keeps the time at which it was sent, from which retention counts; a FIFO queue
        counts anew, and takes the message's id for its deduplication id.
        """
        fifo, recorder = self._store.of(target_arn).queue.settings.fifo, self._world.recorder
        parcel = QueueParcel(
            body=message.body,
            attributes=message.attributes,
            system={**message.system, _SOURCE: record.arn},
            group=message.group,
            dedup=message.id if fifo else message.dedup,
            id=message.id,
            sent_at=None if fifo else message.sent_at,
            receive_count=message.receive_count,
            first_received_at=message.first_received_at,
        )
        delivery = Delivery(record.arn, target_arn, (message.id,), parcel)
        with recorder.caused_by(recorder.cause, actor="sqs"):
            self._world.hops.hand_over(delivery, partial(self._dead_lettered, record, message, target_arn))

    def _dead_lettered(
        self, record: QueueRecord, message: Message, target_arn: str, result: HopResult
    ) -> None:
        if not result.ok:
            self._take_back(record, message)
            return
        names = self._world.names
        self._world.recorder.dead_lettered(
            names.of(record.arn),
            (message.id,),
            to=names.of(target_arn),
            ids=list(result.ids),
            reason=f"received {message.receives_here} times",
        )

    def _take_back(self, record: QueueRecord, message: Message) -> None:
        """It couldn't be moved: it is hidden as after any receive, and moved when somebody asks for it."""
        hidden_for = max(record.queue.settings.visibility_timeout, RETRY_SECONDS_MIN)
        self._put_back(record, message, hidden_for)

    def _put_back(self, record: QueueRecord, message: Message, hidden_for: float = 0.0) -> None:
        """It stays in its queue; if that is gone meanwhile, the message is gone with it."""
        if not self._store.has(record.arn):
            self._world.recorder.removed(self._world.names.of(record.arn), (message.id,))
            return
        record.queue.put_back(replace(message), self._world.kernel.now, hidden_for)
        self._store.bring_up_to_date(record)

    def start(self, params: Params) -> Params:
        """StartMessageMoveTask."""
        source = self._known(params["SourceArn"], "SourceArn")
        if not self.sources_of(source):
            raise invalid("Source queue must be configured as a Dead Letter Queue.")
        destination = params.get("DestinationArn")
        if destination is not None:
            self._check_destination(source, destination)
        per_second = params.get("MaxNumberOfMessagesPerSecond")
        if per_second is not None and not 1 <= per_second <= MOVES_PER_SECOND:
            raise invalid(
                f"Value for parameter MaxNumberOfMessagesPerSecond must be between 1 and {MOVES_PER_SECOND}."
            )
        tasks = self._moves.setdefault(source.arn, deque(maxlen=TASKS_KEPT))
        if any(move.status == "RUNNING" for move in tasks):
            raise invalid(
                "There is already a task running. Only one active task is allowed for a source queue arn at "
                "a given time."
            )
        to_move, kernel = source.queue.count(State.VISIBLE), self._world.kernel
        move = Move(kernel.new_id(), source, destination, per_second, to_move, kernel.now)
        tasks.appendleft(move)
        kernel.spawn(f"move from {source.name}", lambda: self._run(move))
        return {"TaskHandle": move.handle()}

    def cancel(self, params: Params) -> Params:
        """CancelMessageMoveTask. Moved messages stay moved."""
        try:
            task = json.loads(b64decode(params["TaskHandle"], validate=True))
            task_id, source_arn = task["taskId"], task["sourceArn"]
        except (ValueError, TypeError, KeyError):
            raise invalid("Value for parameter TaskHandle is invalid.") from None
        source = self._known(str(source_arn), "SourceArn")
        for move in self._moves.get(source.arn, ()):
            if move.id == task_id and move.status == "RUNNING":
                move.status = "CANCELLED"
                return {"ApproximateNumberOfMessagesMoved": move.moved}
        raise not_found("Task does not exist.")

    def listed(self, params: Params) -> Params:
        """ListMessageMoveTasks, the newest first."""
        source = self._known(params["SourceArn"], "SourceArn")
        limit = params.get("MaxResults", 1)
        if not 1 <= limit <= TASKS_KEPT:
            raise invalid(f"Value for parameter MaxResults must be between 1 and {TASKS_KEPT}.")
        return {"Results": [_described(move) for move in list(self._moves.get(source.arn, ()))[:limit]]}

    def sources_of(self, target: QueueRecord) -> list[QueueRecord]:
        """The queues whose dead-letter queue this is."""
        return [
            record
            for record in self._store
            if record.queue.settings.redrive and record.queue.settings.redrive.target == target.arn
        ]

    def _check_destination(self, source: QueueRecord, arn: str) -> None:
        destination = self._known(arn, "DestinationArn")
        if destination is source:
            raise invalid("Source queue arn and destination queue arn must be different.")
        if destination.queue.settings.fifo != source.queue.settings.fifo:
            raise invalid("Source queue and destination queue must be of the same type.")

    def _run(self, move: Move) -> None:
        pause_seconds = 1 / (move.per_second or MOVES_PER_SECOND)
        with self._world.recorder.caused_by(self._world.recorder.cause, actor="sqs"):
            while move.status == "RUNNING":
                self._world.kernel.sleep(RETRY_SECONDS_MIN if move.backs_off else pause_seconds)
                move.backs_off = False
                if move.status == "RUNNING":
                    self._move_next(move)

    def _move_next(self, move: Move) -> None:
        source = move.source
        if not self._store.has(source.arn):
            return _fail(move, _MISSING)
        self._store.bring_up_to_date(source)
        message = source.queue.pop()
        if message is None:
            if not move.under_way:
                move.status = "COMPLETED"
            return None
        target_arn = move.destination or message.system.get(_SOURCE)
        if target_arn is None:
            self._put_back(source, message)
            return _fail(move, "CouldNotDetermineMessageSource")
        self._move_one(move, message, target_arn)
        return None

    def _move_one(self, move: Move, message: Message, target_arn: str) -> None:
        """It counts as a new message where it goes: a new id, and retention begins anew."""
        parcel = QueueParcel(
            body=message.body,
            attributes=message.attributes,
            system={name: value for name, value in message.system.items() if name != _SOURCE},
            group=message.group,
            dedup=message.dedup,
            id=self._world.kernel.new_id(),
        )
        self._store.bring_up_to_date(move.source)
        move.under_way += 1
        delivery = Delivery(move.source.arn, target_arn, (message.id,), parcel)
        self._world.hops.hand_over(delivery, partial(self._moved, move, message, target_arn))

    def _moved(self, move: Move, message: Message, target_arn: str, result: HopResult) -> None:
        """It has arrived, or it goes back; a queue that is out of reach for a while doesn't end the task."""
        move.under_way -= 1
        names = self._world.names
        if result.ok:
            move.moved += 1
            self._world.recorder.moved(
                names.of(move.source.arn), (message.id,), to=names.of(target_arn), ids=list(result.ids)
            )
            return
        self._put_back(move.source, message)
        move.backs_off = result.retryable
        if not result.retryable:
            _fail(move, result.error)

    def _known(self, arn: str, name: str) -> QueueRecord:
        if arn.count(":") < 5:
            raise invalid(
                f"You must use this format to specify the {name}: "
                "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"
            )
        if not self._store.has(arn):
            raise not_found(f"The resource that you specified for the {name} parameter doesn't exist.")
        return self._store.of(arn)


def _fail(move: Move, reason: str) -> None:
    move.status, move.failure = "FAILED", reason


def allows(target: QueueRecord, source_arn: str) -> bool:
    """Does the dead-letter queue's RedriveAllowPolicy admit this source?"""
    text = target.attributes.get("RedriveAllowPolicy")
    if not text:
        return True
    policy = json.loads(text)
    permission = policy.get("redrivePermission", "allowAll")
    return permission == "allowAll" or (
        permission == "byQueue" and source_arn in policy.get("sourceQueueArns", ())
    )


def _described(move: Move) -> Params:
    described: Params = {
        "Status": move.status,
        "SourceArn": move.source.arn,
        "ApproximateNumberOfMessagesMoved": move.moved,
        "ApproximateNumberOfMessagesToMove": move.to_move,
        "StartedTimestamp": round(move.started_at * 1000),
    }
    if move.status == "RUNNING":
        described["TaskHandle"] = move.handle()
    if move.per_second is not None:
        described["MaxNumberOfMessagesPerSecond"] = move.per_second
    if move.destination is not None:
        described["DestinationArn"] = move.destination
    if move.failure is not None:
        described["FailureReason"] = move.failure
    return described
