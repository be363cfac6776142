"""Lambda: functions, their runs, their queue of asynchronous events, and mappings from queues."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from harness import aws
from harness.aws.parcels import EVENT, FunctionParcel
from harness.aws.rules.batches import failed_from, failed_items
from harness.sim.sandbox.environment import INIT_LIMIT_SECONDS
from harness.sim.services.lambda_.api.aliases import AliasesApi
from harness.sim.services.lambda_.api.code_signing import CodeSigningApi
from harness.sim.services.lambda_.api.concurrency import ConcurrencyApi
from harness.sim.services.lambda_.api.elsewhere import Elsewhere
from harness.sim.services.lambda_.api.events import EventInvokeApi
from harness.sim.services.lambda_.api.functions import FunctionsApi
from harness.sim.services.lambda_.api.invoke import InvokeApi
from harness.sim.services.lambda_.api.layers import LayersApi
from harness.sim.services.lambda_.api.mappings import MappingsApi
from harness.sim.services.lambda_.api.permissions import PermissionsApi
from harness.sim.services.lambda_.api.running import RunningApi
from harness.sim.services.lambda_.api.tags import TagsApi
from harness.sim.services.lambda_.api.urls import UrlsApi
from harness.sim.services.lambda_.api.wording import WORDING
from harness.sim.services.lambda_.delivery.environments import Environments
from harness.sim.services.lambda_.delivery.events import THROTTLED, AsyncEvents
from harness.sim.services.lambda_.delivery.invocations import Invocations, Request, Throttled
from harness.sim.services.lambda_.delivery.urls import serve
from harness.sim.services.lambda_.durable.api import DurableApi
from harness.sim.services.lambda_.durable.invokes import ChainedInvokes
from harness.sim.services.lambda_.durable.runs import SYNC_SECONDS_MAX, Durable
from harness.sim.services.lambda_.model.functions import FunctionState, Version
from harness.sim.services.lambda_.model.naming import FunctionId, function_id, function_id_of_arn
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import (
    Caller,
    Delivered,
    Delivery,
    DeliveryFailed,
    Operation,
    Params,
    ServiceError,
)
from harness.sim.services.validation import CheckedOperations, check

if TYPE_CHECKING:
    from harness.sim.world import World


class Lambda:
    """The service, as the two doors see it."""

    facts: ClassVar = aws.service("lambda")

    def __init__(self, world: World) -> None:
        self._world = world
        self._registry = FunctionRegistry()
        self._environments = Environments(world.sandbox.environment, self._registry)
        self._invocations = Invocations(world, self._registry, self._environments)
        self._durable = Durable(world, self._registry, self._invocations)
        self._events = AsyncEvents(world, self._registry, self._durable)
        self._mappings = MappingsApi(world, self._registry)
        self.operations: Mapping[str, Operation] = CheckedOperations(self._checked, *self._groups())

    def _groups(self) -> Iterator[Mapping[str, Operation]]:
        """The operations, a group at a time."""
        registry, invocations, kernel = self._registry, self._invocations, self._world.kernel
        elsewhere = Elsewhere(self._world.held)
        concurrency = ConcurrencyApi(
            registry, invocations.concurrency, kernel.new_id, lambda: kernel.now, self._timestamp
        )
        signing = CodeSigningApi(registry, kernel.new_id, self._timestamp)
        yield FunctionsApi(
            registry, elsewhere, kernel.new_id, self._timestamp, self._changed, signing.check_for_function
        ).operations()
        yield AliasesApi(registry, kernel.new_id, concurrency.moved).operations()
        yield LayersApi(registry, elsewhere.read_object, kernel.new_id, self._timestamp).operations()
        yield PermissionsApi(registry, kernel.new_id).operations()
        yield concurrency.operations()
        yield TagsApi(registry, kernel.new_id, (self._mappings.tags_of, signing.tags_of)).operations()
        yield signing.operations()
        yield UrlsApi(registry, kernel.new_id, self._timestamp, partial(serve, self._world)).operations()
        yield RunningApi(registry).operations()
        yield EventInvokeApi(registry, lambda: kernel.now).operations()
        yield InvokeApi(self._world, registry, invocations, self._events, self._durable).operations()
        invokes = ChainedInvokes(self._world, registry, self._durable)
        yield DurableApi(self._world, registry, self._durable, invokes).operations()
        yield self._mappings.operations()

    def resources(self, operation: str, params: Params) -> tuple[str, ...]:
        """The function or layer that a call is about; of a mapping, an execution and a callback, its
        function."""
        if function := self._durable.function_of(params):
            return (function,)
        mapping = self._mappings.mappings.get(str(params.get("UUID")))
        return (mapping.target.arn,) if mapping else self.facts.resources(operation, params)

    def seconds_max(self, operation: str, params: Params, caller: Caller) -> float:
        """Who invokes a function waits for its initialization and for its timeout."""
        waits = params.get("InvocationType", "RequestResponse") == "RequestResponse"
        if operation not in ("Invoke", "InvokeWithResponseStream") or not waits:
            return 0.0
        try:
            wanted = function_id(params["FunctionName"], caller, params.get("Qualifier"))
            version = self._registry.get(wanted).version_named(wanted.qualifier)
        except ServiceError:
            return 0.0
        if version is None:
            return 0.0
        configuration = version.configuration
        limit = configuration.timeout_seconds if configuration.durable is None else SYNC_SECONDS_MAX
        return INIT_LIMIT_SECONDS + limit

    def deliver(self, delivery: Delivery) -> Delivered:
        """Take a hop: into the queue of events, or run it and answer {"payload", "error", …}."""
        wanted = function_id_of_arn(delivery.target)
        parcel = delivery.holding(FunctionParcel)
        try:
            if parcel.invocation == EVENT:
                self._registry.get(wanted)
                self._accept(wanted, delivery, parcel)
                return Delivered(delivery.messages)
            if self._durable.config(wanted) is not None:
                return self._run_durably(wanted, delivery, parcel)
            return self._run(delivery, parcel)
        except Throttled as problem:
            raise DeliveryFailed(THROTTLED, problem.reason) from None
        except ServiceError as problem:
            raise DeliveryFailed(problem.code, problem.message, retryable=problem.status >= 500) from None

    def has_place(self, arn: str) -> bool:
        """Is there a function with this ARN, and the version or alias that it names?"""
        wanted = function_id_of_arn(arn)
        try:
            return self._registry.get(wanted).version_named(wanted.qualifier) is not None
        except ServiceError:
            return False

    def restarted(self) -> None:
        """No environment stays warm."""
        self._environments.forget_all()

    def await_callback(self, execution_arn: str, name: str, within_seconds: float) -> str:
        """Let time pass until an execution waits for a callback. See `RunsDurably`."""
        return self._durable.await_callback(execution_arn, name, within_seconds)

    def logs(self, function: str) -> list[str]:
        """The logs of a function's runs, one text each, by name or ARN."""
        caller = Caller("test", self._world.region, self._world.account)
        found, _ = self._registry.find(function, caller)
        return list(self._invocations.logs.get(found.id.arn, []))

    def _accept(self, wanted: FunctionId, delivery: Delivery, parcel: FunctionParcel) -> None:
        request_id, execution = self._world.kernel.new_id(), None
        if self._durable.config(wanted) is not None:
            place = self._world.names.of(wanted.arn)
            execution = self._durable.prepare(
                wanted, parcel.text, messages=delivery.messages, source=place, trace=parcel.trace
            )
        messages, trace, tenant = delivery.messages, parcel.trace, parcel.tenant
        self._events.accept(
            wanted, parcel.text, request_id, messages, trace=trace, execution=execution, tenant=tenant
        )

    def _run_durably(self, wanted: FunctionId, delivery: Delivery, parcel: FunctionParcel) -> Delivered:
        """An event and a chained invoke have an execution; anybody else starts one, and waits for its end."""
        execution = self._durable.executions.of_request.get(parcel.request_id or "")
        if execution is not None:
            self._durable.begin(execution)
            if execution.chained:
                self._durable.wait_for(execution)
        else:
            source = self._world.names.of(delivery.source)
            execution = self._durable.prepare(
                wanted,
                parcel.text,
                messages=delivery.messages,
                source=source,
                trace=parcel.trace,
                seconds_max=SYNC_SECONDS_MAX,
            )
            reads = parcel.reads_failures
            self._durable.begin(execution, _judge(parcel, delivery.messages) if reads else None)
            self._durable.wait_for(execution)
        value = self._durable.value(execution)
        return Delivered(delivery.messages, value, _acknowledged(value, delivery.messages))

    def _run(self, delivery: Delivery, parcel: FunctionParcel) -> Delivered:
        request = Request(
            event=parcel.payload,
            request_id=parcel.request_id or self._world.kernel.new_id(),
            messages=delivery.messages,
            source=self._world.names.of(delivery.source),
            attempt=delivery.attempt,
            client_context=parcel.client_context,
            trace=parcel.trace,
            judge=_judge(parcel, delivery.messages) if parcel.reads_failures is not None else None,
            reads_failures=bool(parcel.reads_failures),
            enriches=parcel.enriches,
            tenant=parcel.tenant,
        )
        run = self._invocations.run(function_id_of_arn(delivery.target), request)
        value: dict[str, Any] = {
            "payload": run.ran.payload,
            "error": run.error,
            "failed": run.failed,
            "version": run.version,
            "ended": run.ended,
            "trace": run.trace,
        }
        return Delivered(delivery.messages, value, _acknowledged(value, delivery.messages))

    def _checked(self, name: str, operation: Operation, params: Params, caller: Caller) -> Params:
        if params.get("Statuses") == []:  # a query without it
            params = {key: value for key, value in params.items() if key != "Statuses"}
        check("lambda", name, {key: value for key, value in params.items() if key != "Runtime"}, WORDING)
        return operation(params, caller)

    def _timestamp(self) -> str:
        moment = datetime.fromtimestamp(self._world.kernel.now, UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"

    def _changed(self, function: FunctionState, version: Version) -> None:
        """A version runs differently from now on, or is gone."""
        self._environments.forget(function.arn_of(version))
        if function.id.arn not in self._registry.functions:
            self._invocations.concurrency(function.id).reserve(function.id.arn, None)
            self._invocations.concurrency(function.id).provision(function.id.arn, {})


def _judge(parcel: FunctionParcel, messages: tuple[str, ...]) -> Callable[[Any], frozenset[str]]:
    """Tells which messages an answer reports as failed."""
    judge = failed_from if parcel.in_order else failed_items
    return lambda answer: judge(answer, messages)


def _acknowledged(value: Mapping[str, Any], messages: tuple[str, ...]) -> bool:
    """Is the function done with one of the messages at least?"""
    every_one_failed = bool(value["failed"]) and value["failed"] >= set(messages)
    return value["error"] is None and not every_one_failed
