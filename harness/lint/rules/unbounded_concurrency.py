"""A queue that may overrun what can't grow with it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.app.intrinsics import references
from harness.lint.physical import TABLE
from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Poll, Resource, Wiring, is_fifo

_FRAGILE = (
    *("AWS::RDS::", "AWS::DocDB::DB", "AWS::Neptune::DB", "AWS::Redshift::Cluster", "AWS::ElastiCache::"),
    *("AWS::MemoryDB::Cluster", "AWS::AmazonMQ::Broker", "AWS::OpenSearchService::Domain"),
)
_NOT_FRAGILE = ("AWS::RDS::DBProxy",)
_SCALING = "AWS::ApplicationAutoScaling::ScalableTarget"


def unbounded_concurrency(app: Wiring) -> Iterator[Problem]:
    """A queue can start a thousand instances of a function that uses a downstream of fixed size.

    Lambda adds up to 300 instances a minute while a standard queue has a backlog, a thousand and more in
    all. A database that takes so many connections, or a table of provisioned capacity that takes so many
    writes, is rare; refused work is retried and adds to the load. Set ScalingConfig.MaximumConcurrency on
    the mapping to a number that the downstream can serve. Reported only if the function, or its role,
    refers to a database, cache, broker, search domain or a table without autoscaling in the same template.
    """
    for poll in app.polls():
        if is_fifo(poll.queue) is not False or _is_bounded(poll):
            continue
        fragile = next(_downstreams(app, poll.function), None)
        if fragile:
            yield Problem(
                poll.mapping,
                f"a backlog of {poll.queue} starts {poll.function} a thousand times at once, on {fragile}, "
                "which doesn't grow with it",
                f"set ScalingConfig.MaximumConcurrency to what {fragile} bears",
                ("ScalingConfig",),
            )


def _is_bounded(poll: Poll) -> bool:
    return (
        poll.mapping.at("ScalingConfig", "MaximumConcurrency") is not None
        or poll.mapping.at("ProvisionedPollerConfig") is not None
        or poll.function.at("ReservedConcurrentExecutions") is not None
    )


def _downstreams(app: Wiring, function: Resource) -> Iterator[Resource]:
    """Resources that the function, or its role, refers to and that can't grow."""
    named = list(references(dict(function.raw)))
    for name in list(named):
        role = app.by_id(name)
        if role and role.type == "AWS::IAM::Role":
            named += references(dict(role.raw))
    for name in dict.fromkeys(named):
        resource = app.by_id(name)
        if resource and _is_fragile(app, resource):
            yield resource


def _is_fragile(app: Wiring, resource: Resource) -> bool:
    if resource.type == TABLE:
        billing = resource.at("BillingMode")
        scaled = any(resource.logical_id in references(dict(each.raw)) for each in app.of(_SCALING))
        return billing in (None, "PROVISIONED") and not scaled
    return resource.type.startswith(_FRAGILE) and not resource.type.startswith(_NOT_FRAGILE)


RULE = Rule(
    "unbounded-concurrency",
    "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    unbounded_concurrency,
)
