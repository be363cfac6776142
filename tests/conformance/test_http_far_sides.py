"""APIs in front of functions without a proxy, of addresses outside, and of operations of services."""

from __future__ import annotations

import json

import pytest

from harness import Unsupported, faults
from tests.conformance.http_helpers import ECHO, deploy, rest_of

pytestmark = [
    pytest.mark.clouds("sim", reason="only the simulator has HTTP in front of an app"),
    pytest.mark.filterwarnings("ignore::harness.plugin.NoInvariantWarning"),
]

FUNCTION = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"
QUEUE = {"Work": {"Type": "AWS::SQS::Queue"}}


def function(code):
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"ZipFile": code},
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Role": "arn:aws:iam::123456789012:role/r",
        },
    }


def custom(cloud, folder, code, **integration):
    given = {"Type": "AWS", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": FUNCTION}, **integration}
    return rest_of(cloud, folder, given, resources={"F": function(code)})


def http_api(cloud, folder, integration, route="POST /work", **resources):
    """An HTTP API with one route to this integration."""
    api = {"ApiId": {"Ref": "Api"}}
    made = {
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "a", "ProtocolType": "HTTP"}},
        "Far": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {**api, **integration}},
        "Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {**api, "RouteKey": route, "Target": {"Fn::Sub": "integrations/${Far}"}},
        },
        "Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {**api, "StageName": "$default"}},
    }
    return deploy(cloud, folder, resources={**made, **resources})


def first_class(subtype, **parameters):
    return {
        "IntegrationType": "AWS_PROXY",
        "IntegrationSubtype": subtype,
        "PayloadFormatVersion": "1.0",
        "RequestParameters": parameters,
    }


def test_a_function_without_a_proxy_gets_the_body_and_its_answer_is_the_body(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html"""
    template = '{"who": "$input.params(\'who\')", "sent": $input.json(\'$\')}'
    app = custom(
        cloud,
        tmp_path,
        "def handler(event, context): return {'got': event}",
        RequestTemplates={"application/json": template},
        IntegrationResponses=[{"StatusCode": 200}],
    )
    answer = app.api("Api").post("/work?who=Ada", json={"order": 1})
    assert answer.json() == {"got": {"who": "Ada", "sent": {"order": 1}}}


def test_an_error_of_a_function_is_matched_by_its_message(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html"""
    app = custom(
        cloud,
        tmp_path,
        "def handler(event, context): raise ValueError('[404] no such order')",
        IntegrationResponses=[{"StatusCode": 200}, {"StatusCode": 404, "SelectionPattern": ".*\\[404\\].*"}],
    )
    answer = app.api("Api").post("/work", json={})
    assert (answer.status_code, answer.json()["errorMessage"]) == (404, "[404] no such order")


def test_a_function_is_invoked_asynchronously_by_a_header(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html"""
    app = custom(
        cloud,
        tmp_path,
        "import time\ndef handler(event, context): time.sleep(2)",
        RequestParameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        IntegrationResponses=[{"StatusCode": 202}],
    )
    assert app.api("Api").post("/work", json={"order": 1}).status_code == 202
    assert not list(app.history().of("invocation-ended"))
    app.settle()
    assert len(list(app.history().of("invocation-ended"))) == 1


def test_a_stub_answers_for_an_address(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html"""
    given = {"Type": "HTTP_PROXY", "IntegrationHttpMethod": "POST", "Uri": "https://pay.example.com/charges"}
    app = rest_of(cloud, tmp_path, given)
    stub = app.stub_http("pay.example.com", (201, {"id": "ch_1"}))
    answer = app.api("Api").post("/work?n=1", json={"total": 3})
    assert (answer.status_code, answer.json()) == (201, {"id": "ch_1"})
    assert [(r.method, r.path, r.json()) for r in stub.requests] == [("POST", "/charges?n=1", {"total": 3})]


def test_an_address_that_nobody_stubs_takes_everything(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html"""
    given = {"Type": "HTTP_PROXY", "IntegrationHttpMethod": "POST", "Uri": "https://pay.example.com/charges"}
    app = rest_of(cloud, tmp_path, given)
    assert app.api("Api").post("/work", json={"total": 3}).status_code == 200
    assert [(sent.endpoint, sent.body) for sent in app.outbox()] == [
        ("https://pay.example.com/charges", '{"total": 3}')
    ]


def test_an_address_that_refuses_the_connection_is_told(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    given = {"Type": "HTTP_PROXY", "IntegrationHttpMethod": "POST", "Uri": "https://pay.example.com/charges"}
    app = rest_of(cloud, tmp_path, given)
    app.stub_http("pay.example.com").refuse()
    assert app.api("Api").post("/work", json={}).status_code == 504


def test_an_address_that_takes_too_long_is_given_up_after_29_seconds(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""
    given = {"Type": "HTTP_PROXY", "IntegrationHttpMethod": "POST", "Uri": "https://pay.example.com/charges"}
    app = rest_of(cloud, tmp_path, given)
    app.stub_http("pay.example.com").slow(40)
    before = cloud.elapsed
    assert app.api("Api").post("/work", json={}).status_code == 504
    assert 29 <= cloud.elapsed - before < 30


def test_an_http_api_sends_a_message(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html"""
    attributes = json.dumps({"Who": {"DataType": "String", "StringValue": "${request.header.who}"}})
    integration = first_class(
        "SQS-SendMessage",
        QueueUrl={"Ref": "Work"},
        MessageBody="$request.body.order",
        MessageAttributes=attributes,
        DelaySeconds="7",
    )
    app = http_api(cloud, tmp_path, integration, **QUEUE)
    assert app.api("Api").post("/work", json={"order": "o-1"}, headers={"Who": "Ada"}).status_code == 200
    app.advance(seconds=8)
    queue = app.physical_id("Work")
    [sent] = app.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert (sent["Body"], sent["MessageAttributes"]["Who"]["StringValue"]) == ("o-1", "Ada")


def test_an_http_api_puts_an_event(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html"""
    integration = first_class(
        "EventBridge-PutEvents",
        Source="shop",
        DetailType="$request.path.kind",
        Detail="$request.body",
        EventBusName="held",
    )
    bus = {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "held"}}}
    app = http_api(cloud, tmp_path, integration, "POST /events/{kind}", **bus)
    answer = app.api("Api").post("/events/Ordered", json={"order": "o-1"})
    assert (answer.status_code, answer.json()["FailedEntryCount"]) == (200, 0)
    [event] = [e for e in app.history().of("accepted") if e.subject == "Bus"]
    assert (event.data["body"]["detail-type"], event.data["body"]["detail"]) == ("Ordered", {"order": "o-1"})


def test_an_http_api_passes_the_answer_of_a_service_on(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html"""
    integration = first_class("SQS-SendMessage", QueueUrl={"Ref": "Work"}, MessageBody="$request.body")
    app = http_api(cloud, tmp_path, integration, **QUEUE)
    cloud.inject(faults.throttle("sqs:SendMessage", resource="Work", times=1))
    api = app.api("Api")
    assert [api.post("/work", json=1).status_code >= 400, api.post("/work", json=2).status_code] == [
        True,
        200,
    ]


def test_an_http_api_changes_what_it_passes_on(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html"""
    integration = {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "POST",
        "IntegrationUri": "https://pay.example.com/{proxy}",
        "PayloadFormatVersion": "1.0",
        "RequestParameters": {
            "append:header.X-Id": "$context.requestId",
            "overwrite:header.X-Who": "$request.querystring.who",
            "remove:querystring.who": "''",
        },
        "ResponseParameters": {
            "402": {
                "ResponseParameters": [
                    {"Destination": "overwrite:statuscode", "Source": "409"},
                    {"Destination": "append:header.why", "Source": "$response.body.why"},
                ]
            }
        },
    }
    app = http_api(cloud, tmp_path, integration, "POST /{proxy+}")
    stub = app.stub_http("pay.example.com", (402, {"why": "no money"}))
    answer = app.api("Api").post("/a/b?who=Ada", json={})
    [got] = stub.requests
    assert (got.path, got.headers["X-Who"]) == ("/a/b", "Ada")
    assert got.headers["X-Id"]
    assert (answer.status_code, answer.headers["why"]) == (409, "no money")


def test_an_api_may_stand_behind_another(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/setup-http-integrations.html"""
    url = "https://${ServerlessHttpApi}.execute-api.${AWS::Region}.amazonaws.com/inner"
    given = {"Type": "HTTP_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": url}}
    api = {"RestApiId": {"Ref": "Api"}}
    resources = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
        "Post": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                **api,
                "ResourceId": {"Fn::GetAtt": "Api.RootResourceId"},
                "HttpMethod": "POST",
                "Integration": given,
            },
        },
        "Made": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {**api, "StageName": "prod"},
            "DependsOn": "Post",
        },
    }
    events = {"Asked": {"Type": "HttpApi", "Properties": {"Path": "/inner", "Method": "post"}}}
    app = deploy(cloud, tmp_path, ECHO, resources=resources, Events=events)
    assert app.api("Api").post("/", json={"order": 1}).json()["rawPath"] == "/inner"


def test_a_request_goes_to_a_url_as_outputs_hold_it(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html"""
    events = {"Asked": {"Type": "Api", "Properties": {"Path": "/work", "Method": "get"}}}
    app = deploy(cloud, tmp_path, ECHO, Events=events, FunctionUrlConfig={"AuthType": "NONE"})
    host = f"{app.physical_id('ServerlessRestApi')}.execute-api.us-east-1.amazonaws.com"
    answer = app.http("GET", f"https://{host}/Prod/work?n=1")
    assert (answer.json()["path"], answer.json()["queryStringParameters"]) == ("/work", {"n": "1"})
    assert app.http("GET", app.resources["FUrl"].attributes["FunctionUrl"]).json()["rawPath"] == "/"
    named = app.http("GET", "/work", api=app.physical_id("ServerlessRestApi"), stage="Prod")
    assert named.json()["path"] == "/work"
    with pytest.raises(LookupError, match="there is no API with the id 'elsewhere'"):
        app.http("GET", "https://elsewhere.example.com/")


def test_an_address_in_a_vpc_is_like_one_outside(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-private-integration.html"""
    given = {
        "Type": "HTTP_PROXY",
        "IntegrationHttpMethod": "POST",
        "ConnectionType": "VPC_LINK",
        "ConnectionId": "link",
        "Uri": "http://inside.example.com/orders",
    }
    app = rest_of(cloud, tmp_path, given)
    stub = app.stub_http("inside.example.com", (201, {}))
    assert app.api("Api").post("/work", json={}).status_code == 201
    assert [request.path for request in stub.requests] == ["/orders"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [({}, "/work?n=1"), ({"RequestParameters": {"overwrite:path": "/v2$request.path"}}, "/v2/work?n=1")],
    ids=["as it is", "changed"],
)
def test_a_service_in_a_vpc_gets_the_path_of_the_request(cloud, tmp_path, changes, path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-private.html"""
    integration = {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "IntegrationUri": "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-Orders",
        "ConnectionType": "VPC_LINK",
        "ConnectionId": "link",
        "PayloadFormatVersion": "1.0",
        **changes,
    }
    app = http_api(cloud, tmp_path, integration)
    stub = app.stub_http("srv-orders.internal", (201, {}))
    assert app.api("Api").post("/work?n=1", json={}).status_code == 201
    assert [request.path for request in stub.requests] == [path]


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        (
            "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/f/response-streaming-invocations",
            "AWS_PROXY is run here for functions that answer as a whole, not for streams",
        ),
        ("https://pay.example.com/", "AWS_PROXY takes a function, not https://pay"),
    ],
    ids=["stream", "address"],
)
def test_what_is_not_run_is_told_at_deployment(cloud, tmp_path, uri, told):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html"""
    given = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri}
    with pytest.raises(Unsupported, match=f"POST /work: {told}"):
        rest_of(cloud, tmp_path, given)


def test_an_api_over_websocket_is_deployed_and_takes_no_requests(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html"""
    api = {"ApiId": {"Ref": "Api"}}
    resources = {
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Name": "a",
                "ProtocolType": "WEBSOCKET",
                "RouteSelectionExpression": "$request.body.action",
            },
        },
        "ToF": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {**api, "IntegrationType": "AWS_PROXY", "IntegrationUri": {"Fn::Sub": FUNCTION}},
        },
        "Connect": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                **api,
                "RouteKey": "$connect",
                "Target": {"Fn::Sub": "integrations/${ToF}"},
            },
        },
    }
    app = deploy(cloud, tmp_path, ECHO, resources=resources)
    with pytest.raises(Unsupported, match="Api: connections over WebSocket aren't run here"):
        app.api("Api").get("/")
    assert app.function("F").invoke({"requestContext": {"routeKey": "$connect"}})["statusCode"] == 200


STREAM = {"Held": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}}
MACHINE = {
    "Held": {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "StateMachineType": "EXPRESS",
            "RoleArn": "arn:aws:iam::123456789012:role/r",
            "DefinitionString": json.dumps(
                {"StartAt": "Said", "States": {"Said": {"Type": "Pass", "End": True}}}
            ),
        },
    }
}


def test_an_http_api_puts_a_record(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html"""
    integration = first_class(
        "Kinesis-PutRecord", StreamName={"Ref": "Held"}, Data="$request.body", PartitionKey="k"
    )
    app = http_api(cloud, tmp_path, integration, **STREAM)
    assert app.api("Api").post("/work", json={"order": "o-1"}).status_code == 200
    assert [event.data["body"] for event in app.history().of("accepted")][-1] == '{"order": "o-1"}'


def test_an_http_api_starts_an_execution_and_waits(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html"""
    integration = first_class(
        "StepFunctions-StartSyncExecution", StateMachineArn={"Ref": "Held"}, Input="$request.body"
    )
    app = http_api(cloud, tmp_path, integration, **MACHINE)
    told = app.api("Api").post("/work", json={"order": "o-1"}).json()
    assert (told["status"], json.loads(told["output"])) == ("SUCCEEDED", {"order": "o-1"})


@pytest.mark.parametrize(
    ("action", "sent", "resources", "answered"),
    [
        (
            "kinesis:action/PutRecord",
            '{"StreamName": "${Held}", "Data": "$util.base64Encode($input.body)", "PartitionKey": "k"}',
            STREAM,
            "SequenceNumber",
        ),
        (
            "states:action/StartExecution",
            '{"stateMachineArn": "${Held}", "input": "$util.escapeJavaScript($input.body)"}',
            MACHINE,
            "executionArn",
        ),
    ],
    ids=["Kinesis", "Step Functions"],
)
def test_a_rest_api_gives_streams_and_state_machines_what_its_template_makes(
    cloud, tmp_path, action, sent, resources, answered
):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/integrating-api-with-aws-services-kinesis.html"""
    given = {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": {"Fn::Sub": f"arn:aws:apigateway:${{AWS::Region}}:{action}"},
        "RequestTemplates": {"application/json": {"Fn::Sub": sent}},
        "IntegrationResponses": [{"StatusCode": 200}],
    }
    app = rest_of(cloud, tmp_path, given, resources=resources)
    answer = app.api("Api").post("/work", json={"order": "o-1"})
    assert answered in answer.json(), answer.text


def test_a_pattern_is_for_errors_of_functions_only(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html"""
    app = custom(
        cloud,
        tmp_path,
        "def handler(event, context): return 'fine'",
        IntegrationResponses=[{"StatusCode": 200}, {"StatusCode": 500, "SelectionPattern": ".*"}],
    )
    assert app.api("Api").post("/work", json={}).status_code == 200
