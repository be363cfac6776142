"""Histories written by hand: a topic, queues, functions and what happens to messages on the way.

Causes, actors and data are those of the simulator.
"""

from __future__ import annotations

import json
from contextlib import contextmanager

from harness.history import Recorder


class Written:
    """A history in the making; `at` is the time of what comes next."""

    def __init__(self, **header):
        self.at = 0.0
        self.recorder = Recorder(lambda: self.at, {"cloud": "sim", "seed": 0, **header})

    def history(self):
        return self.recorder.history()

    def wait(self, seconds):
        self.at += seconds

    def call(self, operation, resource, *, actor="test", cause=None, error=None, lost=False):
        service, name = operation.split(":")
        call = self.recorder.record(
            "call",
            f"{operation} {resource}",
            cause=cause,
            actor=actor,
            service=service,
            operation=name,
            resource=resource,
            region="us-east-1",
            attempt=1,
            params={},
        )
        self.recorder.record(
            "answer",
            call.subject,
            cause=call,
            actor=actor,
            status=200,
            error=error,
            lost=lost,
            refused_by_fault=False,
        )
        return call

    def publish(self, topic, message, body, *, group=None, actor="test", cause=None):
        """The topic takes a message in."""
        call = self.call("sns:Publish", topic, actor=actor, cause=cause)
        return self._accepted(topic, message, body, group, actor, call)

    def send(self, queue, message, body, *, group=None, actor="test", cause=None):
        """The queue takes a message in."""
        call = self.call("sqs:SendMessage", queue, actor=actor, cause=cause)
        return self._accepted(queue, message, body, group, actor, call)

    def invoke_async(self, function, message, body):
        """The function's queue takes an event in."""
        call = self.call("lambda:Invoke", function)
        return self._accepted(function, message, body, None, "test", call)

    def _accepted(self, place, message, body, group, actor, call):
        text = body if isinstance(body, str) else json.dumps(body)
        return self.recorder.record(
            "accepted", place, (message,), cause=call, actor=actor, body=text, group=group, dedup=None
        )

    def fan_out(self, accepted, queue, copy, **how):
        """A copy goes from a topic to a queue."""
        topic, message = accepted.subject, accepted.messages[0]
        hop = self.recorder.record(
            "hop",
            f"{topic} → {queue}",
            (message,),
            cause=accepted,
            actor="sns",
            source=topic,
            target=queue,
            attempt=1,
        )
        return self.recorder.record(
            "arrived",
            hop.subject,
            (copy,),
            cause=hop,
            actor="sns",
            source=topic,
            target=queue,
            parents=[message],
            **how,
        )

    def fail(self, accepted, queue, reason="QueueDoesNotExist"):
        """A delivery from a topic fails for good."""
        topic, message = accepted.subject, accepted.messages[0]
        hop = self.recorder.record(
            "hop",
            f"{topic} → {queue}",
            (message,),
            cause=accepted,
            actor="sns",
            source=topic,
            target=queue,
            attempt=1,
        )
        self.recorder.record(
            "hop-failed",
            hop.subject,
            (message,),
            cause=hop,
            actor="sns",
            source=topic,
            target=queue,
            error=reason,
            message="",
            retried=False,
            applied=False,
        )
        return hop

    def drop(self, accepted, queue, reason="QueueDoesNotExist"):
        """A delivery from a topic fails for good, and there is no dead-letter queue."""
        hop = self.fail(accepted, queue, reason)
        topic, message = accepted.subject, accepted.messages[0]
        self.recorder.record(
            "dropped", topic, (message,), cause=hop, actor="sns", target=queue, reason=reason
        )

    def filter_out(self, accepted, queue):
        self.recorder.record(
            "filtered",
            accepted.subject,
            accepted.messages,
            cause=accepted,
            actor="sns",
            source=accepted.subject,
            target=queue,
        )

    def receive(self, queue, *messages, by, count=1):
        return self.recorder.record(
            "received",
            queue,
            messages,
            actor=by,
            counts=dict.fromkeys(messages, count),
            visible_at=self.at + 30,
        )

    @contextmanager
    def run(self, queue, function, *messages, outcome="ok", failed=(), error=None, count=1, acked=True):
        """A mapping hands messages to a function; inside the block the function works."""
        received = self.receive(queue, *messages, by=f"mapping:{function}", count=count)
        hop = self.recorder.record(
            "hop",
            f"{queue} → {function}",
            messages,
            cause=received,
            actor=f"mapping:{function}",
            source=queue,
            target=function,
            attempt=count,
        )
        invocation = self.recorder.record(
            "invocation",
            function,
            messages,
            cause=hop,
            actor=f"mapping:{function}",
            request_id="r",
            attempt=count,
            source=queue,
            cold=False,
            version="$LATEST",
        )
        yield invocation
        ended = self.recorder.record(
            "invocation-ended",
            function,
            messages,
            cause=invocation,
            actor=f"mapping:{function}",
            outcome=outcome,
            error=error,
            failed=list(failed),
            log="",
        )
        self.recorder.record(
            "arrived",
            hop.subject,
            messages,
            cause=hop,
            actor=f"mapping:{function}",
            source=queue,
            target=function,
            parents=list(messages),
        )
        if outcome == "ok" and acked:
            for message in messages:
                if message not in failed:
                    self.delete(queue, message, by=f"mapping:{function}", cause=ended)

    def run_async(self, accepted, *, outcome="ok", attempt=1, function=None):
        """One try of an event in a function's own queue."""
        function = function or accepted.subject
        where = {"source": f"{function} (async)", "target": function}
        how = {"cause": accepted, "actor": "lambda"}
        subject = f"{where['source']} → {function}"
        hop = self.recorder.record("hop", subject, accepted.messages, **how, **where, attempt=attempt)
        invocation = self.recorder.record(
            "invocation",
            function,
            accepted.messages,
            cause=hop,
            actor="lambda",
            request_id="r",
            attempt=attempt,
            source=where["source"],
            cold=False,
            version="$LATEST",
        )
        self.recorder.record(
            "invocation-ended",
            function,
            accepted.messages,
            cause=invocation,
            actor="lambda",
            outcome=outcome,
            error=None,
            failed=[],
            log="",
        )
        self.recorder.record(
            "arrived",
            subject,
            accepted.messages,
            cause=hop,
            actor="lambda",
            **where,
            parents=list(accepted.messages),
        )

    def work(self, queue, function, *messages, writes="Ledger", **how):
        """One run of a function that writes to a table for its messages."""
        with self.run(queue, function, *messages, **how) as invocation:
            if writes:
                self.call("dynamodb:PutItem", writes, actor=function, cause=invocation)

    def delete(self, queue, message, *, by, cause=None):
        self.recorder.record("deleted", queue, (message,), actor=by, cause=cause)

    def dead_letter(self, queue, message, dead_letters, reason="received 3 times"):
        self.recorder.record(
            "dead-lettered", queue, (message,), actor="sqs", to=dead_letters, ids=[message], reason=reason
        )

    def fault(self, cause, kind="ack_lost", what="lose-answer", index=0, **lasting):
        self.recorder.record(
            "fault", cause.subject, actor="plan", cause=cause, fault=index, kind=kind, what=what, **lasting
        )

    def settle(self, *moving):
        self.recorder.record("settled", "sim", settled=not moving, moving=list(moving))
        return self.history()
