"""REST APIs that are made call by call, and deployed."""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from harness.sim.patches.network import NetworkRefused
from tests.conformance.http_helpers import ECHO
from tests.conformance.lambda_helpers import create_function

pytestmark = pytest.mark.clouds("sim", reason="only the simulator has HTTP in front of an app")


@pytest.fixture
def gateway(cloud):
    return cloud.client("apigateway")


def method(gateway, api, path, integration, *, verb="POST", **settings):
    """A method at a path below the root of an API."""
    [root] = [each for each in gateway.get_resources(restApiId=api)["items"] if each["path"] == "/"]
    resource = gateway.create_resource(restApiId=api, parentId=root["id"], pathPart=path)["id"]
    place = {"restApiId": api, "resourceId": resource, "httpMethod": verb}
    gateway.put_method(**place, authorizationType="NONE", **settings)
    gateway.put_integration(**place, integrationHttpMethod="POST", **integration)
    return place


def to_function(cloud, arn):
    uri = f"arn:aws:apigateway:{cloud.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"type": "AWS_PROXY", "uri": uri}


def address(cloud, api, path, stage="prod"):
    return f"https://{api}.execute-api.{cloud.region}.amazonaws.com/{stage}{path}"


@pytest.fixture
def api(cloud, gateway):
    """The id of an API with a method for a function, that is not deployed."""
    arn = create_function(cloud, ECHO)
    made = gateway.create_rest_api(name="shop")["id"]
    method(gateway, made, "orders", to_function(cloud, arn))
    return made


def test_a_deployed_api_answers(cloud, gateway, api):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html"""
    gateway.create_deployment(restApiId=api, stageName="prod", variables={"color": "red"})
    with urlopen(Request(address(cloud, api, "/orders"), data=b"hi", method="POST")) as answer:
        event = json.load(answer)
    assert (event["path"], event["body"], event["stageVariables"]) == ("/orders", "hi", {"color": "red"})


def test_a_change_is_not_seen_before_it_is_deployed(cloud, gateway, api):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html"""
    gateway.create_deployment(restApiId=api, stageName="prod")
    mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    place = method(gateway, api, "health", mock, verb="GET")
    gateway.put_integration_response(**place, statusCode="200", responseTemplates={"application/json": "ok"})
    with pytest.raises(HTTPError) as refused:
        urlopen(address(cloud, api, "/health"))
    assert refused.value.code == 403
    gateway.create_deployment(restApiId=api, stageName="prod")
    with urlopen(address(cloud, api, "/health")) as answer:
        assert answer.read() == b"ok"


def test_a_deployment_has_the_stages_that_are_made_of_it(cloud, gateway, api):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-stages.html"""
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="beta", deploymentId=deployment)
    with urlopen(Request(address(cloud, api, "/orders", "beta"), data=b"", method="POST")) as answer:
        assert answer.status == 200
    gateway.delete_stage(restApiId=api, stageName="beta")
    with pytest.raises(HTTPError):
        urlopen(Request(address(cloud, api, "/orders", "beta"), data=b"", method="POST"))


def test_an_api_key_is_asked_for_where_a_method_needs_one(cloud, gateway, api):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html"""
    arn = cloud.client("lambda").get_function(FunctionName="work")["Configuration"]["FunctionArn"]
    method(gateway, api, "secret", to_function(cloud, arn), apiKeyRequired=True)
    gateway.create_deployment(restApiId=api, stageName="prod")
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(address(cloud, api, "/secret"), data=b"", method="POST"))
    assert refused.value.code == 403


def http_api(cloud, arn, **how):
    """The id of an HTTP API with a route for a function."""
    gateway = cloud.client("apigatewayv2")
    api = gateway.create_api(Name="shop", ProtocolType="HTTP", **how)["ApiId"]
    part = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="GET /orders/{id}", Target=f"integrations/{part}")
    return api


def test_an_http_api_answers_at_a_stage_that_deploys_by_itself(cloud):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html"""
    api = http_api(cloud, create_function(cloud, ECHO))
    cloud.client("apigatewayv2").create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    with urlopen(f"https://{api}.execute-api.{cloud.region}.amazonaws.com/orders/1") as answer:
        event = json.load(answer)
    assert (event["rawPath"], event["pathParameters"]) == ("/orders/1", {"id": "1"})


def test_another_stage_of_an_http_api_has_what_was_deployed(cloud):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html"""
    gateway, api = cloud.client("apigatewayv2"), http_api(cloud, create_function(cloud, ECHO))
    gateway.create_stage(ApiId=api, StageName="beta")
    with pytest.raises(NetworkRefused):
        urlopen(address(cloud, api, "/orders/1", "beta"))
    gateway.create_deployment(ApiId=api, StageName="beta")
    with urlopen(address(cloud, api, "/orders/1", "beta")) as answer:
        assert answer.status == 200


def test_an_http_api_is_made_of_its_target_alone(cloud):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop.html"""
    target = create_function(cloud, ECHO)
    made = cloud.client("apigatewayv2").create_api(Name="shop", ProtocolType="HTTP", Target=target)
    with urlopen(f"{made['ApiEndpoint']}/anything") as answer:
        assert json.load(answer)["routeKey"] == "$default"
