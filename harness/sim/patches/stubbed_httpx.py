"""httpx, as far as its requests go to hosts that have a stub, or to those of the cloud.

Its transports are replaced: https://www.python-httpx.org/advanced/transports/
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from harness.sim.patches import current
from harness.sim.patches.current import acting
from harness.sim.patches.patching import Attributes
from harness.sim.patches.stubbed_aiohttp import exchanged

Find = Callable[[str], Any]
"""Finds what answers at a host; None if nobody does."""


def attributes(
    find: Find, request_of: Callable[[str, str, Mapping[str, str], bytes], Any], httpx: Any
) -> Attributes:
    """What to replace. `request_of` makes a stub's request."""
    replaced = Attributes()

    def begun(stub: Any, request: Any, body: bytes) -> tuple[Any, float | None]:
        try:
            stub.refuses()
        except ConnectionRefusedError as problem:
            raise httpx.ConnectError(str(problem), request=request) from None
        sent = request_of(request.method, request.url.raw_path.decode(), dict(request.headers), body)
        return sent, (request.extensions.get("timeout") or {}).get("read")

    def ended(request: Any, exchange: Any) -> Any:
        try:
            answer = exchange.came()
        except TimeoutError as problem:
            raise httpx.ReadTimeout(str(problem), request=request) from None
        except OSError as problem:
            raise httpx.ReadError(str(problem), request=request) from None
        return httpx.Response(answer.status, headers=answer.headers, content=answer.content, request=request)

    def sync(original: Callable[..., Any]) -> Callable[..., Any]:
        def handle_request(transport: Any, request: Any) -> Any:
            stub, kernel = find(request.url.host), acting()
            if stub is None or kernel is None:
                return original(transport, request)
            exchange = stub.exchange(*begun(stub, request, request.read()))
            current.sleep(kernel, exchange.seconds)
            return ended(request, exchange)

        return handle_request

    def asynchronous(original: Callable[..., Any]) -> Callable[..., Any]:
        async def handle_async_request(transport: Any, request: Any) -> Any:
            stub = find(request.url.host)
            if stub is None or acting() is None:
                return await original(transport, request)
            exchange = await exchanged(stub, *begun(stub, request, await request.aread()))
            await asyncio.sleep(exchange.seconds)
            return ended(request, exchange)

        return handle_async_request

    replaced.add(httpx.HTTPTransport, "handle_request", sync(httpx.HTTPTransport.handle_request))
    replaced.add(
        httpx.AsyncHTTPTransport,
        "handle_async_request",
        asynchronous(httpx.AsyncHTTPTransport.handle_async_request),
    )
    return replaced
