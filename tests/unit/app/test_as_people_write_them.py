"""Templates as other tools and people write them: the CDK's output, plain CloudFormation, `sam init`."""

import json
import textwrap

import pytest

from harness.app.deployment import deploy
from harness.app.template import TemplateError
from tests.unit.app.clouds import ACCOUNT, REGION, NotingCloud


@pytest.fixture
def cloud():
    return NotingCloud()


CDK = {
    "Resources": {
        "Queue4A7E3555": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": 300},
            "UpdateReplacePolicy": "Delete",
            "DeletionPolicy": "Delete",
            "Metadata": {"aws:cdk:path": "Shop/Queue/Resource"},
        },
        "WorkerServiceRole2130CC7F": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Statement": [], "Version": "2012-10-17"},
                "ManagedPolicyArns": [
                    {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/service-role/X"]]}
                ],
            },
        },
        "WorkerServiceRoleDefaultPolicy498F49FD": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyDocument": {"Statement": []},
                "PolicyName": "WorkerServiceRoleDefaultPolicy498F49FD",
                "Roles": [{"Ref": "WorkerServiceRole2130CC7F"}],
            },
        },
        "WorkerE1B1F8A1": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {
                    "S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"},
                    "S3Key": "0a1b.zip",
                },
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["WorkerServiceRole2130CC7F", "Arn"]},
                "Runtime": "python3.13",
            },
            "DependsOn": ["WorkerServiceRoleDefaultPolicy498F49FD", "WorkerServiceRole2130CC7F"],
            "Metadata": {
                "aws:asset:path": "asset.0a1b",
                "aws:asset:is-bundled": False,
                "aws:asset:property": "Code",
            },
        },
        "WorkerSqsEventSourceShopQueue": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue4A7E3555", "Arn"]},
                "FunctionName": {"Ref": "WorkerE1B1F8A1"},
            },
        },
        "CDKMetadata": {
            "Type": "AWS::CDK::Metadata",
            "Properties": {"Analytics": "v2:deflate64:H4s"},
            "Condition": "CDKMetadataAvailable",
        },
    },
    "Conditions": {
        "CDKMetadataAvailable": {
            "Fn::Or": [
                {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}]},
                {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-west-2"]},
            ]
        }
    },
    "Parameters": {
        "BootstrapVersion": {
            "Type": "AWS::SSM::Parameter::Value<String>",
            "Default": "/cdk-bootstrap/hnb659fds/version",
        }
    },
    "Rules": {"CheckBootstrapVersion": {"Assertions": []}},
}


def test_what_the_cdk_synthesizes(cloud, tmp_path):
    (tmp_path / "asset.0a1b").mkdir()
    (tmp_path / "asset.0a1b/index.py").write_text("")
    path = tmp_path / "Shop.template.json"
    path.write_text(json.dumps(CDK, indent=1))
    app = deploy(cloud, path, name="shop")
    assert cloud.one("create_function")["Code"]["S3Key"] == str(tmp_path / "asset.0a1b")
    assert cloud.one("create_event_source_mapping")["FunctionName"] == "shop-WorkerE1B1F8A1"
    assert {"CDKMetadata", "Rules"} <= {w.logical_id for w in app.without_effect}


def test_parts_that_aws_passes_over_are_told(cloud, tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(
        """
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::Serverless::SimpleTable
    TableName: jobs
    DeletionPolicy: Retain
    DeletionPolicy: Delete
"""
    )
    app = deploy(cloud, path, name="shop")
    assert cloud.one("create_table")["TableName"] == "shop-Jobs"
    told = {found.logical_id: found.why for found in app.without_effect}
    assert told["DeletionPolicy on line 8"] == "stands twice; the last one counts"
    assert told["Jobs"] == "TableName is no attribute of a resource; is it meant to stand under Properties?"


def test_a_parameter_of_parameter_store_matters_once_it_is_used(cloud, tmp_path):
    path = tmp_path / "Shop.template.json"
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "BootstrapVersion"}}}
    path.write_text(json.dumps({**CDK, "Resources": {"Q": queue}}))
    with pytest.raises(TemplateError, match=r"BootstrapVersion isn't there: it is read from Parameter Store"):
        deploy(cloud, path)
    deploy(cloud, path, parameters={"BootstrapVersion": "six"})
    assert cloud.one("create_queue")["QueueName"] == "six"


PLAIN = """
AWSTemplateFormatVersion: 2010-09-09
Description: Uploads that are resized
Metadata:
  AWS::CloudFormation::Interface: {ParameterGroups: []}
Parameters:
  Environment: {Type: String, Default: dev, AllowedValues: [dev, staging, prod]}
  Recipients: {Type: CommaDelimitedList, Default: "a@example.com, b@example.com"}
Mappings:
  Retention:
    dev: {Days: 1, Seconds: 86400}
    staging: {Days: 1, Seconds: 86400}
    prod: {Days: 14, Seconds: 1209600}
Conditions:
  IsProd: !Equals [!Ref Environment, prod]
  HasAlarms: !Or [!Condition IsProd, !Equals [!Ref Environment, staging]]
Resources:
  Key:
    Type: AWS::KMS::Key
    Condition: IsProd
    DeletionPolicy: Retain
    Properties: {KeyPolicy: {Version: "2012-10-17", Statement: []}}
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Join ['-', [!Ref Environment, jobs]]
      MessageRetentionPeriod: !FindInMap [Retention, !Ref Environment, Seconds]
      KmsMasterKeyId: !If [IsProd, !GetAtt Key.Arn, !Ref 'AWS::NoValue']
      RedrivePolicy: !Sub '{"deadLetterTargetArn": "${Dead.Arn}", "maxReceiveCount": 3}'
  Dead:
    Type: AWS::SQS::Queue
  Mail:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Sub '${AWS::StackName}-${Environment}-mail'
      Subscription:
        - {Protocol: email, Endpoint: !Select [0, !Ref Recipients]}
        - {Protocol: email, Endpoint: !Select [1, !Ref Recipients]}
  TooOld:
    Type: AWS::CloudWatch::Alarm
    Condition: HasAlarms
    Properties: {AlarmActions: [!Ref Mail], Dimensions: [{Name: QueueName, Value: !GetAtt Jobs.QueueName}]}
  Password:
    Type: AWS::SecretsManager::Secret
    Properties:
      Name: !Sub '/${Environment}/password'
      GenerateSecretString: {SecretStringTemplate: '{"user": "app"}', GenerateStringKey: password}
  Settings:
    Type: AWS::SSM::Parameter
    Properties: {Name: !Sub '/${Environment}/queue', Type: String, Value: !Ref Jobs}
Outputs:
  JobsArn:
    Value: !GetAtt Jobs.Arn
    Export: {Name: !Sub '${AWS::StackName}:Jobs'}
  Account: {Value: !Select [4, !Split [':', !GetAtt Jobs.Arn]]}
"""


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_plain_cloudformation(cloud, tmp_path, environment):
    path = tmp_path / "template.yaml"
    path.write_text(textwrap.dedent(PLAIN))
    app = deploy(cloud, path, name="shop", parameters={"Environment": environment})
    jobs = next(q for q in cloud.called("create_queue") if q["QueueName"] == f"{environment}-jobs")
    assert json.loads(jobs["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"] == app.arn("Dead")
    assert ("KmsMasterKeyId" in jobs["Attributes"]) is (environment == "prod")
    assert ("TooOld" in app.resources) is (environment == "prod")
    assert [s["Endpoint"] for s in cloud.called("subscribe")] == ["a@example.com", "b@example.com"]
    assert cloud.one("put_parameter")["Value"] == app.physical_id("Jobs")
    assert app.outputs == {
        "JobsArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{environment}-jobs",
        "Account": ACCOUNT,
    }


SAM_INIT = """
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeout: 3
    LoggingConfig: {LogFormat: JSON}
Resources:
  HelloWorldFunction:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile, SamResourceId: HelloWorldFunction}
    Properties:
      CodeUri: hello_world/
      Handler: app.lambda_handler
      Runtime: python3.14
      Architectures: [x86_64]
      Events:
        Jobs:
          Type: SQS
          Properties: {Queue: !GetAtt Jobs.Arn}
  Jobs:
    Type: AWS::SQS::Queue
  ApplicationResourceGroup:
    Type: AWS::ResourceGroups::Group
    Properties:
      Name: !Sub 'ApplicationInsights-SAM-${AWS::StackName}'
      ResourceQuery: {Type: CLOUDFORMATION_STACK_1_0}
  ApplicationInsightsMonitoring:
    Type: AWS::ApplicationInsights::Application
    Properties: {ResourceGroupName: !Ref ApplicationResourceGroup, AutoConfigurationEnabled: 'true'}
Outputs:
  HelloWorldFunction: {Value: !GetAtt HelloWorldFunction.Arn}
  HelloWorldFunctionIamRole: {Value: !GetAtt HelloWorldFunctionRole.Arn}
"""


def test_what_sam_init_writes(cloud, tmp_path):
    (tmp_path / "hello_world").mkdir()
    (tmp_path / "hello_world/app.py").write_text("")
    (tmp_path / "template.yaml").write_text(textwrap.dedent(SAM_INIT))
    app = deploy(cloud, tmp_path / "template.yaml", name="sam-app")
    assert app.outputs["HelloWorldFunctionIamRole"].startswith(f"arn:aws:iam::{ACCOUNT}:role/sam-app-Hello")
    assert app.function("HelloWorldFunction").physical_id == "sam-app-HelloWorldFunction"
