"""Catches every botocore request of the process, whenever its client was made, before a byte leaves.

Requests are stamped where the SDK would sign them, and answered where it would send them: retries,
back-off, parsing and every event hook of the SDK run for real. Signing itself is left out, so no
credentials are read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from botocore.session import Session, get_session
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString

from harness.wire import Stamp

STAMP = "x-harness-stamp"

_ODD_NAMES = {
    "cloudwatch-logs": "logs",
    "eventbridge": "events",
    "sfn": "stepfunctions",
    "dynamodb-streams": "dynamodbstreams",
    "kinesis-analytics-v2": "kinesisanalyticsv2",
    "elastic-load-balancing-v2": "elbv2",
    "cloudwatch-events": "events",
}

Answer = Callable[[Stamp, AWSPreparedRequest], AWSResponse]


class Interception:
    """While installed, `answer` gets every request."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
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
            service = _service_name(signer._service_id.hyphenize())
            region = request.context.get("signing", {}).get("region") or region_name or signer._region_name
            request.headers[STAMP] = f"{service} {operation_name} {region}"

        def send(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            return answer(_stamp_of(request), request)

        self._patch(RequestSigner, "sign", sign)
        self._patch(URLLib3Session, "send", send)
        self._patch(UserAgentString, "to_string", _remembered(UserAgentString.to_string))
        self._patch(Session, "get_credentials", lambda session: Credentials("local", "local"))

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
            f"{request.method} {request.url}: a request that no AWS client made. A simulator is active: "
            f"nothing was sent."
        )
    return Stamp(*(stamp.decode() if isinstance(stamp, bytes) else stamp).split(" "))


def _remembered(make: Callable[[Any], str]) -> Callable[[Any], str]:
    """The user agent is the same for every request of a client: put it together once."""

    def to_string(agent: Any) -> str:
        text = agent.__dict__.get("_harness_text")
        if text is None:
            text = agent.__dict__["_harness_text"] = make(agent)
        return str(text)

    return to_string


@cache
def _service_name(service_id: str) -> str:
    """The name that boto3.client takes, from the model's service id."""
    if service_id in _ODD_NAMES:
        return _ODD_NAMES[service_id]
    available = get_session().get_available_services()
    return service_id if service_id in available else service_id.replace("-", "")
