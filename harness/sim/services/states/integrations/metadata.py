"""The part of an optimised integration's result that tells of the response: SdkHttpMetadata.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from harness.sim.services.states.language.text import to_json

_JSON = "application/x-amz-json-1.0"
_TYPES: Mapping[str, str] = {
    "dynamodb": _JSON,
    "ecs": "application/x-amz-json-1.1",
    "events": "application/x-amz-json-1.1",
    "lambda": "application/json",
    "sns": "text/xml",
}

_REQUEST_IDS: Mapping[tuple[str, str], str] = {("dynamodb", "getitem"): "x-amzn-requestid"}
"""Headers of request ids that are spelt otherwise than most. Recorded on AWS, November 2025."""


def added(
    service: str, action: str, answer: Mapping[str, Any], length: int, now: float, trace: str
) -> dict[str, Any]:
    """What is added to a result. `length`: of the response's body; `trace`: the request's X-Ray header."""
    about = answer.get("ResponseMetadata", {})
    request_id, status = about.get("RequestId", ""), about.get("HTTPStatusCode", 200)
    date = format_datetime(datetime.fromtimestamp(now, UTC), usegmt=True)
    headers = {
        **_own(service, answer, trace),
        _REQUEST_IDS.get((service, action.lower()), "x-amzn-RequestId"): request_id,
        "Content-Length": str(length),
        "Date": date,
        "Content-Type": _TYPES.get(service, _JSON),
    }
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": dict(sorted(headers.items())),
            "HttpStatusCode": status,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
    }


def length(service: str, operation: str, result: Mapping[str, Any]) -> int:
    """The length of a response's body. SNS answers in XML; the others in JSON, as the state gets it."""
    if service != "sns":
        return len(to_json(result))
    elements = "".join(f"    <{name}>{escape(str(value))}</{name}>\n" for name, value in result.items())
    return len(_XML.format(name=operation, elements=elements))


_XML = """\
<{name}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
  <{name}Result>
{elements}  </{name}Result>
  <ResponseMetadata>
    <RequestId>00000000-0000-0000-0000-000000000000</RequestId>
  </ResponseMetadata>
</{name}Response>
"""


def _own(service: str, answer: Mapping[str, Any], trace: str) -> dict[str, str]:
    """Headers that only some services send."""
    if service == "dynamodb":
        crc = (answer.get("ResponseMetadata") or {}).get("HTTPHeaders", {}).get("x-amz-crc32", "0")
        return {"Server": "Server", "Connection": "keep-alive", "x-amz-crc32": str(crc)}
    if service == "lambda":
        return {
            "X-Amz-Executed-Version": str(answer.get("ExecutedVersion", "$LATEST")),
            "x-amzn-Remapped-Content-Length": "0",
            "Connection": "keep-alive",
            "X-Amzn-Trace-Id": trace,
        }
    return {} if service in ("events", "ecs") else {"connection": "keep-alive"}
