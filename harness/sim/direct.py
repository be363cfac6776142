"""The direct path: a call of an SDK client goes to its operation as parameters, and its result comes back.

Nothing is serialized, signed or parsed. A call stays on the wire where somebody could see the difference:
event handlers that aren't the SDK's own, wrappers around the SDK's methods, its debug log, parameters that
the wire changes. Errors, and calls that a fault hits, go on over the wire from where they are, so the SDK's
own retries run.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import FunctionType
from typing import Any

import botocore
from botocore import handlers, history
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.httpsession import URLLib3Session

from harness.sim.begun_call import Begun, Directly, GoesOn
from harness.sim.calls import TRACE_HEADER
from harness.sim.chance import uuid_text
from harness.sim.direct_routes import DirectRoute, route_of
from harness.sim.implied import Implied
from harness.sim.patches.randomness import drawn
from harness.wire import NotDirect, Params, Stamp

CarryOut = Callable[[Directly, Params, str, str, Implied | None], Params]
Serves = Callable[[Stamp], bool]

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

_going_on: ContextVar[Begun | None] = ContextVar("harness_going_on", default=None)
"""The call that goes on over the wire here, until the SDK sends its request."""


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
            route, begun = route_of(client, operation_name), None
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
        route = route_of(client, operation_name)
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
