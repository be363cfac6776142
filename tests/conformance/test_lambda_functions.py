"""Lambda's functions: creating, changing, listing and deleting them, and what is attached to them."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.lambda_helpers import ROLE, archive, create_function, invoke, refused

ECHO = "def handler(event, context): return event"


def code_of(caught) -> str:
    return caught.value.response["Error"]["Code"]


def create(cloud, **settings):
    settings = {
        "FunctionName": "work",
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": {"ZipFile": archive(ECHO)},
    } | settings
    return cloud.client("lambda").create_function(**settings)


def test_a_new_function_has_the_documented_defaults(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
    created = create(cloud)
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert created["FunctionArn"].endswith(":function:work")
    assert (created["Timeout"], created["MemorySize"], created["Version"]) == (3, 128, "$LATEST")
    assert (created["PackageType"], created["Architectures"]) == ("Zip", ["x86_64"])
    assert created["EphemeralStorage"] == {"Size": 512}
    assert created["TracingConfig"] == {"Mode": "PassThrough"}
    assert created["State"] == "Pending"


def test_a_new_function_becomes_active(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html"""
    create(cloud)
    functions = cloud.client("lambda")
    functions.get_waiter("function_active_v2").wait(FunctionName="work")
    found = functions.get_function(FunctionName="work")["Configuration"]
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")


def test_a_name_is_taken_once(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_Errors"""
    create(cloud)
    with pytest.raises(ClientError) as caught:
        create(cloud)
    assert code_of(caught) == "ResourceConflictException"
    assert caught.value.response["Error"]["Message"] == "Function already exist: work"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"Timeout": 901}, "ValidationException"),
        ({"MemorySize": 64_000}, "ValidationException"),
        ({"Role": "nobody"}, "ValidationException"),
        ({"FunctionName": "no spaces"}, "ValidationException"),
        ({"FunctionName": "x" * 65}, "InvalidParameterValueException"),
        ({"Handler": "has spaces"}, "ValidationException"),
        ({"Runtime": "cobol"}, "InvalidParameterValueException"),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException"),
        ({"Environment": {"Variables": {"BIG": "x" * 4097}}}, "InvalidParameterValueException"),
        (
            {"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:absent:1"]},
            "InvalidParameterValueException",
        ),
        ({"DeadLetterConfig": {"TargetArn": "arn:aws:s3:::bucket"}}, "InvalidParameterValueException"),
    ],
)
def test_settings_outside_the_limits_are_refused(cloud, settings, code):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
    with pytest.raises(ClientError) as caught:
        create(cloud, **settings)
    assert code_of(caught) == code


def test_a_configuration_can_be_changed(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
    create_function(
        cloud,
        "import os\ndef handler(event, ctx): return [os.environ.get('COLOUR'), ctx.memory_limit_in_mb]",
    )
    functions = cloud.client("lambda")
    before = functions.get_function_configuration(FunctionName="work")
    answer = functions.update_function_configuration(
        FunctionName="work", MemorySize=256, Environment={"Variables": {"COLOUR": "red"}}
    )
    assert answer["LastUpdateStatus"] == "InProgress"
    functions.get_waiter("function_updated_v2").wait(FunctionName="work")
    after = functions.get_function_configuration(FunctionName="work")
    assert (after["MemorySize"], after["Timeout"]) == (256, before["Timeout"])
    assert after["RevisionId"] != before["RevisionId"]
    assert invoke(cloud, {})[0] == ["red", "256"]


def test_a_change_of_another_revision_is_refused(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
    create_function(cloud, ECHO)
    with pytest.raises(ClientError) as caught:
        cloud.client("lambda").update_function_configuration(
            FunctionName="work", Timeout=5, RevisionId="another"
        )
    assert code_of(caught) == "PreconditionFailedException"


def test_a_deleted_function_is_gone(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html"""
    create_function(cloud, ECHO)
    functions = cloud.client("lambda")
    functions.delete_function(FunctionName="work")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function(FunctionName="work")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.delete_function(FunctionName="work")


def test_functions_are_listed_in_pages(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""
    names = [f"work-{number}" for number in range(5)]
    for name in names:
        create(cloud, FunctionName=name)
    pages = cloud.client("lambda").get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    found = [[function["FunctionName"] for function in page["Functions"]] for page in pages]
    assert [len(page) for page in found] == [2, 2, 1]
    assert sorted(name for page in found for name in page) == names


def test_a_version_is_a_snapshot(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html"""
    create_function(cloud, "def handler(event, context): return ['old', context.function_version]")
    functions = cloud.client("lambda")
    assert functions.publish_version(FunctionName="work")["Version"] == "1"
    assert functions.publish_version(FunctionName="work")["Version"] == "1"
    functions.update_function_code(
        FunctionName="work",
        ZipFile=archive("def handler(event, context): return ['new', context.function_version]"),
    )
    functions.get_waiter("function_updated_v2").wait(FunctionName="work")
    assert invoke(cloud, {}, Qualifier="1")[0] == ["old", "1"]
    assert invoke(cloud, {})[0] == ["new", "$LATEST"]
    assert functions.publish_version(FunctionName="work")["Version"] == "2"
    versions = functions.list_versions_by_function(FunctionName="work")["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "2"]


def test_an_alias_points_to_a_version_and_can_move(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
    create_function(cloud, "def handler(event, context): return context.invoked_function_arn[-9:]")
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="work")
    functions.update_function_configuration(FunctionName="work", Description="another")
    functions.update_function_configuration(FunctionName="work", Timeout=5)
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    payload, answer = invoke(cloud, {}, Qualifier="live")
    assert (payload, answer["ExecutedVersion"]) == ("work:live", "1")
    functions.update_alias(FunctionName="work", Name="live", FunctionVersion="2")
    assert invoke(cloud, {}, Qualifier="live")[1]["ExecutedVersion"] == "2"
    assert functions.get_alias(FunctionName="work", Name="live")["FunctionVersion"] == "2"
    (listed,) = functions.list_aliases(FunctionName="work")["Aliases"]
    assert listed["AliasArn"].endswith(":work:live")
    functions.delete_alias(FunctionName="work", Name="live")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        invoke(cloud, {}, Qualifier="live")


def test_an_alias_can_share_out_between_two_versions(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    create_function(cloud, ECHO)
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="work")
    functions.update_function_configuration(FunctionName="work", Timeout=5)
    functions.publish_version(FunctionName="work")
    functions.create_alias(
        FunctionName="work",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    executed = {invoke(cloud, {}, Qualifier="live")[1]["ExecutedVersion"] for _ in range(30)}
    assert executed == {"1", "2"}


def test_a_routing_configuration_has_one_more_version(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    create_function(cloud, ECHO)
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="work")
    assert refused(
        functions.create_alias,
        FunctionName="work",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.1, "3": 0.1}},
    ) == (
        "InvalidParameterValueException",
        "Number of items in AdditionalVersionWeights cannot be greater than 1",
    )


def test_a_version_that_an_alias_uses_cannot_be_deleted(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html"""
    create_function(cloud, ECHO)
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    with pytest.raises(ClientError) as caught:
        functions.delete_function(FunctionName="work", Qualifier="1")
    assert code_of(caught) == "ResourceConflictException"


def test_an_alias_needs_a_version_that_exists(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html"""
    create_function(cloud, ECHO)
    functions = cloud.client("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.create_alias(FunctionName="work", Name="live", FunctionVersion="7")


def test_reserved_concurrency_leaves_a_hundred_for_the_others(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    create_function(cloud, ECHO)
    functions = cloud.client("lambda")
    limit = functions.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    with pytest.raises(ClientError) as caught:
        functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=limit - 99)
    assert code_of(caught) == "InvalidParameterValueException"
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=7)
    assert functions.get_function_concurrency(FunctionName="work")["ReservedConcurrentExecutions"] == 7
    assert functions.get_function(FunctionName="work")["Concurrency"] == {"ReservedConcurrentExecutions": 7}
    functions.delete_function_concurrency(FunctionName="work")
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName="work")


def test_permissions_make_up_the_functions_policy(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html"""
    arn = create_function(cloud, ECHO)
    functions = cloud.client("lambda")
    permission = {
        "FunctionName": "work",
        "StatementId": "from-topic",
        "Action": "lambda:InvokeFunction",
        "Principal": "sns.amazonaws.com",
        "SourceArn": "arn:aws:sns:us-east-1:123456789012:orders",
    }
    functions.add_permission(**permission)
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.add_permission(**permission)
    (statement,) = json.loads(functions.get_policy(FunctionName="work")["Policy"])["Statement"]
    assert statement == {
        "Sid": "from-topic",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
        "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:sns:us-east-1:123456789012:orders"}},
    }
    functions.remove_permission(FunctionName="work", StatementId="from-topic")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_policy(FunctionName="work")


def test_tags_are_kept(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html"""
    arn = create_function(cloud, ECHO, Tags={"team": "billing"})
    functions = cloud.client("lambda")
    functions.tag_resource(Resource=arn, Tags={"stage": "test"})
    assert functions.list_tags(Resource=arn)["Tags"] == {"team": "billing", "stage": "test"}
    functions.untag_resource(Resource=arn, TagKeys=["team"])
    assert functions.get_function(FunctionName="work")["Tags"] == {"stage": "test"}


def test_layer_versions_are_numbered_listed_and_deleted(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html"""
    functions = cloud.client("lambda")
    content = {"ZipFile": archive("", **{"python/prices": "APPLE = 3"})}
    published = [
        functions.publish_layer_version(LayerName="prices", Content=content, Description=str(number))
        for number in range(2)
    ]
    assert [layer["Version"] for layer in published] == [1, 2]
    assert published[1]["LayerVersionArn"].endswith(":layer:prices:2")
    versions = functions.list_layer_versions(LayerName="prices")["LayerVersions"]
    assert [version["Version"] for version in versions] == [2, 1]
    (layer,) = functions.list_layers()["Layers"]
    assert layer["LatestMatchingVersion"]["Version"] == 2
    functions.delete_layer_version(LayerName="prices", VersionNumber=2)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_layer_version(LayerName="prices", VersionNumber=2)
    assert functions.get_layer_version(LayerName="prices", VersionNumber=1)["Description"] == "0"
    third = functions.publish_layer_version(LayerName="prices", Content=content)
    assert third["Version"] == 3
