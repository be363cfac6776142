"""SAM templates as people write them, and what becomes of them."""

import textwrap

import pytest

from harness.app.deployment import deploy
from harness.app.sam import transform
from harness.app.template import TemplateError, parse_template
from harness.cloud import Unsupported
from tests.unit.app.clouds import ACCOUNT, REGION, NotingCloud

SAM = "Transform: AWS::Serverless-2016-10-31\n"


@pytest.fixture
def cloud():
    return NotingCloud()


@pytest.fixture
def deployed(cloud, tmp_path):
    """Deploys a template's text, with a handler in src/, to the noting cloud."""
    folder = tmp_path / "shop"
    for name in ("src/app.py", "src/nested/more.py", "layer/python/common.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("def handler(event, context): ...")

    def deployed(text, **options):
        (folder / "template.yaml").write_text(SAM + textwrap.dedent(text))
        return deploy(cloud, folder / "template.yaml", **options)

    return deployed


SHOP = """
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Batch: {Type: Number, Default: 5}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Globals:
  Function:
    Runtime: python3.14
    Timeout: 20
    MemorySize: 256
    Tracing: Active
    CodeUri: src/
    Handler: app.handler
    Environment:
      Variables:
        STAGE: !Ref Stage
        LEVEL: !If [IsProd, WARNING, DEBUG]
Resources:
  Placed:
    Type: AWS::SNS::Topic
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 120
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt Dead.Arn
        maxReceiveCount: 3
  Dead:
    Type: AWS::SQS::Queue
  Table:
    Type: AWS::Serverless::SimpleTable
    Properties:
      PrimaryKey: {Name: order, Type: String}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Description: !Sub "Works off ${Orders.QueueName} in ${AWS::StackName} (${Stage})"
      ReservedConcurrentExecutions: !If [IsProd, !Ref AWS::NoValue, 2]
      Layers: [!Ref Common]
      AutoPublishAlias: live
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      Policies:
        - AWSLambdaBasicExecutionRole
        - DynamoDBCrudPolicy: {TableName: !Ref Table}
        - Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Action: "sqs:*", Resource: !GetAtt Orders.Arn}
      Environment:
        Variables: {TABLE: !Ref Table, RETRIES: 3, DEBUG: true}
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig:
          OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}
      Events:
        Orders:
          Type: SQS
          Properties:
            Queue: !GetAtt Orders.Arn
            BatchSize: !Ref Batch
            FunctionResponseTypes: [ReportBatchItemFailures]
            FilterCriteria: {Filters: [{Pattern: '{"body": {"kind": ["order"]}}'}]}
            ScalingConfig: {MaximumConcurrency: 2}
        Placed:
          Type: SNS
          Properties: {Topic: !Ref Placed, FilterPolicy: {kind: [urgent]}}
        Fanned:
          Type: SNS
          Properties: {Topic: !Ref Placed, SqsSubscription: true}
  Common:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: layer/, CompatibleRuntimes: [python3.14]}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmName: !Sub "${Worker}-errors", MetricName: Errors}
  LogGroup:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/aws/lambda/${Worker}", RetentionInDays: 7}
Outputs:
  Url: {Value: !Ref Orders}
  Function: {Value: !GetAtt Worker.Arn, Export: {Name: !Sub "${AWS::StackName}-worker"}}
  OnlyProd: {Condition: IsProd, Value: x}
"""


def test_a_shop_is_created_with_all_that_sam_adds(cloud, deployed, tmp_path):
    app = deployed(SHOP)
    queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:shop-Orders"
    function = cloud.one("create_function")
    assert function["FunctionName"] == "shop-Worker"
    assert function["Code"]["S3Key"] == str(tmp_path / "shop/src")
    assert function["Description"] == "Works off shop-Orders in shop (dev)"
    assert function["Environment"]["Variables"] == {
        "STAGE": "dev",
        "LEVEL": "DEBUG",
        "TABLE": "shop-Table",
        "RETRIES": "3",
        "DEBUG": "true",
    }
    assert function["DeadLetterConfig"] == {"TargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:shop-Dead"}
    assert function["Layers"] == [app.physical_id("Common")]
    assert cloud.one("put_function_concurrency")["ReservedConcurrentExecutions"] == 2
    mapping = next(m for m in cloud.called("create_event_source_mapping") if m["EventSourceArn"] == queue_arn)
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (5, {"MaximumConcurrency": 2})
    assert mapping["FunctionName"].endswith("function:shop-Worker:live")
    assert {s["Protocol"] for s in cloud.called("subscribe")} == {"lambda", "sqs"}
    assert cloud.one("put_function_event_invoke_config")["MaximumRetryAttempts"] == 1
    assert app.outputs["Function"].endswith(":function:shop-Worker")
    assert set(app.outputs) == {"Url", "Function"}


def test_what_changes_nothing_is_listed_and_says_why(deployed):
    found = {(w.logical_id, w.type): w.why for w in deployed(SHOP).without_effect}
    assert found["WorkerRole", "AWS::IAM::Role"] == "policies of IAM are not evaluated"
    assert found["Worker", "AWS::Lambda::Function"] == "TracingConfig changes nothing in a run"


def test_names_are_those_of_the_template_as_written(cloud, deployed):
    app = deployed(SHOP)
    forms = [*(app.physical_id(x) for x in ("Orders", "Table", "Worker", "Common")), app.arn("Worker")]
    assert [cloud.names.of(form) for form in forms] == ["Orders", "Table", "Worker", "Common", "Worker"]
    assert cloud.names.of(f"{app.arn('Worker')}:live") == "Worker"


def test_a_template_is_transformed_once_and_gives_the_same_each_time(cloud, deployed):
    deployed(SHOP)
    first, cloud.calls = cloud.calls, []
    deployed(SHOP)
    assert cloud.calls == first


def test_conditions_take_parameters_into_account(cloud, deployed):
    app = deployed(SHOP, parameters={"Stage": "prod", "Batch": 7})
    assert cloud.called("put_function_concurrency") == []
    assert cloud.one("create_function")["Environment"]["Variables"]["LEVEL"] == "WARNING"
    assert app.outputs["OnlyProd"] == "x"


def test_code_that_is_not_named_lies_beside_the_template(cloud, deployed, tmp_path):
    deployed(
        """
        Resources:
          Worker:
            Type: AWS::Serverless::Function
            Properties: {Runtime: python3.12, Handler: src.app.handler}
        """
    )
    assert cloud.one("create_function")["Code"]["S3Key"] == str(tmp_path / "shop")


def test_a_safe_deployment_is_accepted(deployed):
    app = deployed(
        """
        Resources:
          Worker:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              CodeUri: src/
              Handler: nested/more.handler
              AutoPublishAlias: live
              DeploymentPreference: {Type: Canary10Percent5Minutes}
        """
    )
    assert "AWS::CodeDeploy::DeploymentGroup" in {w.type for w in app.without_effect}


API = """
Resources:
  Web:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: app.handler
      Events:
        Get: {Type: Api, Properties: {Path: /, Method: get}}
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/"}
"""


def test_what_sam_adds_and_the_cloud_does_not_have_can_be_left_out_with_all_its_kind(deployed):
    with pytest.raises(Unsupported, match=r"APIs and function URLs: the cloud .* ignore"):
        deployed(API)
    app = deployed(API, ignore=["AWS::ApiGateway::*"])
    assert "Web" in app.resources
    assert app.outputs["Url"].startswith("https://shop-ServerlessRestApi.")
    assert ("ServerlessRestApi", "left out by ignore; what refers to it gets a made-up name") in {
        (w.logical_id, w.why) for w in app.without_effect
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.12}}",
            "line 3, F: ",
        ),
        (
            "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Handlr: a.b, CodeUri: src/}}",
            "Handlr",
        ),
        ("Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Events: 5}}", "F: "),
        ("Resources:\n  F: {Type: AWS::Serverless::Funktion}", "can't be deployed here"),
        (
            "Globals: {Function: {Handlr: x}}\nResources:\n  Q: {Type: AWS::SQS::Queue}",
            "line 2, Globals.Function: Globals take no property 'Handlr'; did you mean 'Handler'?",
        ),
        (
            "Globals:\n  Function:\n    Timeout: 3\n    Zzz: 1\nResources:\n  Q: {Type: AWS::SQS::Queue}",
            "line 5, Globals.Function: Globals take no property 'Zzz'",
        ),
        (
            "Globals: {Functon: {Handler: x}}\nResources:\n  Q: {Type: AWS::SQS::Queue}",
            "line 2, Globals: Globals take no type of resource 'Functon'; did you mean 'Function'?",
        ),
        ("Globals: {Function: 5}\nResources:\n  Q: {Type: AWS::SQS::Queue}", "Globals"),
    ],
)
def test_errors_of_sam_are_errors_about_the_template(deployed, text, told):
    with pytest.raises(TemplateError) as caught:
        deployed(text)
    assert told in str(caught.value)


def test_types_of_sam_need_its_transform(cloud, tmp_path):
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy.html"""
    path = tmp_path / "template.yaml"
    path.write_text("Resources:\n  F: {Type: AWS::Serverless::Function}\n")
    with pytest.raises(TemplateError, match=r"line 2, F: .* add Transform: AWS::Serverless-2016-10-31"):
        deploy(cloud, path)


def test_macros_of_one_s_own_run_on_aws_only(cloud, tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text("Transform: [MyMacro]\nResources:\n  Q: {Type: AWS::SQS::Queue}\n")
    with pytest.raises(TemplateError, match="line 1, Transform: MyMacro is a macro, which runs on AWS only"):
        deploy(cloud, path)


DEFINED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties: {DefinitionUri: flow.asl.json, Role: "arn:aws:iam::123456789012:role/r"}
  Web: {Type: AWS::Serverless::Api, Properties: {StageName: prod, DefinitionUri: api.yaml}}
  Http: {Type: AWS::Serverless::HttpApi, Properties: {DefinitionUri: http.yaml}}
  Work: {Type: AWS::SQS::Queue}
"""


def test_local_definitions_stay_what_they_were():
    template = parse_template(DEFINED)
    made = transform(template, {}, "us-east-1")["Resources"]
    assert made["Flow"]["Properties"]["DefinitionS3Location"] == "flow.asl.json"
    assert made["Web"]["Properties"]["BodyS3Location"] == "api.yaml"
    assert made["Http"]["Properties"]["BodyS3Location"] == "http.yaml"
