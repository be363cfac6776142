"""Spans of one stored run: what they belong to, as OTLP JSON, and sent to a collector."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from harness import cli
from harness.history import Event, History
from harness.report import RUN_REPORTS, ReportError, stored_run
from harness.report.otlp import send
from harness.report.spans import spans_of

QUEUE = {"source": "Work", "target": "Bill"}


def event(seq, at, kind, cause, subject, messages=(), /, **data):
    return Event(seq, at, kind, cause, data.pop("actor", "test"), subject, tuple(messages), data)


BATCH = [
    event(0, 0.0, "call", None, "sqs:SendMessage Work", service="sqs", operation="SendMessage"),
    event(1, 0.0, "accepted", 0, "Work", ["a"], body="A"),
    event(2, 0.1, "answer", 0, "sqs:SendMessage Work", error=None),
    event(3, 1.0, "call", None, "sqs:SendMessage Work", service="sqs", operation="SendMessage"),
    event(4, 1.0, "accepted", 3, "Work", ["b"], body="B"),
    event(5, 1.1, "answer", 3, "sqs:SendMessage Work", error=None),
    event(6, 2.0, "received", None, "Work", ["a", "b"], counts={"a": 1, "b": 1}),
    event(7, 2.0, "hop", 6, "Work → Bill", ["a", "b"], **QUEUE),
    event(8, 2.0, "invocation", 7, "Bill", ["a", "b"], request_id="r", cold=True, source="Work"),
    event(9, 2.5, "fault", 8, "Bill", ["a", "b"], kind="crash", fault=0),
    event(10, 2.5, "invocation-ended", 8, "Bill", ["a", "b"], outcome="crash", error="killed"),
    event(11, 2.5, "hop-failed", 7, "Work → Bill", ["a", "b"], error="Crash", **QUEUE),
    event(12, 32.0, "timer", 6, "Work", ["a"], what="visible again"),
    event(13, 33.0, "received", None, "Work", ["a"], counts={"a": 2}),
    event(14, 33.0, "hop", 13, "Work → Bill", ["a"], **QUEUE),
    event(15, 34.0, "settled", None, "sim", settled=False),
]


def run(events=BATCH):
    return stored_run(History(events, {"seed": 0, "cloud": "sim"}).to_json())


def spans(events=BATCH):
    return {span.seq: span for span in spans_of(run(events))}


def written(events=BATCH):
    """Each span of the OTLP JSON with the attributes of its resource."""
    [text] = RUN_REPORTS["otlp"](run(events))
    found = {}
    for group in json.loads(text)["resourceSpans"]:
        resource = {one["key"]: one["value"]["stringValue"] for one in group["resource"]["attributes"]}
        for scope in group["scopeSpans"]:
            found |= {span["name"]: span | {"resource": resource} for span in scope["spans"]}
    return found


def test_a_message_is_followed_through_its_queue_to_the_invocation_and_its_next_receipt():
    found = spans()
    way = [found[14]]
    while way[-1].parent is not None:
        way.append(way[-1].parent)
    assert [span.seq for span in reversed(way)] == [0, 6, 12, 13, 14]
    assert [found[8].parent, found[7].parent] == [found[7], found[6]]


def test_a_batch_is_in_the_trace_of_its_first_message_and_linked_to_the_others():
    found = spans()
    assert found[6].root is found[0]
    assert found[6].links == [found[3]]
    assert found[8].links == []  # it comes after its delivery, in the same trace


def test_what_happens_while_a_span_is_open_is_an_event_of_it_and_a_fault_always_is():
    found = spans()
    assert [each["kind"] for each in found[0].events] == ["accepted"]
    assert [each["kind"] for each in found[8].events] == ["fault"]
    late = [*BATCH[:9], event(9, 2.5, "invocation-ended", 8, "Bill", outcome="ok")]
    [fault] = spans([*late, event(10, 9.0, "fault", 8, "Bill", kind="crash")])[8].events
    assert fault["kind"] == "fault"


def test_the_questions_of_the_test_at_the_end_are_no_spans():
    assert 15 not in spans()


def test_otlp_json_has_ids_as_digits_times_as_texts_and_kinds_as_numbers():
    found = written(BATCH[:12])
    bill = found["Bill"]
    assert len(bytes.fromhex(bill["traceId"])) == 16
    assert len(bytes.fromhex(bill["spanId"])) == 8
    assert bill["parentSpanId"] == found["Work → Bill"]["spanId"]
    assert (bill["startTimeUnixNano"], bill["endTimeUnixNano"]) == (
        "1767225602000000000",
        "1767225602500000000",
    )
    assert bill["kind"] == 5  # a consumer
    assert bill["status"] == {"code": 2, "message": "killed"}
    assert bill["resource"] == {"service.name": "Bill", "harness.cloud": "sim"}
    [fault] = bill["events"]
    assert fault["name"] == "fault: crash"


def test_the_same_run_gives_the_same_text_and_another_one_other_ids():
    assert written() == written()
    assert written()["Bill"]["traceId"] != written(BATCH[:-1])["Bill"]["traceId"]


def test_what_the_run_does_not_tell_the_end_of_ends_with_the_run():
    last = written()["Work → Bill"]
    assert last["endTimeUnixNano"] == "1767225634000000000"
    assert {"key": "harness.unended", "value": {"boolValue": True}} in last["attributes"]


@pytest.fixture
def collector():
    """Takes spans over HTTP, as a collector of OpenTelemetry does; gives its address and what it took."""
    taken = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.path, ExportTraceServiceRequest.FromString(body)))
            self.send_response(200 if self.path.startswith("/v1/") else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Takes)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_are_sent_to_a_collector_and_end_when_they_are_sent(collector):
    address, taken = collector
    assert send(run(), f"{address}/", end_seconds=2_000_000_000.0) == 8
    [(path, request)] = taken
    assert path == "/v1/traces"
    sent = [span for group in request.resource_spans for part in group.scope_spans for span in part.spans]
    assert max(span.end_time_unix_nano for span in sent) == 2_000_000_000 * 10**9


def test_an_address_that_takes_no_spans_is_told(collector):
    address, _ = collector
    with pytest.raises(ReportError, match=f"{address}/elsewhere accepted no spans"):
        send(run(), f"{address}/elsewhere", end_seconds=2_000_000_000.0)


def test_the_command_sends_spans(collector, tmp_path, capsys):
    file = tmp_path / "run.jsonl"
    file.write_text(History(BATCH, {"seed": 0, "cloud": "sim"}).to_json())
    with pytest.raises(SystemExit) as ended:
        cli.main(["report", str(file), "--as", "otlp", "--to", collector[0]])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"8 spans sent to {collector[0]}\n"


def test_without_the_packages_the_report_says_how_to_get_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http", None)
    with pytest.raises(ReportError, match=r"pip install 'decoupled-harness\[otlp\]'"):
        list(RUN_REPORTS["otlp"](run()))
