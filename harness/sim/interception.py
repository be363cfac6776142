"""Catches every botocore request of the process, whenever its client was made, before a byte leaves.

A call takes the direct path where it has one, see `harness.sim.direct`. Any other becomes a request, which is
stamped where the SDK would sign it, and answered where it would send it: retries, back-off, parsing and every
event hook of the SDK run for real. Signing itself is left out, so no credentials are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.httpsession import URLLib3Session
from botocore.session import Session
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString
from urllib3 import Timeout

from harness.sim.direct import DirectPath, is_own, keep_invocation_id
from harness.sim.patches.clients import NO_CREDENTIALS
from harness.wire import Stamp
from harness.wire.names import by_id

STAMP = "x-harness-stamp"

Answer = Callable[[Stamp, AWSPreparedRequest, float | None], AWSResponse]
"""Takes the seconds, too, that the client waits for an answer; None: for ever."""


class Interception:
    """While installed, `answer` gets every request."""

    def __init__(self, answer: Answer, direct: DirectPath | None = None) -> None:
        self._answer = answer
        self._direct = direct
        self._undo: list[tuple[type, str, Any]] = []

    def install(self) -> None:
        """Begin to catch."""
        answer = self._answer

        def sign(
            signer: RequestSigner,
            operation_name: str,
            request: Any,
            region_name: Any = None,
            *_: Any,
            **__: Any,
        ) -> None:
            service = by_id(signer._service_id.hyphenize())
            region = request.context.get("signing", {}).get("region") or region_name or signer._region_name
            request.headers[STAMP] = f"{service} {operation_name} {region}"

        def send(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            return answer(_stamp_of(request), request, _read_timeout(session, request))

        self._patch(RequestSigner, "sign", sign)
        self._patch(URLLib3Session, "send", send)
        self._patch(UserAgentString, "to_string", _remembered(UserAgentString.to_string))
        self._patch(Session, "get_credentials", lambda session: NO_CREDENTIALS)
        if self._direct is not None and is_own(usual := BaseClient.__dict__["_make_api_call"]):
            self._patch(BaseClient, "_make_api_call", self._direct.instead_of(usual))
            retries = "_update_retries_context"
            self._patch(Endpoint, retries, keep_invocation_id(Endpoint.__dict__[retries]))

    def remove(self) -> None:
        """Everything is as it was."""
        while self._undo:
            owner, name, original = self._undo.pop()
            setattr(owner, name, original)

    def _patch(self, owner: type, name: str, replacement: Any) -> None:
        self._undo.append((owner, name, owner.__dict__[name]))
        setattr(owner, name, replacement)


def _stamp_of(request: AWSPreparedRequest) -> Stamp:
    stamp = request.headers.pop(STAMP, None)
    if stamp is None:
        raise RuntimeError(
            f"{request.method} {request.url}: this request doesn't come from an AWS client. A simulator is "
            f"active: nothing was sent."
        )
    return Stamp(*(stamp.decode() if isinstance(stamp, bytes) else stamp).split(" "))


def _read_timeout(session: URLLib3Session, request: AWSPreparedRequest) -> float | None:
    """How long the client waits, by its configuration or by what this request asks for."""
    given = getattr(request, "context", {}).get("read_timeout")
    if given is None:
        timeout = session._timeout
        given = timeout.read_timeout if isinstance(timeout, Timeout) else timeout
    return None if given is None else float(given)


def _remembered(make: Callable[[Any], str]) -> Callable[[Any], str]:
    """The user agent is the same for every request of a client: put it together once."""

    def to_string(agent: Any) -> str:
        text = agent.__dict__.get("_harness_text")
        if text is None:
            text = agent.__dict__["_harness_text"] = make(agent)
        return str(text)

    return to_string
