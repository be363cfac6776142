"""Settings of functions that are kept and answered: logging, networks, tags, URLs, code signing and more."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.conformance.lambda_helpers import create_function, create_queue, refusal, refused

ECHO = "def handler(event, context): return event"
MISSING = "The resource you requested does not exist."
TEXT = {"LogFormat": "Text", "LogGroup": "/aws/lambda/work"}
JSON = {
    "LogFormat": "JSON",
    "LogGroup": "/aws/lambda/work",
    "ApplicationLogLevel": "INFO",
    "SystemLogLevel": "INFO",
}


@pytest.fixture
def functions(cloud):
    create_function(cloud, ECHO)
    return cloud.client("lambda")


def arn(cloud, name="work"):
    return f"arn:aws:lambda:{cloud.region}:{cloud.account}:function:{name}"


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({"LogFormat": "JSON"}, JSON),
        ({"LogFormat": "JSON", "SystemLogLevel": "DEBUG"}, JSON | {"SystemLogLevel": "DEBUG"}),
        ({"LogGroup": "elsewhere"}, TEXT | {"LogGroup": "elsewhere"}),
    ],
)
def test_a_part_of_the_logging_can_be_changed(functions, asked, answered):
    """Recorded on AWS, November 2025."""
    updated = functions.update_function_configuration(FunctionName="work", LoggingConfig=asked)
    assert updated["LoggingConfig"] == answered


def test_levels_of_logging_go_with_the_format_json(functions):
    """Recorded on AWS, November 2025."""
    update = functions.update_function_configuration
    update(FunctionName="work", LoggingConfig={"LogFormat": "JSON"})
    assert update(FunctionName="work", LoggingConfig={"LogFormat": "Text"})["LoggingConfig"] == TEXT


def test_a_network_is_that_of_the_subnets(cloud, functions):
    """Recorded on AWS, November 2025."""
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    network = {"SubnetIds": [subnet], "SecurityGroupIds": []}
    update = functions.update_function_configuration
    assert update(FunctionName="work", VpcConfig=network)["VpcConfig"] == network | {
        "VpcId": vpc,
        "Ipv6AllowedForDualStack": False,
    }
    none = {"SubnetIds": [], "SecurityGroupIds": []}
    assert update(FunctionName="work", VpcConfig=none)["VpcConfig"]["VpcId"] == ""


def test_snap_start_is_for_some_runtimes(functions):
    """https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes"""
    update = functions.update_function_configuration
    applied = {"ApplyOn": "PublishedVersions"}
    assert update(FunctionName="work", SnapStart=applied)["SnapStart"] == applied | {
        "OptimizationStatus": "Off"
    }
    assert functions.publish_version(FunctionName="work")["SnapStart"]["OptimizationStatus"] == "On"
    assert refused(update, FunctionName="work", SnapStart=applied, Runtime="python3.9") == (
        "InvalidParameterValueException",
        "python3.9 is not supported for SnapStart enabled functions.",
    )


def test_a_function_has_fifty_tags_at_most(cloud, functions):
    """Recorded on AWS, November 2025."""
    fifty = {f"k{number}": "v" for number in range(50)}
    functions.tag_resource(Resource=arn(cloud), Tags=fifty)
    assert refused(functions.tag_resource, Resource=arn(cloud), Tags={"one more": "v"}) == (
        "InvalidParameterValueException",
        "Number of tags exceeds resource tag limit.",
    )


@pytest.mark.parametrize("qualifier", ["1", "$LATEST", "live"])
def test_versions_and_aliases_have_no_tags(cloud, functions, qualifier):
    """Recorded on AWS, November 2025."""
    answer = refusal(functions.list_tags, Resource=arn(cloud, f"work:{qualifier}"))
    assert answer["Error"]["Message"] == (
        "Tags on function aliases and versions are not supported. Please specify a function ARN."
    )
    assert answer["Type"] == "User"


def test_a_url_is_made_changed_listed_and_deleted(cloud, functions):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html"""
    made = functions.create_function_url_config(FunctionName="work", AuthType="NONE")
    assert made["FunctionUrl"].endswith(f".lambda-url.{cloud.region}.on.aws/")
    assert "InvokeMode" not in made
    cors = {"AllowOrigins": ["*"]}
    changed = functions.update_function_url_config(FunctionName="work", AuthType="AWS_IAM", Cors=cors)
    assert (changed["AuthType"], changed["Cors"]) == ("AWS_IAM", cors)
    found = functions.get_function_url_config(FunctionName="work")
    assert (found["FunctionUrl"], found["InvokeMode"]) == (made["FunctionUrl"], "BUFFERED")
    listed = functions.list_function_url_configs(FunctionName="work")["FunctionUrlConfigs"]
    assert [each["FunctionArn"] for each in listed] == [arn(cloud)]
    functions.delete_function_url_config(FunctionName="work")
    assert refused(functions.get_function_url_config, FunctionName="work")[1] == MISSING


def test_an_alias_has_a_url_of_its_own_and_takes_it_along(cloud, functions):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html"""
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    asked = {"FunctionName": "work", "Qualifier": "live"}
    made = functions.create_function_url_config(AuthType="NONE", **asked)
    assert made["FunctionArn"] == arn(cloud, "work:live")
    functions.delete_alias(FunctionName="work", Name="live")
    assert refused(functions.get_function_url_config, **asked)[1] == MISSING


def test_a_function_has_one_url(cloud, functions):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html"""
    functions.create_function_url_config(FunctionName="work", AuthType="NONE")
    call = functions.create_function_url_config
    assert refused(call, FunctionName="work", AuthType="NONE")[0] == "ResourceConflictException"
    assert refused(call, FunctionName="absent", AuthType="NONE") == (
        "ResourceNotFoundException",
        "Function does not exist",
    )


SIGNER = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/test"


@pytest.fixture
def signing(functions):
    made = functions.create_code_signing_config(
        Description="ours",
        AllowedPublishers={"SigningProfileVersionArns": [SIGNER]},
        CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"},
    )
    return made["CodeSigningConfig"]


def test_a_code_signing_configuration_is_changed_in_parts(functions, signing):
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateCodeSigningConfig.html"""
    warn = {"UntrustedArtifactOnDeployment": "Warn"}
    own = signing["CodeSigningConfigArn"]
    functions.update_code_signing_config(CodeSigningConfigArn=own, CodeSigningPolicies=warn)
    found = functions.get_code_signing_config(CodeSigningConfigArn=own)["CodeSigningConfig"]
    assert found["CodeSigningPolicies"] == warn
    assert found["Description"] == "ours"
    assert functions.list_code_signing_configs()["CodeSigningConfigs"] == [found]


def test_a_function_can_have_a_code_signing_configuration(cloud, functions, signing):
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionCodeSigningConfig.html"""
    own = {"CodeSigningConfigArn": signing["CodeSigningConfigArn"]}
    functions.put_function_code_signing_config(FunctionName="work", **own)
    found = functions.get_function_code_signing_config(FunctionName="work")
    assert (found["FunctionName"], found["CodeSigningConfigArn"]) == ("work", own["CodeSigningConfigArn"])
    assert functions.list_functions_by_code_signing_config(**own)["FunctionArns"] == [arn(cloud)]
    functions.delete_function_code_signing_config(FunctionName="work")
    assert "CodeSigningConfigArn" not in functions.get_function_code_signing_config(FunctionName="work")


def test_a_function_is_not_made_with_a_code_signing_configuration_that_is_not_there(cloud, signing):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
    absent = signing["CodeSigningConfigArn"][:-1] + "x"
    with pytest.raises(ClientError) as caught:
        create_function(cloud, "def handler(event, context): pass", name="new", CodeSigningConfigArn=absent)
    assert caught.value.response["Error"]["Code"] == "CodeSigningConfigNotFoundException"


def test_a_code_signing_configuration_that_is_not_there_is_told_in_two_ways(functions, signing):
    """Recorded on AWS, November 2025."""
    absent = signing["CodeSigningConfigArn"][:-1] + "x"
    answer = refusal(functions.get_code_signing_config, CodeSigningConfigArn=absent)
    assert answer["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": f"The Lambda code signing configuration {absent} can not be found.",
    }
    assert "Type" not in answer
    call = functions.put_function_code_signing_config
    assert refused(call, FunctionName="absent", CodeSigningConfigArn=absent) == (
        "CodeSigningConfigNotFoundException",
        "The code signing configuration cannot be found. Check that the provided configuration is not "
        f"deleted: {absent}.",
    )


def test_recursive_loops_are_ended_unless_they_are_allowed(functions):
    """Recorded on AWS, November 2025."""
    assert functions.get_function_recursion_config(FunctionName="work")["RecursiveLoop"] == "Terminate"
    functions.put_function_recursion_config(FunctionName="work", RecursiveLoop="Allow")
    assert functions.get_function_recursion_config(FunctionName="work")["RecursiveLoop"] == "Allow"


def test_a_runtime_is_kept_up_to_date_unless_it_is_said_otherwise(functions):
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html"""
    assert functions.get_runtime_management_config(FunctionName="work")["UpdateRuntimeOn"] == "Auto"
    asked = {"FunctionName": "work", "UpdateRuntimeOn": "FunctionUpdate"}
    assert functions.put_runtime_management_config(**asked)["UpdateRuntimeOn"] == "FunctionUpdate"
    found = functions.get_runtime_management_config(FunctionName="work")
    assert found["UpdateRuntimeOn"] == "FunctionUpdate"


def test_asynchronous_settings_of_a_function_that_has_none_are_not_found(cloud, functions):
    """Recorded on AWS, November 2025."""
    call = functions.get_function_event_invoke_config
    for name, qualifier in (("work", "1221"), ("absent", "$LATEST")):
        told = f"The function {arn(cloud, f'{name}:{qualifier}')} doesn't have an EventInvokeConfig"
        assert refused(call, FunctionName=name, Qualifier=qualifier)[1] == told
    put = functions.put_function_event_invoke_config
    assert refused(put, FunctionName="absent", MaximumRetryAttempts=1) == (
        "ResourceNotFoundException",
        "The function doesn't exist.",
    )


def test_a_destination_that_is_none_is_told_with_both(functions):
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    wrong = "arn:aws:iam::123456789012:role/x"
    put = functions.put_function_event_invoke_config
    config = {"OnFailure": {"Destination": wrong}}
    assert refused(put, FunctionName="work", DestinationConfig=config) == (
        "InvalidParameterValueException",
        "The provided destination config DestinationConfig(onSuccess=null, "
        f"onFailure=OnFailure(destination={wrong})) is invalid.",
    )


def test_a_mapping_needs_a_function_that_exists(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html"""
    _, queue = create_queue(cloud, "jobs")
    call = cloud.client("lambda").create_event_source_mapping
    assert refused(call, FunctionName="absent", EventSourceArn=queue) == (
        "InvalidParameterValueException",
        "Function does not exist",
    )


def test_a_stream_is_read_from_a_position_on(cloud, functions):
    """Recorded on AWS, November 2025."""
    call = functions.create_event_source_mapping
    stream = f"arn:aws:dynamodb:{cloud.region}:{cloud.account}:table/t/stream/2026-01-01T00:00:00.000"
    assert refused(call, FunctionName="work", EventSourceArn=stream) == (
        "InvalidParameterValueException",
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member "
        "must not be null.",
    )
    at = {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 0}
    assert refused(call, FunctionName="work", EventSourceArn=stream, **at) == (
        "InvalidParameterValueException",
        f"Unsupported starting position for arn type: {stream}",
    )
