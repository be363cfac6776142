"""Which deliveries by services of AWS a queue's policy lets in."""

from __future__ import annotations

import json

import pytest

from harness.aws.rules.queue_policy import lets_send

ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:work"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:Orders"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
}


def allows(*statements, source=TOPIC, service="sns.amazonaws.com"):
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return lets_send(policy, service=service, queue_arn=QUEUE, source_arn=source)


def under(condition, **changes):
    return {**ALLOW, "Condition": condition, **changes}


@pytest.mark.parametrize(
    "statement",
    [
        ALLOW,
        {**ALLOW, "Principal": "*"},
        {**ALLOW, "Principal": {"AWS": "*"}},
        {**ALLOW, "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}},
        {**ALLOW, "Action": ["SQS:SendMessage", "sqs:ReceiveMessage"]},
        {**ALLOW, "Action": "sqs:*"},
        {**ALLOW, "Action": "*"},
        {**ALLOW, "Resource": "*"},
        {**ALLOW, "Resource": "arn:aws:sqs:*:*:work"},
        under({"ArnEquals": {"aws:SourceArn": TOPIC}}),
        under({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:Orders"}}),
        under({"StringEquals": {"AWS:SourceAccount": ACCOUNT}}),
        under({"StringLike": {"aws:SourceArn": ["arn:aws:sns:eu-west-1:*", "arn:aws:sns:us-*"]}}),
        under({"Bool": {"aws:SecureTransport": True}}),
        under({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}),
        under({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}),
        under({"Null": {"aws:SourceArn": "false"}}),
        {"Effect": "Allow", "Principal": "*", "NotAction": "sqs:DeleteQueue", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": QUEUE.replace("work", "other")},
    ],
)
def test_these_let_the_topic_send(statement):
    """https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"""
    assert allows(statement)


@pytest.mark.parametrize(
    "statement",
    [
        {**ALLOW, "Principal": {"Service": "events.amazonaws.com"}},
        {**ALLOW, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
        {**ALLOW, "Principal": None},
        {**ALLOW, "Action": "sqs:ReceiveMessage"},
        {**ALLOW, "Resource": QUEUE.replace("work", "other")},
        {**ALLOW, "Effect": "allow"},
        under({"ArnEquals": {"aws:SourceArn": TOPIC + "2"}}),
        under({"StringEquals": {"aws:SourceAccount": "999999999999"}}),
        under({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        under({"StringEquals": {"aws:SourceArn": "arn:aws:sns:*:*:Orders"}}),
        under({"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:*:Orders"}}),
        under({"ArnEquals": {"aws:SourceArn": TOPIC}, "StringEquals": {"aws:SourceAccount": "1"}}),
        under({"UnknownOperator": {"aws:SourceArn": TOPIC}}),
        under("nonsense"),
        {"Effect": "Allow", "Principal": "*", "NotAction": "sqs:Send*", "Resource": "*"},
    ],
)
def test_these_do_not(statement):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""
    assert not allows(statement)


def test_a_queue_without_a_policy_lets_no_service_in():
    assert not lets_send(None, service="sns.amazonaws.com", queue_arn=QUEUE, source_arn=TOPIC)


def test_a_deny_that_applies_overrides_an_allow():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"""
    plain = {**ALLOW, "Effect": "Deny", "Principal": "*", "Action": "sqs:*"}
    insecure = {**plain, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert not allows(ALLOW, plain)
    assert not allows(plain, ALLOW)
    assert allows(ALLOW, insecure)
    assert allows(ALLOW, {**plain, "NotPrincipal": {"Service": "sns.amazonaws.com"}})


def test_a_statement_may_stand_alone():
    policy = json.dumps({"Statement": ALLOW})
    assert lets_send(policy, service="sns.amazonaws.com", queue_arn=QUEUE, source_arn=TOPIC)


@pytest.mark.parametrize(("account", "may"), [(ACCOUNT, True), ("999999999999", False)])
def test_a_bucket_whose_arn_names_no_account_is_of_the_queues(account, may):
    statement = under({"StringEquals": {"aws:SourceAccount": account}}, Principal="*")
    assert allows(statement, source="arn:aws:s3:::uploads", service="s3.amazonaws.com") is may
