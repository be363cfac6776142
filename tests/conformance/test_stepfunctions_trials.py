"""Step Functions: TestState, and ValidateStateMachineDefinition.

Answers are as recorded on AWS, November 2025 and January 2026, but for the parts of inspection data that are
left out, of which no recording is known.
https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.clouds("sim", reason="LocalStack interprets state machines by itself")

ROLE = "arn:aws:iam::123456789012:role/states"
CALL = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
ITEM = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
MAP = {"Type": "Map", "ItemsPath": "$.Values", "ItemProcessor": ITEM, "End": True}
OOPS = {"errorOutput": {"error": "Oops", "cause": "it broke"}}


def tried(cloud, state, given=None, *, mock=None, **how):
    """The answer of TestState; texts that are JSON objects or lists are given as data."""
    if mock is not None:
        how["mock"] = {**mock, **({"result": json.dumps(mock["result"])} if "result" in mock else {})}
    answer = cloud.client("stepfunctions").test_state(
        definition=json.dumps(state), input=json.dumps(given or {}), **how
    )
    answer.pop("ResponseMetadata")
    return answer


def refusal(cloud, state, **how):
    """The code and message with which TestState refuses a request."""
    with pytest.raises(ClientError) as refused:
        tried(cloud, state, **how)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def test_a_state_is_tried_and_says_which_one_is_next(cloud):
    state = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Other"}
    assert tried(cloud, state, {"n": 1}) == {
        "status": "SUCCEEDED",
        "output": '{"n":2}',
        "nextState": "Other",
    }


def test_inspection_shows_the_way_of_data(cloud):
    state = {**CALL, "InputPath": "$.a", "Parameters": {"FunctionName.$": "$.f"}, "ResultPath": "$.r"}
    answer = tried(
        cloud, state, {"a": {"f": "x"}}, mock={"result": {"StatusCode": 200}}, inspectionLevel="DEBUG"
    )
    assert answer["inspectionData"] == {
        "input": '{"a": {"f": "x"}}',
        "afterInputPath": '{"f":"x"}',
        "afterParameters": '{"FunctionName":"x"}',
        "result": '{"StatusCode": 200}',
        "afterResultSelector": '{"StatusCode": 200}',
        "afterResultPath": '{"f":"x","r":{"StatusCode":200}}',
    }


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (
            {"Type": "Pass", "End": True},
            {"afterInputPath", "afterParameters", "afterResultSelector", "afterResultPath"},
        ),
        ({"Type": "Pass", "InputPath": "$", "Next": "Other"}, {"afterInputPath"}),
        (
            {"Type": "Pass", "Result": {"n": 1}, "End": True},
            {"result", "afterResultSelector", "afterResultPath"},
        ),
        ({"Type": "Succeed"}, {"afterInputPath"}),
        ({"Type": "Pass", "QueryLanguage": "JSONata", "End": True}, set()),
    ],
    ids=["pass", "pass that leads on", "pass with a result", "succeed", "jsonata"],
)
def test_inspection_leaves_out_what_a_state_has_no_use_for(cloud, state, shown):
    answer = tried(cloud, state, {"a": 1}, inspectionLevel="TRACE")
    assert set(answer["inspectionData"]) == {"input", *shown}


def test_one_state_of_a_state_machine_is_tried_by_its_name(cloud):
    machine = {"StartAt": "A", "States": {"A": {**MAP, "ItemProcessor": ITEM}}}
    assert tried(cloud, machine, {"x": 1}, stateName="I")["output"] == '{"x": 1}'
    assert refusal(cloud, machine, stateName="Z") == ("ValidationException", "State not found in definition")


def test_an_error_can_be_retried_then_caught_then_fails(cloud):
    state = {
        **CALL,
        "Retry": [{"ErrorEquals": ["Oops"], "MaxAttempts": 2, "IntervalSeconds": 3}],
        "Catch": [{"ErrorEquals": ["Other"], "Next": "No"}, {"ErrorEquals": ["States.ALL"], "Next": "Yes"}],
    }
    again = tried(
        cloud, state, mock=OOPS, inspectionLevel="DEBUG", stateConfiguration={"retrierRetryCount": 1}
    )
    assert again["status"] == "RETRIABLE"
    assert again["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 6}
    caught = tried(
        cloud, state, mock=OOPS, inspectionLevel="DEBUG", stateConfiguration={"retrierRetryCount": 2}
    )
    assert (caught["status"], caught["nextState"]) == ("CAUGHT_ERROR", "Yes")
    assert json.loads(caught["output"]) == {"Error": "Oops", "Cause": "it broke"}
    assert caught["inspectionData"]["errorDetails"] == {"catchIndex": 1}
    failed = tried(cloud, CALL, mock=OOPS)
    assert failed == {"status": "FAILED", "error": "Oops", "cause": "it broke"}


@pytest.mark.parametrize(("failed", "status"), [(1, "SUCCEEDED"), (2, "FAILED")])
def test_a_map_tolerates_as_many_failures_as_it_says(cloud, failed, status):
    answer = tried(
        cloud,
        {**MAP, "ToleratedFailureCount": 1},
        {"Values": [1, 2, 3]},
        mock={"result": [1, 1, 1]},
        stateConfiguration={"mapIterationFailureCount": failed},
    )
    assert answer["status"] == status
    assert answer.get("error", "") == ("" if failed == 1 else "States.ExceedToleratedFailureThreshold")


def test_variables_and_context_can_be_given(cloud):
    state = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": "{% [$v, $states.context.Execution.Name] %}",
        "End": True,
    }
    answer = tried(cloud, state, variables='{"v": 1}', context='{"Execution": {"Name": "e-1"}}')
    assert json.loads(answer["output"]) == [1, "e-1"]


def test_a_task_without_a_mock_is_done(cloud):
    url = cloud.client("sqs").create_queue(QueueName="tried")["QueueUrl"]
    state = {**CALL, "Resource": "arn:aws:states:::sqs:sendMessage"}
    given = {"QueueUrl": url, "MessageBody": "hello"}
    answer = tried(cloud, state, given, roleArn=ROLE)
    assert "MessageId" in json.loads(answer["output"])
    [message] = cloud.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "hello"


@pytest.mark.parametrize(
    ("state", "how", "told"),
    [
        (CALL, {}, "RoleArn must be specified when testing a Task state"),
        (
            {"Type": "Pass", "End": True},
            {"mock": {"result": 1}},
            "State type 'Pass' is not supported when a mock is specified",
        ),
        (
            CALL,
            {"mock": {"result": {}, **OOPS}},
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (MAP, {"mock": {"result": {}}}, "Mocked result must be an array."),
        (
            CALL,
            {"mock": {"result": {"StatusCode": "200"}}},
            "Mock result schema validation error: Field 'StatusCode' must be a number",
        ),
        (
            CALL,
            {"mock": {"result": {}}, "context": '{"Pokedex": {}}'},
            "Invalid Context object provided: Field 'Pokedex' is not allowed",
        ),
        (
            CALL,
            {"mock": {"result": {}}, "context": '{"Execution": {"Id": 1}}'},
            "Invalid Context object provided: Execution.Id must be a string",
        ),
        (
            CALL,
            {"mock": {"result": {}}, "context": '{"Map": {}}'},
            "Invalid Context object provided: 'Map' field is not supported when mocking a Context object",
        ),
        (
            CALL,
            {"mock": {"result": {}}, "context": '{"Task": {"Token": "t"}}'},
            "Invalid Context object provided: Context object contains 'Task' when state is not a Task state "
            "with a '.sync' or '.waitForTaskToken' service integration pattern",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_tried_is_refused(cloud, state, how, told):
    assert refusal(cloud, state, **how) == ("ValidationException", told)


def test_a_map_needs_a_mock(cloud):
    code, message = refusal(cloud, MAP)
    assert code == "InvalidDefinition"
    assert message.startswith("TestState API does not support Map or Parallel states. ")


def test_a_mock_whose_fields_nobody_validates_may_be_anything(cloud):
    mock = {"result": {"StatusCode": "200"}, "fieldValidationMode": "NONE"}
    assert tried(cloud, CALL, mock=mock)["status"] == "SUCCEEDED"


@pytest.mark.parametrize(
    ("definition", "result", "diagnostics"),
    [
        (ITEM, "OK", []),
        (
            {"States": ITEM["States"]},
            "FAIL",
            [
                {
                    "code": "SCHEMA_VALIDATION_FAILED",
                    "location": "/",
                    "message": "These fields are required: [StartAt]",
                    "severity": "ERROR",
                }
            ],
        ),
    ],
    ids=["whole", "without StartAt"],
)
def test_a_definition_is_validated_without_being_created(cloud, definition, result, diagnostics):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html"""
    answer = cloud.client("stepfunctions").validate_state_machine_definition(
        definition=json.dumps(definition)
    )
    assert (answer["result"], answer["diagnostics"], answer["truncated"]) == (result, diagnostics, False)


def test_inspection_shows_what_a_state_assigns(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html"""
    state = {
        "Type": "Pass",
        "Assign": {"sum": "{% $n + $states.input.m %}"},
        "QueryLanguage": "JSONata",
        "End": True,
    }
    found = tried(cloud, state, {"m": 2}, variables='{"n": 1}', inspectionLevel="DEBUG")
    assert json.loads(found["inspectionData"]["variables"]) == {"n": 1, "sum": 3}


def test_inspection_shows_the_variables_of_the_rule_and_the_catcher_that_a_state_took(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"""
    rule = {"Variable": "$.n", "NumericEquals": 1, "Next": "One", "Assign": {"which": "one"}}
    choice = {"Type": "Choice", "Choices": [rule], "Default": "Other"}
    found = tried(cloud, choice, {"n": 1}, inspectionLevel="DEBUG")
    assert found["inspectionData"]["variables"] == '{"which":"one"}'
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "Sorry", "Assign": {"why.$": "$.Error"}}
    work = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {},
        "Catch": [catcher],
    }
    mock = {"errorOutput": {"error": "Oops", "cause": "no"}}
    found = tried(cloud, {**work, "End": True}, {}, mock=mock, inspectionLevel="DEBUG")
    assert found["inspectionData"]["variables"] == '{"why":"Oops"}'


def test_inspection_shows_the_inputs_of_a_map(cloud):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html"""
    state = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/rows"},
            "Parameters": {"Bucket": "b", "Key": "k"},
        },
        "ItemSelector": {"at.$": "$$.Map.Item.Index", "item.$": "$$.Map.Item.Value", "all.$": "$.all"},
        "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"of.$": "$.all"}},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "It",
            "States": {"It": {"Type": "Pass", "End": True}},
        },
        "End": True,
    }
    read = {"mapItemReaderData": '{"rows": ["a", "b", "c"]}'}
    found = tried(
        cloud, state, {"all": 3}, mock={"result": []}, stateConfiguration=read, inspectionLevel="DEBUG"
    )["inspectionData"]
    assert json.loads(found["afterItemsPointer"]) == ["a", "b", "c"]
    given = [{"at": at, "item": item, "all": 3} for at, item in enumerate("abc")]
    assert json.loads(found["afterItemSelector"]) == given
    assert json.loads(found["afterItemBatcher"]) == [
        {"BatchInput": {"of": 3}, "Items": given[:2]},
        {"BatchInput": {"of": 3}, "Items": given[2:]},
    ]


@pytest.mark.parametrize("reveals", [False, True])
def test_a_trace_shows_request_and_response_of_an_http_task(cloud, reveals):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html"""
    cloud.stub_http("pay.example.com", {"id": "ch_1"})
    key = {"ApiKeyName": "x-key", "ApiKeyValue": "s3cret"}
    connection = cloud.client("events").create_connection(
        Name="pay", AuthorizationType="API_KEY", AuthParameters={"ApiKeyAuthParameters": key}
    )["ConnectionArn"]
    request = {
        "ApiEndpoint": "https://pay.example.com/charges",
        "Method": "POST",
        "RequestBody": {"n": 1},
        "Authentication": {"ConnectionArn": connection},
    }
    state = {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": request, "End": True}
    found = tried(cloud, state, {}, roleArn=ROLE, inspectionLevel="TRACE", revealSecrets=reveals)[
        "inspectionData"
    ]
    sent = found["request"]
    assert (sent["method"], sent["url"], sent["body"]) == (
        "POST",
        "https://pay.example.com/charges",
        '{"n":1}',
    )
    assert ("x-key: s3cret" in sent["headers"]) == reveals
    assert (found["response"]["statusCode"], found["response"]["body"]) == ("200", '{"id": "ch_1"}')


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"QueryLanguage": "JSONata", "Output": "{% $states.input.gone %}"}, "States.QueryEvaluationError"),
        (
            {"QueryLanguage": "JSONata", "Assign": {"v": "{% $states.input.gone %}"}},
            "States.QueryEvaluationError",
        ),
        ({"ResultPath": "$.error"}, "States.ResultPathMatchFailure"),
    ],
    ids=["output", "variables", "path"],
)
def test_a_catcher_that_fails_fails_the_state(cloud, state, error):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    language = {name: state[name] for name in ("QueryLanguage",) if name in state}
    given = {name: value for name, value in state.items() if name not in language}
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "Other", **given}
    answer = tried(cloud, {**CALL, **language, "Catch": [catcher]}, [1], mock=OOPS)
    assert (answer["status"], answer["error"]) == ("FAILED", error)
