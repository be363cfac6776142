"""CloudFormation: custom resources, stacks in stacks, exports, loops, included files."""

from __future__ import annotations

import json
import textwrap

import pytest
from botocore.exceptions import ClientError

from harness import TemplateError

pytestmark = [
    pytest.mark.clouds("sim", reason="templates are read here, and alike for each cloud"),
    pytest.mark.filterwarnings("ignore::harness.plugin.NoInvariantWarning"),
]

MAKER = """
  Seen: {Type: AWS::SQS::Queue}
  Maker:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Environment: {Variables: {SEEN: !Ref Seen}}
      Code:
        ZipFile: |
          import boto3, cfnresponse, json, os
          def handler(event, context):
              boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
              wanted = event["ResourceProperties"].get("Answer", "SUCCESS")
              cfnresponse.send(event, context, wanted, {"Size": "3"}, "made-1", reason="no room")
"""


@pytest.fixture
def deployed(cloud, tmp_path):
    def deployed(resources, sections="", **files):
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(textwrap.dedent(text))
        path = tmp_path / "template.yaml"
        path.write_text(f"{textwrap.dedent(sections)}\nResources:\n{resources}")
        return cloud.deploy(path, name="shop")

    return deployed


def custom(**properties):
    given = {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}, **properties}
    return f"{MAKER}\n  Made: {json.dumps({'Type': 'Custom::Thing', 'Properties': given})}\n"


def test_a_custom_resource_is_asked_for_with_a_request_of_type_create(deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html"""
    app = deployed(custom(Count=3, On=True))
    [message] = app.queue("Seen").messages()
    event = json.loads(message["Body"])
    assert (event["RequestType"], event["ResourceType"]) == ("Create", "Custom::Thing")
    assert event["LogicalResourceId"] == "Made"
    assert "PhysicalResourceId" not in event
    assert {"RequestId", "ResponseURL", "StackId"} <= set(event)
    assert event["ResourceProperties"]["Count"] == "3"
    assert event["ResourceProperties"]["On"] == "true"


def test_the_answer_gives_the_physical_id_and_the_attributes(deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html"""
    outputs = "Outputs: {Id: {Value: !Ref Made}, Size: {Value: !GetAtt Made.Size}}"
    assert deployed(custom(), outputs).outputs == {"Id": "made-1", "Size": "3"}


def test_an_answer_that_says_failed_fails_the_stack(deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html"""
    with pytest.raises(TemplateError, match="Made: its handler answered FAILED: no room"):
        deployed(custom(Answer="FAILED"))


def test_a_stack_in_a_stack_takes_parameters_and_gives_outputs(deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"""
    app = deployed(
        "  Inner:\n    Type: AWS::CloudFormation::Stack\n"
        "    Properties: {TemplateURL: inner.yaml, Parameters: {Name: n-1}}",
        "Outputs: {Name: {Value: !GetAtt Inner.Outputs.Name}}",
        inner="""
        Parameters: {Name: {Type: String}}
        Resources: {Work: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}
        Outputs: {Name: {Value: !GetAtt Work.QueueName}}
        """,
    )
    assert app.outputs == {"Name": "n-1"}


def test_an_exported_value_is_imported_by_another_stack(cloud, deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"""
    deployed(
        "  Work: {Type: AWS::SQS::Queue}",
        "Outputs: {Arn: {Value: !GetAtt Work.Arn, Export: {Name: !Sub '${AWS::StackName}-work'}}}",
    )
    app = deployed("  Other: {Type: AWS::SNS::Topic}", "Outputs: {Arn: {Value: !ImportValue shop-work}}")
    assert app.outputs["Arn"].endswith(":shop-Work")


def test_the_name_of_an_export_is_unique(cloud, deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html"""
    exporting = "Outputs: {One: {Value: 1, Export: {Name: it}}, Two: {Value: 2, Export: {Name: it}}}"
    with pytest.raises(TemplateError, match=r"Outputs\.Two: Export: it is exported already"):
        deployed("  Work: {Type: AWS::SQS::Queue}", exporting)


def test_a_loop_makes_a_resource_of_each_item(deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html"""
    loop = "  Fn::ForEach::Queues: [Name, [One, Two], {'Queue${Name}': {Type: AWS::SQS::Queue}}]"
    assert list(deployed(loop, "Transform: AWS::LanguageExtensions").types) == ["QueueOne", "QueueTwo"]


def test_an_included_file_stands_beside_its_siblings(deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html"""
    include = "  Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}\n"
    app = deployed(include + "  Own: {Type: AWS::SQS::Queue}", more="Work: {Type: AWS::SQS::Queue}")
    assert set(app.types) == {"Own", "Work"}


def described(cloud, **which):
    return cloud.client("cloudformation").describe_stacks(**which)["Stacks"]


def test_a_stack_is_described_with_its_outputs(cloud, deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html"""
    sections = """
        Description: a shop
        Parameters: {Size: {Type: Number, Default: 3}, Secret: {Type: String, Default: s, NoEcho: true}}
        Outputs:
          Address: {Value: !Ref Work, Description: where to send, Export: {Name: work}}
          Size: {Value: !Ref Size}"""
    app = deployed("  Work: {Type: AWS::SQS::Queue}", sections)
    [stack] = described(cloud, StackName="shop")
    assert (stack["StackName"], stack["StackStatus"]) == ("shop", "CREATE_COMPLETE")
    assert stack["Description"] == "a shop"
    assert {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]} == {
        "Size": "3",
        "Secret": "****",
    }
    assert stack["Outputs"] == [
        {
            "OutputKey": "Address",
            "OutputValue": app.outputs["Address"],
            "Description": "where to send",
            "ExportName": "work",
        },
        {"OutputKey": "Size", "OutputValue": "3"},
    ]
    assert described(cloud, StackName=stack["StackId"]) == [stack]
    assert described(cloud) == [stack]


def test_a_stack_that_is_not_there_is_a_validation_error(cloud, deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html"""
    with pytest.raises(ClientError, match="Stack with id Nothing does not exist") as told:
        described(cloud, StackName="Nothing")
    assert told.value.response["Error"]["Code"] == "ValidationError"


def test_exports_are_listed_by_name(cloud, deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html"""
    sections = (
        "Outputs: {B: {Value: 2, Export: {Name: two}}, A: {Value: 1, Export: {Name: one}}, C: {Value: 3}}"
    )
    deployed("  Work: {Type: AWS::SQS::Queue}", sections)
    exports = cloud.client("cloudformation").list_exports()["Exports"]
    assert [(each["Name"], each["Value"]) for each in exports] == [("one", "1"), ("two", "2")]


def test_a_custom_resource_sees_its_stack_in_progress(cloud, deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html"""
    looks = """
        import boto3, cfnresponse
        def handler(event, context):
            [stack] = boto3.client("cloudformation").describe_stacks(StackName=event["StackId"])["Stacks"]
            cfnresponse.send(event, context, "SUCCESS", {"Size": stack["StackStatus"]}, "made-1")
    """
    before, _, _ = MAKER.partition("          import boto3")
    maker = before + textwrap.indent(textwrap.dedent(looks), " " * 10)
    outputs = "Outputs: {Seen: {Value: !GetAtt Made.Size}}"
    made = "  Made: {Type: Custom::Thing, Properties: {ServiceToken: !GetAtt Maker.Arn}}\n"
    assert deployed(f"{maker}{made}", outputs).outputs == {"Seen": "CREATE_IN_PROGRESS"}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("{'Fn::Length': [a, b]}", "Fn::Length"),
        ("{'Fn::ToJsonString': {a: b}}", "Fn::ToJsonString"),
        ("!FindInMap [Sizes, large, cpu, {DefaultValue: '2'}]", "Fn::FindInMap: DefaultValue"),
    ],
    ids=["length", "json", "default"],
)
def test_functions_of_the_language_extensions_need_their_transform(deployed, value, told):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-languageextensions.html"""
    resources = f"  Size: {{Type: AWS::SSM::Parameter, Properties: {{Type: String, Value: {value}}}}}\n"
    mappings = "Mappings: {Sizes: {small: {cpu: '1'}}}"
    with pytest.raises(TemplateError, match=f"Size: Value: {told} belongs to AWS::LanguageExtensions"):
        deployed(resources, mappings)
    deployed(resources, f"Transform: AWS::LanguageExtensions\n{mappings}")


@pytest.mark.parametrize(("stage", "delay"), [("test", "3"), ("live", "0")])
def test_a_condition_may_choose_all_properties(cloud, deployed, stage, delay):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html"""
    properties = "{Fn::If: [Slow, {DelaySeconds: 3}, !Ref AWS::NoValue]}"
    conditions = f"Conditions: {{Slow: !Equals [{stage}, test]}}"
    app = deployed(f"  Work: {{Type: AWS::SQS::Queue, Properties: {properties}}}\n", conditions)
    found = cloud.client("sqs").get_queue_attributes(
        QueueUrl=app.physical_id("Work"), AttributeNames=["DelaySeconds"]
    )
    assert found["Attributes"] == {"DelaySeconds": delay}


def test_sam_gets_the_values_of_functions_from_the_language_extensions(deployed):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-languageextensions.html"""
    resources = """
  Work: {Type: AWS::SQS::Queue}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Role: arn:aws:iam::123456789012:role/r
      Definition: {StartAt: A, States: {A: {Type: Succeed, Comment: "${Queue}"}}}
      AutoPublishAlias: !Ref Stage
      DefinitionSubstitutions: {Queue: !Ref Work, Unused: !Ref AWS::NoValue}
"""
    sections = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Stage: {Type: String, Default: live}}
"""
    assert "FlowAliaslive" in deployed(resources, sections).types
