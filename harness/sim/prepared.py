"""Calls that deployments make, prepared once a process by their content: fitted, checked and told in short.

What is prepared is shared by all runs. It holds nothing that changes: parameters are packed, and each call
takes its own from there.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from harness.sim.begun_call import Directly, GoesOn
from harness.sim.direct import DirectPath, is_own
from harness.sim.direct_routes import DirectRoute
from harness.sim.implied import Implied
from harness.wire import NotDirect, Params, Stamp

Fit = Callable[[Any, str, dict[str, Any]], dict[str, Any]]
"""Turns the arguments of a client's method into those that its operation takes."""

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class _Prepared:
    """One call. `method` is the client's, `route` its direct path and `to` where that leads."""

    method: object
    route: DirectRoute
    to: Directly
    packed: bytes
    implied: Implied


_known: dict[tuple[str, str, str, str], _Prepared] = {}
"""By service, region, method and arguments."""


class PreparedCalls:
    """Makes the calls of one simulator's deployments."""

    def __init__(self, path: DirectPath, imply: Callable[[Stamp, Params], Implied]) -> None:
        self._path = path
        self._imply = imply

    def call(self, client: Any, service: str, method: str, arguments: dict[str, Any], fit: Fit) -> Any:
        """What `client.method(**arguments)` does and gives, with the arguments fitted."""
        usual, meta = getattr(client, method), client.meta
        operation = meta.method_to_api_mapping[method]
        key = service, meta.region_name, method, repr(arguments)
        known, route = _known.get(key), self._path.open_to(client, operation)
        if known is None or route is not known.route or getattr(usual, "__func__", None) is not known.method:
            fitted = fit(client, method, arguments)
            if route is not None:
                self._prepare(key, usual, route, fitted)
            return usual(**fitted)
        context, taken = {"client_config": meta.config}, marshal.loads(known.packed)
        try:
            return self._path.go(route, known.to, taken, context, known.implied)
        except GoesOn as here:
            return self._path.go_on(here.begun, client, operation, fit(client, method, arguments))

    def _prepare(
        self, key: tuple[str, str, str, str], usual: Any, route: DirectRoute, fitted: Params
    ) -> None:
        method = getattr(usual, "__func__", None)
        if not is_own(method) or not route.keeps_parameters or not route.leads_elsewhere.isdisjoint(fitted):
            return
        try:
            taken = route.take(fitted)
            packed, packed_copy = marshal.dumps(taken), marshal.dumps(route.to.copy(taken))
        except (NotDirect, ValueError):
            return
        to = replace(route.to, copy=lambda _: marshal.loads(packed_copy))
        if len(_known) >= _REMEMBERED:
            _known.clear()
        _known[key] = _Prepared(method, route, to, packed, self._imply(route.to.stamp, taken))
