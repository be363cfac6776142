"""Provisioned concurrency, and how it goes together with reserved concurrency."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import create_function, invoke, refusal, refused

INITIALIZATION = "import os\ndef handler(event, context): return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']"


@pytest.fixture
def functions(cloud):
    create_function(cloud, INITIALIZATION)
    functions = cloud.client("lambda")
    functions.publish_version(FunctionName="work")
    functions.create_alias(FunctionName="work", Name="live", FunctionVersion="1")
    return functions


def provision(functions, qualifier, amount=1):
    return functions.put_provisioned_concurrency_config(
        FunctionName="work", Qualifier=qualifier, ProvisionedConcurrentExecutions=amount
    )


def found(functions, qualifier):
    return functions.get_provisioned_concurrency_config(FunctionName="work", Qualifier=qualifier)


def test_provisioned_concurrency_is_in_progress_and_then_ready(cloud, functions):
    """Recorded on AWS, November 2025."""
    asked = provision(functions, "1", 2)
    assert asked["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert (asked["Status"], asked["AllocatedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 0)
    cloud.advance(600)
    ready = found(functions, "1")
    assert ready["Status"] == "READY"
    assert ready["RequestedProvisionedConcurrentExecutions"] == 2
    assert ready["AllocatedProvisionedConcurrentExecutions"] == 2
    assert ready["AvailableProvisionedConcurrentExecutions"] == 2


def test_an_environment_knows_that_it_was_provisioned(cloud, functions):
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    provision(functions, "live")
    cloud.advance(600)
    kinds = [invoke(cloud, Qualifier=each)[0] for each in ("1", "live", "$LATEST")]
    assert kinds == ["provisioned-concurrency", "provisioned-concurrency", "on-demand"]


def test_provisioned_concurrency_that_was_deleted_is_not_found(functions):
    """Recorded on AWS, November 2025."""
    provision(functions, "1")
    functions.delete_provisioned_concurrency_config(FunctionName="work", Qualifier="1")
    answer = refusal(functions.get_provisioned_concurrency_config, FunctionName="work", Qualifier="1")
    assert answer["Error"] == {
        "Code": "ProvisionedConcurrencyConfigNotFoundException",
        "Message": "No Provisioned Concurrency Config found for this function",
    }
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (
            "1",
            "live",
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
        ),
        ("live", "1", "Version is pointed by a Provisioned Concurrency alias"),
    ],
)
def test_a_version_is_provisioned_itself_or_through_an_alias(functions, first, second, told):
    """Recorded on AWS, November 2025."""
    provision(functions, first)
    assert refused(lambda **_: provision(functions, second)) == ("ResourceConflictException", told)


def test_an_alias_takes_its_provisioned_concurrency_with_it(cloud, functions):
    """Recorded on AWS, November 2025."""
    provision(functions, "live")
    functions.delete_alias(FunctionName="work", Name="live")
    listed = functions.list_provisioned_concurrency_configs(FunctionName="work")
    assert listed["ProvisionedConcurrencyConfigs"] == []
    arn = f"arn:aws:lambda:{cloud.region}:{cloud.account}:function:work:live"
    call = functions.get_provisioned_concurrency_config
    assert refused(call, FunctionName="work", Qualifier="live")[1] == f"Cannot find alias arn: {arn}"


@pytest.mark.clouds("sim", reason="LocalStack's alias has it at its new version at once")
def test_an_alias_that_moves_keeps_what_it_has_until_the_new_is_there(cloud, functions):
    """Recorded on AWS, March 2023."""
    provision(functions, "live", 2)
    cloud.advance(600)
    functions.update_function_configuration(FunctionName="work", Timeout=9)
    version = functions.publish_version(FunctionName="work")["Version"]
    functions.update_alias(FunctionName="work", Name="live", FunctionVersion=version)
    told = found(functions, "live")
    assert (told["Status"], told["AvailableProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 2)


def test_only_what_is_published_can_be_provisioned(functions):
    """https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"""
    assert refused(lambda **_: provision(functions, "$LATEST")) == (
        "InvalidParameterValueException",
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
    )


def test_a_reservation_is_not_below_what_is_provisioned(functions):
    """Recorded on AWS, November 2025."""
    provision(functions, "1", 2)
    call = functions.put_function_concurrency
    answer = refusal(call, FunctionName="work", ReservedConcurrentExecutions=1)
    assert answer["Error"]["Message"] == (
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency "
        "[2]."
    )
    assert "Type" not in answer


def test_what_is_provisioned_is_not_above_the_reservation(functions):
    """Recorded on AWS, November 2025."""
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=2)
    assert refused(lambda **_: provision(functions, "1", 3)) == (
        "InvalidParameterValueException",
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
        "function",
    )


def test_what_is_provisioned_leaves_that_much_less_of_the_reservation(cloud, functions):
    """Recorded on AWS, November 2025."""
    provision(functions, "1", 2)
    cloud.advance(600)
    functions.put_function_concurrency(FunctionName="work", ReservedConcurrentExecutions=2)
    answer = refusal(functions.invoke, FunctionName="work")
    assert answer["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
    assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert invoke(cloud, Qualifier="1")[0] == "provisioned-concurrency"


def test_what_is_provisioned_is_taken_from_what_the_account_has(functions):
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""
    provision(functions, "1", 5)
    limits = functions.get_account_settings()["AccountLimit"]
    assert limits["UnreservedConcurrentExecutions"] == limits["ConcurrentExecutions"] - 5
