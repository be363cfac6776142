"""REST APIs and HTTP APIs of API Gateway, and URLs of functions: routes, events and answers."""

from __future__ import annotations

import pytest

from harness import Unsupported, faults
from tests.conformance.http_helpers import ECHO, deploy, http, rest, returning

pytestmark = [
    pytest.mark.clouds("sim", reason="only the simulator has HTTP in front of functions"),
    pytest.mark.filterwarnings("ignore::harness.plugin.NoInvariantWarning"),
]

SLOW = "def handler(event, context):\n  import time\n  time.sleep(50)\n  return {'statusCode': 200}"
FAILING = "def handler(event, context): raise ValueError('no')"


def test_a_rest_api_gives_the_function_an_event_of_format_1(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    api = rest(cloud, tmp_path)
    event = api.post("/work?n=1&n=2", json={"order": 1}, headers={"X-Who": ["a", "b"]}).json()
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/work", "/work", "POST")
    assert event["queryStringParameters"] == {"n": "2"}
    assert event["multiValueQueryStringParameters"] == {"n": ["1", "2"]}
    assert (event["headers"]["X-Who"], event["multiValueHeaders"]["X-Who"]) == ("b", ["a", "b"])
    assert (event["body"], event["isBase64Encoded"]) == ('{"order": 1}', False)
    assert (event["pathParameters"], event["stageVariables"]) == (None, None)
    context = event["requestContext"]
    assert (context["stage"], context["path"], context["resourcePath"]) == ("prod", "/prod/work", "/work")
    assert "version" not in event


def test_an_http_api_gives_the_function_an_event_of_format_2(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    api = http(cloud, tmp_path)
    headers = {"X-Who": ["a", "b"], "Cookie": "one=1; two=2"}
    event = api.post("/work?n=1&n=2", json={"order": 1}, headers=headers).json()
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "ANY /work", "/work")
    assert (event["rawQueryString"], event["queryStringParameters"]) == ("n=1&n=2", {"n": "1,2"})
    assert (event["headers"]["x-who"], event["cookies"]) == ("a,b", ["one=1", "two=2"])
    assert event["requestContext"]["http"]["method"] == "POST"
    assert event["requestContext"]["stage"] == "$default"
    assert (event["body"], event["isBase64Encoded"]) == ('{"order": 1}', False)
    assert not {"pathParameters", "stageVariables"} & set(event)


def test_the_url_of_a_function_gives_it_an_event_of_format_2(cloud, tmp_path):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"""
    app = deploy(cloud, tmp_path, FunctionUrlConfig={"AuthType": "NONE"})
    event = app.function("F").url.get("/any/where?x=1").json()
    assert (event["routeKey"], event["rawPath"]) == ("$default", "/any/where")
    assert event["requestContext"]["domainName"].endswith(".lambda-url.us-east-1.on.aws")


@pytest.mark.parametrize("make", [rest, http])
def test_the_most_specific_path_wins(cloud, tmp_path, make):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
    api = make(cloud, tmp_path, ECHO, "/a/{id}", "/a/new", "/a/{rest+}")
    event = api.get("/a/new").json()
    assert event.get("pathParameters") is None
    assert api.get("/a/7%20b").json()["pathParameters"] == {"id": "7 b"}
    assert api.get("/a/7/items/8").json()["pathParameters"] == {"rest": "7/items/8"}


def test_a_rest_api_refuses_what_no_route_takes(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    api = rest(cloud, tmp_path, ECHO, method="post")
    answers = [api.get("/work"), api.post("/elsewhere")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == {"message": "Missing Authentication Token"}


def test_an_http_api_refuses_what_no_route_takes(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
    api = http(cloud, tmp_path, ECHO, method="post")
    answers = [api.get("/work"), api.post("/elsewhere")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == {"message": "Not Found"}


def test_the_default_route_takes_what_no_other_does(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
    app = deploy(cloud, tmp_path, Events={"All": {"Type": "HttpApi"}})
    assert app.api("ServerlessHttpApi").put("/any/where").json()["routeKey"] == "$default"


def test_a_method_of_its_own_comes_before_any(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html"""
    events = {
        "One": {"Type": "HttpApi", "Properties": {"Path": "/work", "Method": "ANY"}},
        "Other": {"Type": "HttpApi", "Properties": {"Path": "/work", "Method": "GET"}},
    }
    api = deploy(cloud, tmp_path, Events=events).api("ServerlessHttpApi")
    assert [api.get("/work").json()["routeKey"], api.put("/work").json()["routeKey"]] == [
        "GET /work",
        "ANY /work",
    ]


def test_sam_s_implicit_api_has_the_stage_prod(cloud, tmp_path):
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html"""
    events = {"Asked": {"Type": "Api", "Properties": {"Path": "/work", "Method": "get"}}}
    api = deploy(cloud, tmp_path, Events=events).api("ServerlessRestApi")
    assert api.get("/work").json()["requestContext"]["stage"] == "Prod"
    with pytest.raises(LookupError, match=r"there is no stage 'test': it has Stage, Prod"):
        api.get("/work", stage="test")


def test_stage_variables_reach_the_function(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html"""
    api = rest(cloud, tmp_path, Variables={"table": "orders"})
    assert api.get("/work").json()["stageVariables"] == {"table": "orders"}


def test_binary_bodies_are_base64_for_the_media_types_that_a_rest_api_names(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html"""
    api = rest(cloud, tmp_path, BinaryMediaTypes=["image~1*"])
    event = api.post("/work", body=b"\x00\xff", headers={"Content-Type": "image/png"}).json()
    assert (event["body"], event["isBase64Encoded"]) == ("AP8=", True)
    event = api.post("/work", body="hello", headers={"Content-Type": "text/plain"}).json()
    assert (event["body"], event["isBase64Encoded"]) == ("hello", False)


def test_a_base64_body_goes_out_as_bytes(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    answer = {"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}
    assert http(cloud, tmp_path, returning(answer)).get("/work").content == b"\x00\xff"


def test_headers_and_headers_with_many_values_come_together(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"""
    given = {"statusCode": 200, "headers": {"A": "1"}, "multiValueHeaders": {"B": ["2", "3"]}}
    answer = rest(cloud, tmp_path, returning(given)).get("/work")
    assert [pair for pair in answer.pairs if pair[0] in "AB"] == [("A", "1"), ("B", "2"), ("B", "3")]


def test_cookies_of_format_2_become_headers(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    answer = http(cloud, tmp_path, returning({"statusCode": 204, "cookies": ["a=1", "b=2"]})).get("/work")
    assert [value for name, value in answer.pairs if name == "set-cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize("given", [{"order": 1}, "hello", [1, 2]])
def test_format_2_takes_an_answer_without_a_status_for_the_body(cloud, tmp_path, given):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    answer = http(cloud, tmp_path, returning(given)).get("/work")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert (answer.text if isinstance(given, str) else answer.json()) == given


@pytest.mark.parametrize(
    "given", ["hello", {"order": 1}, {"statusCode": 200, "body": {"a": 1}}, {"statusCode": "many"}]
)
def test_a_malformed_answer_is_a_502_of_a_rest_api(cloud, tmp_path, given):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html"""
    answer = rest(cloud, tmp_path, returning(given)).get("/work")
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})


def test_a_function_that_fails_is_a_502_of_a_rest_api(cloud, tmp_path):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html"""
    answer = rest(cloud, tmp_path, FAILING).get("/work")
    assert (answer.status_code, answer.json()) == (502, {"message": "Internal server error"})


def test_an_invocation_that_lambda_rejects_is_a_500_of_a_rest_api(cloud, tmp_path):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html"""
    api = rest(cloud, tmp_path)
    cloud.inject(faults.throttle_invocation("F"))
    assert [api.get("/work").status_code, api.get("/work").status_code] == [500, 200]


def test_a_function_that_fails_is_a_500_of_an_http_api(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html"""
    answer = http(cloud, tmp_path, FAILING).get("/work")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_url_says_429_for_a_throttled_function_and_502_for_one_that_fails(cloud, tmp_path):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html"""
    url = deploy(cloud, tmp_path, FAILING, FunctionUrlConfig={"AuthType": "NONE"}).function("F").url
    cloud.inject(faults.throttle_invocation("F"))
    assert [url.get("/").status_code, url.get("/").status_code] == [429, 502]


@pytest.mark.parametrize(("make", "seconds", "status"), [(rest, 29, 504), (http, 30, 503)])
def test_an_api_waits_for_so_long_and_the_function_runs_on(cloud, tmp_path, make, seconds, status):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    api, before = make(cloud, tmp_path, SLOW), cloud.elapsed
    assert api.get("/work").status_code == status
    assert seconds <= cloud.elapsed - before < seconds + 0.1
    cloud.settle()
    [ended] = cloud.history().of("invocation-ended")
    assert ended.data["outcome"] == "ok"


def test_an_http_api_answers_preflights_by_itself(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    cors = {"AllowOrigins": ["https://shop.example.com"], "AllowMethods": ["GET"], "MaxAge": 60}
    api = http(cloud, tmp_path, CorsConfiguration=cors)
    asking = {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "GET"}
    answer = api.request("OPTIONS", "/work", headers=asking)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example.com"
    assert answer.headers["access-control-allow-methods"] == "GET"
    assert cloud.history().of("invocation") == []


def test_an_http_api_ignores_the_function_s_headers_of_cors(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    given = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://mine.example.com"}}
    api = http(cloud, tmp_path, returning(given), CorsConfiguration={"AllowOrigins": ["*"]})
    answer = api.get("/work", headers={"Origin": "https://any.example.com"})
    assert answer.headers["access-control-allow-origin"] == "*"


def test_sam_s_cors_of_a_rest_api_is_an_integration_that_answers_by_itself(cloud, tmp_path):
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-corsconfiguration.html"""
    answer = rest(cloud, tmp_path, ECHO, method="get", Cors="'*'").request("OPTIONS", "/work")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    assert answer.headers["access-control-allow-methods"] == "GET,OPTIONS"


def test_api_gateway_does_not_invoke_again(cloud, tmp_path):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html"""
    rest(cloud, tmp_path, FAILING).post("/work", json={"order": 1})
    cloud.settle()
    assert len(cloud.history().of("invocation")) == 1


def test_nothing_invokes_a_function_twice_for_one_request(cloud, tmp_path):
    """https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html"""
    rest(cloud, tmp_path)
    with pytest.raises(Unsupported, match="an API passes a request on once; answer_lost on the request"):
        cloud.inject(faults.redeliver("Front", "F"))


def test_resources_and_methods_written_one_by_one_are_the_same(cloud, tmp_path):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-method.html"""
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"
    api = {"RestApiId": {"Ref": "Front"}}
    resources = {
        "Front": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "front"}},
        "Work": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                **api,
                "ParentId": {"Fn::GetAtt": ["Front", "RootResourceId"]},
                "PathPart": "{proxy+}",
            },
        },
        "Any": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                **api,
                "ResourceId": {"Ref": "Work"},
                "HttpMethod": "ANY",
                "AuthorizationType": "NONE",
                "Integration": {
                    "Type": "AWS_PROXY",
                    "IntegrationHttpMethod": "POST",
                    "Uri": {"Fn::Sub": uri},
                },
            },
        },
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {**api, "StageName": "v1"},
            "DependsOn": "Any",
        },
    }
    event = deploy(cloud, tmp_path, resources=resources).api("Front").get("/a/b").json()
    assert (event["resource"], event["pathParameters"]) == ("/{proxy+}", {"proxy": "a/b"})


def test_routes_and_integrations_written_one_by_one_are_the_same(cloud, tmp_path):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-route.html"""
    api = {"ApiId": {"Ref": "Front"}}
    proxy = {"IntegrationType": "AWS_PROXY", "IntegrationUri": {"Fn::GetAtt": ["F", "Arn"]}}
    resources = {
        "Front": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "front", "ProtocolType": "HTTP"}},
        "ToF": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {**api, **proxy, "PayloadFormatVersion": "1.0"},
        },
        "Get": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {**api, "RouteKey": "GET /work", "Target": {"Fn::Sub": "integrations/${ToF}"}},
        },
        "Live": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {**api, "StageName": "live"}},
    }
    event = deploy(cloud, tmp_path, resources=resources).api("Front").get("/work").json()
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "/work", "/live/work")


def test_a_client_whom_an_authorizer_let_in_is_told_by_the_test(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html"""
    event = rest(cloud, tmp_path).get("/work", authorizer={"principalId": "jo"}).json()
    assert event["requestContext"]["authorizer"] == {"principalId": "jo"}
