"""LocalStack as a cloud: the same apps, scenarios and plans, on an emulator that moves things by itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, ClassVar

from harness.cloud import Sent, Unsupported
from harness.faults import Plan
from harness.faults.active import Hit, lasting
from harness.faults.cloud_places import OnCloud
from harness.gateway.cloud import REGION, GatewayCloud
from harness.gateway.server import Gateway
from harness.localstack.container import SHARED
from harness.localstack.control import Control, GuestError
from harness.localstack.guest import NOT_OFFERED, WATCHED
from harness.localstack.settle import Pending, Settling, Snapshot, pending_in, schedules_in, with_held
from harness.localstack.sharing import CONTAINER, Options, Running, shared
from harness.localstack.stops import Stops
from harness.plan import kinds

SETTLE_SECONDS = 86_400.0
REAL_SETTLE_SECONDS = 900.0
"""The longest wait of `settle` where time is real, unless told otherwise."""

_LACKING = {
    "JSONata in state machines": "LocalStack downloads what evaluates such expressions",
    "tasks that wait for another execution (.sync)": "LocalStack asks for its end again and again",
}
"""What LocalStack's interpreter of state machines can't do, and why."""


class LocalStack(GatewayCloud):
    """A LocalStack in a container, or as a process of this machine (`kind="localstack-host"`).

    `running` is one that runs already; by default the one that all tests of a run share is used, and started
    if there is none. `real_time`: don't skip the time in which nothing but timers is left.
    `exclusive`: one of its own, for a test that harms it, as the faults `pause`, `kill` and `restart` do.
    `kind` is "localstack" or "localstack-host"; `options` are its image and LocalStack's own variables.
    `seed`, `plan` and `region` are as for `Simulator`.

    >>> from harness.localstack.cloud import LocalStack
    >>> with LocalStack() as cloud:  # doctest: +SKIP
    ...     app = cloud.deploy("template.yaml")
    """

    shows_deliveries: ClassVar[bool] = True

    def __init__(
        self,
        *,
        kind: str = "localstack",
        options: Options | None = None,
        running: Running | None = None,
        real_time: bool = False,
        exclusive: bool = False,
        seed: int | None = None,
        plan: Plan | None = None,
        region: str = REGION,
    ) -> None:
        self.name = kind
        super().__init__(seed=seed, plan=plan, region=region)
        self.running = running
        self._options = options or Options()
        self._real_time = real_time
        self._exclusive = exclusive
        self._stack = ExitStack()
        self._control: Control | None = None
        self._stops: Stops | None = None
        self._health: dict[str, Any] = {}

    def check_seen(self, service: str) -> None:
        """Raise `Unsupported` for a service whose deliveries the guest doesn't watch, and for what LocalStack
        does in a way that nobody can follow."""
        if service in _LACKING:
            raise Unsupported(f"{service}: {_LACKING[service]}; the simulator has them")
        if service not in WATCHED:
            raise Unsupported(
                f"{service}: its deliveries inside LocalStack can't be observed, so no verdict is possible; "
                f"use the simulator. Observed there: {', '.join(WATCHED)}"
            )

    @property
    def control(self) -> Control:
        """The guest inside. `RuntimeError` outside of the block."""
        if self._control is None:
            raise RuntimeError("this cloud isn't active: use it in a block, with LocalStack() as cloud: …")
        return self._control

    @property
    def container(self) -> Any:
        """The container, for faults of its own: pause, kill, restart, disconnect. None in host mode."""
        return None if self.running is None else self.running.container

    @property
    def python(self) -> str:
        """The version of LocalStack's own Python, which runs functions."""
        return str(self._health.get("python") or "")

    @property
    def lost(self) -> str:
        """Why what it had accepted isn't there any more; "" if it is."""
        return "" if self._stops is None else self._stops.lost

    def ended(self) -> str:
        """How LocalStack has ended, with its last lines; "" while it runs."""
        return "" if self.running is None else self.running.ended()

    def new_client(self, service: str, url: str, verify: str | None = None) -> Any:
        """A client of the test that raises `Unsupported` for what nobody could follow."""
        client = super().new_client(service, url, verify)
        client.meta.events.register("after-call.*.*", self._refuse)
        return client

    def _refuse(self, http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
        if http_response.status_code == NOT_OFFERED:
            raise Unsupported(f"{model.name}: {parsed['Error']['Message']}")

    def begin(self) -> Gateway:
        """Take part in the LocalStack that runs, or start it; then tell the guest where the gateway is."""
        if self.running is None:
            self.running = self._stack.enter_context(
                shared(self.name, self._options, exclusive=self._exclusive)
            )
            self._stack.callback(setattr, self, "running", None)
        running = self.running
        self._control = control = Control(running.url, self.account)
        self._stack.callback(control.close)
        self._health = control.health()
        self.recorder.header["emulator"] = f"LocalStack {self._health.get('localstack')}"
        for fault in self.plan.faults:
            self._check(fault)
        gateway = Gateway(
            running.url,
            account=self.account,
            plan=self.active_plan,
            recorder=self.recorder,
            names=self.names,
            clock=self.clock,
            hosts=running.gateway_hosts,
            guest_url=running.url,
            told_of=self._health.get("tells", ()),
            stop=self._stop,
        )
        if running.container is not None:
            self._stops = Stops(
                running.container,
                control,
                self.clock,
                self.recorder,
                gateway.forget_work,
                real_time=self._real_time,
            )
        self._stack.callback(gateway.close)
        self._stack.callback(self._forget, control)
        control.begin(running.seen_from_inside(gateway.port), gateway.token)
        return gateway

    def end(self) -> None:
        """Drop the account and let go of the LocalStack."""
        self._control = None
        self._stack.close()

    @staticmethod
    def never() -> Mapping[str, str]:
        """Kinds of fault that no LocalStack can honour: it chooses the environment of an invocation, the
        guest ends it on time, and its interpreter of state machines is its own."""
        why = "LocalStack itself chooses the environment that runs an invocation; use sim"
        late = "a function is ended as soon as its time is up; use sim"
        unseen = "LocalStack's interpreter of state machines asks nobody between two states; use sim"
        environments = dict.fromkeys(("cold_start", "warm_start"), why)
        executions = dict.fromkeys(("run_again", "stop_execution", "token_lost"), unseen)
        return {**environments, "late_timeout": late, **executions}

    def unsupported(self) -> Mapping[str, str]:
        """Clocks of functions can be wrong only where libfaketime is installed beside LocalStack, and the
        whole cloud can stop only in a container that other tests don't share."""
        never = {**self.never(), **self._not_stopped()}
        if self._health and not self._health.get("faketime"):
            never["clock_skew"] = "libfaketime isn't installed beside LocalStack (Debian: libfaketime)"
        return never

    def _not_stopped(self) -> Mapping[str, str]:
        """Only a container can be stopped, and only one that nobody else uses."""
        if self._exclusive and self.name == CONTAINER:
            return {}
        why = "only a container can be stopped; use localstack"
        if self.name == CONTAINER:
            why = SHARED
        return {kind: why for kind, fault in kinds().items() if issubclass(fault, OnCloud)}

    def _stop(self, hit: Hit) -> None:
        assert self._stops is not None
        self._stops.act(hit)

    def settle(self, within_seconds: float = SETTLE_SECONDS) -> bool:
        """Wait until nothing is in flight, no timer is left that could change anything, and faults whose
        window has begun are over.

        Time in which nothing but timers is left is skipped, unless the cloud is in real time. False if
        something still moved, or was still going wrong, after so many seconds, or hung.
        """
        self.check_plan()
        settling = self._settling()
        within = min(within_seconds, REAL_SETTLE_SECONDS) if self._real_time else within_seconds
        at_rest, untold = settling.settle(within), self._untold()
        settled = at_rest and not untold
        self.recorder.settled(self.name, settled, untold or ([] if settled else settling.moving[:10]))
        return settled

    def advance(self, seconds: float) -> None:
        """Let so much time pass; what is due meanwhile begins to happen."""
        self._settling().advance(seconds)

    def run_schedules(self, target: str) -> int:
        """Run each schedule of a rule now that has this target, and don't wait."""
        return self.control.run_schedules(target)

    def peek(self, queue_arn: str) -> list[dict[str, Any]]:
        """Every message of a queue, or record of a stream, without receiving it."""
        with self._unstopped():
            return self.control.messages(queue_arn)

    @property
    def outbox(self) -> list[Sent]:
        """Everything that SNS has sent to HTTP endpoints, e-mail addresses and phones, in order."""
        return self.gateway.outbox

    def _settling(self) -> Settling:
        return Settling(self.clock, self._look, None if self._real_time else self._skip)

    def _untold(self) -> list[str]:
        """Why nobody knows all that has happened, if that is so."""
        if self.control.emptied:
            return ["LocalStack started anew, and kept nothing of what it had accepted"]
        problems = [*self.gateway.untold, *self.control.state()["untold"]]
        return [f"the guest couldn't tell what happened: {problem}" for problem in problems[:3]]

    def _forget(self, control: Control) -> None:
        """End the account; it goes with a LocalStack that has ended, or that is its own and goes now."""
        try:
            control.end()
        except GuestError:
            if not self._exclusive and not self.ended():
                raise

    def _look(self) -> Snapshot:
        with self._unstopped():
            return self._looked()

    def _looked(self) -> Snapshot:
        state = with_held(self.control.state(), self.gateway.held_environments())
        held = [Pending(what, due) for what, due in self.gateway.busy()]
        pending = [*pending_in(state, self.names.of), *held]
        schedules = schedules_in(state)
        pending += [one for one in schedules if one.due is None]
        now = self.clock.elapsed()
        if (window := self.active_plan.open_until(now)) is not None:
            pending.append(Pending(lasting(window), window - now))
        return Snapshot(state["activity"] + self.gateway.activity, tuple(pending), tuple(schedules))

    def _skip(self, seconds: float) -> None:
        with self._unstopped():
            self.clock.skip(seconds)  # first: what the guest tells of what is due now must not look early
            self.control.skip(seconds)

    def _unstopped(self) -> AbstractContextManager[object]:
        """In this block the container isn't stopped."""
        return nullcontext() if self._stops is None else self._stops.lock
