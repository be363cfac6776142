"""The simulator: a whole cloud in this process, under virtual time."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from harness import garbage, namespace
from harness.app.deployer import Deployer
from harness.aws.rules.http.model import HttpRequest, HttpResponse, ServedApi
from harness.aws.rules.http.usage import Usage
from harness.cloud import (
    DeployedStack,
    HasOutbox,
    Peeks,
    RunsDurably,
    RunsSchedules,
    Sent,
    StubError,
    TellsOfStacks,
    Unsupported,
    follows,
)
from harness.faults import Plan
from harness.faults.active import ActivePlan, lasting
from harness.faults.places import PlacedFault
from harness.faults.under_plan import UnderPlan
from harness.files import real_path
from harness.history import Names, Recorder
from harness.plan import Fault
from harness.sim import clients, stops
from harness.sim.begun_call import Directly
from harness.sim.calls import Calls
from harness.sim.direct import DirectPath, resumed
from harness.sim.hops import Hops
from harness.sim.implied import Implied
from harness.sim.interception import Interception
from harness.sim.kernel import EPOCH, Kernel
from harness.sim.own_hosts import OwnHosts
from harness.sim.patches import stubs
from harness.sim.patches.current import check_alive
from harness.sim.patches.stubs import Stub
from harness.sim.prepared import Fit, PreparedCalls
from harness.sim.requests import AnswersRequests, Requests
from harness.sim.rounds import Rounds
from harness.sim.sandbox import Sandbox, note_call
from harness.sim.sandbox.runtimes import check_runs
from harness.sim.services import MOVERS
from harness.sim.services.held import own_backends
from harness.sim.services.service import OUTSIDE
from harness.sim.services.third_parties import ThirdParties
from harness.sim.world import ACCOUNT, REGION, World
from harness.variables import environment
from harness.wire import Params, Stamp
from harness.wire.mocks import no_mock

CLOCK_STEP_SECONDS = 1e-6
"""The clock counts seconds since 1970: it doesn't move for less than a quarter of this."""

_VARIABLES: dict[str, str | None] = {"AWS_EC2_METADATA_DISABLED": "true", "MOTO_ACCOUNT_ID": None}

_active: list[Simulator] = []


class Simulator(Deployer, UnderPlan):
    """A cloud in this process. Use it as a context manager; only one can be active at a time.

    `seed` decides every interleaving, latency and id; `plan` what goes wrong. While it is active every
    botocore client of the process talks to it, whatever its region, credentials or endpoint, and no
    byte leaves. Time is virtual: `time.sleep(30)` takes microseconds.

    `region` is that of the app and of its handles. `strict_order`: standard queues give their messages in the
    order of sending, which AWS doesn't promise.

    `open_children`: child processes have this machine's network; without it they have none. If it isn't
    given, the environment variable `HARNESS_OPEN_CHILDREN` decides.

    >>> import boto3, harness
    >>> with harness.Simulator(seed=1) as cloud:
    ...     sqs = boto3.client("sqs", region_name="eu-west-1")
    ...     url = sqs.create_queue(QueueName="work")["QueueUrl"]
    ...     sent = sqs.send_message(QueueUrl=url, MessageBody="hello")
    ...     [m["Body"] for m in sqs.receive_message(QueueUrl=url)["Messages"]]
    ['hello']
    """

    name = "sim"
    _world: World | None = None

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """The simulator is the first object of its run."""
        garbage.before_a_run()
        return super().__new__(cls)

    def __init__(
        self,
        *,
        seed: int | None = None,
        plan: Plan | None = None,
        region: str = REGION,
        strict_order: bool = False,
        open_children: bool | None = None,
    ) -> None:
        self.plan = plan or Plan()
        self.seed = self.plan.seed if seed is None else seed
        self.region = region
        self.account = ACCOUNT
        self.names = Names(region, ACCOUNT)
        self.kernel = Kernel(self.seed)
        header = {"cloud": self.name, "seed": self.seed}
        self.recorder = Recorder(lambda: self.kernel.now - EPOCH, header, self.names)
        self.exports: dict[str, Any] = {}
        self._rounds = Rounds(self.recorder)
        self._endless: str | None = None
        self.kernel.gives_up = self._gives_up
        self.active_plan = ActivePlan(self.seed, self.plan.faults)
        self._strict_order = strict_order
        self._open_children = open_children
        self._undo: ExitStack | None = None
        self._served: dict[tuple[str, str], bool] = {}

    def __enter__(self) -> Simulator:
        if _active:
            raise RuntimeError("another simulator is active; leave its `with` block first")
        if self.kernel.closed:
            raise RuntimeError("this simulator's run is over; make a new one for another")
        for fault in self.plan.faults:
            stops.check(fault)
        with ExitStack() as undo:
            undo.enter_context(no_mock(self.name))
            undo.enter_context(garbage.of_a_run())
            undo.enter_context(own_backends())
            undo.callback(clients.restore)
            self._make_world()
            _active.append(self)
            undo.callback(_active.remove, self)
            path = DirectPath(self._serves, self._carry_out)
            self._prepared = PreparedCalls(path, self._calls.implied)
            interception = Interception(self.answer, path)
            undo.callback(interception.remove)
            interception.install()
            self.sandbox.install()
            undo.callback(self.sandbox.remove)
            undo.enter_context(environment({**_VARIABLES, "AWS_DEFAULT_REGION": self._default_region()}))
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        undo, self._undo = self._undo, None
        if undo is not None:
            with undo:
                self.kernel.close()

    def __del__(self) -> None:
        if self._world is None:  # its block was never entered
            garbage.without_a_run()

    @property
    def world(self) -> World:
        """The parts of this cloud. `RuntimeError` before its block is entered."""
        if self._world is None:
            raise RuntimeError("this simulator isn't active: use it in a block, with Simulator() as cloud: …")
        return self._world

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the run began."""
        return self.kernel.elapsed

    def client(self, service: str) -> Any:
        """A boto3 client of this cloud; `RuntimeError` outside of its block, where it would be AWS's."""
        if self not in _active:
            raise RuntimeError("this simulator isn't active: use it in a block, with Simulator() as cloud: …")
        return clients.client_of(service, self.region)

    def call(self, service: str, method: str, arguments: dict[str, Any], fit: Fit) -> Any:
        """Make a call of a deployment. See `MakesCalls`."""
        client = self.client(service)
        return self._prepared.call(client, service, method, arguments, fit)

    def code(self, folder: Path) -> dict[str, Any]:
        """Handlers run from their own folder."""
        return self._in_place(folder, "/var/task")

    def layer(self, folder: Path) -> dict[str, Any]:
        """Layers are used from their own folder."""
        return self._in_place(folder, "/opt")

    def _in_place(self, folder: Path, on_lambda: str) -> dict[str, Any]:
        """A folder that is used where it is; the history calls it what Lambda would."""
        found = str(folder)
        if found not in self.recorder.roots:
            found = str(real_path(folder))
        self.recorder.roots[found] = on_lambda
        return {"S3Bucket": "hot-reload", "S3Key": found}

    def check_runs(self, runtime: str) -> None:
        """Functions of other languages than Python can be made, and not be run."""
        check_runs(runtime)

    def settle(self, within_seconds: float = 86_400.0) -> bool:
        """Let time pass until nothing is in flight, no timer is left that could change anything, and faults
        whose window has begun are over.

        False if something still moved, or was still going wrong, after `within_seconds` of virtual time, or
        if functions start each other for ever. Raises `StubError` if a stub gave no answer.
        """
        self.check_plan()
        self._rounds.begin()
        until = self.kernel.elapsed + within_seconds
        settled = self.kernel.settle(within_seconds)
        moving = self._moving()
        while settled and (window := self.active_plan.open_until(self.kernel.elapsed)) is not None:
            if window > until:
                settled, moving = False, [lasting(window)]
                break
            self.kernel.sleep(max(window - self.kernel.elapsed, CLOCK_STEP_SECONDS))
            settled = self.kernel.settle(max(until - self.kernel.elapsed, 0.0))
            moving = self._moving()
        self.recorder.settled(self.name, settled, [] if settled else moving)
        if broken := self.broken_stubs():
            raise StubError("\n".join(broken))
        return settled

    def _gives_up(self) -> bool:
        self._endless = self._rounds.endless()
        return self._endless is not None

    def _moving(self) -> list[str]:
        """What keeps the run from being settled."""
        return [self._endless] if self._endless else self.kernel.moving()[:10]

    def advance(self, seconds: float) -> None:
        """Let so much virtual time pass."""
        self.kernel.sleep(seconds)

    def patch_function(self, function: str, target: str, value: Any) -> None:
        """In each environment of a function, bind `module.name` of its code to a value."""
        self.sandbox.patch(function, target, value)

    def stub_http(self, host: str, answer: Any, idempotent_by: str = "") -> Stub:
        """From now on, requests to this host get this answer. See `StubsHttp`."""
        return stubs.stub(host, answer, self._third_parties, idempotent_by)

    def stubbed(self, host: str) -> Stub | None:
        """The stub of a host."""
        return stubs.found(host)

    def idle_stubs(self) -> list[Stub]:
        """The stubs that nothing was sent to."""
        return stubs.idle()

    def broken_stubs(self) -> list[str]:
        """The sentences that say of which stubs the test's own function gave no answer, and why."""
        return list(self._third_parties.broken)

    def refuse_calls_about(self, forms: Collection[str], service: str, shown: str) -> None:
        """Refuse calls to a service about a resource that was accepted without effect."""
        self.world.held.refused.add(forms, service, shown)

    def has_schedule(self, target: str) -> bool:
        """Is there an enabled schedule that has this target (an ARN)?"""
        movers = self.world.services.values()
        return any(mover.has_schedule(target) for mover in movers if isinstance(mover, RunsSchedules))

    def run_schedules(self, target: str) -> int:
        """Run each schedule now that has this target (an ARN). Gives how many there were."""
        movers = self.world.services.values()
        return sum(mover.run_schedules(target) for mover in movers if isinstance(mover, RunsSchedules))

    def await_callback(self, execution_arn: str, name: str, within_seconds: float) -> str:
        """Let time pass until an execution waits for a callback. See `RunsDurably`."""
        mover = self.world.owner(execution_arn)
        if not isinstance(mover, RunsDurably):
            raise LookupError(f"{execution_arn} is no durable execution")
        return mover.await_callback(execution_arn, name, within_seconds)

    def put_stack(self, stack: DeployedStack) -> None:
        """Keep a stack, in place of what was known of it."""
        for mover in self.world.services.values():
            if follows(mover, TellsOfStacks):
                mover.put_stack(stack)

    def put_api(self, api: ServedApi) -> None:
        """Keep an API, in place of the one that has its ARN."""
        self._requests.server(api.arn).put_api(api)

    def api(self, arn: str) -> ServedApi:
        """An API. Raises `LookupError`."""
        return self._requests.server(arn).api(arn)

    @property
    def usage(self) -> Usage:
        """The API keys and usage plans of the account."""
        return self._http.usage

    def api_known(self, api_id: str) -> ServedApi:
        """The API, or the URL of a function, that has this id in its host. Raises `LookupError`."""
        return self._http.api_known(api_id)

    @property
    def _http(self) -> AnswersRequests:
        return self._requests.server(f"arn:aws:execute-api:{self.region}:{self.account}:*")

    def request(self, arn: str, request: HttpRequest, stage: str = "") -> HttpResponse:
        """Send a request to an API, and wait for the answer. Raises `ConnectionError` if none came."""
        return self._requests.send(arn, request, stage)

    def inject(self, fault: Fault) -> None:
        """From now on, this goes wrong; its times count from now. Raises `Unsupported`."""
        stops.check(fault)
        if isinstance(fault, PlacedFault) and (why := fault.why_never(self.names.places)):
            raise Unsupported(f"{fault.kind}: {why}")
        self.active_plan.add(fault, self.kernel.elapsed)

    def check_plan(self) -> None:
        """Raises `Unsupported` for a fault that can't be done where it is meant to act."""
        if why := self.active_plan.impossible(self.names.places):
            raise Unsupported(why)

    def peek(self, queue_arn: str) -> list[dict[str, Any]]:
        """Every message of a queue, without receiving it."""
        mover = self.world.owner(queue_arn)
        if not isinstance(mover, Peeks):
            raise Unsupported(f"peek: {queue_arn} has no messages to show")
        return mover.peek(queue_arn)

    @property
    def outbox(self) -> list[Sent]:
        """Everything sent to HTTP endpoints, e-mail addresses and phones, in order."""
        mover = self.world.services[OUTSIDE]
        return list(mover.outbox) if isinstance(mover, HasOutbox) else []

    def unwatched(self) -> AbstractContextManager[None]:
        """Real time that passes in this block isn't the running handler's."""
        return self.sandbox.unwatched()

    def answer(
        self, stamp: Stamp, request: AWSPreparedRequest, read_timeout: float | None = None
    ) -> AWSResponse:
        """Answer a request of an SDK. Raises botocore's connection errors where a fault says so, and when the
        client would wait longer than it does."""
        if not self.kernel.inside:
            raise RuntimeError(
                f"{stamp.service}:{stamp.operation}: a thread that the simulator doesn't schedule made an "
                "AWS call. Start threads after the simulator, from its thread."
            )
        check_alive()
        return self._calls.answer(stamp, request, read_timeout, resumed())

    def _serves(self, stamp: Stamp) -> bool:
        """Can the operation be reached on the direct path?"""
        if not self.kernel.inside:
            return False
        key = stamp.service, stamp.operation
        try:
            return self._served[key]
        except KeyError:
            world = self.world
            self._served[key] = world.performer(*key) is not None or world.held.can_act(stamp)
            return self._served[key]

    def _carry_out(
        self, to: Directly, params: Params, trace: str, invocation_id: str, implied: Implied | None
    ) -> Params:
        check_alive()
        return self._calls.carry_out(to, params, trace, invocation_id, implied)

    def _make_world(self) -> None:
        hops = Hops(self.active_plan)
        self._world = world = World(
            self.kernel, self.recorder, self.names, hops, self.account, self.region, self._strict_order
        )
        hops.join(world)
        self.sandbox = world.sandbox = Sandbox(world, open_children=self._has_open_children())
        world.services.update({name: made(world) for name, made in MOVERS.items()})
        self._calls = world.calls = Calls(world, self.active_plan)
        self._requests = world.requests = Requests(world, self.active_plan)
        self._third_parties = ThirdParties(world, self.active_plan, note_call)
        self._calls.made = note_call
        stubs.serve(OwnHosts(world).find)

    def _has_open_children(self) -> bool:
        if self._open_children is None:
            return not namespace.is_wanted()
        return self._open_children

    def _default_region(self) -> str:
        return os.environ.get("AWS_DEFAULT_REGION", self.region)
