"""Authorizers, API keys, usage plans, limits, checks of requests and gateway responses of APIs."""

from __future__ import annotations

import json

import pytest

from tests.conformance.http_helpers import ECHO, deploy

pytestmark = [
    pytest.mark.clouds("sim", reason="only the simulator has HTTP in front of an app"),
    pytest.mark.filterwarnings("ignore::harness.plugin.NoInvariantWarning"),
]

GUARD = """
def handler(event, context):
    token = event.get('authorizationToken') or event['headers']['Authorization']
    if token == 'broken':
        raise ValueError('no')
    if token == 'nobody':
        raise Exception('Unauthorized')
    effect = 'Allow' if token.startswith('yes') else 'Deny'
    statement = {'Action': 'execute-api:Invoke', 'Effect': effect, 'Resource': event['methodArn']}
    context = {'who': token, 'type': event['type']}
    policy = {'Version': '2012-10-17', 'Statement': [statement]}
    return {'principalId': 'p', 'policyDocument': policy, 'context': context}
"""
SIMPLE = """
def handler(event, context):
    token = event['identitySource'][0]
    return {'isAuthorized': token == 'yes', 'context': {'who': token}}
"""


def guarded(cloud, folder, auth, code=GUARD, kind="Api", *, timeout=3, **api):
    """An API of this kind whose default authorizer is the function Guard."""
    guard = {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "InlineCode": code,
            "Timeout": timeout,
        },
    }
    given = auth if "JwtConfiguration" in auth else {"FunctionArn": {"Fn::GetAtt": "Guard.Arn"}, **auth}
    properties = {"Auth": {"DefaultAuthorizer": "Asked", "Authorizers": {"Asked": given}}, **api}
    if kind == "Api":
        properties["StageName"] = "prod"
    resources = {"Guard": guard, "Front": {"Type": f"AWS::Serverless::{kind}", "Properties": properties}}
    reference = {"RestApiId" if kind == "Api" else "ApiId": {"Ref": "Front"}}
    events = {"E": {"Type": kind, "Properties": {"Path": "/work", "Method": "get", **reference}}}
    return deploy(cloud, folder, ECHO, resources=resources, Events=events)


def ask(app, token=None):
    return app.api("Front").get("/work", headers={} if token is None else {"Authorization": token})


def runs_of(app, function):
    return sum(event.subject == function for event in app.history().of("invocation"))


def test_a_token_authorizer_lets_in_whom_its_policy_allows(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html"""
    app = guarded(cloud, tmp_path, {})
    event = ask(app, "yes").json()
    assert event["requestContext"]["authorizer"] == {"principalId": "p", "who": "yes", "type": "TOKEN"}


@pytest.mark.parametrize(
    ("token", "status", "told"),
    [
        (None, 401, {"message": "Unauthorized"}),
        ("nobody", 401, {"message": "Unauthorized"}),
        ("no", 403, {"Message": "User is not authorized to access this resource with an explicit deny"}),
        ("broken", 500, {"message": None}),
    ],
    ids=["no token", "the function says Unauthorized", "denied", "the function fails"],
)
def test_a_token_authorizer_turns_others_away(cloud, tmp_path, token, status, told):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    app = guarded(cloud, tmp_path, {})
    answer = ask(app, token)
    assert (answer.status_code, answer.json()) == (status, told)
    assert runs_of(app, "F") == 0
    assert runs_of(app, "Guard") == (token is not None)


def test_an_authorizer_of_requests_gets_the_request(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html"""
    auth = {"FunctionPayloadType": "REQUEST", "Identity": {"Headers": ["authorization"]}}
    app = guarded(cloud, tmp_path, auth)
    assert ask(app, "yes").json()["requestContext"]["authorizer"]["type"] == "REQUEST"
    assert ask(app).status_code == 401


def test_the_answer_of_an_authorizer_is_remembered_for_five_minutes(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html"""
    app = guarded(cloud, tmp_path, {})
    asked = [ask(app, "yes-1"), ask(app, "yes-1"), ask(app, "yes-2")]
    assert [answer.status_code for answer in asked] == [200] * 3
    assert runs_of(app, "Guard") == 2
    app.advance(seconds=301)
    ask(app, "yes-1")
    assert runs_of(app, "Guard") == 3


def test_an_http_api_has_authorizers_that_say_yes_or_no(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html"""
    auth = {
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "Identity": {"Headers": ["Authorization"]},
    }
    app = guarded(cloud, tmp_path, auth, SIMPLE, "HttpApi")
    assert ask(app, "yes").json()["requestContext"]["authorizer"] == {"lambda": {"who": "yes"}}
    answers = [ask(app, "no"), ask(app)]
    assert [(each.status_code, each.json()["message"]) for each in answers] == [
        (403, "Forbidden"),
        (401, "Unauthorized"),
    ]


def test_nobody_is_asked_where_the_test_says_who_the_client_is(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html"""
    app = guarded(cloud, tmp_path, {})
    event = app.api("Front").get("/work", authorizer={"who": "Ada"}).json()
    assert event["requestContext"]["authorizer"] == {"who": "Ada"}
    assert runs_of(app, "Guard") == 0


def test_a_jwt_authorizer_lets_everybody_in(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"""
    jwt = {
        "IdentitySource": "$request.header.Authorization",
        "JwtConfiguration": {"issuer": "https://id.example.com", "audience": ["a"]},
    }
    app = guarded(cloud, tmp_path, jwt, kind="HttpApi")
    claims = {"jwt": {"claims": {"sub": "u-1"}}}
    event = app.api("Front").get("/work", authorizer=claims).json()
    assert event["requestContext"]["authorizer"] == claims


def keyed(cloud, folder, **plan):
    """An API whose method needs a key, with a usage plan."""
    auth = {"ApiKeyRequired": True, "UsagePlan": {"CreateUsagePlan": "PER_API", **plan}}
    front = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", "Auth": auth}}
    events = {
        "E": {"Type": "Api", "Properties": {"Path": "/work", "Method": "get", "RestApiId": {"Ref": "Front"}}}
    }
    app = deploy(cloud, folder, ECHO, resources={"Front": front}, Events=events)
    [key] = app.client("apigateway").get_api_keys(includeValues=True)["items"]
    return app.api("Front"), {"x-api-key": key["value"]}


def test_a_method_that_needs_a_key_refuses_requests_without_one(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html"""
    api, headers = keyed(cloud, tmp_path)
    assert api.get("/work", headers=headers).status_code == 200
    for wrong in ({}, {"x-api-key": "another"}):
        answer = api.get("/work", headers=wrong)
        assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_a_quota_is_for_a_day_of_virtual_time(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html"""
    api, headers = keyed(cloud, tmp_path, Quota={"Limit": 2, "Period": "DAY"})
    answers = [api.get("/work", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json() == {"message": "Limit Exceeded"}
    cloud.advance(86_400)
    assert api.get("/work", headers=headers).status_code == 200


def test_a_usage_plan_limits_the_rate(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"""
    api, headers = keyed(cloud, tmp_path, Throttle={"RateLimit": 0.1, "BurstLimit": 1})
    answers = [api.get("/work", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[-1].json() == {"message": "Too Many Requests"}
    cloud.advance(10)
    assert api.get("/work", headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["Api", "HttpApi"])
def test_a_stage_limits_the_rate(cloud, tmp_path, kind):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"""
    limit = {"ThrottlingRateLimit": 0.1, "ThrottlingBurstLimit": 1}
    if kind == "Api":
        settings = [{"ResourcePath": "/*", "HttpMethod": "*", **limit}]
        properties = {"StageName": "prod", "MethodSettings": settings}
    else:
        properties = {"DefaultRouteSettings": limit}
    front = {"Type": f"AWS::Serverless::{kind}", "Properties": properties}
    reference = {"RestApiId" if kind == "Api" else "ApiId": {"Ref": "Front"}}
    events = {"E": {"Type": kind, "Properties": {"Path": "/work", "Method": "get", **reference}}}
    app = deploy(cloud, tmp_path, ECHO, resources={"Front": front}, Events=events)
    assert [ask(app).status_code for _ in range(2)] == [200, 429]
    app.advance(seconds=10)
    assert ask(app).status_code == 200


SCHEMA = {"type": "object", "required": ["order"], "properties": {"order": {"type": "string"}}}


def checked(cloud, folder, *, definition=None, **api):
    """An API that checks the body and the parameters of POST /work."""
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"
    operation = {
        "parameters": [{"name": "page", "in": "query", "required": True}],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
        "x-amazon-apigateway-request-validator": "all",
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": {"Fn::Sub": uri},
        },
    }
    document = {
        "openapi": "3.0.1",
        "info": {"title": "orders"},
        "paths": {"/work": {"post": operation}},
        "components": {"schemas": {"Order": SCHEMA}},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        **(definition or {}),
    }
    front = {
        "Type": "AWS::Serverless::Api",
        "Properties": {"StageName": "prod", "DefinitionBody": document, **api},
    }
    return deploy(cloud, folder, ECHO, resources={"Front": front})


@pytest.mark.parametrize(
    ("path", "sent", "status", "told"),
    [
        ("/work?page=1", {"order": "o-1"}, 200, None),
        ("/work?page=1", {"order": 1}, 400, "Invalid request body"),
        ("/work?page=1", [], 400, "Invalid request body"),
        ("/work", {"order": "o-1"}, 400, "Missing required request parameters: [page]"),
    ],
    ids=["all is there", "of another type", "of another shape", "no parameter"],
)
def test_a_validator_checks_body_and_parameters(cloud, tmp_path, path, sent, status, told):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html"""
    app = checked(cloud, tmp_path)
    answer = app.api("Front").post(path, json=sent)
    assert (answer.status_code, answer.json().get("message")) == (status, told)
    assert runs_of(app, "F") == (status == 200)


def test_a_validator_and_a_model_are_resources_too(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html"""
    api = {"RestApiId": {"Ref": "Front"}}
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"
    integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": uri}}
    resources = {
        "Front": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
        "Order": {"Type": "AWS::ApiGateway::Model", "Properties": {**api, "Name": "Order", "Schema": SCHEMA}},
        "Bodies": {
            "Type": "AWS::ApiGateway::RequestValidator",
            "Properties": {**api, "ValidateRequestBody": True},
        },
        "Post": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                **api,
                "ResourceId": {"Fn::GetAtt": "Front.RootResourceId"},
                "HttpMethod": "POST",
                "RequestValidatorId": {"Ref": "Bodies"},
                "RequestModels": {"application/json": {"Ref": "Order"}},
                "Integration": integration,
            },
        },
        "Made": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {**api, "StageName": "prod"},
            "DependsOn": "Post",
        },
    }
    front = deploy(cloud, tmp_path, ECHO, resources=resources).api("Front")
    assert [front.post("/", json=sent).status_code for sent in ({"order": "o-1"}, {})] == [200, 400]


def test_what_an_api_answers_by_itself_is_its_owners_choice(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html"""
    own = {
        "BAD_REQUEST_BODY": {
            "statusCode": 422,
            "responseTemplates": {"application/json": '{"why": $context.error.messageString}'},
        },
        "DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}},
    }
    app = checked(cloud, tmp_path, definition={"x-amazon-apigateway-gateway-responses": own})
    front = app.api("Front")
    answer = front.post("/work?page=1", json={})
    assert (answer.status_code, answer.json()) == (422, {"why": "Invalid request body"})
    answer = front.get("/elsewhere")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (403, "*")


@pytest.mark.parametrize("where", ["a path", "an address on S3"])
def test_a_document_may_be_a_file(cloud, tmp_path, where):
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html"""
    integration = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    integration["responses"] = {"default": {"statusCode": "204"}}
    operation = {"x-amazon-apigateway-integration": integration}
    document = {"openapi": "3.0.1", "info": {"title": "a"}, "paths": {"/work": {"get": operation}}}
    (tmp_path / "api.json").write_text(json.dumps(document))
    uri = "api.json" if where == "a path" else {"Bucket": "made", "Key": "some/api.json"}
    properties = {"StageName": "prod", "DefinitionUri": uri}
    front = {"Type": "AWS::Serverless::Api", "Properties": properties}
    app = deploy(cloud, tmp_path, resources={"Front": front})
    assert app.api("Front").get("/work").status_code == 204


def test_an_http_api_waits_ten_seconds_for_an_authorizer(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
    code = "import time\ndef handler(event, context):\n  time.sleep(20)\n  return {'isAuthorized': True}"
    auth = {
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "Identity": {"Headers": ["Authorization"]},
    }
    app = guarded(cloud, tmp_path, auth, code, "HttpApi", timeout=60)
    before = cloud.elapsed
    assert ask(app, "yes").status_code == 500
    assert 10 <= cloud.elapsed - before < 11
    assert runs_of(app, "F") == 0
