"""Runs of functions: concurrency, an environment, what the plan says, and the history of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.aws.rules import recursion
from harness.faults import doors
from harness.faults.active import Hit
from harness.faults.sites import Invocation
from harness.history import Event
from harness.sim.sandbox.shapes import ContextData, KillOrder, Ran
from harness.sim.services.lambda_.delivery.environments import ON_DEMAND, PROVISIONED, Environments
from harness.sim.services.lambda_.delivery.log_groups import LogGroups
from harness.sim.services.lambda_.delivery.traces import header_for
from harness.sim.services.lambda_.model import tenants
from harness.sim.services.lambda_.model.concurrency import Concurrency
from harness.sim.services.lambda_.model.functions import FunctionState, Version
from harness.sim.services.lambda_.model.naming import FunctionId
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import ServiceError
from harness.sim.skew import Skew

if TYPE_CHECKING:
    from harness.sim.sandbox import Environment
    from harness.sim.world import World

INJECTED_THROTTLE = "FunctionInvocationRateLimitExceeded"

_HOWS: Mapping[str, Any] = {
    "crash": "crash",
    "timeout": "timeout",
    "oom": "oom",
    "init-failure": "init-error",
}


class Throttled(Exception):
    """The function was not reached; `reason` in the words of TooManyRequestsException."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def as_error(self) -> ServiceError:
        """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
        return ServiceError(
            "TooManyRequestsException",
            "Rate Exceeded.",
            429,
            Reason=self.reason,
            Type="User",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A run that is requested. `messages` are the ids in the event; `judge` names those of them that the
    function's answer reports as failed, which counts only where its sender `reads_failures`. `enriches`: the
    answer goes on to another place.

    `tenant`: for whom it is. `told`: the outcome and the error that an answer stands for, of an invocation
    that is part of a durable execution; `shown` is that one's input."""

    event: Any
    request_id: str
    messages: tuple[str, ...] = ()
    source: str = ""
    attempt: int = 1
    client_context: Mapping[str, Any] | None = None
    trace: str = ""
    judge: Callable[[Any], frozenset[str]] | None = None
    reads_failures: bool = True
    enriches: bool = False
    tenant: str = ""
    told: Callable[[Any], tuple[str, str | None]] | None = None
    shown: Any = None


@dataclass(frozen=True, slots=True)
class EndedRun:
    """The end of a run. `ended` is its event in the history, `trace` the X-Ray header that it passed on."""

    ran: Ran
    version: str
    failed: frozenset[str]
    ended: Event
    trace: str

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The payload of an error, None if the function succeeded."""
        return self.ran.error if self.ran.outcome != "ok" else None


@dataclass(slots=True)
class Invocations:
    """Runs functions; each run blocks the activity that asked for it."""

    world: World
    registry: FunctionRegistry
    environments: Environments
    accounts: dict[tuple[str, str], Concurrency] = field(default_factory=dict)
    logs: dict[str, list[str]] = field(default_factory=dict)
    log_groups: LogGroups = field(init=False)

    def __post_init__(self) -> None:
        self.log_groups = LogGroups(self.world.held)

    def concurrency(self, function: FunctionId) -> Concurrency:
        """The accounts of the function's region."""
        return self.accounts.setdefault((function.region, function.account), Concurrency())

    def run(self, wanted: FunctionId, request: Request) -> EndedRun:
        """Run a function once.

        Raises `Throttled`, and `ServiceError` if it doesn't exist or runs in a recursive loop.
        """
        function = self.registry.get(wanted)
        self._check_recursion(function, request.trace)
        version = self.registry.pick_version(function, wanted.qualifier, self.world.kernel.chance)
        tenants.check(version.configuration, request.tenant)
        concurrency = self.concurrency(function.id)
        provisioned = concurrency.has_provisioned(function.id.arn, version.number)
        reason = concurrency.begin(function.id.arn, version.number)
        if reason:
            raise Throttled(reason)
        kind = PROVISIONED if provisioned and self._is_ready(function, version) else ON_DEMAND
        try:
            return self._run(function, version, wanted, request, kind)
        finally:
            concurrency.end(function.id.arn, version.number)

    def _check_recursion(self, function: FunctionState, trace: str) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""
        before = recursion.invocations_before(trace, function.id.arn)
        if before >= recursion.INVOCATIONS_MAX and function.recursive_loop == "Terminate":
            told = (
                f"{self.world.names.of(function.id.arn)} runs in a recursive loop: "
                f"Lambda stopped its next invocation after {before} in one chain of requests"
            )
            raise ServiceError(recursion.EXCEPTION, told, Type="User")

    def _is_ready(self, function: FunctionState, version: Version) -> bool:
        return any(
            each.ready_at <= self.world.kernel.now for each in function.provisioned_for(version.number)
        )

    def _run(
        self, function: FunctionState, version: Version, wanted: FunctionId, request: Request, kind: str
    ) -> EndedRun:
        kernel, recorder = self.world.kernel, self.world.recorder
        name = self.world.names.of(function.id.arn)
        environment = self.environments.take(function, version, kernel.now, kind, request.tenant)
        begun = recorder.invocation(
            name,
            request.messages,
            request_id=request.request_id,
            attempt=request.attempt,
            source=request.source,
            cold=environment.cold,
            version=version.number,
            payload=None if request.messages else request.event if request.told is None else request.shown,
            timeout=environment.code.timeout_seconds,
            enriches=request.enriches,
        )
        hits = self._ask_plan(name, request, environment.cold, begun)
        kill = doors.first(hits, "kill")
        if kill is not None and kill.decision.how == "throttle":
            kill.acted()
            self.environments.give_back(function, version, environment, kernel.now)
            recorder.invocation_ended(begun, "throttled", error="TooManyRequestsException: Rate Exceeded.")
            raise Throttled(INJECTED_THROTTLE)
        order = _kill_order(kill)
        if order is not None and order.how == "init-error" and not environment.cold:
            self.environments.give_back(function, version, environment, kernel.now)
            environment = self.environments.start(function, version, kind, request.tenant)
        environment, beside = self._swapped(function, version, environment, hits)
        cold = environment.cold if environment.cold != begun.data["cold"] else None
        trace = self._trace(wanted, request)
        with recorder.caused_by(begun, actor=name):
            ran = self._execute(environment, wanted, request, trace, hits, order)
        for each in (environment, *beside):
            self.environments.give_back(function, version, each, kernel.now)
        failed, unread = _reported(request, ran)
        outcome, error = _outcome(request, ran)
        ended = recorder.invocation_ended(
            begun,
            outcome,
            error=error,
            failed=sorted(failed),
            unread=sorted(unread),
            cold=cold,
            unanswered=ran.unanswered,
            log=ran.log,
        )
        group = environment.code.log_group
        self.log_groups.keep(function.id.region, group, environment.log_stream, ran.lines)
        if ran.log:
            self.logs.setdefault(function.id.arn, []).append(ran.log)
        return EndedRun(ran, version.number, failed, ended, trace)

    def _swapped(
        self, function: FunctionState, version: Version, environment: Environment, hits: list[Hit]
    ) -> tuple[Environment, Sequence[Environment]]:
        """The environment that a fault puts in place of this one, and those that stay beside it."""
        hit, code = doors.first(hits, "environment"), environment.code
        kind, tenant = code.initialization, code.tenant
        if hit is None:
            return environment, ()
        if hit.decision.which == "kept":
            kept = self.environments.kept(function, version, kind, tenant) if environment.cold else None
            if kept is None:
                return environment, ()
            environment.dispose()
            hit.acted()
            return kept, ()
        if environment.cold:
            return environment, ()
        hit.acted()
        fresh = self.environments.start(function, version, kind, tenant)
        if hit.decision.which == "beside":
            return fresh, (environment,)
        environment.dispose()
        return fresh, ()

    def _ask_plan(self, name: str, request: Request, cold: bool, begun: Event) -> list[Hit]:
        site = Invocation(name, request.request_id, request.messages, request.attempt, cold)
        return self.world.hops.invocation(site, begun)

    def _execute(
        self,
        environment: Environment,
        wanted: FunctionId,
        request: Request,
        trace: str,
        hits: list[Hit],
        kill: KillOrder | None,
    ) -> Ran:
        delay = doors.delay(hits)
        if delay:
            self.world.kernel.sleep(delay)
        context = ContextData(
            request_id=request.request_id,
            function_arn=wanted.qualified_arn,
            client_context=request.client_context,
            trace_id=trace,
            skew=_skew(hits),
        )
        return environment.run(request.event, context, kill)

    def _trace(self, wanted: FunctionId, request: Request) -> str:
        chance = self.world.kernel.chance(f"traces of {wanted.arn}")
        return header_for(request.trace, wanted.arn, chance, self.world.kernel.now)


def _outcome(request: Request, ran: Ran) -> tuple[str, str | None]:
    """The outcome for the history, and the error."""
    if request.told is not None and ran.outcome == "ok":
        return request.told(ran.payload)
    return ran.outcome, _sentence(ran.error)


def _reported(request: Request, ran: Ran) -> tuple[frozenset[str], frozenset[str]]:
    """The messages that were reported as failed: to a sender that reads it, and to one that doesn't."""
    nobody: frozenset[str] = frozenset()
    if request.judge is None or ran.outcome != "ok":
        return nobody, nobody
    if request.reads_failures:
        return request.judge(ran.payload), nobody
    told = isinstance(ran.payload, dict) and ran.payload.get("batchItemFailures")
    return nobody, request.judge(ran.payload) if told else nobody


def _kill_order(hit: Hit | None) -> KillOrder | None:
    """A decision to kill, as the sandbox takes it."""
    if hit is None:
        return None
    decision, after_call = hit.decision, hit.decision.after_call
    order = KillOrder(how=_HOWS[decision.how], overrun_seconds=decision.seconds, acted=hit.acted)
    if after_call is None:
        return replace(order, when="after")
    return replace(order, when="call", nth=after_call) if after_call else order


def _skew(hits: list[Hit]) -> Skew | None:
    """The skew of the clock; a fault has acted when code reads the clock."""
    skewed = [hit for hit in hits if hit.decision.action == "skew"]
    if not skewed:
        return None

    def seen() -> None:
        for hit in skewed:
            hit.acted()

    return Skew(sum(hit.decision.seconds for hit in skewed), seen)


def _sentence(error: Mapping[str, Any] | None) -> str | None:
    """An error's type and the first line of its message, for the history."""
    if error is None:
        return None
    message = str(error.get("errorMessage") or "").strip().partition("\n")[0]
    return f"{error.get('errorType', 'Error')}: {message}"
