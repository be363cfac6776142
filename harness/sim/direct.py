"""The direct path: a call of an SDK client goes to its operation as parameters, and its result comes back.

Nothing is serialized, signed or parsed. A call stays on the wire where somebody could see the difference:
event handlers that aren't the SDK's own, wrappers around the SDK's methods, its debug log, parameters that
the wire changes. Errors, and calls that a fault hits, go on over the wire from where they are, so the SDK's
own retries run.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from types import FunctionType
from typing import Any

import botocore
from botocore import handlers, history
from botocore.client import BaseClient
from botocore.discovery import block_endpoint_discovery_required_operations
from botocore.endpoint import Endpoint
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.httpsession import URLLib3Session
from botocore.model import OperationModel
from botocore.validate import ParamValidationDecorator

from harness import wire
from harness.sim.calls import TRACE_HEADER, Begun, Directly, GoesOn
from harness.sim.chance import uuid_text
from harness.sim.implied import Implied
from harness.sim.patches.randomness import drawn
from harness.sim.patches.sdk import hears_only_boto3
from harness.sim.services.held import actions
from harness.wire import NotDirect, Params, Stamp
from harness.wire.names import by_id

_Handlers = tuple[Callable[..., Any], ...]
CarryOut = Callable[[Directly, Params, str, str, Implied | None], Params]
Serves = Callable[[Stamp], bool]

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

_REMEMBERED = 256
_DEBUG = logging.DEBUG

_TRACE_ID = b"_X_AMZN_TRACE_ID"
_traces: dict[bytes, str] = {}
"""The header for a trace, as the SDK writes it."""

_PACKAGE = str(Path(botocore.__file__).parent)


def is_own(method: object) -> bool:
    """Is it the SDK's own, and no wrapper of a tracer or a test?"""
    return type(method) is FunctionType and method.__code__.co_filename.startswith(_PACKAGE)


_WATCHED = tuple(
    (owner, name, method if is_own(method := owner.__dict__[name]) else None)
    for owner, names in (
        (Endpoint, ("make_request", "create_request", "prepare_request", "_send_request")),
        (BaseClient, ("_make_request", "_emit_api_params", "_convert_to_request_dict")),
    )
    for name in names
)
"""Methods of the SDK that tracers wrap."""

_LOGS = tuple(
    (log, log._cache)  # type: ignore[attr-defined]
    for log in map(logging.getLogger, ("botocore", "botocore.endpoint", "botocore.parsers", "botocore.hooks"))
)
"""Loggers that tell what the SDK does on the way, and what they remember of the levels that they let pass."""

ROUTES = "_harness_routes"
"""The attribute of a client that keeps the direct paths of its operations."""

_going_on: ContextVar[Begun | None] = ContextVar("harness_going_on", default=None)
"""The call that goes on over the wire here, until the SDK sends its request."""


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


@dataclass(frozen=True, slots=True)
class _Answered:
    """The response, as far as the SDK's own handlers look at it."""

    status_code: int = 200


_ANSWERED = _Answered()


def resumed() -> Begun | None:
    """The call that the request which is sent now goes on with; None: it is a call of its own."""
    begun = _going_on.get()
    if begun is not None:
        _going_on.set(None)
    return begun


class DirectPath:
    """Takes the place of the method of the SDK through which all calls go.

    `serves` tells whether an operation can be reached directly now, `carry_out` does it.
    """

    def __init__(self, serves: Serves, carry_out: CarryOut) -> None:
        self._serves = serves
        self._carry_out = carry_out
        self._own: Callable[..., Any] | None = None

    def instead_of(self, usual: Callable[..., Any]) -> Callable[..., Any]:
        """The replacement for `BaseClient._make_api_call`, which is `usual`."""
        self._usual, self._send = usual, URLLib3Session.__dict__["send"]

        @wraps(usual)
        def _make_api_call(client: Any, operation_name: str, api_params: Params) -> Any:
            route, begun = _route(client, operation_name), None
            if route is not None and self._serves(route.to.stamp) and not _is_watched(client, self._send):
                try:
                    return self._call(client, route, api_params)
                except NotDirect:
                    pass
                except GoesOn as here:
                    begun = here.begun
            if begun is None:
                return usual(client, operation_name, api_params)
            return self.go_on(begun, client, operation_name, api_params)

        self._own = _make_api_call
        return _make_api_call

    def open_to(self, client: Any, operation_name: str) -> DirectRoute | None:
        """The way that a call of this client goes directly now; None if it doesn't."""
        route = _route(client, operation_name)
        if route is None or BaseClient.__dict__["_make_api_call"] is not self._own:
            return None
        return route if self._serves(route.to.stamp) and not _is_watched(client, self._send) else None

    def _call(self, client: Any, route: DirectRoute, api_params: Params) -> Any:
        params, context = api_params, {"client_config": client.meta.config}
        if route.provide or route.build:
            params = _heard(route, dict(api_params), context)
            for name in route.model.idempotent_members:
                api_params.setdefault(name, params[name])
        if not route.leads_elsewhere.isdisjoint(params):
            raise NotDirect
        return self.go(route, route.to, route.take(params), context)

    def go(
        self, route: DirectRoute, to: Directly, taken: Params, context: Params, implied: Implied | None = None
    ) -> Params:
        """Make a call with parameters that were taken. Raises `GoesOn`."""
        result = self._carry_out(to, taken, _trace(), uuid_text(drawn(16)), implied)
        for hear in route.hear_result:
            hear(
                http_response=_ANSWERED,
                parsed=result,
                model=route.model,
                context=context,
                event_name=f"after-call.{route.event}",
            )
        return result

    def go_on(self, begun: Begun, client: Any, operation_name: str, api_params: Params) -> Any:
        """The rest of a call goes over the wire."""
        token = _going_on.set(begun)
        try:
            return self._usual(client, operation_name, api_params)
        finally:
            _going_on.reset(token)


def _heard(route: DirectRoute, params: Params, context: Params) -> Params:
    """As `BaseClient._emit_api_params` does."""
    told = {"model": route.model, "context": context}
    event_name = f"provide-client-params.{route.event}"
    answers = [provide(params=params, event_name=event_name, **told) for provide in route.provide]
    params = next((answer for answer in answers if answer is not None), params)
    event_name = f"before-parameter-build.{route.event}"
    for build in route.build:
        build(params=params, event_name=event_name, **told)
    return params


def keep_invocation_id(usual: Callable[..., Any]) -> Callable[..., Any]:
    """`Endpoint._update_retries_context`: a call that goes on keeps the id with which it began."""

    def update(endpoint: Any, context: Any, attempt: Any, success_response: Any = None) -> Any:
        begun = _going_on.get()
        if begun is not None:
            context.setdefault("retries", {})["invocation-id"] = begun.call.invocation_id
        return usual(endpoint, context, attempt, success_response)

    return update


def _is_watched(client: Any, send: object) -> bool:
    """Does anybody look at what the SDK does on the way? `send` is where the simulator takes requests."""
    session = client._endpoint.http_session
    for owner, name, usual in _WATCHED:
        if owner.__dict__[name] is not usual:
            return True
    for log, known in _LOGS:
        if (_DEBUG not in known or known[_DEBUG]) and log.isEnabledFor(_DEBUG):
            return True
    recorder = history.HISTORY_RECORDER
    return (
        (type(session) is not URLLib3Session and not isinstance(session, URLLib3Session))
        or "send" in session.__dict__
        or URLLib3Session.__dict__["send"] is not send
        or (recorder is not None and recorder._enabled)
    )


def _trace() -> str:
    """The trace that the SDK tells of, inside of a function that has one."""
    try:
        data: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
    except AttributeError:
        return _trace_header()
    if _TRACE_ID not in data or b"AWS_LAMBDA_FUNCTION_NAME" not in data or not (given := data[_TRACE_ID]):
        return ""
    if given not in _traces:
        if len(_traces) >= _REMEMBERED:
            _traces.clear()
        _traces[given] = _trace_header()
    return _traces[given]


def _trace_header() -> str:
    request: dict[str, Any] = {"headers": {}}
    handlers.add_recursion_detection_header(params=request)
    return str(request["headers"].get(TRACE_HEADER, ""))


def _route(client: Any, operation_name: str) -> DirectRoute | None:
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
