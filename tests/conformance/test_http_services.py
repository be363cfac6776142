"""REST APIs whose methods are carried out by services of AWS, with mapping templates."""

from __future__ import annotations

import json

import pytest

from harness import faults
from tests.conformance.http_helpers import rest_of

pytestmark = [
    pytest.mark.clouds("sim", reason="only the simulator has HTTP in front of an app"),
    pytest.mark.filterwarnings("ignore::harness.plugin.NoInvariantWarning"),
]

QUEUE = {"Work": {"Type": "AWS::SQS::Queue"}}
FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
SEND = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"
PATH = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/${Work.QueueName}"}
OK = {"StatusCode": 200}
REFUSED = {"StatusCode": 503, "SelectionPattern": "[45]\\d{2}"}


def to_queue(cloud, folder, *, template=SEND, uri=PATH, responses=(OK, REFUSED), **integration):
    given = {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": uri,
        "RequestParameters": FORM,
        "RequestTemplates": {"application/json": template},
        "IntegrationResponses": list(responses),
        **integration,
    }
    return rest_of(cloud, folder, given, resources=QUEUE)


def bodies(app):
    return [message["Body"] for message in app.queue("Work").messages()]


def test_a_request_becomes_a_message_by_a_mapping_template(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/integrate-with-aws-services-sqs.html"""
    app = to_queue(cloud, tmp_path)
    answer = app.api("Api").post("/work", json={"order": "o-1 & more"})
    told = answer.json()["SendMessageResponse"]
    assert (answer.status_code, bodies(app)) == (200, ['{"order": "o-1 & more"}'])
    assert told["SendMessageResult"]["MessageId"] == app.queue("Work").messages()[0]["MessageId"]


def test_a_service_is_named_by_its_action_too(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html"""
    app = to_queue(
        cloud,
        tmp_path,
        uri={"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:sqs:action/SendMessage"},
        RequestParameters={
            "integration.request.querystring.QueueUrl": {"Fn::Sub": "'${Work}'"},
            "integration.request.querystring.MessageBody": "method.request.body.order",
        },
        RequestTemplates={},
    )
    assert app.api("Api").post("/work", json={"order": "o-1"}).status_code == 200
    assert bodies(app) == ["o-1"]


def test_an_answer_is_chosen_by_the_status_that_the_service_gave(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html"""
    app = to_queue(cloud, tmp_path)
    cloud.inject(faults.throttle("sqs:SendMessage", resource="Work", times=1))
    api = app.api("Api")
    assert [api.post("/work", json=1).status_code, api.post("/work", json=2).status_code] == [503, 200]
    assert bodies(app) == ["2"]


def test_without_a_pattern_the_default_answer_hides_that_the_service_refused(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html"""
    app = to_queue(cloud, tmp_path, responses=(OK,))
    cloud.inject(faults.throttle("sqs:SendMessage", resource="Work", times=1))
    assert app.api("Api").post("/work", json={"order": "o-1"}).status_code == 200
    assert bodies(app) == []
    assert [event.kind for event in app.history() if event.subject == "Api"][-1] == "dropped"


def test_the_request_is_made_by_the_api_and_once(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/integrate-with-aws-services-sqs.html"""
    app = to_queue(cloud, tmp_path)
    app.api("Api").post("/work", json=1)
    calls = [e for e in app.history().of("call") if e.data["operation"] == "SendMessage"]
    assert [(event.actor, event.data["resource"]) for event in calls] == [("Api", "Work")]


def test_a_template_sees_parameters_context_and_variables(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html"""
    template = "\n".join(
        [
            "#set($root = $input.path('$'))",
            "#set($who = $input.params().header.get('X-Who'))",
            "Action=SendMessage&MessageBody=$util.urlEncode(\"$input.params('q') $who "
            '$context.httpMethod $context.stage $stageVariables.color $root.items[1].id $root.items.size()")',
        ]
    )
    app = to_queue(cloud, tmp_path, template=template)
    sent = {"items": [{"id": 1}, {"id": 2}]}
    app.api("Api").post("/work?q=a%20b", json=sent, headers={"X-Who": "Ada"})
    assert bodies(app) == ["a b Ada POST prod red 2 2"]


def test_an_answer_is_made_by_a_template_and_by_parameters(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html"""
    id_ = "$.SendMessageResponse.SendMessageResult.MessageId"
    response = {
        "StatusCode": 202,
        "ResponseParameters": {
            "method.response.header.X-Kind": "'queued'",
            "method.response.header.X-Id": f"integration.response.body.{id_[2:]}",
        },
        "ResponseTemplates": {"application/json": f'{{"id": "$input.path(\'{id_}\')"}}'},
    }
    app = to_queue(cloud, tmp_path, responses=(response,))
    answer = app.api("Api").post("/work", json=1)
    sent = app.queue("Work").messages()[0]["MessageId"]
    assert (answer.status_code, answer.json()) == (202, {"id": sent})
    assert (answer.headers["x-kind"], answer.headers["x-id"]) == ("queued", sent)


def test_a_template_overrides_the_status(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html"""
    override = "$context.responseOverride"
    template = f"#set({override}.status = 409)\n#set({override}.header.Why = 'so')\n{{}}"
    response = {"StatusCode": 200, "ResponseTemplates": {"application/json": template}}
    answer = to_queue(cloud, tmp_path, responses=(response,)).api("Api").post("/work", json=1)
    assert (answer.status_code, answer.headers["why"]) == (409, "so")


@pytest.mark.parametrize(
    ("behavior", "status"), [("NEVER", 415), ("WHEN_NO_TEMPLATES", 415), ("WHEN_NO_MATCH", 200)]
)
def test_a_body_without_a_template_passes_or_not(cloud, tmp_path, behavior, status):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html"""
    app = to_queue(cloud, tmp_path, PassthroughBehavior=behavior)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = app.api("Api").post("/work", body="Action=SendMessage&MessageBody=x", headers=headers)
    assert (answer.status_code, bodies(app)) == (status, ["x"] if status == 200 else [])


def test_a_template_that_fails_is_an_error_of_the_api(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
    app = to_queue(cloud, tmp_path, template="#foreach($x in $input.body")
    answer = app.api("Api").post("/work", json=1)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})


def test_a_path_of_the_far_side_takes_parameters(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/integrating-api-with-aws-services-s3.html"""
    given = {
        "Type": "AWS",
        "IntegrationHttpMethod": "PUT",
        "Uri": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:s3:path/{bucket}/{key}"},
        "RequestParameters": {
            "integration.request.path.bucket": {"Fn::Sub": "'${Files}'"},
            "integration.request.path.key": "method.request.querystring.name",
        },
        "IntegrationResponses": [OK],
    }
    app = rest_of(cloud, tmp_path, given, resources={"Files": {"Type": "AWS::S3::Bucket"}})
    assert app.api("Api").post("/work?name=a.txt", body="hello").status_code == 200
    assert app.bucket("Files").get("a.txt") == b"hello"


JSON_ACTIONS = [
    (
        "dynamodb:action/PutItem",
        {"TableName": "${Held}", "Item": {"id": {"S": "$input.path('$.order')"}}},
        {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        },
        lambda app: app.table("Held").rows() == [{"id": "o-1"}],
    ),
    (
        "events:action/PutEvents",
        {"Entries": [{"Source": "shop", "DetailType": "Ordered", "Detail": "{}", "EventBusName": "${Held}"}]},
        {"Type": "AWS::Events::EventBus", "Properties": {"Name": "held"}},
        lambda app: [e.subject for e in app.history().of("accepted")] == ["Api", "Held"],
    ),
]


@pytest.mark.parametrize(("uri", "body", "held", "took"), JSON_ACTIONS, ids=[uri for uri, *_ in JSON_ACTIONS])
def test_services_that_speak_json_take_what_the_template_makes(cloud, tmp_path, uri, body, held, took):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-integration-types.html"""
    given = {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": {"Fn::Sub": f"arn:aws:apigateway:${{AWS::Region}}:{uri}"},
        "RequestTemplates": {"application/json": {"Fn::Sub": json.dumps(body)}},
        "IntegrationResponses": [OK],
    }
    app = rest_of(cloud, tmp_path, given, resources={"Held": held})
    answer = app.api("Api").post("/work", json={"order": "o-1"})
    assert answer.status_code == 200, answer.text
    assert took(app)


def test_a_topic_is_published_to(cloud, tmp_path):
    """https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    given = {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:sns:action/Publish"},
        "RequestParameters": {
            "integration.request.querystring.TopicArn": {"Fn::Sub": "'${News}'"},
            "integration.request.querystring.Message": "method.request.body",
        },
        "IntegrationResponses": [OK],
    }
    app = rest_of(cloud, tmp_path, given, resources={"News": {"Type": "AWS::SNS::Topic"}})
    assert "MessageId" in app.api("Api").post("/work", json=1).json()["PublishResponse"]["PublishResult"]


def test_a_mock_answers_by_the_status_that_its_template_asks_for(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html"""
    template = "#if($input.params('scope') == 'internal'){\"statusCode\": 200}#else{\"statusCode\": 500}#end"
    given = {
        "Type": "MOCK",
        "RequestTemplates": {"application/json": template},
        "IntegrationResponses": [
            {"StatusCode": 200, "ResponseTemplates": {"application/json": '{"all": "well"}'}},
            {"StatusCode": 500, "SelectionPattern": "5\\d{2}"},
        ],
    }
    api = rest_of(cloud, tmp_path, given).api("Api")
    assert api.post("/work?scope=internal").json() == {"all": "well"}
    assert api.post("/work").status_code == 500


def test_a_request_without_what_the_service_requires_is_refused(cloud, tmp_path):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
    app = to_queue(cloud, tmp_path, template="Action=SendMessage", responses=({"StatusCode": 400},))
    answer = app.api("Api").post("/work", json=1)
    assert "MessageBody" in answer.json()["Error"]["Message"]
    assert bodies(app) == []


def test_bytes_pass_as_they_are(cloud, tmp_path):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html"""
    given = {
        "Type": "AWS",
        "IntegrationHttpMethod": "PUT",
        "Uri": {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:s3:path/{bucket}/{key}"},
        "RequestParameters": {
            "integration.request.path.bucket": {"Fn::Sub": "'${Files}'"},
            "integration.request.path.key": "method.request.querystring.name",
        },
        "IntegrationResponses": [OK],
    }
    app = rest_of(cloud, tmp_path, given, resources={"Files": {"Type": "AWS::S3::Bucket"}})
    sent = bytes(range(256))
    headers = {"Content-Type": "application/octet-stream"}
    assert app.api("Api").post("/work?name=a%20b/c.bin", body=sent, headers=headers).status_code == 200
    assert app.bucket("Files").get("a b/c.bin") == sent


@pytest.mark.parametrize("uri", ["sqs:action/NoSuch", "s3:action/NoSuch"])
def test_what_no_service_has_is_an_error_of_the_api(cloud, tmp_path, uri):
    """https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html"""
    whole = f"arn:aws:apigateway:us-east-1:{uri}"
    app = to_queue(cloud, tmp_path, uri=whole, template="", RequestParameters={})
    answer = app.api("Api").post("/work", json=1)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})
