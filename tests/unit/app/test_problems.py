"""Everything that is wrong with a template is told at once."""

import textwrap

import pytest

from harness import Simulator, TemplateError, Unsupported


@pytest.fixture
def deploy(tmp_path):
    """Deploys a template's text on the simulator."""

    def deploy(text, **how):
        (tmp_path / "template.yaml").write_text(textwrap.dedent(text))
        with Simulator() as cloud:
            return cloud.deploy(tmp_path / "template.yaml", **how)

    return deploy


def told(deploy, text, kind=TemplateError, **how):
    """The lines of the error, without the file's name."""
    with pytest.raises(kind) as caught:
        deploy(text, **how)
    first, *others = str(caught.value).splitlines()
    return [first.partition("template.yaml: ")[2], *(line.strip() for line in others)]


def test_what_the_parts_of_a_template_lack(deploy):
    assert told(
        deploy,
        """
        Resources:
          A: {Type: AWS::SQS::Queue, Propertys: {}}
          B: {Properties: {}}
          C: {Type: AWS::SQS::Queue}
        """,
    ) == [
        "2 problems:",
        "line 3, A: 'Propertys' is no attribute of a resource; did you mean 'Properties'?",
        "line 4, B: Type is missing",
    ]


def test_parameters(deploy):
    text = """
        Parameters:
          Stage: {Type: String, AllowedValues: [dev]}
          Size: {Type: Number}
        Resources:
          C: {Type: AWS::SQS::Queue}
        """
    assert told(deploy, text, parameters={"Stage": "prod", "Stagee": "x"}) == [
        "3 problems:",
        "Parameters: there is no parameter 'Stagee'; did you mean 'Stage'?",
        "line 3, Parameters.Stage: expected one of dev, found 'prod'",
        'line 4, Parameters.Size: has no default; pass one: deploy(…, parameters={"Size": "…"})',
    ]


def test_types_properties_conditions_and_dependencies(deploy):
    found = told(
        deploy,
        """
        Resources:
          Fleet: {Type: Acme::EC2::Fleet}
          Work: {Type: AWS::SQS::Queue, Properties: {Delay: 1, Visibility: 2}}
          When: {Type: AWS::SQS::Queue, Condition: IsProd}
          After: {Type: AWS::SQS::Queue, DependsOn: Nope}
        """,
        ignore=["Nothing"],
    )
    assert found[0] == "6 problems:"
    assert [line.partition(": ")[0] for line in found[1:]] == [
        "ignore names 'Nothing', which isn't there",
        "line 5, When",
        "line 3, Fleet",
        "line 4, Work",
        "line 4, Work",
        "line 6, After",
    ]


def test_what_aws_refuses_and_nothing_of_what_follows_from_it(deploy):
    found = told(
        deploy,
        """
        Resources:
          Slow: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 901}}
          Long: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 43201}}
          Fine: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Slow.QueueName}-2"}}
        Outputs:
          Slow: {Value: !Ref Slow}
        """,
    )
    assert [line.partition(": ")[0] for line in found] == ["2 problems:", "line 3, Slow", "line 4, Long"]


def test_outputs(deploy):
    assert told(
        deploy,
        """
        Resources:
          A: {Type: AWS::SQS::Queue}
        Outputs:
          One: {Value: !GetAtt A.Size}
          Other: {Value: !Ref B}
        """,
    ) == [
        "2 problems:",
        "line 5, Outputs.One: Fn::GetAtt: A has no attribute 'Size'; it has: Arn, QueueName, QueueUrl",
        "line 6, Outputs.Other: Ref: there is no parameter or resource 'B'",
    ]


def test_what_the_sam_transform_refuses(deploy):
    found = told(
        deploy,
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          A: {Type: AWS::Serverless::Function}
          B: {Type: AWS::Serverless::Function, Properties: {Handler: a.b}}
        """,
    )
    assert [line.partition(": ")[0] for line in found] == ["2 problems:", "line 4, A", "line 5, B"]


def test_what_no_cloud_has_is_unsupported_all_of_it(deploy):
    text = """
        Resources:
          A: {Type: AWS::DynamoDB::Table, Properties: {ImportSourceSpecification: {}}}
          B: {Type: AWS::DynamoDB::Table, Properties: {ImportSourceSpecification: {}}}
        """
    found = told(deploy, text, Unsupported)
    assert found[0] == "2 problems:"
    assert found[1].endswith(
        "ImportSourceSpecification: nothing here imports rows; put them with app.table(…).put(…); "
        'leave it out with ignore=["A.ImportSourceSpecification"]'
    )


def test_one_problem_stands_alone(deploy):
    assert told(deploy, "Resources:\n  A: {Type: AWS::SQS::Queue, Condition: Nope}\n") == [
        "line 2, A: Condition: the template has no condition 'Nope'"
    ]


def test_instances_of_ones_own_are_no_problem_and_change_nothing(deploy):
    app = deploy(
        """
        Resources:
          A:
            Type: AWS::Lambda::Function
            Properties:
              Runtime: python3.13
              Handler: index.handler
              Role: arn:aws:iam::123456789012:role/r
              Code: {ZipFile: "def handler(event, context): pass"}
              CapacityProviderConfig: {LambdaManagedInstancesCapacityProviderConfig: {}}
        """
    )
    assert [found.why for found in app.without_effect] == ["CapacityProviderConfig changes nothing in a run"]


def test_an_image_that_a_function_of_the_template_names_is_told(deploy):
    text = """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          A:
            Type: AWS::Serverless::Function
            Properties: {PackageType: Image, ImageUri: !Sub "${AWS::Region}/a"}
        """
    assert "functions from container images run neither in sim" in told(deploy, text, Unsupported)[0]
