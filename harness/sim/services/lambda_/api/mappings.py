"""Operations on event source mappings.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.sim.services.lambda_.api import mapping_settings as settings
from harness.sim.services.lambda_.api.pages import page
from harness.sim.services.lambda_.api.stream_settings import STREAMS
from harness.sim.services.lambda_.api.tags import check_tags
from harness.sim.services.lambda_.delivery.pollers import Poller
from harness.sim.services.lambda_.delivery.stream_pollers import StreamPoller
from harness.sim.services.lambda_.durable.runs import UNQUALIFIED
from harness.sim.services.lambda_.errors import invalid, missing, not_found
from harness.sim.services.lambda_.model.functions import FunctionState
from harness.sim.services.lambda_.model.mapping import EventSourceMapping
from harness.sim.services.lambda_.model.naming import FunctionId, function_id
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params, ServiceError

if TYPE_CHECKING:
    from harness.sim.world import World


class MappingsApi:
    """The mappings of one cloud and their pollers. States settle at once; answers show the way there."""

    def __init__(self, world: World, registry: FunctionRegistry) -> None:
        self._world = world
        self._registry = registry
        self.mappings: dict[str, EventSourceMapping] = {}
        self._pollers: dict[str, Poller | StreamPoller] = {}
        self._tags: dict[str, dict[str, str]] = {}

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {
            "CreateEventSourceMapping": self.create,
            "GetEventSourceMapping": self.get,
            "UpdateEventSourceMapping": self.update,
            "DeleteEventSourceMapping": self.delete,
            "ListEventSourceMappings": self.list,
        }

    def create(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
        source = settings.check_source(params)
        function, target = self._target(params["FunctionName"], caller)
        tags = dict(params.get("Tags") or {})
        check_tags(tags)
        bare = EventSourceMapping(self._world.kernel.new_id(), source, target, self._world.kernel.now)
        mapping = settings.first(bare, params, fifo=self._is_fifo(bare))
        self._check_not_there(mapping)
        self._check_visibility(mapping, function)
        poller = self._poller(mapping, function)
        self.mappings[mapping.uuid] = mapping
        self._tags[mapping.arn] = tags
        self._pollers[mapping.uuid] = poller
        self._begin(mapping)
        return self._render(mapping, state="Creating")

    def get(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html"""
        return self._render(self._found(params))

    def update(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html"""
        before = self._found(params)
        function, target = self._target(params.get("FunctionName") or before.target.qualified_arn, caller)
        mapping = settings.changed(before, params, fifo=self._is_fifo(before))
        mapping = replace(mapping, target=target, last_modified=self._world.kernel.now)
        self._check_visibility(mapping, function)
        self.mappings[mapping.uuid] = mapping
        self._pollers[mapping.uuid].stop()
        self._begin(mapping)
        passing = "Updating"
        if mapping.enabled != before.enabled:
            passing = "Enabling" if mapping.enabled else "Disabling"
        return self._render(mapping, state=passing)

    def delete(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html"""
        mapping = self._found(params)
        answer = self._render(mapping, state="Deleting")
        self._pollers.pop(mapping.uuid).stop()
        del self.mappings[mapping.uuid]
        del self._tags[mapping.arn]
        return answer

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html"""
        wanted = function_id(params["FunctionName"], caller) if params.get("FunctionName") else None
        source = params.get("EventSourceArn")
        found = [
            self._render(mapping)
            for mapping in self.mappings.values()
            if (mapping.target.region, mapping.target.account) == (caller.region, caller.account)
            and (wanted is None or _is_meant(mapping.target, wanted))
            and (source is None or mapping.source == source)
        ]
        return page(found, params, "EventSourceMappings", most=100)

    def tags_of(self, arn: str) -> dict[str, str] | None:
        """The tags of the mapping with this ARN, None if there is none."""
        return self._tags.get(arn)

    def _target(self, name: str, caller: Caller) -> tuple[FunctionState, FunctionId]:
        target = function_id(name, caller)
        function = self._registry.functions.get(target.arn)
        if function is None:
            raise invalid("Function does not exist")
        if function.version_named(target.qualifier) is None:
            raise not_found(target.qualified_arn)
        if function.latest.configuration.durable is not None and not target.qualifier:
            raise invalid(UNQUALIFIED)
        return function, target

    def _found(self, params: Params) -> EventSourceMapping:
        mapping = self.mappings.get(params["UUID"])
        if mapping is None:
            raise missing()
        return mapping

    def _render(self, mapping: EventSourceMapping, *, state: str | None = None) -> Params:
        answer = settings.render(mapping, state=state)
        poller = self._pollers[mapping.uuid]
        result = poller.problem or (poller.last_result if isinstance(poller, StreamPoller) else None)
        if result and (state is None or mapping.stream is not None):
            answer["LastProcessingResult"] = result
        return answer

    def _poller(self, mapping: EventSourceMapping, function: FunctionState) -> Poller | StreamPoller:
        if mapping.stream is None:
            return Poller(self._world, mapping)

        def role() -> str:
            version = function.version_named(mapping.target.qualifier)
            return version.configuration.role if version is not None else ""

        try:
            return StreamPoller(self._world, mapping, role)
        except (LookupError, ServiceError):
            raise invalid(f"Stream not found: {mapping.source}") from None

    def _begin(self, mapping: EventSourceMapping) -> None:
        if mapping.enabled:
            self._pollers[mapping.uuid].start(mapping)

    def _is_fifo(self, mapping: EventSourceMapping) -> bool:
        is_queue = mapping.source.split(":")[2] not in STREAMS
        return is_queue and bool(self._settings(mapping.source).get("fifo"))

    def _settings(self, source: str) -> Mapping[str, object]:
        try:
            return self._world.source(source).settings(source)
        except (LookupError, ServiceError):
            raise invalid(
                "Error occurred while ReceiveMessage. SQS Error Code: "
                "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not "
                "exist for this wsdl version."
            ) from None

    def _check_not_there(self, mapping: EventSourceMapping) -> None:
        for other in self.mappings.values():
            if (other.source, other.target) == (mapping.source, mapping.target):
                pair = f'arn (" {mapping.source} ") and function (" {mapping.target.name} ")'
                told = (
                    f"An event source mapping with SQS {pair} already exists"
                    if mapping.stream is None
                    else f"The event source {pair} provided mapping already exists"
                )
                raise ServiceError(
                    "ResourceConflictException",
                    f"{told}. Please update or delete the existing mapping with UUID {other.uuid}",
                    409,
                    Type="User",
                )

    def _check_visibility(self, mapping: EventSourceMapping, function: FunctionState) -> None:
        if mapping.stream is not None:
            return
        version = function.version_named(mapping.target.qualifier)
        visibility = float(str(self._settings(mapping.source).get("visibility_timeout", 30)))
        if version is not None and visibility < version.configuration.timeout_seconds:
            raise invalid(
                f"Queue visibility timeout: {visibility:g} seconds is less than Function timeout: "
                f"{version.configuration.timeout_seconds} seconds"
            )


def _is_meant(target: FunctionId, wanted: FunctionId) -> bool:
    return target.arn == wanted.arn and target.qualifier == wanted.qualifier
