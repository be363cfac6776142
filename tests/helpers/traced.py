"""Requests that carry a trace header, as an SDK under X-Ray sends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def traced(client: Any, header: str, *operations: str) -> Iterator[None]:
    """Send ``header`` with every call of ``operations`` in the block, and only there: tests share clients."""

    def add_trace(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    service = client.meta.service_model.service_name
    hooks = [f"before-send.{service}.{operation}" for operation in operations]
    for hook in hooks:
        client.meta.events.register(hook, add_trace)
    try:
        yield
    finally:
        for hook in hooks:
            client.meta.events.unregister(hook, add_trace)
