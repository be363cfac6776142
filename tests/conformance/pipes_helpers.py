"""Pipes for the conformance tests of EventBridge Pipes."""

from __future__ import annotations

import json

from tests.conformance.lambda_helpers import create_function, messages

ROLE = "arn:aws:iam::123456789012:role/pipe"
NOBODY = "arn:aws:sqs:us-east-1:123456789012:nobody"
FIFO = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
TELLS = "def handler(event, context): tell(event)"


def pipe(cloud, source, target, *, name="pipe", batch=None, window=None, filters=(), template=None, **how):
    """The ARN of a new pipe."""
    queue = {"BatchSize": batch, "MaximumBatchingWindowInSeconds": window}
    parameters = {"SqsQueueParameters": {key: value for key, value in queue.items() if value is not None}}
    if filters:
        parameters["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(each)} for each in filters]}
    targets = how.pop("TargetParameters", {}) | ({"InputTemplate": template} if template else {})
    return cloud.client("pipes").create_pipe(
        Name=name,
        RoleArn=ROLE,
        Source=source,
        Target=target,
        SourceParameters=parameters,
        TargetParameters=targets,
        **how,
    )["Arn"]


def send(cloud, url, *bodies, **how):
    for body in bodies:
        text = body if isinstance(body, str) else json.dumps(body)
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=text, **how)


def bodies(cloud, url):
    cloud.settle()
    return [message["Body"] for message in messages(cloud, url)]


def enrichment(cloud, source, **how):
    """Parameters that enrich by a function with this source."""
    return {"Enrichment": create_function(cloud, source, name="enrich", **how)}
