"""Work that would be done again and again: AWS's policies, metrics nobody sees, lines about questions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.localstack_host

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def total(cloudwatch, metric, **dimension):
    [(name, value)] = dimension.items()
    now = datetime.now(UTC)
    told = cloudwatch.get_metric_statistics(
        Namespace="AWS/SQS" if name == "QueueName" else "AWS/Lambda",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=7200,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in told["Datapoints"])


def test_metrics_of_before_and_after_the_first_look_are_there(account):
    sqs, cloudwatch = account.client("sqs"), account.client("cloudwatch")
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    account.create_function("F", "def handler(event, context): 1 / len(event)")
    sqs.send_message(QueueUrl=queue, MessageBody="one")
    account.client("lambda").invoke(FunctionName="F", Payload=b"{}")
    assert total(cloudwatch, "NumberOfMessagesSent", QueueName="orders") == 1
    assert total(cloudwatch, "Errors", FunctionName="F") == 1
    sqs.send_message(QueueUrl=queue, MessageBody="two")
    for _ in range(50):
        if total(cloudwatch, "NumberOfMessagesSent", QueueName="orders") == 2:
            break
    assert total(cloudwatch, "NumberOfMessagesSent", QueueName="orders") == 2


def test_each_account_attaches_policies_of_aws_for_itself(account, localstack_url, gateway):
    iam = account.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}')
    iam.attach_role_policy(RoleName="r", PolicyArn=BASIC)
    other = type(account)(localstack_url, gateway)
    counts = [
        each.client("iam").get_policy(PolicyArn=BASIC)["Policy"]["AttachmentCount"]
        for each in (account, other)
    ]
    assert counts == [1, 0]
    other.control.close()


def test_the_log_is_about_the_app(account, localstack):
    log = localstack[1]
    before = log.read_text()
    account.client("sqs").create_queue(QueueName="orders")
    account.control.state()
    added = log.read_text().removeprefix(before)
    assert "AWS sqs.CreateQueue => 200" in added
    assert "/_harness/" not in added
