"""KMS: keys and their aliases."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties


def create_key(making: Making) -> Created:
    arguments = making.given(("Description", "KeySpec", "KeyUsage", "MultiRegion"))
    key = making.call("kms", "create_key", **arguments)["KeyMetadata"]
    if "Enabled" in making.properties and not making.is_true("Enabled"):
        making.call("kms", "disable_key", KeyId=key["KeyId"])
    making.named(key["KeyId"], key["Arn"])
    return Created(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})


def create_alias(making: Making) -> Created:
    name = making.need("AliasName")
    making.call("kms", "create_alias", AliasName=name, TargetKeyId=making.need("TargetKeyId"))
    making.named(name, service="kms")
    return Created(name)


TYPES = {
    "AWS::KMS::Key": ResourceType(
        create_key,
        properties("Description Enabled KeySpec KeyUsage MultiRegion"),
        properties(
            "BypassPolicyLockoutSafetyCheck EnableKeyRotation KeyPolicy Origin PendingWindowInDays "
            "RotationPeriodInDays Tags"
        ),
    ),
    "AWS::KMS::Alias": ResourceType(
        create_alias, properties("AliasName TargetKeyId"), part_of=properties("TargetKeyId")
    ),
}
