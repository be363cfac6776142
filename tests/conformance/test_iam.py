"""IAM: the policies that AWS has ready."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's IAM is its own")


@pytest.fixture
def iam(cloud):
    client = cloud.client("iam")
    client.create_role(RoleName="worker", AssumeRolePolicyDocument="{}")
    return client


@pytest.mark.parametrize("name", ["AWSLambdaExecute", "service-role/AWSLambdaBasicExecutionRole"])
def test_policies_of_aws_can_be_attached_to_a_role(iam, name):
    """https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html"""
    arn = f"arn:aws:iam::aws:policy/{name}"
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    [attached] = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert attached == {"PolicyName": name.rpartition("/")[2], "PolicyArn": arn}


@pytest.mark.parametrize("name", ["NoSuchPolicy", "AWSLambdaBasicExecutionRole"])
def test_a_policy_that_aws_does_not_have_under_this_path_cannot_be_attached(iam, name):
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html"""
    with pytest.raises(ClientError, match="does not exist or is not attachable") as refused:
        iam.attach_role_policy(RoleName="worker", PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    assert refused.value.response["Error"]["Code"] == "NoSuchEntity"
