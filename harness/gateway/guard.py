"""Nothing reaches the real AWS: while a cloud is active, requests of SDK clients go to it or nowhere."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.httpsession import URLLib3Session

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


class Guard:
    """While installed, botocore sends to these hosts and to loopback only."""

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = LOOPBACK | set(hosts)
        self._original: Any = None

    def install(self) -> None:
        """Begin to guard."""
        self._original = original = URLLib3Session.send
        hosts = self._hosts

        def send(session: URLLib3Session, request: AWSPreparedRequest) -> Any:
            host = urlsplit(request.url).hostname or ""
            if host not in hosts:
                raise RuntimeError(
                    f"{request.method} {request.url}: a client that was made before this cloud, or for "
                    "another endpoint, would have reached the real AWS; nothing was sent. Make the client "
                    "inside the test, or use app.client(…)"
                )
            return original(session, request)

        URLLib3Session.send = send

    def remove(self) -> None:
        """Everything is as it was."""
        if self._original is not None:
            URLLib3Session.send = self._original
            self._original = None
