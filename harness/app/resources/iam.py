"""IAM: roles are created, for code that looks them up; nothing here evaluates policies."""

from __future__ import annotations

from harness.app.intrinsics import Created
from harness.app.resources.resource_type import Making, ResourceType, named_only, properties
from harness.app.resources.shapes import text

_NOTE = "policies of IAM are not evaluated"


def create_role(making: Making) -> Created:
    name = making.name("RoleName", limit=64)
    made = making.call(
        "iam",
        "create_role",
        RoleName=name,
        Path=making.get("Path", "/"),
        AssumeRolePolicyDocument=text(making.need("AssumeRolePolicyDocument")),
    )["Role"]
    making.named(made["Arn"], name)
    return Created(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


def accept_policy(making: Making) -> Created:
    name = making.name("ManagedPolicyName", limit=128)
    arn = making.arn("iam", f"policy/{name}")
    return Created(arn, {"Arn": arn, "PolicyArn": arn, "PolicyId": name})


def accept_access_key(making: Making) -> Created:
    name = making.name("AccessKeyId")
    return Created(name, {"SecretAccessKey": f"{name}-secret"})


TYPES = {
    "AWS::IAM::Role": ResourceType(
        create_role, properties("RoleName Path AssumeRolePolicyDocument"), note=_NOTE
    ),
    "AWS::IAM::ManagedPolicy": ResourceType(accept_policy, note=_NOTE),
    "AWS::IAM::AccessKey": ResourceType(accept_access_key, note=_NOTE),
    **{
        f"AWS::IAM::{kind}": ResourceType(named_only("iam", path, name), note=_NOTE)
        for kind, path, name in (
            ("Group", "group/", "GroupName"),
            ("GroupPolicy", "policy/", "PolicyName"),
            ("InstanceProfile", "instance-profile/", "InstanceProfileName"),
            ("Policy", "policy/", "PolicyName"),
            ("RolePolicy", "policy/", "PolicyName"),
            ("ServiceLinkedRole", "role/", "RoleName"),
            ("User", "user/", "UserName"),
            ("UserPolicy", "policy/", "PolicyName"),
            ("UserToGroupAddition", "group/", "GroupName"),
        )
    },
}
