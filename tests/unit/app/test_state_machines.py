"""State machines in templates."""

import json

import pytest

from harness.app.template import TemplateError

STATES = {"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "${Work}", "End": True}}}
FUNCTION = {
    "Type": "AWS::Serverless::Function",
    "Properties": {
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "InlineCode": "def handler(event, context): return {'worked': event}",
    },
}


def sam(tmp_path, **properties):
    """The path of a template with a function and a state machine."""
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": properties}
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"Work": FUNCTION, "Steps": machine},
    }
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    return path


SUBSTITUTIONS = {"Work": {"Fn::GetAtt": ["Work", "Arn"]}}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("steps.asl.json", json.dumps(STATES)),
        ("steps.asl.yaml", "StartAt: Work\nStates:\n  Work: {Type: Task, Resource: '${Work}', End: true}\n"),
    ],
)
def test_a_definition_is_a_file_whose_placeholders_are_filled(cloud, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    app = cloud.deploy(sam(tmp_path, DefinitionUri=name, DefinitionSubstitutions=SUBSTITUTIONS))
    execution = app.state_machine("Steps").start({"n": 1}, name="first")
    app.settle()
    found = app.state_machine("Steps").execution(execution)
    assert (found.name, found.status, found.output) == ("first", "SUCCEEDED", {"worked": {"n": 1}})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "steps.asl.yaml",
            "StartAt: Rest\nStates:\n  Rest:\n    Type: Wait\n    Seconds: ${Rest}\n    End: true\n",
        ),
        (
            "steps.asl.json",
            '{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": ${Rest}, "End": true}}}',
        ),
    ],
    ids=["yaml", "json"],
)
def test_a_placeholder_may_stand_for_a_number(cloud, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    app = cloud.deploy(sam(tmp_path, DefinitionUri=name, DefinitionSubstitutions={"Rest": 600}))
    execution = app.state_machine("Steps").start({})
    app.advance(601)
    assert app.state_machine("Steps").execution(execution).status == "SUCCEEDED"


def test_a_definition_that_is_not_there_is_told_with_its_line(cloud, tmp_path):
    with pytest.raises(TemplateError, match=r"its definition nowhere\.json does not exist"):
        cloud.deploy(sam(tmp_path, DefinitionUri="nowhere.json"))


def test_an_event_of_sam_starts_it(cloud, tmp_path):
    rule = {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["shop"]}}}
    path = sam(tmp_path, Definition=STATES, DefinitionSubstitutions=SUBSTITUTIONS, Events={"Sold": rule})
    app = cloud.deploy(path)
    app.bus("default").put({"n": 1}, detail_type="sold", source="shop")
    app.settle()
    [execution] = app.state_machine("Steps").executions()
    assert execution.output["worked"]["detail"] == {"n": 1}


def test_a_task_asks_an_api_of_the_app(cloud, tmp_path):
    function = FUNCTION | {"Properties": dict(FUNCTION["Properties"])}
    source = "def handler(event, context): return {'statusCode': 200, 'body': event['body']}"
    get = {"Type": "Api", "Properties": {"Path": "/echo", "Method": "post"}}
    function["Properties"] |= {"InlineCode": source, "Events": {"Echo": get}}
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::apigateway:invoke",
        "Parameters": {
            "ApiEndpoint": "${Api}.execute-api.us-east-1.amazonaws.com",
            "Method": "POST",
            "Stage": "Prod",
            "Path": "/echo",
            "RequestBody": {"n": 1},
        },
        "End": True,
    }
    steps = {
        "Definition": {"StartAt": "Ask", "States": {"Ask": ask}},
        "DefinitionSubstitutions": {"Api": {"Ref": "ServerlessRestApi"}},
    }
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": steps}
    resources = {"Work": function, "Steps": machine}
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources}))
    app = cloud.deploy(path)
    execution = app.state_machine("Steps").start()
    app.settle()
    output = app.state_machine("Steps").execution(execution).output
    assert (output["StatusCode"], output["ResponseBody"]) == (200, {"n": 1})


def test_an_express_one_is_run_and_gives_its_output(cloud, tmp_path):
    path = sam(tmp_path, Definition=STATES, DefinitionSubstitutions=SUBSTITUTIONS, Type="EXPRESS")
    assert cloud.deploy(path).state_machine("Steps").run({"n": 1}) == {"worked": {"n": 1}}
