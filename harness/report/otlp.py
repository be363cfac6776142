"""A run as spans of OpenTelemetry: as a file of OTLP JSON, or sent to a collector."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from harness.report.data import ReportError
from harness.report.spans import OPENERS, Span, Stored, spans_of
from harness.report.stored_run import StoredRun

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext

BEGIN_SECONDS = 1767225600.0
"""2026-01-01T00:00:00Z, when runs in the simulator begin."""

_NEEDED = "needs opentelemetry-sdk and its exporter: pip install 'decoupled-harness[otlp]'"
_IDS = frozenset(("traceId", "spanId", "parentSpanId"))


def lines(run: StoredRun) -> Iterator[str]:
    """OTLP JSON: a trace a message, in virtual time; the same run gives the same text.

    https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
    """
    spans = _readable(run, BEGIN_SECONDS)
    from google.protobuf.json_format import MessageToDict
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    request = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
    yield json.dumps(_with_hexadecimal_ids(request), ensure_ascii=False)


def send(run: StoredRun, collector: str, *, end_seconds: float) -> int:
    """Send the spans of a run to a collector, such as `http://127.0.0.1:4318`; gives their number.

    The run ends at `end_seconds` since 1970, for viewers that show what is recent. Raises `ReportError`.
    """
    length = max((event["at"] for event in run.events), default=0.0)
    spans = _readable(run, end_seconds - length)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SpanExportResult

    exporter = OTLPSpanExporter(endpoint=f"{collector.rstrip('/')}/v1/traces", timeout=10)
    if exporter.export(spans) is not SpanExportResult.SUCCESS:
        raise ReportError(f"{collector} accepted no spans. Is this a collector's address for OTLP over HTTP?")
    return len(spans)


def _readable(run: StoredRun, begin_seconds: float) -> list[ReadableSpan]:
    try:
        import opentelemetry.exporter.otlp.proto.http
        import opentelemetry.sdk.trace  # noqa: F401
    except ImportError:
        raise ReportError(f"a report of spans {_NEEDED}") from None
    text = json.dumps([run.header, run.events], sort_keys=True)
    writer = _Writer(hashlib.sha256(text.encode()).hexdigest(), begin_seconds, run)
    return [writer.readable(span) for span in spans_of(run)]


class _Writer:
    """Writes spans as OpenTelemetry's. `name` tells runs apart: ids are made of it."""

    def __init__(self, name: str, begin_seconds: float, run: StoredRun) -> None:
        self._name = name
        self._begin_ns = round(begin_seconds * 1e9)
        self._last = max((event["at"] for event in run.events), default=0.0)
        self._cloud = str(run.header.get("cloud", ""))

    def readable(self, span: Span) -> ReadableSpan:
        """One span, ended."""
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import Event, ReadableSpan
        from opentelemetry.trace import Link, Status, StatusCode

        status = Status(StatusCode.ERROR, span.problem) if span.problem else Status(StatusCode.UNSET)
        return ReadableSpan(
            span.name,
            context=self._context(span),
            parent=None if span.parent is None else self._context(span.parent),
            resource=Resource({"service.name": span.lane, "harness.cloud": self._cloud}),
            attributes=_attributes(span),
            events=[Event(_title(each), _members(each), self._ns(each["at"])) for each in span.events],
            links=[Link(self._context(each)) for each in span.links],
            kind=_kind(span),
            status=status,
            start_time=self._ns(span.begun["at"]),
            end_time=self._ns(self._end(span)),
        )

    def _end(self, span: Span) -> float:
        if span.ended is not None:
            return float(span.ended["at"])
        return self._last if _is_open(span) else float(span.begun["at"])

    def _context(self, span: Span) -> SpanContext:
        from opentelemetry.trace import SpanContext, TraceFlags

        trace_id = self._id(f"trace {span.root.seq}", 16)
        return SpanContext(
            trace_id, self._id(f"span {span.seq}", 8), is_remote=False, trace_flags=TraceFlags(1)
        )

    def _id(self, what: str, size: int) -> int:
        return int.from_bytes(hashlib.sha256(f"{self._name} {what}".encode()).digest()[:size], "big")

    def _ns(self, at: float) -> int:
        return self._begin_ns + round(at * 1e9)


def _kind(span: Span) -> Any:
    from opentelemetry.trace import SpanKind

    kind = span.begun["kind"]
    if kind in ("invocation", "execution"):
        return SpanKind.CONSUMER if span.begun["messages"] else SpanKind.SERVER
    return {"call": SpanKind.CLIENT, "hop": SpanKind.PRODUCER}.get(kind, SpanKind.INTERNAL)


def _is_open(span: Span) -> bool:
    return span.begun["kind"] in OPENERS and span.ended is None


def _title(event: Stored) -> str:
    return f"fault: {event['data'].get('kind')}" if event["kind"] == "fault" else str(event["kind"])


def _attributes(span: Span) -> dict[str, Any]:
    """Those of its beginning and end, and the names that OpenTelemetry's conventions have for them.

    https://opentelemetry.io/docs/specs/semconv/
    """
    begun, data = span.begun, span.begun["data"]
    found = {**_members(begun), **({} if span.ended is None else _members(span.ended))}
    found |= {"harness.kind": begun["kind"], "harness.actor": begun["actor"]}
    if _is_open(span):
        found["harness.unended"] = True
    if begun["kind"] == "call":
        found |= {"rpc.system": "aws-api", "rpc.service": data.get("service", "")}
        found["rpc.method"] = data.get("operation", "")
    elif begun["kind"] == "hop":
        found["messaging.destination.name"] = data["target"]
    elif begun["kind"] == "invocation":
        ran = data if span.ended is None else {**data, **span.ended["data"]}
        found |= {"faas.invoked_name": begun["subject"], "faas.coldstart": bool(ran.get("cold"))}
        found["faas.invocation_id"] = data.get("request_id", "")
    if begun["messages"]:
        found["messaging.batch.message_count"] = len(begun["messages"])
    return found


def _members(event: Stored) -> dict[str, Any]:
    """The members of an event's data, those with parts as JSON; and its messages."""
    found = {f"harness.{name}": _plain(value) for name, value in event["data"].items() if value is not None}
    if event["messages"]:
        found["harness.messages"] = list(event["messages"])
    return found


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | int | float) else json.dumps(value, ensure_ascii=False)


def _with_hexadecimal_ids(value: Any) -> Any:
    """OTLP's JSON has ids as hexadecimal digits, where protobuf's JSON has base64."""
    if isinstance(value, list):
        return [_with_hexadecimal_ids(each) for each in value]
    if isinstance(value, Mapping):
        return {
            name: base64.b64decode(each).hex() if name in _IDS else _with_hexadecimal_ids(each)
            for name, each in value.items()
        }
    return value


RUN_REPORTS = {"otlp": lines}
