"""Which calls of a client may go directly: operations whose parameters the wire doesn't change, and clients
whose events only the SDK's own handlers hear.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore import handlers
from botocore.discovery import block_endpoint_discovery_required_operations
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.model import OperationModel
from botocore.validate import ParamValidationDecorator

from harness import wire
from harness.sim.begun_call import Directly
from harness.sim.patches.sdk import hears_only_boto3
from harness.sim.services.held import actions
from harness.wire import Params, Stamp
from harness.wire.names import by_id

_Handlers = tuple[Callable[..., Any], ...]

EVENTS = (
    "provide-client-params",
    "before-parameter-build",
    "before-endpoint-resolution",
    "before-call",
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "response-received",
    "before-parse",
    "needs-retry",
    "after-call",
    "after-call-error",
)
"""Events of a call. https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html"""

_OWN = frozenset(
    {
        "aws_lambda_powertools.shared.user_agent",
        "botocore.client",
        "botocore.handlers",
        "botocore.retries.standard",
        "botocore.retryhandler",
        "botocore.signers",
        "botocore.useragent",
        "moto.core.botocore_stubber",
    }
)
"""Modules whose handlers change nothing of a call that succeeds at once, or are called here, too."""

_BEFORE_CALL = frozenset(
    {handlers.add_recursion_detection_header, handlers.inject_api_version_header_if_needed}
)
"""Handlers that only add headers."""

_IDLE = frozenset(
    {
        handlers.generate_idempotent_uuid,
        handlers._handle_request_validation_mode_member,
        handlers._handle_sqs_compatible_error,
        block_endpoint_discovery_required_operations,
    }
)
"""Handlers that do nothing to operations without the members that they are about, or to results."""

_CONTENT_TYPES = {
    "json": "application/x-amz-json-1.0",
    "query": "application/x-www-form-urlencoded",
    "rest-json": "application/json",
}
"""Of the requests of those protocols of which the direct path knows what they keep."""

ROUTES = "_harness_routes"
"""The attribute of a client that keeps the direct paths of its operations."""


@dataclass(frozen=True, slots=True)
class DirectRoute:
    """The direct path of one operation of one client.

    `provide`, `build`, `hear_result`: handlers of the SDK's own that change parameters and results.
    `leads_elsewhere`: parameters that choose another endpoint.
    """

    event: str
    model: OperationModel
    to: Directly
    take: Callable[[Params], Params]
    leads_elsewhere: frozenset[str]
    provide: _Handlers
    build: _Handlers
    hear_result: _Handlers

    @property
    def keeps_parameters(self) -> bool:
        """Does no handler of the SDK's change the parameters?"""
        return not (self.provide or self.build or self.model.idempotent_members)


def route_of(client: Any, operation_name: str) -> DirectRoute | None:
    """The direct path of an operation, if it has one."""
    events = client.meta.events
    if type(events) is not EventAliaser or type(events._emitter) is not HierarchicalEmitter:
        return None
    known = events._emitter._lookup_cache  # the emitter takes another one whenever its handlers change
    try:
        found: tuple[object, DirectRoute | None] = client.__dict__[ROUTES][operation_name]
        if found[0] is known:
            return found[1]
    except KeyError:
        pass
    route = _find_route(client, operation_name)
    client.__dict__.setdefault(ROUTES, {})[operation_name] = known, route
    return route


def _find_route(client: Any, operation_name: str) -> DirectRoute | None:
    model = client.meta.service_model.operation_model(operation_name)
    shared = _shared(model, model.service_model.resolved_protocol)
    if shared is None or type(client._serializer) is not ParamValidationDecorator:
        return None
    found = {event: _handlers(client, event, shared.event) for event in EVENTS}
    if None in found.values():
        return None
    if not _BEFORE_CALL.issuperset(found["before-call"] or ()):
        return None
    idle = _IDLE - {handlers.generate_idempotent_uuid} if model.idempotent_members else _IDLE
    provide, build, hear_result = (
        tuple(handler for handler in found[event] or () if handler not in idle)
        for event in ("provide-client-params", "before-parameter-build", "after-call")
    )
    stamp = Stamp(shared.service, operation_name, _region(client, model))
    patience = client.meta.config.read_timeout
    to = Directly(stamp, shared.how, shared.give, shared.copy, shared.status, shared.headers, patience)
    elsewhere = frozenset(p.member_name for p in model.context_parameters if p.name != "ResourceArn")
    return DirectRoute(shared.event, model, to, shared.take, elsewhere, provide, build, hear_result)


def _handlers(client: Any, event: str, operation: str) -> tuple[Any, ...] | None:
    """The handlers of an event; None: somebody else's are among them."""
    events = client.meta.events
    node = events._emitter._handlers._root["children"].get(event)
    if not hears_only_boto3(events, event):
        return _found(events, f"{event}.{operation}")
    key = id(node), event, operation
    if key not in _known:
        _known[key] = node, _found(events, f"{event}.{operation}")
    return _known[key][1]


_known: dict[tuple[int, str, str], tuple[Any, tuple[Any, ...] | None]] = {}
"""By what each client hears: the handlers of an event, and what keeps their id."""


def _found(events: EventAliaser, event: str) -> tuple[Any, ...] | None:
    handlers = tuple(events._emitter._handlers.prefix_search(events._alias_event_name(event)))
    return handlers if all(map(_is_the_sdks, handlers)) else None


def _is_the_sdks(handler: Any) -> bool:
    module = str(getattr(handler, "__module__", None) or type(handler).__module__)
    return module in _OWN or module.startswith("boto3.") or handler in _IDLE


_regions: dict[tuple[str, str, str], str] = {}


def _region(client: Any, model: OperationModel) -> str:
    """The region that a request would be signed for."""
    signer = client._request_signer
    key = model.service_model.service_name, signer._region_name, client.meta.endpoint_url
    if key not in _regions:
        context: dict[str, Any] = {
            "client_region": client.meta.region_name,
            "client_config": client.meta.config,
        }
        client._resolve_endpoint_ruleset(model, {}, context)
        _regions[key] = context.get("signing", {}).get("region") or signer._region_name
    return _regions[key]


@dataclass(frozen=True, slots=True)
class _Shared:
    """Facts of an operation that are the same for all clients."""

    service: str
    event: str
    how: wire.Wire
    take: Callable[[Params], Params]
    copy: Callable[[Params], Params]
    give: Callable[[Params], Params]
    status: int
    headers: Mapping[str, str]


@cache
def _shared(model: OperationModel, protocol: str) -> _Shared | None:
    """None: how its parameters and results travel, only the wire can tell."""
    service_id = model.service_model.service_id.hyphenize()
    content_type = _CONTENT_TYPES.get(protocol, "")
    shapes = [shape for shape in (model.input_shape, model.output_shape) if shape is not None]
    if not content_type or model.endpoint or any("payload" in shape.serialization for shape in shapes):
        return None
    service = by_id(service_id)
    how = wire.wire_of(service, model.name, content_type)
    if how.protocol != protocol or (protocol == "json" and (how.rich_input is None or not how.plain_output)):
        return None
    empty = wire.render(how, wire.UNSENT, {}, "")
    keeps_nothing = service == actions.SERVICE and model.name in actions.KEEP_NOTHING
    return _Shared(
        service,
        f"{service_id}.{model.name}",
        how,
        wire.taking(model, protocol),
        _same if keeps_nothing else wire.taking(model, protocol, in_order=True),
        wire.giving(model, protocol, by_moto=service == actions.SERVICE or protocol == "rest-json"),
        empty.status_code,
        {name.lower(): value for name, value in empty.headers.items() if name.lower() != "x-amzn-requestid"},
    )


def _same(params: Params) -> Params:
    return params
