"""Keys of claims in events of objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

import harness
from harness import expect

POLICY = {
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}],
}
FOR_BUS = {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
FOR_QUEUE = {
    "QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": {"Fn::GetAtt": ["Seen", "Arn"]}}]
}


def template(notified: dict[str, Any]) -> dict[str, Any]:
    """A bucket that tells of its objects, and a queue for what a rule or the bucket itself sends."""
    rule = {
        "EventPattern": {"source": ["aws.s3"]},
        "Targets": [{"Id": "seen", "Arn": {"Fn::GetAtt": ["Seen", "Arn"]}}],
    }
    return {
        "Resources": {
            "Seen": {"Type": "AWS::SQS::Queue"},
            "SeenPolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Seen"}], "PolicyDocument": POLICY},
            },
            "OnObject": {"Type": "AWS::Events::Rule", "Properties": rule},
            "Scans": {"Type": "AWS::S3::Bucket", "Properties": {"NotificationConfiguration": notified}},
        }
    }


@pytest.mark.parametrize(
    ("notified", "key"), [(FOR_BUS, "detail.object.key"), (FOR_QUEUE, "Records.s3.object.key")]
)
def test_a_claim_names_its_key_as_the_consumers_read_it(tmp_path, notified, key):
    (tmp_path / "template.yaml").write_text(json.dumps(template(notified)))
    with harness.Simulator(seed=1) as cloud:
        app = cloud.deploy(tmp_path / "template.yaml")
        app.bucket("Scans").put("letter.scan", "hello")
        app.settle()
        expect(app).effects_once("Seen", key=key)
