"""What holds files, settings, secrets and keys: S3, Parameter Store, Secrets Manager, KMS."""

from __future__ import annotations

import hashlib
import json
import re
import string
from typing import Any

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, properties, tag_list
from harness.app.resources.shapes import text
from harness.cloud import Unsupported

_GENERATE = properties(
    "ExcludeCharacters ExcludeLowercase ExcludeNumbers ExcludePunctuation ExcludeUppercase GenerateStringKey "
    "IncludeSpace PasswordLength RequireEachIncludedType SecretStringTemplate"
)
_CHARACTERS = {
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}
_PASSWORD_LENGTH = 32


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


def create_parameter(making: Making) -> Created:
    name = text(making.get("Name") or f"CFN-{making.name('')}")
    value, kind = text(making.need("Value")), making.get("Type", "String")
    others = making.given(("AllowedPattern", "DataType", "Description", "Tier"))
    making.call("ssm", "put_parameter", Name=name, Value=value, Type=kind, **others)
    making.named(name)
    return Created(name, {"Type": kind, "Value": value})


def create_secret(making: Making) -> Created:
    name = making.name("Name", limit=512)
    value = making.get("SecretString")
    if value is None:
        value = _generated(making, name)
    arn = making.call(
        "secretsmanager",
        "create_secret",
        Name=name,
        SecretString=text(value),
        **making.given(("Description", "KmsKeyId")),
    )["ARN"]
    making.named(arn, name)
    return Created(arn, {"Id": arn})


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
    making.named(name)
    return Created(name)


def _generated(making: Making, name: str) -> str:
    """A secret that is the same in every run, as GetRandomPassword's options want it."""
    wanted: dict[str, Any] = making.get("GenerateSecretString") or {}
    unknown = sorted(set(wanted) - _GENERATE)
    if unknown:
        raise making.error(f"GenerateSecretString has no {unknown[0]!r}", "GenerateSecretString")
    password = _password(wanted, name)
    if "GenerateStringKey" not in wanted:
        return password
    try:
        template = json.loads(wanted["SecretStringTemplate"])
    except (KeyError, TypeError, ValueError):
        raise making.error(
            "GenerateStringKey needs a SecretStringTemplate that is JSON", "GenerateSecretString"
        ) from None
    return json.dumps({**template, wanted["GenerateStringKey"]: password})


def _password(wanted: dict[str, Any], seed: str) -> str:
    kinds = [kept for option, kept in _CHARACTERS.items() if text(wanted.get(option, False)) != "true"]
    if text(wanted.get("IncludeSpace", False)) == "true":
        kinds.append(" ")
    excluded = set(text(wanted.get("ExcludeCharacters", "")))
    kinds = [kept for kind in kinds if (kept := "".join(c for c in kind if c not in excluded))]
    length = int(wanted.get("PasswordLength", _PASSWORD_LENGTH))
    digest = hashlib.shake_256(seed.encode()).digest(min(length, 4096))
    return "".join(kinds[i % len(kinds)][byte % len(kinds[i % len(kinds)])] for i, byte in enumerate(digest))


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
    "AWS::SSM::Parameter": ResourceType(
        create_parameter,
        properties("Name Value Type Description AllowedPattern Tier DataType"),
        properties("Policies Tags"),
    ),
    "AWS::SecretsManager::Secret": ResourceType(
        create_secret,
        properties("Name SecretString GenerateSecretString Description KmsKeyId"),
        properties("ReplicaRegions Tags Type"),
    ),
    "AWS::KMS::Key": ResourceType(
        create_key,
        properties("Description Enabled KeySpec KeyUsage MultiRegion"),
        properties(
            "BypassPolicyLockoutSafetyCheck EnableKeyRotation KeyPolicy Origin PendingWindowInDays "
            "RotationPeriodInDays Tags"
        ),
    ),
    "AWS::KMS::Alias": ResourceType(create_alias, properties("AliasName TargetKeyId")),
}
