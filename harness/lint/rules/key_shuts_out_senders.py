"""An encrypted queue whose key its senders can't use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.lint.rule import Problem, Rule
from harness.lint.senders import AskedDelivery, deliveries
from harness.lint.values import UNKNOWN, document, has_unknown, items, step
from harness.lint.wiring import Resource, Wiring

_KEY, _ALIAS = "AWS::KMS::Key", "AWS::KMS::Alias"
_OF_AWS = "alias/aws/sqs"


def key_shuts_out_senders(app: Wiring) -> Iterator[Problem]:
    """A topic, rule or bucket sends to a queue that is encrypted with a key which that service can't use.

    The policy of AWS's own key alias/aws/sqs can't be changed, and lets no service in; with a key of yours,
    the service must be a principal of its policy, for kms:GenerateDataKey and kms:Decrypt. Otherwise its
    deliveries are refused. Let the service use your key, or leave KmsMasterKeyId out: queues are then
    encrypted by SQS itself.
    """
    for delivery in deliveries(app):
        given = delivery.queue.at("KmsMasterKeyId")
        if isinstance(given, str) and given.endswith(_OF_AWS):
            yield _problem(delivery, f"AWS's own key {_OF_AWS} lets no service in")
        key = _key(app, given)
        if key and not _may_use(document(key.at("KeyPolicy")), delivery.service):
            yield _problem(delivery, f"the policy of its key {key} doesn't name {delivery.service}")


def _problem(delivery: AskedDelivery, why: str) -> Problem:
    return Problem(
        delivery.queue,
        f"{delivery.by} sends to it, but {why}",
        f"use a key whose policy lets {delivery.service} call kms:GenerateDataKey and kms:Decrypt, or none",
        ("KmsMasterKeyId",),
    )


def _key(app: Wiring, value: Any) -> Resource | None:
    alias = app.named(value, _ALIAS)
    return app.named(alias.at("TargetKeyId") if alias else value, _KEY)


def _may_use(policy: Any, service: str) -> bool:
    """Does a statement name the service, or everybody? Also if that can't be known."""
    if policy is UNKNOWN or has_unknown(policy):
        return True
    for statement in items(step(policy, "Statement")):
        principal = step(statement, "Principal")
        named = items(principal) if isinstance(principal, str) else _named(principal)
        if step(statement, "Effect") == "Allow" and {"*", service} & {str(name) for name in named}:
            return True
    return False


def _named(principal: Any) -> list[Any]:
    return [
        *items(step(principal, "Service")),
        *(name for name in items(step(principal, "AWS")) if name == "*"),
    ]


RULE = Rule(
    "key-shuts-out-senders",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
    key_shuts_out_senders,
)
