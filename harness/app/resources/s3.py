"""S3: buckets. Their policies are accepted; nothing here evaluates them."""

from __future__ import annotations

import re
from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties, tag_list
from harness.app.resources.shapes import text


def create_bucket(making: Making) -> Created:
    name = making.name(
        "BucketName", f"-{making.cloud.account}", limit=63
    )  # buckets of all accounts share names
    if not making.get("BucketName"):
        name = re.sub(r"[^a-z0-9-]+", "-", name.lower())
    region = making.cloud.region
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    making.call("s3", "create_bucket", Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
    if making.get("VersioningConfiguration"):
        versioning = making.get("VersioningConfiguration")
        making.call("s3", "put_bucket_versioning", Bucket=name, VersioningConfiguration=versioning)
    if making.get("Tags"):
        making.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tag_list(making)})
    arn = f"arn:aws:s3:::{name}"
    making.named(name, arn)
    if making.get("NotificationConfiguration"):
        making.check_seen("s3")
        configuration = _notifications(making.get("NotificationConfiguration"))
        making.afterwards(
            lambda: making.call(
                "s3",
                "put_bucket_notification_configuration",
                Bucket=name,
                NotificationConfiguration=configuration,
            )
        )
    return Created(
        name,
        {
            "Arn": arn,
            "DomainName": f"{name}.s3.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{region}.amazonaws.com",
            "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
            "WebsiteURL": f"http://{name}.s3-website-{region}.amazonaws.com",
        },
    )


_LISTS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
    "QueueConfigurations": ("QueueConfigurations", "Queue", "QueueArn"),
    "TopicConfigurations": ("TopicConfigurations", "Topic", "TopicArn"),
}
"""Lists of CloudFormation's configuration: the API's list, and the member with the target in each."""


def _notifications(given: dict[str, Any]) -> dict[str, Any]:
    """A configuration as the API takes it."""
    found: dict[str, Any] = {}
    for name, (list_, theirs, ours) in _LISTS.items():
        for entry in given.get(name) or ():
            made = {ours: entry[theirs], "Events": [entry["Event"]]}
            rules = ((entry.get("Filter") or {}).get("S3Key") or {}).get("Rules")
            if rules:
                made["Filter"] = {"Key": {"FilterRules": rules}}
            found.setdefault(list_, []).append(made)
    bridge = given.get("EventBridgeConfiguration")
    if bridge is not None and text(bridge.get("EventBridgeEnabled", True)).lower() == "true":
        found["EventBridgeConfiguration"] = {}
    return found


TYPES = {
    "AWS::S3::Bucket": ResourceType(
        create_bucket,
        properties("BucketName NotificationConfiguration Tags VersioningConfiguration"),
        properties(
            "AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations BucketEncryption "
            "BucketNamePrefix BucketNamespace "
            "CorsConfiguration IntelligentTieringConfigurations InventoryConfigurations "
            "LifecycleConfiguration LoggingConfiguration MetadataConfiguration MetadataTableConfiguration "
            "MetricsConfigurations ObjectLockConfiguration ObjectLockEnabled OwnershipControls "
            "PublicAccessBlockConfiguration ReplicationConfiguration WebsiteConfiguration"
        ),
        may_lack=properties("NotificationConfiguration"),
    ),
    "AWS::S3::BucketPolicy": ResourceType(
        named_only("s3", "", "Bucket"), note="policies of buckets are not evaluated"
    ),
}
