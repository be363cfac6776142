"""S3: buckets. Their policies are accepted; nothing here evaluates them."""

from __future__ import annotations

import re

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties, tag_list
from harness.cloud import Unsupported


def create_bucket(making: Making) -> Created:
    if making.get("NotificationConfiguration"):
        raise Unsupported(
            "NotificationConfiguration: no cloud here sends S3 notifications yet; "
            f'leave them out with ignore=["{making.logical_id}.NotificationConfiguration"] and send '
            "the event to the queue, topic or function in the test"
        )
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


TYPES = {
    "AWS::S3::Bucket": ResourceType(
        create_bucket,
        properties("BucketName NotificationConfiguration Tags VersioningConfiguration"),
        properties(
            "AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations BucketEncryption "
            "CorsConfiguration IntelligentTieringConfigurations InventoryConfigurations "
            "LifecycleConfiguration LoggingConfiguration MetadataConfiguration MetadataTableConfiguration "
            "MetricsConfigurations ObjectLockConfiguration ObjectLockEnabled OwnershipControls "
            "PublicAccessBlockConfiguration ReplicationConfiguration WebsiteConfiguration"
        ),
    ),
    "AWS::S3::BucketPolicy": ResourceType(
        named_only("s3", "", "Bucket"), note="policies of buckets are not evaluated"
    ),
}
