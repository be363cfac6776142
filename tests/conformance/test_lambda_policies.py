"""Resource policies of functions, versions, aliases and layers."""

from __future__ import annotations

import json

import pytest

from tests.conformance.lambda_helpers import archive, create_function, refused

ECHO = "def handler(event, context): return event"
GRANT = {"Action": "lambda:InvokeFunction", "StatementId": "s3", "Principal": "s3.amazonaws.com"}
MISSING = "The resource you requested does not exist."


@pytest.fixture
def functions(cloud):
    create_function(cloud, ECHO)
    return cloud.client("lambda")


def arn(cloud, name):
    return f"arn:aws:lambda:{cloud.region}:{cloud.account}:function:{name}"


def test_a_policy_has_a_revision_of_its_own(functions):
    """Recorded on AWS, November 2025."""
    functions.add_permission(FunctionName="work", **GRANT)
    before = functions.get_policy(FunctionName="work")["RevisionId"]
    functions.publish_version(FunctionName="work")
    assert functions.get_policy(FunctionName="work")["RevisionId"] == before
    functions.add_permission(FunctionName="work", **GRANT | {"StatementId": "two"}, RevisionId=before)
    assert functions.get_policy(FunctionName="work")["RevisionId"] != before


def test_the_first_statement_is_added_against_the_revision_of_the_alias(functions):
    """Recorded on AWS, November 2025."""
    functions.publish_version(FunctionName="work")
    alias = functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    grant = GRANT | {"FunctionName": "work", "Qualifier": "live"}
    assert refused(functions.add_permission, **grant, RevisionId="another") == (
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve "
        "the latest Revision Id",
    )
    functions.add_permission(**grant, RevisionId=alias["RevisionId"])
    assert functions.get_policy(FunctionName="work", Qualifier="live")["Policy"]


def test_a_version_does_not_take_over_the_policy_of_its_function(functions):
    """Recorded on AWS, November 2025."""
    functions.add_permission(FunctionName="work", **GRANT)
    functions.publish_version(FunctionName="work")
    assert refused(functions.get_policy, FunctionName="work", Qualifier="1")[1] == MISSING


@pytest.mark.parametrize(
    ("parameter", "value", "key", "more"),
    [
        ("SourceAccount", "123456789012", "AWS:SourceAccount", {}),
        ("PrincipalOrgID", "o-1234567890", "aws:PrincipalOrgID", {}),
        ("EventSourceToken", "amzn1.ask.skill.x", "lambda:EventSourceToken", {}),
        (
            "FunctionUrlAuthType",
            "NONE",
            "lambda:FunctionUrlAuthType",
            {"Action": "lambda:InvokeFunctionUrl", "Principal": "*"},
        ),
    ],
)
def test_what_narrows_a_permission_becomes_a_condition(functions, parameter, value, key, more):
    """Recorded on AWS, November 2025."""
    added = functions.add_permission(FunctionName="work", **GRANT | more | {parameter: value})
    assert json.loads(added["Statement"])["Condition"] == {"StringEquals": {key: value}}


def test_a_permission_may_be_for_invocations_by_url(functions):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"""
    added = functions.add_permission(FunctionName="work", **GRANT | {"InvokedViaFunctionUrl": True})
    assert json.loads(added["Statement"])["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}


def test_the_last_statement_takes_the_policy_with_it(functions):
    """https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html"""
    functions.add_permission(FunctionName="work", **GRANT)
    functions.remove_permission(FunctionName="work", StatementId="s3")
    assert refused(functions.get_policy, FunctionName="work") == ("ResourceNotFoundException", MISSING)
    assert refused(functions.remove_permission, FunctionName="work", StatementId="s3") == (
        "ResourceNotFoundException",
        "No policy is associated with the given resource.",
    )


def test_each_operation_has_its_own_words_for_a_function_that_is_not_there(cloud, functions):
    """Recorded on AWS, November 2025."""
    assert refused(functions.add_permission, FunctionName="absent", **GRANT)[1] == (
        f"Function not found: {arn(cloud, 'absent')}"
    )
    assert refused(functions.remove_permission, FunctionName="absent", StatementId="s3")[1] == (
        f"No policy found for: {arn(cloud, 'absent')}"
    )
    assert refused(functions.get_policy, FunctionName="absent")[1] == MISSING


@pytest.mark.parametrize(
    ("qualifier", "told"),
    [
        ("42", "Function not found: {arn}"),
        ("a-$-in-it", "Function not found: {arn}"),
        ("live", "Cannot find alias arn: {arn}"),
    ],
)
def test_a_qualifier_that_is_not_there_is_told_as_version_or_alias(cloud, functions, qualifier, told):
    """Recorded on AWS, November 2025."""
    code, message = refused(functions.add_permission, FunctionName="work", Qualifier=qualifier, **GRANT)
    assert code == "ResourceNotFoundException"
    assert message == told.format(arn=arn(cloud, f"work:{qualifier}"))


def test_the_latest_version_has_no_policy_by_that_name(functions):
    """Recorded on AWS, November 2025."""
    assert refused(functions.add_permission, FunctionName="work", Qualifier="$LATEST", **GRANT) == (
        "InvalidParameterValueException",
        "We currently do not support adding policies for $LATEST.",
    )


@pytest.fixture
def layers(cloud):
    layers = cloud.client("lambda")
    layers.publish_layer_version(LayerName="shared", Content={"ZipFile": archive("X = 1")})
    return layers


ALLOW = {"Action": "lambda:GetLayerVersion", "Principal": "*", "StatementId": "all"}


def test_a_layer_version_has_a_policy(cloud, layers):
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html"""
    added = layers.add_layer_version_permission(LayerName="shared", VersionNumber=1, **ALLOW)
    found = layers.get_layer_version_policy(LayerName="shared", VersionNumber=1)
    assert found["RevisionId"] == added["RevisionId"]
    assert json.loads(found["Policy"])["Statement"] == [
        {
            "Sid": "all",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "lambda:GetLayerVersion",
            "Resource": f"arn:aws:lambda:{cloud.region}:{cloud.account}:layer:shared:1",
        }
    ]
    layers.remove_layer_version_permission(LayerName="shared", VersionNumber=1, StatementId="all")
    remaining = layers.get_layer_version_policy(LayerName="shared", VersionNumber=1)
    assert json.loads(remaining["Policy"])["Statement"] == []


def test_a_layer_without_a_policy_says_so(layers):
    """Recorded on AWS, November 2025."""
    assert refused(layers.get_layer_version_policy, LayerName="shared", VersionNumber=1) == (
        "ResourceNotFoundException",
        "No policy is associated with the given resource.",
    )


def test_a_layers_policy_refuses_a_stale_revision_and_a_statement_twice(layers):
    """Recorded on AWS, November 2025."""
    layers.add_layer_version_permission(LayerName="shared", VersionNumber=1, **ALLOW)
    grant = ALLOW | {"LayerName": "shared", "VersionNumber": 1}
    assert refused(layers.add_layer_version_permission, **grant)[0] == "ResourceConflictException"
    other = grant | {"StatementId": "other", "RevisionId": "another"}
    assert refused(layers.add_layer_version_permission, **other) == (
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to "
        "retrieve the latest Revision Id",
    )


@pytest.mark.parametrize(("name", "version"), [("absent", 1), ("shared", 2)])
def test_a_layer_version_that_is_not_there_has_no_policy(cloud, layers, name, version):
    """Recorded on AWS, November 2025."""
    layer = f"arn:aws:lambda:{cloud.region}:{cloud.account}:layer:{name}:{version}"
    call = layers.get_layer_version_policy
    assert refused(call, LayerName=name, VersionNumber=version) == (
        "ResourceNotFoundException",
        f"Layer version {layer} does not exist.",
    )


def test_a_layer_answers_the_runtimes_that_were_given_and_no_others(layers):
    """Recorded on AWS, November 2025."""
    content = {"ZipFile": archive("X = 1")}
    none = layers.publish_layer_version(LayerName="none", Content=content, CompatibleRuntimes=[])
    unsaid = layers.publish_layer_version(LayerName="unsaid", Content=content)
    assert none["CompatibleRuntimes"] == []
    assert "CompatibleRuntimes" not in unsaid


def test_two_versions_of_a_layer_do_not_go_together(cloud, layers):
    """Recorded on AWS, November 2025."""
    layers.publish_layer_version(LayerName="shared", Content={"ZipFile": archive("X = 2")})
    layer = f"arn:aws:lambda:{cloud.region}:{cloud.account}:layer:shared"
    create_function(cloud, ECHO)
    both = [f"{layer}:1", f"{layer}:2"]
    assert refused(layers.update_function_configuration, FunctionName="work", Layers=both) == (
        "InvalidParameterValueException",
        "Two different versions of the same layer are not allowed to be referenced in the same function. "
        f"{layer}:1 and {layer}:2 are versions of the same layer.",
    )


def test_a_layer_is_of_the_region_of_its_function(cloud, layers):
    """Recorded on AWS, November 2025."""
    create_function(cloud, ECHO)
    layer = f"arn:aws:lambda:eu-west-3:{cloud.account}:layer:shared:1"
    assert refused(layers.update_function_configuration, FunctionName="work", Layers=[layer]) == (
        "InvalidParameterValueException",
        "Layers are not in the same region as the function. Layers are expected to be in region "
        f"{cloud.region}.",
    )
