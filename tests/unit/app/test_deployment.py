"""Deploying: templates as people write them work, and what doesn't is told with file, line and resource."""

import contextlib
import json
import textwrap

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import harness
from harness import TemplateError, Unsupported, faults
from harness.app.resources import TYPES

HANDLER = "def handler(event, context):\n    return {'event': event, 'name': context.function_name}\n"


@pytest.fixture
def simulator():
    with harness.Simulator() as cloud:
        yield cloud


@pytest.fixture
def write(tmp_path):
    """Writes a template, and a handler beside it; the template's path."""

    def written(text):
        (tmp_path / "src").mkdir(exist_ok=True)
        (tmp_path / "src" / "app.py").write_text(HANDLER)
        path = tmp_path / "template.yaml"
        path.write_text(textwrap.dedent(text))
        return path

    return written


def test_a_sam_app_is_deployed_with_all_that_sam_generates(simulator, write):
    app = simulator.deploy(
        write(
            """
            Transform: AWS::Serverless-2016-10-31
            Parameters:
              Stage: {Type: String, Default: dev}
            Globals:
              Function: {Runtime: python3.14, Timeout: 5, Handler: app.handler, CodeUri: src/}
            Resources:
              Work:
                Type: AWS::SQS::Queue
                Properties: {VisibilityTimeout: 30}
              Worker:
                Type: AWS::Serverless::Function
                Properties:
                  Environment: {Variables: {STAGE: !Ref Stage, QUEUE: !Ref Work}}
                  Policies:
                    - AWSLambdaBasicExecutionRole
                    - SQSPollerPolicy: {QueueName: !GetAtt Work.QueueName}
                  Events:
                    Work: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn, BatchSize: 5}}
            Outputs:
              Queue: {Value: !GetAtt Work.Arn}
            """
        )
    )
    assert {"Work", "Worker", "WorkerRole", "WorkerWork"} <= set(app.resources)
    assert app.outputs["Queue"] == app.arn("Work")
    assert app.function("Worker").invoke({"n": 1})["event"] == {"n": 1}
    mappings = app.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert [(m["EventSourceArn"], m["BatchSize"]) for m in mappings] == [(app.arn("Work"), 5)]


def test_resources_that_change_nothing_in_a_run_are_listed(simulator, write):
    app = simulator.deploy(
        write(
            """
            Resources:
              Table:
                Type: AWS::DynamoDB::Table
                Properties:
                  AttributeDefinitions: [{AttributeName: k, AttributeType: S}]
                  KeySchema: [{AttributeName: k, KeyType: HASH}]
                  BillingMode: PAY_PER_REQUEST
                  PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
              Alarm:
                Type: AWS::CloudWatch::Dashboard
                Properties: {DashboardBody: "{}"}
            """
        )
    )
    assert [(found.logical_id, found.type) for found in app.without_effect] == [
        ("Table", "AWS::DynamoDB::Table"),
        ("Alarm", "AWS::CloudWatch::Dashboard"),
    ]


def test_conditions_parameters_and_mappings_decide_what_is_created(simulator, write):
    path = write(
        """
        Parameters:
          Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
        Mappings:
          Delays: {dev: {Seconds: 1}, prod: {Seconds: 9}}
        Conditions:
          IsProd: !Equals [!Ref Stage, prod]
        Resources:
          Always:
            Type: AWS::SQS::Queue
            Properties:
              DelaySeconds: !FindInMap [Delays, !Ref Stage, Seconds]
              KmsMasterKeyId: !If [IsProd, alias/key, !Ref AWS::NoValue]
          Sometimes: {Type: AWS::SQS::Queue, Condition: IsProd}
        """
    )
    app = simulator.deploy(path, name="one")
    assert list(app.resources) == ["Always"]
    other = simulator.deploy(path, name="two", parameters={"Stage": "prod"})
    assert list(other.resources) == ["Always", "Sometimes"]
    attributes = other.client("sqs").get_queue_attributes(
        QueueUrl=other.physical_id("Always"), AttributeNames=["DelaySeconds"]
    )
    assert attributes["Attributes"]["DelaySeconds"] == "9"


def test_inline_code_runs(simulator, write):
    app = simulator.deploy(
        write(
            """
            Resources:
              Role:
                Type: AWS::IAM::Role
                Properties: {AssumeRolePolicyDocument: {Statement: []}}
              Hello:
                Type: AWS::Lambda::Function
                Properties:
                  Runtime: python3.12
                  Handler: index.handler
                  Role: !GetAtt Role.Arn
                  Code:
                    ZipFile: |
                      def handler(event, context):
                          return "hello " + event["name"]
            """
        )
    )
    assert app.function("Hello").invoke({"name": "you"}) == "hello you"


def test_names_in_messages_and_histories_are_the_templates_own(simulator, write):
    app = simulator.deploy(write("Resources:\n  Work: {Type: AWS::SQS::Queue}\n"))
    app.queue("Work").send("hi")
    assert app.history().of("accepted")[0].subject == "Work"


FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: {runtime}, Handler: {handler}, CodeUri: {code}}}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Resources:\n  Web: {Type: Acme::Shop::Window}\n",
            "line 2, Web: Acme::Shop::Window can't be deployed here; leave",
        ),
        (
            "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {Visibility: 3}\n",
            "Q: AWS::SQS::Queue has no property 'Visibility'",
        ),
        (
            "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {DelaySeconds: 901}\n",
            "Q: InvalidAttributeValue",
        ),
        (
            "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Ref Nope}\n",
            "Q: QueueName: Ref: there is no parameter or resource 'Nope'",
        ),
        (
            "Resources:\n  A: {Type: AWS::SQS::Queue, DependsOn: B}\n"
            "  B: {Type: AWS::SQS::Queue, DependsOn: A}\n",
            "depends on itself: A → B → A",
        ),
        ("Resources:\n  A: {Type: AWS::SQS::Queue, DependsOn: Nope}\n", "A: DependsOn names 'Nope'"),
        (
            "Parameters:\n  P: {Type: String}\nResources:\n  A: {Type: AWS::SQS::Queue}\n",
            "Parameters.P: has no default; pass one",
        ),
        (
            FUNCTION.format(runtime="python3.13", handler="app.handler", code="nowhere/"),
            "Worker: its code nowhere/ does not exist",
        ),
        (
            FUNCTION.format(runtime="python3.13", handler="nope.handler", code="src/"),
            "Worker: Handler: there is no module 'nope' in src/",
        ),
        (
            FUNCTION.format(runtime="python3.13", handler="app", code="src/"),
            "Worker: Handler: expected module.function, found 'app'",
        ),
        (
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  W: {Type: AWS::Serverless::Function}\n",
            "W: ",
        ),
        (
            "Resources:\n  A: {Type: AWS::SQS::Queue}\nOutputs:\n  O: {Value: !Ref Nope}\n",
            "Outputs.O: Ref: there is no",
        ),
    ],
)
def test_an_error_names_the_file_the_place_and_what_to_do(simulator, write, text, told):
    path = write(text)
    with pytest.raises(TemplateError) as failure:
        simulator.deploy(path)
    assert str(failure.value).startswith(f"{path}: ")
    assert told in str(failure.value)


@pytest.mark.parametrize("kind", [EndpointConnectionError, ConnectionClosedError, ReadTimeoutError])
def test_a_cloud_that_gives_no_answer_is_not_the_templates_fault(simulator, write, monkeypatch, kind):
    def fails(service):
        raise kind(endpoint_url="http://127.0.0.1:1")

    monkeypatch.setattr(simulator, "client", fails)
    with pytest.raises(kind) as told:
        simulator.deploy(write("Resources:\n  Work: {Type: AWS::SQS::Queue}\n"))
    [note] = told.value.__notes__
    assert note.endswith("the cloud gave no answer to this")


def test_what_is_ignored_is_left_out(simulator, write):
    path = write("Resources:\n  Web: {Type: AWS::EC2::Fleet}\n  Q: {Type: AWS::SQS::Queue}\n")
    assert list(simulator.deploy(path, ignore=["AWS::EC2::Fleet"], name="a").resources) == ["Q"]
    assert list(simulator.deploy(path, ignore=["Web"], name="b").resources) == ["Q"]


def test_a_runtime_that_this_cloud_cannot_run_is_unsupported_and_says_what_to_do(simulator, write):
    told = (
        r"template\.yaml: line \d+, Worker: .*run the test with --cloud localstack, or leave .* out by ignore"
    )
    with pytest.raises(Unsupported, match=told):
        simulator.deploy(write(FUNCTION.format(runtime="nodejs22.x", handler="app.handler", code="src/")))


def test_a_bucket_that_may_not_notify_its_queue_is_told_in_the_words_of_s3(simulator, write):
    with pytest.raises(TemplateError, match=r"line \d+, B: InvalidArgument: Unable to validate"):
        simulator.deploy(
            write(
                """
                Resources:
                  B:
                    Type: AWS::S3::Bucket
                    Properties:
                      NotificationConfiguration:
                        QueueConfigurations: [{Event: "s3:ObjectCreated:*", Queue: !GetAtt Q.Arn}]
                  Q: {Type: AWS::SQS::Queue}
                """
            )
        )


def test_a_name_that_is_too_long_with_that_of_the_app_is_told_with_what_makes_it_shorter(simulator, write):
    queue = "Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${AWS::StackName}-%s'}}" % ("x" * 80)
    with pytest.raises(TemplateError, match=r"; AWS::StackName is part of it: deploy\(…, name=…\)"):
        simulator.deploy(write(f"Resources:\n  {queue}\n"))


@pytest.mark.parametrize("fault", [faults.throttle, faults.request_lost], ids=["refused", "lost"])
def test_a_fault_that_is_meant_for_the_deployment_is_blamed_for_its_failure(write, fault):
    plan = faults.Plan(0, (fault("sqs:CreateQueue", times=None, in_deployment=True),))
    told = (
        rf"line \d+, Q: the fault {fault.kind} of the plan hit sqs:CreateQueue; the template is not to blame$"
    )
    with harness.Simulator(plan=plan) as cloud, pytest.raises(TemplateError, match=told):
        cloud.deploy(write("Resources:\n  Q: {Type: AWS::SQS::Queue}\n"))


PROPERTY = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2000) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=4,
)
KINDS = sorted(kind for kind, known in TYPES.items() if known.properties)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(KINDS), data=st.data())
def test_any_properties_give_an_app_or_an_error_of_ours(tmp_path, kind, data):
    names = data.draw(st.lists(st.sampled_from(sorted(TYPES[kind].properties)), max_size=4))
    properties = {name: data.draw(PROPERTY) for name in names}
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Resources": {"Thing": {"Type": kind, "Properties": properties}}}))
    with harness.Simulator() as cloud, contextlib.suppress(TemplateError, Unsupported):
        cloud.deploy(path)


@pytest.mark.parametrize(("folder", "name"), [("orders", "orders-Q"), ("o" * 40, "ooooooooooooo-d46c24-Q")])
def test_an_app_is_called_like_its_folder_or_the_beginning_of_that(simulator, tmp_path, folder, name):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "template.yaml").write_text("Resources:\n  Q: {Type: AWS::SQS::Queue}\n")
    app = simulator.deploy(tmp_path / folder / "template.yaml")
    assert app.physical_id("Q").endswith(f"/{name}")
