"""The handle of a deployed app: its topics, queues, functions and tables by their logical ids."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, overload

from harness.app.handles import HANDLES, Handle, HoldsEffects
from harness.app.handles.api import HttpAnswer, HttpApi, api_at, api_of_id
from harness.app.handles.bucket import Bucket
from harness.app.handles.bus import Bus
from harness.app.handles.function import Function
from harness.app.handles.messages import check_answer, check_host
from harness.app.handles.queue import Queue
from harness.app.handles.state_machine import StateMachine
from harness.app.handles.stream import Stream
from harness.app.handles.table import Table
from harness.app.handles.topic import Topic
from harness.app.intrinsics import Created
from harness.cloud import Cloud, HasOutbox, KeepsExports, LosesState, Sent, StubsHttp, follows, lacks
from harness.history import History
from harness.near import Suggests, near

H = TypeVar("H", bound=Handle)

SETTLE_SECONDS = 86_400.0
"""The longest wait of `settle`, unless told otherwise: a day."""


@dataclass(frozen=True)
class WithoutEffect:
    """Something in a template that was accepted and changes nothing in a run."""

    logical_id: str
    type: str
    why: str


class App(Suggests):
    """A deployed app. Made by `cloud.deploy(…)` or `harness.deploy(cloud, …)`.

    `name` begins the physical names. `outputs` are the template's. `without_effect` lists what was accepted
    and changes nothing in a run. `resources` and `types` go by logical id, what SAM added included; by
    "Stack.LogicalId" where there are several stacks or nested ones, by the construct's path where the CDK
    made them. `exports` are those of all stacks in the cloud.
    """

    def __init__(self, cloud: Cloud, path: Path, name: str) -> None:
        self.cloud = cloud
        self.path = path
        self.name = name
        self.without_effect: tuple[WithoutEffect, ...] = ()
        self.resources: dict[str, Created] = {}
        self.types: dict[str, str] = {}
        self.outputs: dict[str, Any] = {}
        self.exports: dict[str, Any] = cloud.exports if follows(cloud, KeepsExports) else {}
        self._also: dict[str, dict[str, None]] = {}

    def add(self, name: str, kind: str, created: Created, *others: str) -> None:
        """A resource was created. It goes by its other names as well, and by what follows its stack's, where
        no other resource does.
        """
        self.resources[name], self.types[name] = created, kind
        for other in (*others, name.rpartition(".")[2]):
            self._also.setdefault(other, {})[name] = None

    def known_as(self, name: str) -> str:
        """The name in `resources` of what goes by any of its names; one that nothing has stays as it is."""
        found = list(self._also.get(name, ()))
        return found[0] if name not in self.resources and len(found) == 1 else name

    def topic(self, logical_id: str) -> Topic:
        """A topic: `.publish(body, **attributes)`."""
        return self.handle(Topic, logical_id)

    def queue(self, logical_id: str) -> Queue:
        """A queue: `.send(body)`, `.messages()`, `.receive()`, `.depth()`, `.purge()`."""
        return self.handle(Queue, logical_id)

    def function(self, logical_id: str) -> Function:
        """A function: `.invoke(payload)`, `.invoke_async(payload)`, `.logs()`."""
        return self.handle(Function, logical_id)

    def table(self, logical_id: str) -> Table:
        """A table: `.rows()`, `.put(item)`, `.get(key)`."""
        return self.handle(Table, logical_id)

    def bucket(self, logical_id: str) -> Bucket:
        """A bucket: `.put(key, body)`, `.get(key)`, `.keys()`."""
        return self.handle(Bucket, logical_id)

    def bus(self, logical_id: str) -> Bus:
        """An EventBridge bus, or "default": `.put(detail, detail_type=…, source=…)`."""
        return self.handle(Bus, logical_id)

    def stream(self, logical_id: str) -> Stream:
        """A stream of Kinesis: `.put(body, key=…)`, `.records()`, `.split()`, `.reshard(count)`."""
        return self.handle(Stream, logical_id)

    def state_machine(self, logical_id: str) -> StateMachine:
        """A state machine: `.start(payload)`, `.run(payload)`, `.executions()`, `.events(arn)`."""
        return self.handle(StateMachine, logical_id)

    def api(self, logical_id: str) -> HttpApi:
        """An API of API Gateway: `.get(path)`, `.post(path, json=…)` and the like."""
        return self.handle(HttpApi, logical_id)

    def http(self, method: str, url: str, *, api: str = "", **how: Any) -> HttpAnswer:
        """A request to anything of the app that HTTP reaches: `app.http("GET", app.outputs["Url"])`.

        `url` is a URL, as outputs and messages hold it, or a path of `api`, known by its logical id or by
        the id that the cloud gave it. The rest is that of `app.api(…).request`.
        """
        if not api:
            if how.get("stage"):
                raise ValueError("http: the URL already contains the stage")
            front, stage, url = api_at(self.cloud, url)
            return front.request(method, url, **{**how, "stage": stage})
        front = self.api(api) if api in self.types else api_of_id(self.cloud, api)
        return front.request(method, url, **how)

    @overload
    def handle(self, kind: type[H], logical_id: str) -> H: ...

    @overload
    def handle(self, kind: str, logical_id: str) -> Any: ...

    def handle(self, kind: type[H] | str, logical_id: str) -> Any:
        """A handle of any kind, by its name or its class: `app.handle("queue", "Work")`.

        Raises `LookupError` for a kind that there isn't, and for a resource that isn't of this kind.
        """
        found = HANDLES.wanted(kind) if isinstance(kind, str) else kind
        logical_id = self.known_as(logical_id)
        built_in = dict(found.built_in).get(logical_id)
        if built_in is not None and logical_id not in self.types:
            arn = built_in.format(region=self.cloud.region, account=self.cloud.account)
            return found(self.cloud, logical_id, Created(logical_id, {"Arn": arn}))
        suitable = [id_ for id_, type_ in self.types.items() if type_ in found.types]
        if logical_id not in suitable:
            raise LookupError(self._missing(found.kind, logical_id, suitable))
        return found(self.cloud, logical_id, self.resources[logical_id])

    def effects(self, logical_id: str) -> list[Any]:
        """Effects of handlers in a table, a queue, another place whose handle can tell them, or at a host
        that `stub_http` answers for.

        None are left in a cloud that has lost what it held. Raises `LookupError` for anything else.
        """
        if isinstance(self.cloud, StubsHttp) and (stub := self.cloud.stubbed(logical_id)) is not None:
            effects: list[Any] = stub.effects()
            return effects
        logical_id = self.known_as(logical_id)
        telling = {type_: kind for kind in HANDLES.values() for type_ in _telling(kind)}
        kind = telling.get(self.types.get(logical_id, ""))
        if kind is None:
            suitable = [id_ for id_, type_ in self.types.items() if type_ in telling]
            raise LookupError(self._missing("table or queue", logical_id, suitable))
        handle = self.handle(kind, logical_id)
        assert isinstance(handle, HoldsEffects)
        if isinstance(self.cloud, LosesState) and self.cloud.lost:
            return []
        return handle.effects()

    def outbox(self) -> list[Sent]:
        """Everything sent to HTTP endpoints, e-mail addresses and phones, in order."""
        if not isinstance(self.cloud, HasOutbox):
            raise lacks(self.cloud, "outbox", "the simulator and LocalStack do")
        return self.cloud.outbox

    def stub_http(self, host: str, answer: Any = "", *, idempotent_by: str = "") -> Any:
        """Answer for a third party's HTTP API from now on: `app.stub_http("api.stripe.com", {"id": "ch_1"})`.

        `answer` is a body, a pair of status and body, or a function of the request that gives one. The stub
        that comes back has `requests`; `slow(seconds)`, `refuse()` and `lose_answer()` are for the next one.
        `idempotent_by`: a header like "Idempotency-Key", by which the API knows a request that it has had.
        Faults in plans: `faults.answer_lost("https:Request", resource="api.stripe.com")`.
        """
        if not isinstance(self.cloud, StubsHttp):
            raise lacks(self.cloud, "stub_http", "the simulator does")
        check_host(host)
        if not callable(answer):
            check_answer(answer)
        return self.cloud.stub_http(host, answer, idempotent_by)

    def history(self) -> History:
        """The history so far."""
        return self.cloud.history()

    def client(self, service: str) -> Any:
        """A boto3 client of the cloud, for anything that handles don't offer."""
        return self.cloud.client(service)

    def physical_id(self, logical_id: str) -> str:
        """The value of Ref: a queue's URL, a topic's ARN, a table's name."""
        return self._resource(logical_id).ref

    def arn(self, logical_id: str) -> str:
        """A resource's ARN."""
        return self._resource(logical_id).arn

    def settle(self, within_seconds: float = SETTLE_SECONDS) -> bool:
        """Wait until nothing is in flight and no timer is left that could change anything.

        False if something still moved after so many seconds (virtual ones in the simulator).
        """
        return self.cloud.settle(_seconds("settle: within_seconds", within_seconds))

    def advance(self, seconds: float) -> None:
        """Let so many `seconds` pass. `ValueError` if there are less than none."""
        if _seconds("advance: seconds", seconds) < 0:
            raise ValueError(f"advance: time can't go back; seconds={seconds!r}")
        self.cloud.advance(seconds)

    def _resource(self, logical_id: str) -> Created:
        logical_id = self.known_as(logical_id)
        if logical_id not in self.resources:
            raise LookupError(self._missing("resource", logical_id, list(self.resources)))
        return self.resources[logical_id]

    def _missing(self, kind: str, logical_id: str, suitable: list[str]) -> str:
        problem = f"there is no {kind} {logical_id!r}"
        several = [name for name in self._also.get(logical_id, ()) if name in suitable]
        if several:
            told = f"{logical_id!r} is in several stacks: {', '.join(several)}"
            return f"{self.path.name}: {told}"
        if logical_id in self.types:
            problem = f"{logical_id!r} is no {kind} but of type {self.types[logical_id]}"
        return f"{self.path.name}: {problem}{near(logical_id, suitable)}"


def _seconds(name: str, given: float) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TypeError(f"{name}={given!r} is not a number of seconds")
    return given


def _telling(kind: type[Handle]) -> tuple[str, ...]:
    """The types of a kind of handle that tells effects."""
    return kind.types if issubclass(kind, HoldsEffects) else ()
