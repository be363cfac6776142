"""Orders to the guest inside of the emulator."""

from __future__ import annotations

import asyncio
import json
import logging
from urllib.parse import urlsplit

from harness.gateway.http import Upstream

SECONDS_MAX = 10.0
_log = logging.getLogger("harness.gateway")


class Guest:
    """The guest at `url`; None: there is none, and orders go nowhere. Used on one loop only."""

    def __init__(self, url: str | None) -> None:
        self._upstream = Upstream(url) if url else None
        self._headers = (
            [(b"Host", urlsplit(url).netloc.encode()), (b"Content-Type", b"application/json")] if url else []
        )

    async def kill(self, environment: str, how: str) -> None:
        """End an execution environment: "crash", "oom", or "timeout" (it hangs until its deadline)."""
        if self._upstream is None:
            return
        target, body = f"/_harness/environments/{environment}/kill", json.dumps({"how": how}).encode()
        try:
            async with asyncio.timeout(SECONDS_MAX):
                async with await self._upstream.ask("POST", target, self._headers, body) as answer:
                    said = await answer.read()
                if answer.status != 200:
                    _log.warning("POST %s: %s %s", target, answer.status, said.decode(errors="replace"))
        except (ConnectionError, TimeoutError) as problem:
            _log.warning("POST %s: %s", target, problem or type(problem).__name__)

    def close(self) -> None:
        """Close every connection."""
        if self._upstream is not None:
            self._upstream.close()
