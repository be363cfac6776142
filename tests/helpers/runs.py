"""Histories written by hand: a topic, queues, functions and what happens to messages on the way.

Causes, actors and data are those of the simulator.
"""

from __future__ import annotations

import json
from contextlib import contextmanager

from harness import aws
from harness.history import Names, Recorder


class Written:
    """A history in the making; `at` is the time of what comes next."""

    def __init__(self, **header):
        self.at = 0.0
        names = Names("us-east-1", "123456789012")
        self.recorder = Recorder(lambda: self.at, {"cloud": "sim", "seed": 0, **header}, names)

    def history(self):
        return self.recorder.history()

    def wait(self, seconds):
        self.at += seconds

    def place(self, name, service):
        """Say what a name stands for, as a deployment does; gives the name."""
        if name not in self.recorder.names.places:
            kind = {"lambda": "function:", "dynamodb": "table/", "events": "event-bus/"}.get(service, "")
            self.recorder.names.add(name, f"arn:aws:{service}:us-east-1:123456789012:{kind}{name}")
        return name

    def queue(self, name):
        return self.place(name, "sqs")

    def function(self, name):
        return self.place(name, "lambda")

    def call(
        self,
        operation,
        resource,
        *,
        others=(),
        actor="test",
        cause=None,
        error=None,
        lost=False,
        params=None,
    ):
        service, name = operation.split(":")
        call = self.recorder.call(
            operation,
            aws.service(service).operation(name).does,
            self.place(resource, service),
            region="us-east-1",
            others=others,
            params=params,
            cause=cause,
            actor=actor,
        )
        self.recorder.answer(call, status=200, error=error, lost=lost, actor=actor)
        return call

    def publish(self, topic, message, body, *, actor="test", cause=None, **said):
        """The topic takes a message in."""
        call = self.call("sns:Publish", topic, actor=actor, cause=cause)
        return self._accepted(topic, message, body, actor, call, **said)

    def send(self, queue, message, body, *, actor="test", cause=None, **said):
        """The queue takes a message in."""
        call = self.call("sqs:SendMessage", queue, actor=actor, cause=cause)
        return self._accepted(queue, message, body, actor, call, **said)

    def invoke_async(self, function, message, body):
        """The function's queue takes an event in."""
        call = self.call("lambda:Invoke", function)
        return self._accepted(function, message, body, "test", call)

    def _accepted(self, place, message, body, actor, call, **said):
        text = body if isinstance(body, str) else json.dumps(body)
        return self.recorder.accepted(place, message, body=text, cause=call, actor=actor, **said)

    def fan_out(self, accepted, target, copy, *, service="sqs", extra=False):
        """A copy goes from a topic to a queue, or to whatever else subscribes."""
        if ":" not in target:
            self.place(target, service)
        else:
            self.recorder.names.of(target)
        hop = self.hop_from(accepted, target)
        return self.recorder.arrived(hop, (copy,), copy=extra, actor="sns")

    def hop_from(self, accepted, target):
        message = accepted.messages[0]
        return self.recorder.hop(accepted.subject, target, (message,), cause=accepted, actor="sns")

    def fail(self, accepted, queue, reason="QueueDoesNotExist"):
        """A delivery from a topic fails for good."""
        hop = self.hop_from(accepted, self.queue(queue))
        self.recorder.hop_failed(hop, reason, retryable=False, actor="sns")
        return hop

    def drop(self, accepted, queue, reason="QueueDoesNotExist"):
        """A delivery from a topic fails for good, and there is no dead-letter queue."""
        hop = self.fail(accepted, queue, reason)
        self.recorder.dropped(
            accepted.subject, accepted.messages, cause=hop, actor="sns", target=queue, reason=reason
        )

    def filter_out(self, accepted, queue):
        source, messages = accepted.subject, accepted.messages
        self.recorder.filtered(source, self.queue(queue), messages, cause=accepted, actor="sns")

    def receive(self, queue, *messages, by, count=1):
        counts = dict.fromkeys(messages, count)
        return self.recorder.received(self.queue(queue), counts, visible_at=self.at + 30, actor=by)

    @contextmanager
    def run(
        self,
        queue,
        function,
        *messages,
        outcome="ok",
        failed=(),
        unread=(),
        error=None,
        count=1,
        acked=True,
    ):
        """A mapping hands messages to a function; inside the block the function works."""
        actor = f"mapping:{self.function(function)}"
        received = self.receive(queue, *messages, by=actor, count=count)
        hop = self.recorder.hop(queue, function, messages, attempt=count, cause=received, actor=actor)
        invocation = self.recorder.invocation(
            function, messages, request_id="r", attempt=count, source=queue, cause=hop, actor=actor
        )
        yield invocation
        ended = self.recorder.invocation_ended(
            invocation, outcome, error=error, failed=list(failed), unread=list(unread), actor=actor
        )
        self.recorder.arrived(hop, messages, actor=actor)
        if outcome == "ok" and acked:
            for message in messages:
                if message not in failed:
                    self.delete(queue, message, by=actor, cause=ended, by_mover=True)

    def run_async(self, accepted, *, outcome="ok", attempt=1, function=None):
        """One try of an event in a function's own queue."""
        function = self.function(function or accepted.subject)
        waiting, messages = f"{function} (async)", accepted.messages
        how = {"attempt": attempt, "actor": "lambda"}
        hop = self.recorder.hop(waiting, function, messages, cause=accepted, **how)
        invocation = self.recorder.invocation(
            function, messages, request_id="r", source=waiting, cause=hop, **how
        )
        self.recorder.invocation_ended(invocation, outcome, actor="lambda")
        self.recorder.arrived(hop, messages, actor="lambda")

    def work(self, queue, function, *messages, writes="Ledger", **how):
        """One run of a function that writes to a table for its messages."""
        with self.run(queue, function, *messages, **how) as invocation:
            if writes:
                self.call("dynamodb:PutItem", writes, actor=function, cause=invocation)

    def delete(self, queue, message, *, by, cause=None, by_mover=False):
        self.recorder.deleted(queue, message, actor=by, cause=cause, by_mover=by_mover)

    def dead_letter(self, queue, message, dead_letters, reason="received 3 times"):
        self.recorder.dead_lettered(
            queue, (message,), to=self.queue(dead_letters), ids=[message], reason=reason, actor="sqs"
        )

    def fault(self, cause, kind="ack_lost", what="lose-answer", index=0, until=None):
        self.recorder.fault(cause, index=index, kind=kind, what=what, until=until)

    def settle(self, *moving):
        self.recorder.settled("sim", not moving, moving)
        return self.history()
