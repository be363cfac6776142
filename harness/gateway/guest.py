"""Orders to the guest inside of the emulator."""

from __future__ import annotations

import logging

import aiohttp

SECONDS_MAX = 10.0
_log = logging.getLogger("harness.gateway")


class Guest:
    """The guest at `url`; None: there is none, and orders go nowhere. Used on one loop only."""

    def __init__(self, url: str | None) -> None:
        self._url = url.rstrip("/") if url else None
        self._session: aiohttp.ClientSession | None = None

    def __bool__(self) -> bool:
        return self._url is not None

    async def kill(self, environment: str, how: str) -> None:
        """End an execution environment: "crash", "oom", or "timeout" (it hangs until its deadline)."""
        if self._url is None:
            return
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=SECONDS_MAX)
            self._session = aiohttp.ClientSession(timeout=timeout, trust_env=False)
        url = f"{self._url}/_harness/environments/{environment}/kill"
        try:
            async with self._session.post(url, json={"how": how}) as answer:
                if answer.status != 200:
                    _log.warning("POST %s: %s %s", url, answer.status, await answer.text())
        except (aiohttp.ClientError, TimeoutError) as problem:
            _log.warning("POST %s: %s", url, problem or type(problem).__name__)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
