"""Step Functions: tasks that call functions and services, wait for tokens, workers and other executions."""

from __future__ import annotations

import json

import pytest

from harness import faults
from tests.conformance.lambda_helpers import create_function, create_queue, messages, refused
from tests.conformance.states_helpers import described, events, kinds, machine, patient, ran, start

pytestmark = pytest.mark.clouds("sim", reason="LocalStack interprets state machines by itself")

ECHO = "def handler(event, context): return {'got': event}"
FAILS = "def handler(event, context): raise ValueError('no')"
SEND_AND_WAIT = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


def task(resource, parameters=None, **how):
    return {"Type": "Task", "Resource": resource} | ({"Parameters": parameters} if parameters else {}) | how


def waiting_for_token(cloud, **how):
    """An execution whose token lies in a queue, and the token."""
    url, _ = create_queue(cloud, "tokens")
    body = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}
    execution = start(cloud, machine(cloud, {"Ask": task(SEND_AND_WAIT, body, **how)}))
    cloud.advance(1)
    [message] = messages(cloud, url)
    return execution, json.loads(message["Body"])["token"]


def test_a_token_that_is_lost_ends_a_wait_by_its_timeout_and_the_next_try_has_another(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"""
    cloud.inject(faults.token_lost("machine", "Ask"))
    again = {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1}
    execution, token = waiting_for_token(cloud, TimeoutSeconds=60, Retry=[again])
    sfn = cloud.client("stepfunctions")
    sfn.send_task_heartbeat(taskToken=token)
    sfn.send_task_success(taskToken=token, output='"lost"')
    cloud.advance(70)
    [message] = messages(cloud, cloud.client("sqs").get_queue_url(QueueName="tokens")["QueueUrl"])
    sfn.send_task_success(taskToken=json.loads(message["Body"])["token"], output='"heard"')
    cloud.settle()
    assert described(cloud, execution)["output"] == "heard"
    assert kinds(cloud, execution).count("TaskTimedOut") == 1


def test_a_task_is_a_function_and_its_result_the_payload(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"""
    arn = create_function(cloud, ECHO)
    execution = start(cloud, machine(cloud, {"Work": task(arn)}), {"n": 1})
    cloud.settle()
    assert described(cloud, execution)["output"] == {"got": {"n": 1}}
    assert kinds(cloud, execution)[2:5] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
    ]


def test_an_invocation_by_the_integration_has_payload_and_metadata(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html"""
    create_function(cloud, ECHO)
    parameters = {"FunctionName": "work", "Payload.$": "$"}
    found = ran(cloud, {"Work": task("arn:aws:states:::lambda:invoke", parameters)}, {"n": 1})
    output = found["output"]
    assert (output["Payload"], output["StatusCode"]) == ({"got": {"n": 1}}, 200)
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200


def test_the_metadata_of_a_publication_tells_the_length_of_xml(cloud):
    """Recorded on AWS, February 2024.
    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    topic = cloud.client("sns").create_topic(Name="news")["TopicArn"]
    parameters = {"TopicArn": topic, "Message": "hello"}
    output = ran(cloud, {"Tell": task("arn:aws:states:::sns:publish", parameters)})["output"]
    assert output["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "294"


def test_the_error_of_a_function_is_the_error_of_its_task(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    found = ran(cloud, {"Work": task(create_function(cloud, FAILS))})
    assert found["error"] == "ValueError"
    assert json.loads(found["cause"])["errorMessage"] == "no"


def test_a_task_that_takes_too_long_fails_and_its_function_runs_on(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html"""
    url, _ = create_queue(cloud, "seen")
    source = "import time\ndef handler(event, context):\n    time.sleep(20)\n    tell('done')"
    arn = create_function(cloud, source, seen=url, Timeout=60)
    execution = start(cloud, machine(cloud, {"Work": task(arn, TimeoutSeconds=5)}))
    cloud.settle()
    found = described(cloud, execution)
    assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(5, abs=1)
    assert len(messages(cloud, url)) == 1


def test_an_item_goes_into_a_table_and_comes_back(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html"""
    cloud.client("dynamodb").create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key = {"id": {"S": "o-1"}}
    put = {"TableName": "orders", "Item": key}
    states = {
        "Put": task("arn:aws:states:::dynamodb:putItem", put),
        "Get": task("arn:aws:states:::aws-sdk:dynamodb:getItem", {"TableName": "orders", "Key": key}),
    }
    assert ran(cloud, states)["output"] == {"Item": key}


def test_a_table_whose_name_is_none_is_refused(cloud):
    """Recorded on AWS, May 2023."""
    put = {"TableName": "/orders", "Item": {"id": {"S": "o-1"}}}
    found = ran(cloud, {"Put": task("arn:aws:states:::dynamodb:putItem", put)})
    assert found["cause"].startswith("1 validation error detected: Value '/orders' at 'tableName' failed")


def test_a_secret_whose_name_has_a_space_is_refused(cloud):
    """Recorded on AWS, June 2023.
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html"""
    given = {"Name": "two words", "SecretString": "x"}
    found = ran(cloud, {"Keep": task("arn:aws:states:::aws-sdk:secretsmanager:createSecret", given)})
    assert found["error"] == "SecretsManager.SecretsManagerException"
    assert found["cause"].startswith("Invalid name. Must be a valid name containing alphanumeric characters")


def test_an_error_of_a_service_is_named_after_it(cloud):
    """Recorded on AWS, June 2023.
    https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    put = {"TableName": "nobody", "Item": {"id": {"S": "1"}}}
    by_sdk = ran(cloud, {"Put": task("arn:aws:states:::aws-sdk:dynamodb:putItem", put)}, name="a")
    optimised = ran(cloud, {"Put": task("arn:aws:states:::dynamodb:putItem", put)}, name="b")
    assert by_sdk["error"] == "DynamoDb.ResourceNotFoundException"
    assert by_sdk["cause"].startswith("Requested resource not found (Service: DynamoDb, Status Code: 400")
    assert optimised["error"] == "DynamoDB.ResourceNotFoundException"


def test_a_message_and_an_event_are_sent(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html"""
    url, arn = create_queue(cloud, "out")
    topic = cloud.client("sns").create_topic(Name="news")["TopicArn"]
    raw = {"RawMessageDelivery": "true"}
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}],
    }
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sent = {"QueueUrl": url, "MessageBody": {"by": "sqs"}}
    published = {"TopicArn": topic, "Message": {"by": "sns"}}
    states = {
        "Send": task("arn:aws:states:::sqs:sendMessage", sent, ResultPath=None),
        "Publish": task("arn:aws:states:::sns:publish", published, ResultPath=None),
    }
    assert ran(cloud, states)["status"] == "SUCCEEDED"
    assert {message["Body"] for message in messages(cloud, url)} == {'{"by":"sqs"}', '{"by":"sns"}'}


def test_an_event_that_the_bus_refuses_fails_the_task(cloud):
    """Recorded on AWS, August 2023.
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html"""
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{"}
    found = ran(cloud, {"Put": task("arn:aws:states:::events:putEvents", {"Entries": [entry]})})
    assert (found["status"], found["error"]) == ("FAILED", "EventBridge.FailedEntry")


def test_a_task_waits_until_its_token_comes_back(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"""
    execution, token = waiting_for_token(cloud)
    cloud.settle()
    assert described(cloud, execution)["status"] == "RUNNING"
    sfn = cloud.client("stepfunctions")
    sfn.send_task_success(taskToken=token, output='{"ok": true}')
    cloud.settle()
    assert described(cloud, execution)["output"] == {"ok": True}
    late = refused(sfn.send_task_success, taskToken=token, output="{}")
    assert late == ("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def test_a_task_fails_as_its_worker_says(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html"""
    execution, token = waiting_for_token(cloud)
    cloud.client("stepfunctions").send_task_failure(taskToken=token, error="Denied", cause="by a human")
    cloud.settle()
    found = described(cloud, execution)
    assert (found["status"], found["error"], found["cause"]) == ("FAILED", "Denied", "by a human")


def test_a_task_that_is_not_heard_of_times_out(cloud):
    """Recorded on AWS, July 2023.
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html"""
    execution, token = waiting_for_token(cloud, HeartbeatSeconds=60, TimeoutSeconds=600)
    cloud.advance(50)
    cloud.client("stepfunctions").send_task_heartbeat(taskToken=token)
    cloud.settle()
    found = described(cloud, execution)
    assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(111, abs=2)


def test_a_heartbeat_can_be_caught_by_its_own_name(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    catch = [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Silent"}]
    url, _ = create_queue(cloud, "tokens")
    body = {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}}
    ask = task(SEND_AND_WAIT, body, HeartbeatSeconds=60, Catch=catch, End=True)
    found = ran(cloud, {"Ask": ask, "Silent": {"Type": "Pass", "Result": "silent"}})
    assert found["output"] == "silent"


def test_an_unknown_token_is_refused(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html"""
    sfn = cloud.client("stepfunctions")
    assert refused(sfn.send_task_success, taskToken="x", output="{}")[0] == "InvalidToken"


def test_a_worker_takes_the_task_of_an_activity(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html"""
    sfn = cloud.client("stepfunctions")
    arn = sfn.create_activity(name="pack")["activityArn"]
    execution = start(cloud, machine(cloud, {"Pack": task(arn)}), {"box": 1})
    cloud.settle()
    taken = sfn.get_activity_task(activityArn=arn, workerName="jo")
    assert json.loads(taken["input"]) == {"box": 1}
    sfn.send_task_success(taskToken=taken["taskToken"], output='"packed"')
    cloud.settle()
    assert described(cloud, execution)["output"] == "packed"
    [started] = events(cloud, execution, "ActivityStarted")
    assert started["activityStartedEventDetails"] == {"workerName": "jo"}


def test_a_worker_that_finds_no_task_waits_a_minute(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html"""
    sfn = cloud.client("stepfunctions")
    arn = sfn.create_activity(name="pack")["activityArn"]
    before = cloud.elapsed
    assert "taskToken" not in patient().get_activity_task(activityArn=arn)
    assert cloud.elapsed - before == pytest.approx(60, abs=1)


@pytest.mark.parametrize(("pattern", "output"), [(".sync", '{"done":true}'), (".sync:2", {"done": True})])
def test_a_task_ends_with_the_execution_that_it_started(cloud, pattern, output):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html"""
    inner = {"Wait": {"Type": "Wait", "Seconds": 30}, "End": {"Type": "Pass", "Result": {"done": True}}}
    child = machine(cloud, inner, name="child")
    states = {"Start": task(f"arn:aws:states:::states:startExecution{pattern}", {"StateMachineArn": child})}
    found = ran(cloud, states)
    assert (found["output"]["Status"], found["output"]["Output"]) == ("SUCCEEDED", output)
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(30, abs=1)


def test_a_started_execution_that_fails_fails_its_task(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html"""
    child = machine(cloud, {"End": {"Type": "Fail", "Error": "Oops"}}, name="child")
    states = {"Start": task("arn:aws:states:::states:startExecution.sync:2", {"StateMachineArn": child})}
    found = ran(cloud, states)
    assert (found["status"], found["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(found["cause"])["Error"] == "Oops"


def test_an_http_task_gives_status_headers_and_body(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    stub = cloud.stub_http("pay.example.com", {"id": "ch_1"})
    request = {"ApiEndpoint": "https://pay.example.com/charges", "Method": "POST", "RequestBody": {"n": 1}}
    found = ran(cloud, {"Pay": task("arn:aws:states:::http:invoke", request)})
    assert (found["output"]["StatusCode"], found["output"]["ResponseBody"]) == (200, {"id": "ch_1"})
    assert [each.json() for each in stub.requests] == [{"n": 1}]


def test_an_http_task_is_authorized_by_its_connection(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    stub = cloud.stub_http("pay.example.com", {"id": "ch_1"})
    more = {"QueryStringParameters": [{"Key": "v", "Value": "2"}]}
    connection = cloud.client("events").create_connection(
        Name="pay",
        AuthorizationType="BASIC",
        AuthParameters={
            "BasicAuthParameters": {"Username": "shop", "Password": "s3cret"},
            "InvocationHttpParameters": more,
        },
    )["ConnectionArn"]
    request = {
        "ApiEndpoint": "https://pay.example.com/charges",
        "Method": "GET",
        "Authentication": {"ConnectionArn": connection},
    }
    assert ran(cloud, {"Pay": task("arn:aws:states:::http:invoke", request)})["status"] == "SUCCEEDED"
    [sent] = stub.requests
    assert sent.path == "/charges?v=2"
    assert sent.header("Authorization") == "Basic c2hvcDpzM2NyZXQ="


@pytest.mark.parametrize(
    ("format_", "body"),
    [
        ("INDICES", "a%5B0%5D=1&a%5B1%5D=2&o%5Bn%5D=x"),
        ("REPEAT", "a=1&a=2&o%5Bn%5D=x"),
        ("BRACKETS", "a%5B%5D=1&a%5B%5D=2&o%5Bn%5D=x"),
        ("COMMAS", "a=1%2C2&o%5Bn%5D=x"),
        ("NONE", "a=%5B1%2C2%5D&o%5Bn%5D=x"),
    ],
)
def test_an_http_task_sends_a_form(cloud, format_, body):
    """https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    stub = cloud.stub_http("pay.example.com", {"id": "ch_1"})
    options = {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": format_}}
    request = {
        "ApiEndpoint": "https://pay.example.com/charges",
        "Method": "POST",
        "Headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "RequestBody": {"a": [1, 2], "o": {"n": "x"}},
        "Transform": options,
    }
    ran(cloud, {"Pay": task("arn:aws:states:::http:invoke", request)})
    [sent] = stub.requests
    assert sent.body.decode() == body
    assert sent.header("User-Agent") == "Amazon|StepFunctions|HttpInvoke|us-east-1"


def test_an_http_task_without_its_connection_fails(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    gone = "arn:aws:events:us-east-1:123456789012:connection/gone/1"
    request = {
        "ApiEndpoint": "https://pay.example.com/charges",
        "Method": "GET",
        "Authentication": {"ConnectionArn": gone},
    }
    found = ran(cloud, {"Pay": task("arn:aws:states:::http:invoke", request)})
    assert found["cause"].startswith(f"The connection {gone} can't be read")


def test_an_http_task_fails_with_the_status(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    cloud.stub_http("pay.example.com", (503, "later"))
    request = {"ApiEndpoint": "https://pay.example.com/charges", "Method": "GET"}
    found = ran(cloud, {"Pay": task("arn:aws:states:::http:invoke", request)})
    assert (found["error"], found["cause"]) == ("States.Http.StatusCode.503", "later")


def test_a_throttled_call_is_retried_by_the_state_alone(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"""
    create_function(cloud, ECHO)
    cloud.inject(faults.throttle("lambda:Invoke", times=2))
    retry = [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 10, "BackoffRate": 1}]
    work = task("arn:aws:states:::lambda:invoke", {"FunctionName": "work"}, Retry=retry)
    execution = start(cloud, machine(cloud, {"Work": work}))
    cloud.settle()
    found = described(cloud, execution)
    assert found["status"] == "SUCCEEDED"
    assert (found["stopDate"] - found["startDate"]).total_seconds() == pytest.approx(20, abs=2)
    failed = events(cloud, execution, "TaskFailed")
    assert [e["taskFailedEventDetails"]["error"] for e in failed] == ["Lambda.TooManyRequestsException"] * 2


def test_a_lost_answer_is_an_error_of_the_client(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html"""
    create_function(cloud, ECHO)
    cloud.inject(faults.answer_lost("lambda:Invoke"))
    found = ran(cloud, {"Work": task("arn:aws:states:::lambda:invoke", {"FunctionName": "work"})})
    assert (found["status"], found["error"]) == ("FAILED", "Lambda.SdkClientException")


def test_parameters_of_another_type_than_the_api_takes_do_not_start_a_task(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html"""
    resource = "arn:aws:states:::dynamodb:putItem"
    parameters = {"TableName": "t", "Item": {"id": 5}}
    found = ran(cloud, {"Put": {"Type": "Task", "Resource": resource, "Parameters": parameters}})
    assert (found["status"], found["error"]) == ("FAILED", "States.Runtime")
    given = json.dumps(parameters, separators=(",", ":"))
    assert found["cause"].endswith(
        f"The Parameters '{given}' could not be used to start the Task: "
        "[The value of the field 'id' has an invalid format]"
    )


def test_a_text_that_a_state_puts_into_a_bucket_is_plain_text(cloud):
    """Recorded on AWS, November 2025."""
    cloud.client("s3").create_bucket(Bucket="notes")
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Parameters": {"Bucket": "notes", "Key": "n", "Body": "hello"},
    }
    start(cloud, machine(cloud, {"Put": put}))
    cloud.settle()
    found = cloud.client("s3").head_object(Bucket="notes", Key="n")
    assert found["ContentType"] == "text/plain; charset=UTF-8"


@pytest.mark.parametrize(
    ("field", "value"),
    [("Method", 5), ("ApiEndpoint", []), ("Headers", "text"), ("Authentication", {"ConnectionArn": "pay"})],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_request_that_cannot_be_made_fails_the_task(cloud, field, value):
    """https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html"""
    request = {"ApiEndpoint": "https://pay.example.com/charges", "Method": "GET", f"{field}.$": "$.v"}
    given = {name: each for name, each in request.items() if name != field}
    found = ran(cloud, {"Pay": task("arn:aws:states:::http:invoke", given)}, {"v": value})
    name = "ConnectionArn" if field == "Authentication" else field
    assert found["error"] == "States.Runtime"
    assert found["cause"].endswith(f"[The value of the field '{name}' has an invalid format]")


def test_results_that_no_bucket_can_take_fail_the_map(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    state = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {"ProcessorConfig": config, "StartAt": "A", "States": {"A": {"Type": "Succeed"}}},
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket.$": "$.items"},
        },
    }
    assert ran(cloud, {"All": state}, {"items": [1]})["error"] == "States.ResultWriterFailed"
