"""SNS: applications and endpoints of mobile push, as far as they are only kept."""

from __future__ import annotations

import pytest

from tests.conformance.sns_helpers import create_topic, refusal

SECRETS = {"PlatformCredential": "dummy", "PlatformPrincipal": "dummy"}
NO_ATTRIBUTES = (
    "ValidationError",
    "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not "
    "be null",
)


def application(cloud, name="shop"):
    made = cloud.client("sns").create_platform_application(Name=name, Platform="ADM", Attributes=SECRETS)
    return made["PlatformApplicationArn"]


def gone(cloud, kind):
    """The ARN of an application or an endpoint that there isn't."""
    region, account = create_topic(cloud).split(":")[3:5]
    device = "/2b1c4e3d-1111-4a2b-8c3d-000000000001" if kind == "endpoint" else ""
    return f"arn:aws:sns:{region}:{account}:{kind}/ADM/gone{device}"


@pytest.mark.parametrize(
    ("platform", "attributes", "code", "message"),
    [
        ("ADM", {}, *NO_ATTRIBUTES),
        (
            "ADM",
            {"PlatformPrincipal": "dummy"},
            "InvalidParameter",
            "Invalid parameter: Attributes Reason: PlatformPrincipal attribute provided without "
            "PlatformCredential",
        ),
        (
            "ADM",
            {"PlatformCredential": "dummy"},
            "InvalidParameter",
            "Invalid parameter: Attributes Reason: PlatformCredential attribute provided without "
            "PlatformPrincipal",
        ),
        ("AAA", SECRETS, "InvalidParameter", "Invalid parameter: Platform Reason: AAA is not supported"),
    ],
)
def test_an_application_that_is_refused(cloud, platform, attributes, code, message):
    """Recorded on AWS, October 2025."""
    call = cloud.client("sns").create_platform_application
    assert refusal(call, Name="shop", Platform=platform, Attributes=attributes) == (code, message)


def test_an_application_shows_its_attributes_but_no_credentials(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformApplication.html"""
    sns, arn = cloud.client("sns"), application(cloud)
    assert arn.endswith(":app/ADM/shop")
    assert application(cloud) == arn
    sns.set_platform_application_attributes(
        PlatformApplicationArn=arn, Attributes={"SuccessFeedbackSampleRate": "5"}
    )
    expected = {"Enabled": "true", "SuccessFeedbackSampleRate": "5"}
    assert sns.get_platform_application_attributes(PlatformApplicationArn=arn)["Attributes"] == expected
    (listed,) = sns.list_platform_applications()["PlatformApplications"]
    assert listed == {"PlatformApplicationArn": arn, "Attributes": expected}
    sns.delete_platform_application(PlatformApplicationArn=arn)
    assert sns.list_platform_applications()["PlatformApplications"] == []


def test_an_endpoint_is_one_token_of_an_application(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html"""
    sns, arn = cloud.client("sns"), application(cloud)
    device = sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t", CustomUserData="jo")
    again = sns.create_platform_endpoint(PlatformApplicationArn=arn, Token="t", CustomUserData="jo")
    endpoint = device["EndpointArn"]
    assert (again["EndpointArn"], ":endpoint/ADM/shop/" in endpoint) == (endpoint, True)
    assert refusal(sns.create_platform_endpoint, PlatformApplicationArn=arn, Token="t") == (
        "InvalidParameter",
        f"Invalid parameter: Token Reason: Endpoint {endpoint} already exists with the same Token, but "
        "different attributes.",
    )
    sns.set_endpoint_attributes(EndpointArn=endpoint, Attributes={"Enabled": "false"})
    expected = {"Enabled": "false", "Token": "t", "CustomUserData": "jo"}
    assert sns.get_endpoint_attributes(EndpointArn=endpoint)["Attributes"] == expected
    (listed,) = sns.list_endpoints_by_platform_application(PlatformApplicationArn=arn)["Endpoints"]
    assert listed == {"EndpointArn": endpoint, "Attributes": expected}
    found = refusal(sns.publish, TargetArn=endpoint, Message="hello")
    assert found == ("EndpointDisabled", "Endpoint is disabled")
    sns.delete_endpoint(EndpointArn=endpoint)
    sns.delete_endpoint(EndpointArn=endpoint)
    assert refusal(sns.get_endpoint_attributes, EndpointArn=endpoint) == (
        "NotFound",
        "Endpoint does not exist",
    )


def test_an_application_that_is_not_there_is_not_found(cloud):
    """Recorded on AWS, October 2025."""
    sns, arn = cloud.client("sns"), gone(cloud, "app")
    missing = ("NotFound", "PlatformApplication does not exist")
    assert refusal(sns.get_platform_application_attributes, PlatformApplicationArn=arn) == missing
    assert refusal(sns.create_platform_endpoint, PlatformApplicationArn=arn, Token="t") == missing
    assert refusal(sns.list_endpoints_by_platform_application, PlatformApplicationArn=arn) == missing


def test_an_endpoint_that_is_not_there_is_not_found(cloud):
    """Recorded on AWS, October 2025."""
    sns, arn = cloud.client("sns"), gone(cloud, "endpoint")
    missing = ("NotFound", "Endpoint does not exist")
    assert refusal(sns.get_endpoint_attributes, EndpointArn=arn) == missing
    assert refusal(sns.set_endpoint_attributes, EndpointArn=arn, Attributes={"Token": "t"}) == missing
    assert refusal(sns.publish, TargetArn=arn, Message="hello") == (
        "InvalidParameter",
        "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified",
    )


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("invalid-arn", "An ARN must have at least 6 elements, not 1"),
        (
            "arn:aws:sns:us-east-1:123456789012:app/ADM",
            "Wrong number of slashes in relative portion of the ARN.",
        ),
    ],
)
def test_an_arn_that_is_no_applications(cloud, arn, reason):
    """Recorded on AWS, October 2025."""
    call = cloud.client("sns").set_platform_application_attributes
    found = refusal(call, PlatformApplicationArn=arn, Attributes={"Enabled": "true"})
    assert found == ("InvalidParameter", f"Invalid parameter: PlatformApplicationArn Reason: {reason}")


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"Colour": "red"}, "Invalid attribute name: Colour"),
        ({"Token": ""}, "Invalid value for attribute: Token: cannot be empty"),
        (
            {"CustomUserData": "x" * 2049},
            "Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding",
        ),
    ],
)
def test_an_endpoint_that_is_refused(cloud, attributes, reason):
    """https://docs.aws.amazon.com/sns/latest/api/API_SetEndpointAttributes.html"""
    call = cloud.client("sns").create_platform_endpoint
    found = refusal(call, PlatformApplicationArn=application(cloud), Token="t", Attributes=attributes)
    assert found == ("InvalidParameter", f"Invalid parameter: Attributes Reason: {reason}")
