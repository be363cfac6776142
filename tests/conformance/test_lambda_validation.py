"""How Lambda refuses parameters: which names, qualifiers and values it takes, its words for the others."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import ROLE, archive, create_function, refusal, refused

ECHO = "def handler(event, context): return event"
REGION = r"(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}"
LONG_NAME = rf"(arn:(aws[a-zA-Z-]*)?:lambda:)?({REGION}:)?(\d{{12}}:)?(function:)?"
NEW_NAME = LONG_NAME + r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
KNOWN_NAME = LONG_NAME + r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"


def create(cloud, **settings):
    settings = {
        "FunctionName": "work",
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": {"ZipFile": archive(ECHO)},
    } | settings
    return cloud.client("lambda").create_function(**settings)


def broken(value, name, constraint):
    return f"Value '{value}' at '{name}' failed to satisfy constraint: {constraint}"


@pytest.mark.parametrize(
    "name",
    [
        "my-function!",
        "*",
        "an-account:function:work",
        "arn:aws:lambda:nowhere:123456789012:function:work",
        "arn:aws:lambda::123456789012:function:work",
        "arn:aws:lambda:us-east-1::function:work",
        "arn:aws:ec2:us-east-1:123456789012:instance:i-1",
        "function:work:$LATEST:extra",
        "arn:aws:lambda:us-east-1:123456789012:function:work:$LATES",
    ],
)
@pytest.mark.parametrize("operation", ["get_function", "delete_function", "invoke"])
def test_a_name_that_is_badly_formed_is_told_with_the_pattern(cloud, operation, name):
    """Recorded on AWS, November 2025."""
    wrong = broken(name, "functionName", f"Member must satisfy regular expression pattern: {KNOWN_NAME}")
    assert refused(getattr(cloud.client("lambda"), operation), FunctionName=name) == (
        "ValidationException",
        f"1 validation error detected: {wrong}",
    )


def test_the_name_of_a_new_function_has_a_pattern_of_its_own(cloud):
    """Recorded on AWS, November 2025."""
    wrong = broken("work!", "functionName", f"Member must satisfy regular expression pattern: {NEW_NAME}")
    refusal_ = refused(lambda **_: create(cloud, FunctionName="work!"))
    assert refusal_ == ("ValidationException", f"1 validation error detected: {wrong}")


def test_every_constraint_that_a_new_name_breaks_is_told(cloud):
    """Recorded on AWS, November 2025."""
    name = f"arn:aws:lambda:nowhere:123456789012:function:{'a' * 140}"
    code, message = refused(lambda **_: create(cloud, FunctionName=name))
    assert code == "ValidationException"
    assert message.startswith("2 validation errors detected: ")
    assert broken(name, "functionName", "Member must have length less than or equal to 140") in message
    assert "Member must satisfy regular expression pattern" in message


@pytest.mark.parametrize(
    ("qualifier", "constraint"),
    [
        ("a" * 129, "Member must have length less than or equal to 128"),
        (
            "invalid!",
            r"Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
        ),
    ],
)
@pytest.mark.parametrize("operation", ["get_function", "delete_function", "invoke"])
def test_a_qualifier_is_checked_before_its_function_is_looked_for(cloud, operation, qualifier, constraint):
    """Recorded on AWS, November 2025."""
    call = getattr(cloud.client("lambda"), operation)
    assert refused(call, FunctionName="absent", Qualifier=qualifier) == (
        "ValidationException",
        f"1 validation error detected: {broken(qualifier, 'qualifier', constraint)}",
    )


def test_a_name_and_a_qualifier_must_not_mean_two_versions(cloud):
    """Recorded on AWS, November 2025."""
    answer = refusal(cloud.client("lambda").get_function, FunctionName="work:1", Qualifier="2")
    assert answer["Error"]["Code"] == "InvalidParameterValueException"
    assert answer["Error"]["Message"] == (
        "The derived qualifier from the function name does not match the specified qualifier."
    )
    assert answer["Type"] == "User"


def test_an_item_of_a_list_is_told_with_all_that_items_must_satisfy(cloud):
    """Recorded on AWS, November 2025."""
    layer = f"arn:aws:lambda:{cloud.region}:123456789012:layer:shared"
    create_function(cloud, ECHO)
    functions = cloud.client("lambda")
    code, message = refused(functions.update_function_configuration, FunctionName="work", Layers=[layer])
    pattern = (
        rf"(arn:(aws[a-zA-Z-]*)?:lambda:{REGION}:\d{{12}}:layer:[a-zA-Z0-9-_]+:[0-9]+)"
        "|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
    )
    asked = (
        "[Member must have length less than or equal to 2048, Member must have length greater than or equal "
        f"to 1, Member must satisfy regular expression pattern: {pattern}, Member must not be null]"
    )
    wrong = broken(f"[{layer}]", "layers", f"Member must satisfy constraint: {asked}")
    assert (code, message) == ("ValidationException", f"1 validation error detected: {wrong}")


def test_names_of_variables_are_checked_and_not_repeated(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Environment.html"""
    assert refused(lambda **_: create(cloud, Environment={"Variables": {"1_A": "x"}})) == (
        "ValidationException",
        "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map "
        "keys must satisfy constraint: [Member must satisfy regular expression pattern: "
        "[a-zA-Z]([a-zA-Z0-9_])+]",
    )


@pytest.mark.parametrize(
    ("operation", "arguments", "where", "value", "values"),
    [
        (
            "put_function_recursion_config",
            {"RecursiveLoop": "Maybe"},
            "recursiveLoop",
            "Maybe",
            "[Terminate, Allow]",
        ),
        (
            "create_function_url_config",
            {"AuthType": "NONE", "InvokeMode": "UNKNOWN"},
            "invokeMode",
            "UNKNOWN",
            "[RESPONSE_STREAM, BUFFERED]",
        ),
        (
            "create_event_source_mapping",
            {"EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/s", "StartingPosition": "now"},
            "startingPosition",
            "now",
            "[LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
        ),
        (
            "update_function_configuration",
            {"SnapStart": {"ApplyOn": "always"}},
            "snapStart.applyOn",
            "always",
            "[PublishedVersions, None]",
        ),
    ],
)
def test_a_value_that_is_none_of_a_set_is_told_with_the_set(
    cloud, operation, arguments, where, value, values
):
    """Recorded on AWS, November 2025."""
    call = getattr(cloud.client("lambda"), operation)
    wrong = broken(value, where, f"Member must satisfy enum value set: {values}")
    assert refused(call, FunctionName="work", **arguments) == (
        "ValidationException",
        f"1 validation error detected: {wrong}",
    )


@pytest.mark.parametrize(
    "runtime", ["python3.7", "nodejs14.x", "java8", "go1.x", "ruby2.7", "dotnetcore3.1", "provided"]
)
def test_functions_are_not_made_for_runtimes_that_have_ended(cloud, runtime):
    """Recorded on AWS, November 2025."""
    assert refused(lambda **_: create(cloud, Runtime=runtime)) == (
        "InvalidParameterValueException",
        f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
        "functions. We recommend you use a supported runtime while creating or updating functions.",
    )


@pytest.mark.parametrize("runtime", ["nodejs22.x", "java21", "ruby3.4", "dotnet8", "provided.al2023"])
def test_functions_of_every_runtime_are_kept(cloud, runtime):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""
    assert create(cloud, Runtime=runtime)["Runtime"] == runtime


def test_variables_are_measured_as_json(cloud):
    """Recorded on AWS, November 2025."""
    fitting = "x" * (4096 - len('{"BIG":""}'))
    create(cloud, Environment={"Variables": {"BIG": fitting}})
    variables = {"Variables": {"BIG": fitting + "x"}}
    assert refused(lambda **_: create(cloud, FunctionName="other", Environment=variables)) == (
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment variables you "
        f'have provided exceeded the 4KB limit. String measured: {{"BIG":"{fitting}x"}}',
    )


def test_a_request_to_create_a_function_has_a_limit(cloud):
    """Recorded on AWS, November 2025."""
    variables = {"Variables": {"BIG": "x" * 70_167_211}}
    assert refused(lambda **_: create(cloud, Environment=variables)) == (
        "RequestEntityTooLargeException",
        "Request must be smaller than 70167211 bytes for the CreateFunction operation",
    )
