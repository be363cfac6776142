"""Custom resources: their handlers are asked as AWS asks them, and what they answer counts.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

import json
import textwrap

import pytest

from harness import Simulator, TemplateError, Unsupported
from harness.app.deployment import deploy
from harness.explore.points import points_of
from tests.unit.app.clouds import NotingCloud

ANSWERING = """
import cfnresponse, json, boto3
def handler(event, context):
    boto3.client("sqs").send_message(
        QueueUrl=event["ResourceProperties"]["Seen"], MessageBody=json.dumps(event))
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Size": 3, "Name": "it"}, "made-1")
"""


@pytest.fixture
def cloud():
    with Simulator() as cloud:
        yield cloud


@pytest.fixture
def written(tmp_path):
    def written(source=ANSWERING, runtime="python3.13", **properties):
        resources = {
            "Seen": {"Type": "AWS::SQS::Queue"},
            "Maker": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": runtime,
                    "Handler": "index.handler",
                    "Code": {"ZipFile": textwrap.dedent(source)},
                },
            },
            "Made": {
                "Type": "Custom::Thing",
                "Properties": {
                    "ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]},
                    "Seen": {"Ref": "Seen"},
                    **properties,
                },
            },
        }
        outputs = {
            "Id": {"Value": {"Ref": "Made"}},
            "Size": {"Value": {"Fn::GetAtt": ["Made", "Size"]}},
        }
        path = tmp_path / "template.json"
        path.write_text(json.dumps({"Resources": resources, "Outputs": outputs}))
        return path

    return written


def test_ref_and_getatt_are_what_the_handler_answers(written, cloud):
    app = cloud.deploy(written(), name="shop")
    assert app.outputs == {"Id": "made-1", "Size": 3}


def test_the_handler_gets_the_event_that_aws_sends(written, cloud):
    app = cloud.deploy(written(Count=3, On=True, Parts=[{"Of": 1.5}]), name="shop")
    [message] = app.queue("Seen").messages()
    event = json.loads(message["Body"])
    assert event["RequestType"] == "Create"
    assert event["ResourceType"] == "Custom::Thing"
    assert event["LogicalResourceId"] == "Made"
    assert event["StackId"].startswith("arn:aws:cloudformation:us-east-1:123456789012:stack/shop/")
    assert event["ResponseURL"].startswith("https://cloudformation-custom-resource-response-useast1.s3.")
    assert event["ServiceToken"] == event["ResourceProperties"]["ServiceToken"] == app.arn("Maker")
    assert event["ResourceProperties"]["Parts"] == [{"Of": "1.5"}]
    assert (event["ResourceProperties"]["Count"], event["ResourceProperties"]["On"]) == ("3", "true")


def test_what_makes_it_can_listen_to_a_topic(tmp_path, cloud):
    path = tmp_path / "template.yaml"
    path.write_text(
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Asked: {Type: AWS::SNS::Topic}
          Maker:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.13
              Handler: index.handler
              InlineCode: |
                import cfnresponse, json
                def handler(event, context):
                    asked = json.loads(event["Records"][0]["Sns"]["Message"])
                    cfnresponse.send(asked, context, "SUCCESS", {}, asked["RequestId"][:4])
              Events: {Asked: {Type: SNS, Properties: {Topic: !Ref Asked}}}
          Made:
            Type: AWS::CloudFormation::CustomResource
            DependsOn: [MakerAsked, MakerAskedPermission]
            Properties: {ServiceToken: !Ref Asked}
        """
    )
    app = cloud.deploy(path)
    assert len(app.physical_id("Made")) == 4


def answer(body):
    return f"""
    import json, urllib.request
    def handler(event, context):
        body = {body}
        url = event["ResponseURL"]
        urllib.request.urlopen(urllib.request.Request(url, data=body.encode(), method="PUT"))
    """


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "import cfnresponse\ndef handler(event, context):\n"
            "    cfnresponse.send(event, context, cfnresponse.FAILED, {}, reason='no room')\n",
            "Made: its handler answered FAILED: no room",
        ),
        (
            "def handler(event, context): ...",
            "Made: its handler didn't answer within 5 s: it must PUT",
        ),
        ("def handler(event, context): 1 / 0", "Made: its handler didn't answer within 5 s"),
        (answer("'x'"), "Made: its handler's answer isn't one: b'x'"),
        (answer("json.dumps({'Status': 'SUCCESS'})"), "answer needs a PhysicalResourceId"),
        (answer("json.dumps({'Status': 'SUCCESS', 'X': 'x' * 5000})"), "CloudFormation takes 4,096"),
    ],
    ids=["failed", "no answer", "raises", "no JSON", "no id", "too long"],
)
def test_an_answer_that_makes_nothing_fails_the_deployment(written, cloud, source, told):
    with pytest.raises(TemplateError) as error:
        cloud.deploy(written(source, ServiceTimeout=5))
    assert told in str(error.value)


@pytest.mark.parametrize(
    "ends", ["cfnresponse.send(event, context, cfnresponse.FAILED, {})", "1 / 0"], ids=["answers", "raises"]
)
def test_an_answer_that_makes_nothing_is_told_with_the_log_of_the_handler(written, cloud, ends):
    source = f"import cfnresponse\ndef handler(event, context):\n    print('no such zone')\n    {ends}\n"
    with pytest.raises(TemplateError, match=r"; its log:\n(.*\n)*    no such zone"):
        cloud.deploy(written(source, ServiceTimeout=5))


def test_a_handler_that_fails_once_is_tried_again(written, cloud):
    source = """
        import cfnresponse
        tries = []
        def handler(event, context):
            tries.append(1)
            if len(tries) == 1:
                raise RuntimeError("not yet")
            cfnresponse.send(event, context, "SUCCESS", {"Size": len(tries)}, "made")
        """
    assert cloud.deploy(written(source)).outputs["Size"] == 2


def test_exploration_leaves_alone_what_makes_it(written, cloud):
    app = cloud.deploy(written())
    app.queue("Seen").send("hi")
    app.settle()
    assert {point.place for point in points_of(app.history())} == {"test → sqs:SendMessage Seen"}


def test_what_only_a_function_in_another_language_makes_is_left_out_and_said(written, cloud):
    app = cloud.deploy(written("exports.handler = async () => {}", runtime="nodejs22.x"))
    assert list(app.types) == ["Seen"]
    told = {found.logical_id: found.why for found in app.without_effect}
    assert told["Made"] == "its handler Maker is in nodejs22.x, which isn't run here"
    assert told["Maker"] == "it serves custom resources that aren't made here, and nothing else"


def test_what_needs_the_cli_of_aws_is_left_out_with_its_function_and_layer(written, cloud):
    path = written()
    template = json.loads(path.read_text())
    template["Resources"]["Made"]["Type"] = "Custom::CDKBucketDeployment"
    template["Resources"]["Maker"]["Properties"]["Layers"] = [{"Ref": "Cli"}]
    template["Resources"]["Cli"] = {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {"Content": {"S3Bucket": "assets", "S3Key": "cli.zip"}},
    }
    path.write_text(json.dumps({"Resources": template["Resources"]}))
    app = cloud.deploy(path)
    assert list(app.types) == ["Seen"]
    told = {found.logical_id: found.why for found in app.without_effect}
    assert told["Made"].startswith("its handler needs the AWS CLI; put the objects there yourself")
    assert set(told) == {"Made", "Maker", "Cli"}


def test_a_function_in_another_language_that_does_more_is_not_left_out(written, cloud):
    path = written("exports.handler = async () => {}", runtime="nodejs22.x")
    template = json.loads(path.read_text())
    template["Resources"]["FromQueue"] = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "FunctionName": {"Ref": "Maker"},
            "EventSourceArn": {"Fn::GetAtt": ["Seen", "Arn"]},
        },
    }
    path.write_text(json.dumps(template))
    with pytest.raises(Unsupported, match=r"Maker: functions in nodejs22\.x don't run in sim"):
        cloud.deploy(path)


def test_without_its_handler_it_is_left_out(written, cloud):
    app = cloud.deploy(written(), ignore=["Maker"])
    assert list(app.types) == ["Seen"]


def test_a_cloud_that_cannot_hear_the_answer_says_so(written):
    with pytest.raises(Unsupported, match="custom resources: the cloud 'noting' doesn't offer it"):
        deploy(NotingCloud(), written())


WAITER = {
    "StartAt": "ask",
    "States": {
        "ask": {
            "Type": "Task",
            "Resource": "${Complete.Arn}",
            "Retry": [
                {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 3, "BackoffRate": 1}
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "give up"}],
            "End": True,
        },
        "give up": {"Type": "Task", "Resource": "${Timeout.Arn}", "End": True},
    },
}
"""The state machine around `isComplete`, as the CDK makes it."""


def framework(name, **variables):
    names = {"USER_ON_EVENT_FUNCTION_ARN": {"Fn::GetAtt": ["OnEvent", "Arn"]}, **variables}
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "nodejs24.x",
            "Handler": f"framework.{name}",
            "Environment": {"Variables": names},
            "Code": {"S3Bucket": "assets", "S3Key": "framework.zip"},
            "Timeout": 900,
        },
    }


def users(source):
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Code": {"ZipFile": textwrap.dedent(source)},
        },
    }


@pytest.fixture
def provided(tmp_path, cloud):
    def provided(on_event, is_complete=""):
        asked = (
            {"USER_IS_COMPLETE_FUNCTION_ARN": {"Fn::GetAtt": ["IsComplete", "Arn"]}} if is_complete else {}
        )
        waits = {"WAITER_STATE_MACHINE_ARN": {"Ref": "Waiter"}} if is_complete else {}
        resources = {
            "OnEvent": users(on_event),
            "Provider": framework("onEvent", **asked, **waits),
            "Made": {
                "Type": "AWS::CloudFormation::CustomResource",
                "Properties": {"ServiceToken": {"Fn::GetAtt": ["Provider", "Arn"]}},
            },
        }
        if is_complete:
            role = "arn:aws:iam::123456789012:role/waiter"
            definition = {"Fn::Sub": json.dumps(WAITER)}
            resources |= {
                "IsComplete": users(is_complete),
                "Complete": framework("isComplete", **asked),
                "Timeout": framework("onTimeout", **asked),
                "Waiter": {
                    "Type": "AWS::StepFunctions::StateMachine",
                    "Properties": {"DefinitionString": definition, "RoleArn": role},
                },
            }
        path = tmp_path / "template.json"
        path.write_text(json.dumps({"Resources": resources}))
        return cloud.deploy(path)

    return provided


def test_the_framework_of_the_cdk_asks_the_users_handler(provided):
    app = provided("""
        def handler(event, context):
            return {"PhysicalResourceId": event["RequestType"], "Data": {"Size": 3}}
        """)
    assert (app.physical_id("Made"), app.resources["Made"].attributes) == ("Create", {"Size": 3})


def test_a_handler_that_returns_nothing_gives_the_request_as_the_id(provided):
    app = provided("def handler(event, context): ...")
    assert len(app.physical_id("Made")) == 36


def test_the_framework_waits_until_the_resource_is_complete(provided, cloud):
    app = provided(
        "def handler(event, context): return {'PhysicalResourceId': 'x', 'Data': {'A': '0', 'B': '2'}}",
        """
        tries = []
        def handler(event, context):
            tries.append(event["PhysicalResourceId"])
            return {"IsComplete": len(tries) == 3, **({"Data": {"A": "1"}} if len(tries) == 3 else {})}
        """,
    )
    assert (app.physical_id("Made"), app.resources["Made"].attributes) == ("x", {"A": "1", "B": "2"})
    assert cloud.elapsed > 10


@pytest.mark.parametrize(
    ("on_event", "is_complete", "told"),
    [
        ("def handler(event, context): raise ValueError('no room')", "", "answered FAILED: no room"),
        (
            "def handler(event, context): ...",
            "def handler(event, context): 1 / 0",
            "FAILED: division by zero",
        ),
        (
            "def handler(event, context): ...",
            "def handler(event, context): return {'IsComplete': False}",
            "answered FAILED: Operation timed out",
        ),
    ],
    ids=["on_event", "is_complete", "never"],
)
def test_what_the_users_handlers_do_not_make_fails_the_deployment(provided, on_event, is_complete, told):
    with pytest.raises(TemplateError) as error:
        provided(on_event, is_complete)
    assert told in str(error.value)
