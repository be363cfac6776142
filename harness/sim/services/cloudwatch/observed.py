"""The metrics of services, which their history tells: what was sent, received, run, and what waits.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
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
_AT_NO_PLACE = ("call", "answer")
"""Half of all events, of which no metric tells."""
_UNITS = {
    "ApproximateAgeOfOldestMessage": "Seconds",
    **dict.fromkeys(("Duration", "ExecutionTime", "IteratorAge"), "Milliseconds"),
}


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
        self._came_at: dict[tuple[str, str], float] = {}
        self._sampled_at = began_at

    def read(self, event: Event) -> None:
        """One event more."""
        if event.kind in _AT_NO_PLACE:
            return
        at = self._began_at + event.at
        self.sample(at)
        for place, metric, value in self._told(event, at):
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

    def _told(self, event: Event, at: float) -> Iterator[tuple[str, str, float]]:
        """Places, and what of them an event tells."""
        if event.kind in ("arrived", "hop"):
            source = str(event.data["source"])
            for metric in _SENT.get((event.kind, self._service(source)), ()):
                yield source, metric, len(event.messages)
        if event.kind == "hop":
            return
        place = str(event.data["target"]) if event.kind == "arrived" else event.subject
        for metric, value in self._at(place, event, at):
            yield place, metric, value

    def _at(self, place: str, event: Event, at: float) -> Iterator[tuple[str, float]]:
        """What an event tells of the place where it happens."""
        service, comes = self._service(place), event.kind in ("accepted", "arrived")
        if service == "sqs":
            yield from self._of_queue(event, self._queues.setdefault(place, _Waiting()), at)
        elif service == "lambda":
            yield from self._of_function(event, at)
        elif service == "stepfunctions":
            yield from self._of_machine(event, at)
        elif service in ("kinesis", "dynamodb") and comes:
            self._came_at.update(((place, message), at) for message in event.messages)
            if service == "kinesis":
                yield "IncomingRecords", len(event.messages)
        elif service == "sns" and comes:
            yield "NumberOfMessagesPublished", len(event.messages)
        if event.kind in ("dropped", "dead-lettered") and service in _FAILED:
            yield _FAILED[service], len(event.messages)

    def _service(self, place: str) -> str:
        found = self._resource(place)
        return found[0] if found is not None else ""

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
            came = [self._came_at.get((str(event.data["source"]), each)) for each in event.messages]
            known = [each for each in came if each is not None]
            if known:
                yield "IteratorAge", round((at - max(known)) * 1000, 3)
        elif event.kind == "invocation-ended":
            began = self._begun.pop(event.cause if event.cause is not None else -1, at)
            if event.data["outcome"] == "throttled":
                yield "Throttles", 1
                return
            yield "Invocations", 1
            yield "Errors", int(event.data["outcome"] != "ok")
            yield "Throttles", 0
            yield "Duration", round((at - began) * 1000, 3)

    def _of_machine(self, event: Event, at: float) -> Iterator[tuple[str, float]]:
        if event.kind == "execution":
            self._begun[event.seq] = at
            yield "ExecutionsStarted", 1
        elif event.kind == "execution-ended":
            began = self._begun.pop(event.cause if event.cause is not None else -1, at)
            for outcome, metric in _EXECUTIONS.items():
                yield metric, int(event.data["outcome"] == outcome)
            yield "ExecutionTime", round((at - began) * 1000, 3)

    def _add(self, place: str, name: str, value: float, at: float) -> None:
        found = self._resource(place)
        if found is None:
            return
        service, physical = found
        namespace, dimension = MEASURED[service]
        if not namespace:
            return
        datum = Datum.one(at, float(value), _UNITS.get(name, "Count"))
        self._store.add(MetricId(namespace, name, ((dimension, physical),)), datum)
        if service == "lambda":
            self._store.add(MetricId(namespace, name), datum)


MEASURED = {
    "sqs": ("AWS/SQS", "QueueName"),
    "lambda": ("AWS/Lambda", "FunctionName"),
    "sns": ("AWS/SNS", "TopicName"),
    "kinesis": ("AWS/Kinesis", "StreamName"),
    "events": ("AWS/Events", "RuleName"),
    "stepfunctions": ("AWS/States", "StateMachineArn"),
    "dynamodb": ("", ""),
}
"""By service: the namespace of its metrics, and their dimension; "" for one that is only looked at."""
_SENT = {
    ("arrived", "sns"): ("NumberOfNotificationsDelivered",),
    ("hop", "events"): ("Invocations",),
}
_FAILED = {"sns": "NumberOfNotificationsFailed", "events": "FailedInvocations"}
_EXECUTIONS = {
    "ok": "ExecutionsSucceeded",
    "failed": "ExecutionsFailed",
    "timed_out": "ExecutionsTimedOut",
    "aborted": "ExecutionsAborted",
}
