"""One durable execution, its operations, and what becomes of them. Time comes in as an argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.sim.activities import Signal
from harness.sim.services.lambda_.durable import events
from harness.sim.services.lambda_.durable.tokens import checkpoint_token
from harness.sim.services.lambda_.model.durable import DurableConfig
from harness.sim.services.lambda_.model.naming import FunctionId

EXECUTION, CONTEXT, STEP, WAIT = "EXECUTION", "CONTEXT", "STEP", "WAIT"
CALLBACK, CHAINED_INVOKE = "CALLBACK", "CHAINED_INVOKE"
STARTED, PENDING, READY, SUCCEEDED = "STARTED", "PENDING", "READY", "SUCCEEDED"
FAILED, CANCELLED, TIMED_OUT, STOPPED = "FAILED", "CANCELLED", "TIMED_OUT", "STOPPED"
OPEN = frozenset((STARTED, PENDING, READY))

RUNNING, PAUSING, PAUSED = "RUNNING", "PAUSING", "PAUSED"

DAY_SECONDS = 86_400.0


@dataclass(eq=False, slots=True)
class OperationState:
    """One operation of an execution, as its last checkpoint left it.

    `due`: the end of a wait, or the next attempt of a step. `touched`: the number of the change that it had
    last.
    """

    id: str
    type: str
    status: str
    started_at: float
    parent: str | None = None
    name: str | None = None
    subtype: str | None = None
    ended_at: float | None = None
    attempt: int = 0
    due: float | None = None
    result: str | None = None
    error: Mapping[str, Any] | None = None
    replays_children: bool = False
    callback_id: str = ""
    heartbeat_seconds: int = 0
    touched: int = 0

    @property
    def waits(self) -> bool:
        """Is it something that an execution is suspended for?"""
        if self.type == STEP:
            return self.status == PENDING
        return self.type in (WAIT, CALLBACK, CHAINED_INVOKE) and self.status == STARTED

    @property
    def size(self) -> int:
        """About what it takes in a page of operations."""
        error = sum(len(str(value)) for value in self.error.values()) if self.error else 0
        return 200 + len(self.result or "") + error


@dataclass(frozen=True, slots=True)
class AnsweredCheckpoint:
    """The last checkpoint and its answer: whoever asks again, the same, gets it again."""

    client_token: str
    token: str
    answer: Mapping[str, Any]


@dataclass(eq=False, slots=True)
class DurableState:
    """One execution. `function` is the version that it runs. `messages` are the ids of what started it, and
    `source` is where they are; `chained`: a durable function started it, and waits for its result.

    `seconds_left`: its time stands still while it is paused. `deferred`: it is owed an invocation.
    `seen`: the last change that the handler knows of. `tokens` counts the checkpoints of all invocations;
    `invocation` is the id of the one that runs, "" while none does. `failed`: the messages that its result
    reports. `woken_by`: the event that woke it last; `ended_by`: the end of its last invocation.
    """

    arn: str
    name: str
    function: FunctionId
    version: str
    config: DurableConfig
    started_at: float
    input: str
    messages: tuple[str, ...] = ()
    source: str = ""
    trace: str = ""
    chained: bool = False
    status: str = RUNNING
    ended_at: float | None = None
    result: str | None = None
    error: Mapping[str, Any] | None = None
    operations: dict[str, OperationState] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    changes: int = 0
    seen: int = 0
    tokens: int = 0
    bytes_written: int = 0
    invocation: str = ""
    invocations: int = 0
    failures: int = 0
    throttles: int = 0
    begun: bool = False
    seconds_left: float | None = None
    deferred: bool = False
    last: AnsweredCheckpoint | None = None
    failed: frozenset[str] = frozenset()
    woken_by: Any = None
    ended_by: Any = None
    updated: list[str] = field(default_factory=list)
    changed: Signal = field(default_factory=Signal)

    @property
    def id(self) -> str:
        """The last part of its ARN, which is the id of its EXECUTION operation, too."""
        return self.arn.rpartition("/")[2]

    @property
    def open(self) -> bool:
        """Has it not ended?"""
        return self.ended_at is None

    @property
    def token(self) -> str:
        """The token of the next checkpoint."""
        return checkpoint_token(self.arn, self.invocation, self.tokens)

    @property
    def has_news(self) -> bool:
        """Has anything changed that its handler doesn't know of?"""
        return self.changes > self.seen

    @property
    def suspended(self) -> bool:
        """Is there something that it waits for?"""
        return any(operation.waits for operation in self.operations.values())

    def begin(self, now: float) -> None:
        """It exists from now on."""
        first = OperationState(self.id, EXECUTION, STARTED, self.started_at)
        self.operations[first.id] = first
        self.bytes_written = len(self.input.encode())
        events.execution_started(self, now)

    def touch(self, operation: OperationState) -> None:
        """It has changed."""
        self.changes += 1
        operation.touched = self.changes

    def invoked(self, request_id: str) -> None:
        """An invocation begins: it is told of everything, and has a token of its own."""
        self.invocation = request_id
        self.invocations += 1
        self.tokens += 1
        self.seen = self.changes

    def end(
        self,
        status: str,
        now: float,
        *,
        result: str | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        """It is over. The first end counts."""
        if not self.open:
            return
        self.status, self.ended_at, self.result, self.error = status, now, result, error
        first = self.operations[self.id]
        first.status, first.ended_at = status, now
        events.execution_ended(self, now)
        self.changed.notify()

    def finish(
        self,
        operation: OperationState,
        status: str,
        now: float,
        *,
        result: str | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> None:
        """Something outside of the handler ended an operation: a timer, a callback, an invoked function."""
        operation.status, operation.ended_at, operation.result, operation.error = status, now, result, error
        self.bytes_written += len((result or "").encode())
        self._tell(operation)
        events.operation_ended(self, operation, now)

    def complete_due(self, now: float) -> bool:
        """End the waits and ready the retries whose time has come. Says whether there were any."""
        due = [op for op in self.operations.values() if op.due is not None and op.due <= now and op.waits]
        for operation in due:
            operation.due = None if operation.type == STEP else operation.due
            if operation.type == STEP:
                operation.status = READY
                self._tell(operation)
            else:
                self.finish(operation, SUCCEEDED, now)
        return bool(due)

    def callback(self, name: str) -> OperationState | None:
        """A callback that it waits for; by its name, or by that of the context around it."""
        for operation in self.operations.values():
            if operation.type == CALLBACK and operation.waits and self.open:
                around = self.operations.get(operation.parent or "")
                if not name or name in (operation.name, around.name if around else None):
                    return operation
        return None

    def unseen(self) -> list[OperationState]:
        """The operations that changed since the handler heard of them last."""
        return [operation for operation in self.operations.values() if operation.touched > self.seen]

    def replayed(self) -> Iterator[OperationState]:
        """The operations that a replay needs, in the order in which they started: what is inside of a context
        that has ended isn't among them, unless the context replays it."""
        hidden: set[str] = set()
        for operation in self.operations.values():
            if operation.parent in hidden:
                hidden.add(operation.id)
                continue
            if operation.type == CONTEXT and operation.status not in OPEN and not operation.replays_children:
                hidden.add(operation.id)
            yield operation

    def _tell(self, operation: OperationState) -> None:
        self.touch(operation)
        self.updated.append(operation.id)
        self.changed.notify()
