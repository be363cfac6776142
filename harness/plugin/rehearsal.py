"""A small app that is deployed before processes are forked for tests: they needn't load what it has loaded.

None of its code runs, and nothing of the user's is in it, so it leaves nothing but what is loaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.history import History
from harness.sim.simulator import Simulator

_CODE = {"Handler": "index.handler", "Runtime": "python3.13", "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
_KEY = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
_SOURCE = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Function"}}
_SUBSCRIPTION = {"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Inbox", "Arn"]}}

_RESOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "Queue": ("SQS::Queue", {}),
    "Inbox": ("SQS::Queue", {}),
    "Topic": ("SNS::Topic", {}),
    "Subscription": ("SNS::Subscription", {**_SUBSCRIPTION, "TopicArn": {"Ref": "Topic"}}),
    "Bucket": ("S3::Bucket", {}),
    "Group": ("Logs::LogGroup", {}),
    "Rule": ("Events::Rule", {"EventPattern": {"source": ["rehearsal"]}}),
    "Role": ("IAM::Role", {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}),
    "Function": ("Lambda::Function", {**_CODE, "Code": {"ZipFile": "def handler(event, context): ..."}}),
    "Mapping": ("Lambda::EventSourceMapping", _SOURCE),
    "Table": (
        "DynamoDB::Table",
        {**_KEY, "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]},
    ),
}


def rehearse() -> History:
    """Deploy it, and use what most apps use; gives what happened."""
    resources = {
        name: {"Type": f"AWS::{kind}", "Properties": given} for name, (kind, given) in _RESOURCES.items()
    }
    with TemporaryDirectory() as folder, Simulator() as cloud:
        template = Path(folder) / "template.json"
        template.write_text(json.dumps({"Resources": resources}))
        app = cloud.deploy(template)
        app.topic("Topic").publish({"id": "1"})
        app.queue("Inbox").messages()
        cloud.client("dynamodb").put_item(TableName=app.physical_id("Table"), Item={"id": {"S": "1"}})
        app.table("Table").rows()
        history = cloud.history()
        assert history.fold.paths
    return history
