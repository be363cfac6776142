"""A world with Lambda in it, and doubles for the sandbox and for a queue."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harness import aws
from harness.faults.active import ActivePlan
from harness.history import Recorder
from harness.history.places import Names
from harness.sim.activities import Signal
from harness.sim.hops import Hops
from harness.sim.kernel import Kernel
from harness.sim.sandbox.shapes import DEADLY, ContextData, FunctionCode, KillOrder, Ran
from harness.sim.services.execute_api import ExecuteApi
from harness.sim.services.lambda_ import Lambda
from harness.sim.services.service import Caller, Delivered, Delivery, DeliveryFailed, Params, Taken
from harness.sim.world import World

CALLER = Caller("test", "us-east-1", "123456789012")
ROLE = "arn:aws:iam::123456789012:role/r"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:work"
FIFO_QUEUE = f"{QUEUE}.fifo"
FAILED_QUEUE = "arn:aws:sqs:us-east-1:123456789012:failed"

Handler = Callable[[Any], Ran]


def ok(payload: Any = None) -> Ran:
    """A run that went well."""
    return Ran(outcome="ok", payload=payload, log="START\nEND\n")


def error(message: str = "boom") -> Ran:
    """A run that raised."""
    return Ran(outcome="error", error={"errorType": "ValueError", "errorMessage": message})


def archive(source: str = "def handler(event, context): return event") -> bytes:
    """A zip with one module, `app`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr(zipfile.ZipInfo("app.py"), source)  # with a date that is always the same
    return packed.getvalue()


class FakeEnvironment:
    """Runs a Python callable in place of a handler."""

    def __init__(self, sandbox: FakeSandbox, code: FunctionCode) -> None:
        self.alive = self.cold = True
        self.code = code
        self.log_stream = "stream"
        self._sandbox = sandbox

    def dispose(self) -> None:
        self.alive = False

    def run(self, event: Any, context: ContextData, kill: KillOrder | None = None) -> Ran:
        self.cold = False
        self._sandbox.contexts.append(context)
        self._sandbox.kills.append(kill)
        if kill is not None and self._sandbox.obeys:
            kill.acted()
            outcome = kill.how
            ran = Ran(outcome=outcome, error={"errorType": "Runtime.ExitError", "errorMessage": outcome})
        else:
            ran = self._sandbox.handlers.get(self.code.name, ok)(event)
        self.alive = ran.outcome not in DEADLY
        return ran


class FakeSandbox:
    """Handlers by function name; an unknown function answers its event."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.started: list[FunctionCode] = []
        self.contexts: list[ContextData] = []
        self.kills: list[KillOrder | None] = []
        self.obeys = True

    def environment(self, code: FunctionCode) -> FakeEnvironment:
        self.started.append(code)
        return FakeEnvironment(self, code)


class FakeSqs:
    """Queues that hand out, hide and delete; nothing more."""

    facts = aws.service("sqs")
    operations: Mapping[str, Any] = {}

    def __init__(self, kernel: Kernel, recorder: Recorder) -> None:
        self._kernel = kernel
        self._recorder = recorder
        self._signals: dict[str, Signal] = {}
        self.visible: dict[str, list[tuple[str, str]]] = {}
        self.flying: dict[str, tuple[str, str, str]] = {}
        self.counts: dict[str, int] = {}
        self.deleted: list[str] = []
        self.delivered: list[Delivery] = []
        self.refusing: DeliveryFailed | None = None
        self.visibility_timeout = 30.0

    def put(self, queue: str, message: str, body: str = "{}") -> None:
        self.visible.setdefault(queue, []).append((message, body))
        self.arrived(queue).notify()

    def deliver(self, delivery: Delivery) -> Delivered:
        if self.refusing:
            raise self.refusing
        self.delivered.append(delivery)
        return Delivered((f"dlq-{len(self.delivered)}",))

    def take(self, arn: str, limit: int, visibility_timeout: float | None = None) -> list[Taken]:
        queue = self.visible.setdefault(arn, [])
        handed, self.visible[arn] = queue[:limit], queue[limit:]
        if handed:
            counts = {name: 1 for name, _ in handed}
            self._recorder.received(arn.rpartition(":")[2], counts, visible_at=self.visibility_timeout)
        return [self._hand_out(arn, *message) for message in handed]

    def ack(self, arn: str, receipt_handles: Iterable[str]) -> None:
        for handle in receipt_handles:
            if handle in self.flying:
                self.deleted.append(self.flying.pop(handle)[1])

    def release(self, arn: str, receipt_handles: Iterable[str], visibility_timeout: float) -> None:
        for handle in receipt_handles:
            self._back(handle)

    def arrived(self, arn: str) -> Signal:
        return self._signals.setdefault(arn, Signal())

    def settings(self, arn: str) -> Mapping[str, Any]:
        if arn not in (QUEUE, FIFO_QUEUE, FAILED_QUEUE):
            raise LookupError(arn)
        return {"visibility_timeout": self.visibility_timeout, "fifo": arn.endswith(".fifo")}

    def _hand_out(self, arn: str, message: str, body: str) -> Taken:
        self.counts[message] = self.counts.get(message, 0) + 1
        handle = f"{message}/{self.counts[message]}"
        self.flying[handle] = (arn, message, body)
        self._kernel.call_at(self._kernel.now + self.visibility_timeout, lambda: self._back(handle))
        attributes = {"ApproximateReceiveCount": str(self.counts[message])}
        return Taken(message, handle, body, attributes, {}, "md5")

    def _back(self, handle: str) -> None:
        if handle in self.flying:
            self.put(*self.flying.pop(handle))


class Cloud:
    """Lambda on a kernel of its own, with what serves URLs of functions."""

    def __init__(self, seed: int = 1, *, strict_order: bool = True) -> None:
        self.kernel = Kernel(seed)
        self.recorder = Recorder(lambda: self.kernel.elapsed)
        self.plan = ActivePlan(seed)
        hops = Hops(self.plan)
        self.world = World(self.kernel, self.recorder, Names(), hops, strict_order=strict_order)
        hops.join(self.world)
        self.sandbox = self.world.sandbox = FakeSandbox()  # type: ignore[assignment]
        self.queues = FakeSqs(self.kernel, self.recorder)
        self.service = Lambda(self.world)
        apis = ExecuteApi(self.world)
        self.world.services = {
            "lambda": self.service,
            "sqs": self.queues,  # type: ignore[dict-item]
            apis.facts.name: apis,
        }

    def call(self, operation: str, **params: Any) -> Params:
        """Call an operation of Lambda."""
        return self.service.operations[operation](params, CALLER)

    def function(self, name: str = "work", handler: Handler = ok, **settings: Any) -> str:
        """Create a function that runs `handler`; returns its ARN."""
        self.sandbox.handlers[name] = handler
        settings = {"Runtime": "python3.12", "Role": ROLE, "Handler": "app.handler"} | settings
        settings.setdefault("Code", {"ZipFile": archive()})
        arn: str = self.call("CreateFunction", FunctionName=name, **settings)["FunctionArn"]
        return arn

    def settle(self, within_seconds: float = 86_400) -> bool:
        """Let everything happen that is going to."""
        return self.kernel.settle(within_seconds)

    def events(self, kind: str) -> list[Any]:
        """What the history has of a kind."""
        return list(self.recorder.history().of(kind))


def map_queue(cloud: Cloud, **settings: object) -> str:
    """The id of a new mapping of the queue to the function."""
    made = cloud.call("CreateEventSourceMapping", FunctionName="work", EventSourceArn=QUEUE, **settings)
    return str(made["UUID"])
