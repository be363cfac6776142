"""A function whose failed or finished events come back to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.lint.physical import FUNCTION, TOPIC
from harness.lint.rule import Problem, Rule
from harness.lint.senders import destinations, subscriptions
from harness.lint.wiring import Resource, Wiring


def destination_feeds_back(app: Wiring) -> Iterator[Problem]:
    """A destination or dead-letter queue of a function invokes the same function.

    What it failed on, or the record of a success, goes round, until Lambda takes it for a recursive loop and
    stops the function after about 16 invocations. Send it to a queue or topic that doesn't lead back to the
    function; where the loop is meant, say RecursiveLoop: Allow.
    """
    for resource, target, within in destinations(app):
        function = resource if resource.type == FUNCTION else app.function(resource.at("FunctionName"))
        if function is None or function.at("RecursiveLoop") == "Allow":
            continue
        if any(invoked is function for invoked in _invoked_by(app, target)):
            yield Problem(
                resource,
                f"what goes to {_told(app, target)} comes back to {function}",
                "name a queue or topic that doesn't invoke the function",
                within,
            )


def _invoked_by(app: Wiring, target: Any) -> Iterator[Resource | None]:
    """The functions that what is sent to a queue, topic or function ends at."""
    queues, topic = [app.queue(target)], app.named(target, TOPIC)
    for each in subscriptions(app):
        if topic is not None and each.topic is topic:
            yield app.function(each.endpoint)
            queues.append(app.queue(each.endpoint))
    for poll in app.polls():
        if any(queue is poll.queue for queue in queues):
            yield poll.function


def _told(app: Wiring, target: Any) -> Resource | None:
    return app.queue(target) or app.named(target, TOPIC)


RULE = Rule(
    "destination-feeds-back",
    "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
    destination_feeds_back,
)
