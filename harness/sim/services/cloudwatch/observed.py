"""The metrics of services, which their history tells: what was sent, received, run, and what waits.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness.history import Event
from harness.sim.services.cloudwatch.metrics import Datum, MetricId, MetricStore

SAMPLE_SECONDS = 60
ACTIVE_SECONDS = 6 * 3600
"""A queue is measured for so long after somebody used it last."""
_GONE = ("deleted", "expired", "purged", "removed", "dead-lettered", "moved")
_UNITS = {"Duration": "Milliseconds", "ApproximateAgeOfOldestMessage": "Seconds"}


@dataclass(slots=True)
class _Waiting:
    """The messages of a queue: since when each is there, and until when it is hidden; its last use."""

    since: dict[str, float] = field(default_factory=dict)
    hidden: dict[str, float] = field(default_factory=dict)
    used_at: float = 0.0


class Observed:
    """Reads events in their order, and adds to the metrics what they tell.

    `resource` gives service and physical name of a place by its name in the history; `began_at` is the time
    at which the run began, in epoch seconds.
    """

    def __init__(
        self, store: MetricStore, began_at: float, resource: Callable[[str], tuple[str, str] | None]
    ) -> None:
        self._store = store
        self._began_at = began_at
        self._resource = resource
        self._queues: dict[str, _Waiting] = {}
        self._begun: dict[int, float] = {}
        self._sampled_at = began_at

    def read(self, event: Event) -> None:
        """One event more."""
        at = self._began_at + event.at
        self.sample(at)
        place = str(event.data["target"]) if event.kind == "arrived" else event.subject
        for metric, value in self._told(event, place, at):
            self._add(place, metric, value, at)

    def sample(self, now: float) -> None:
        """Measure what waits in queues, at each full minute until now."""
        while self._sampled_at + SAMPLE_SECONDS <= now:
            active = [q for q in self._queues.values() if self._sampled_at < q.used_at + ACTIVE_SECONDS]
            if not active:
                self._sampled_at += (now - self._sampled_at) // SAMPLE_SECONDS * SAMPLE_SECONDS
                return
            self._sampled_at += SAMPLE_SECONDS
            for name, queue in self._queues.items():
                if queue in active:
                    self._measure(name, queue, self._sampled_at)

    def _measure(self, name: str, queue: _Waiting, at: float) -> None:
        hidden = sum(until > at for until in queue.hidden.values())
        visible = [since for message, since in queue.since.items() if queue.hidden.get(message, 0.0) <= at]
        measured = {
            "ApproximateNumberOfMessagesVisible": len(visible),
            "ApproximateNumberOfMessagesNotVisible": hidden,
            "ApproximateAgeOfOldestMessage": at - min(queue.since.values(), default=at),
        }
        for metric, value in measured.items():
            self._add(name, metric, value, at - 1)

    def _told(self, event: Event, place: str, at: float) -> Iterator[tuple[str, float]]:
        found = self._resource(place)
        service = found[0] if found is not None else ""
        if service == "sqs":
            yield from self._of_queue(event, self._queues.setdefault(place, _Waiting()), at)
        elif service == "lambda":
            yield from self._of_function(event, at)
        elif service == "sns" and event.kind == "accepted":
            yield "NumberOfMessagesPublished", 1
        elif service == "kinesis" and event.kind == "accepted":
            yield "IncomingRecords", 1

    def _of_queue(self, event: Event, queue: _Waiting, at: float) -> Iterator[tuple[str, float]]:
        queue.used_at = at
        kind, messages = event.kind, event.messages
        if kind in ("accepted", "arrived"):
            queue.since.update((message, at) for message in messages if message not in queue.since)
            yield "NumberOfMessagesSent", len(messages)
        elif kind == "received":
            queue.hidden.update(dict.fromkeys(messages, self._began_at + float(event.data["visible_at"])))
            yield "NumberOfMessagesReceived", len(messages)
        elif kind == "hidden":
            queue.hidden.update(dict.fromkeys(messages, self._began_at + float(event.data["visible_at"])))
        elif kind in _GONE:
            for message in messages:
                queue.since.pop(message, None)
                queue.hidden.pop(message, None)
            if kind == "deleted":
                yield "NumberOfMessagesDeleted", len(messages)

    def _of_function(self, event: Event, at: float) -> Iterator[tuple[str, float]]:
        if event.kind == "invocation":
            self._begun[event.seq] = at
        elif event.kind == "invocation-ended":
            began = self._begun.pop(event.cause if event.cause is not None else -1, at)
            if event.data["outcome"] == "throttled":
                yield "Throttles", 1
                return
            yield "Invocations", 1
            yield "Errors", int(event.data["outcome"] != "ok")
            yield "Throttles", 0
            yield "Duration", round((at - began) * 1000, 3)

    def _add(self, place: str, name: str, value: float, at: float) -> None:
        found = self._resource(place)
        if found is None:
            return
        service, physical = found
        namespace, dimension = MEASURED[service]
        datum = Datum.one(at, float(value), _UNITS.get(name, "Count"))
        self._store.add(MetricId(namespace, name, ((dimension, physical),)), datum)
        if service == "lambda":
            self._store.add(MetricId(namespace, name), datum)


MEASURED = {
    "sqs": ("AWS/SQS", "QueueName"),
    "lambda": ("AWS/Lambda", "FunctionName"),
    "sns": ("AWS/SNS", "TopicName"),
    "kinesis": ("AWS/Kinesis", "StreamName"),
}
