"""Functions that keep tenants apart.

https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.http_helpers import rest_of
from tests.conformance.lambda_helpers import create_function, create_queue, invoke, messages

pytestmark = [
    pytest.mark.clouds("sim", reason="LocalStack keeps no tenants apart"),
    pytest.mark.filterwarnings("ignore::harness.plugin.NoInvariantWarning"),
]

COUNTS = """
    counted = []

    def handler(event, context):
        counted.append(event)
        return [context.tenant_id, len(counted)]
"""
PER_TENANT = {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}


def test_each_tenant_has_environments_of_its_own(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-configure.html"""
    create_function(cloud, COUNTS, **PER_TENANT)
    answers = [invoke(cloud, {}, TenantId=tenant)[0] for tenant in ("blue", "green", "blue")]
    assert answers == [["blue", 1], ["green", 1], ["blue", 2]]


def test_the_configuration_tells_the_mode(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_TenancyConfig.html"""
    create_function(cloud, COUNTS, **PER_TENANT)
    told = cloud.client("lambda").get_function_configuration(FunctionName="work")
    assert told["TenancyConfig"] == PER_TENANT["TenancyConfig"]


@pytest.mark.parametrize("how", ["RequestResponse", "Event"])
def test_an_invocation_without_a_tenant_is_refused(cloud, how):
    """https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html"""
    create_function(cloud, COUNTS, **PER_TENANT)
    with pytest.raises(ClientError, match="Add a valid tenant ID") as refused:
        invoke(cloud, {}, InvocationType=how)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_a_tenant_for_a_function_that_keeps_none_apart_is_refused(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html"""
    create_function(cloud, COUNTS)
    with pytest.raises(ClientError, match="Remove the tenant ID"):
        invoke(cloud, {}, TenantId="blue")


def test_an_event_keeps_its_tenant_through_the_queue_and_retries(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html"""
    url, _ = create_queue(cloud, "seen")
    source = """
        def handler(event, context):
            tell(context.tenant_id)
            raise ValueError("again")
    """
    create_function(cloud, source, seen=url, **PER_TENANT)
    invoke(cloud, {}, TenantId="blue", InvocationType="Event")
    cloud.advance(90)
    assert [json.loads(message["Body"]) for message in messages(cloud, url)] == ["blue", "blue"]


def test_an_api_names_the_tenant_by_a_header(cloud, tmp_path):
    """https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke-api-gateway.html"""
    function = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": "def handler(event, context): return {'body': context.tenant_id}",
            **PER_TENANT,
        },
    }
    by_header = {"integration.request.header.X-Amz-Tenant-Id": "method.request.header.x-tenant"}
    app = rest_of(cloud, tmp_path, invoking("F", RequestParameters=by_header), resources={"F": function})
    api = app.api("Api")
    assert api.post("/work", headers={"x-tenant": "blue"}).text == "blue"
    assert api.post("/work").status_code == 500


def invoking(function, **integration):
    """A proxy integration of a function."""
    path = f"lambda:path/2015-03-31/functions/${{{function}.Arn}}/invocations"
    uri = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:" + path}
    return {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri, **integration}
