"""Stacks in stacks, several templates as one app, and what they export to each other."""

import pytest

from harness import Simulator, TemplateError, expect
from harness.app.deployment import deploy
from tests.unit.app.clouds import NotingCloud

OPEN = """
  MaySend:
    Type: AWS::SQS::QueueInlinePolicy
    Properties:
      Queue: !Ref Work
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: !GetAtt Work.Arn}]
"""
CHILD = f"""
Parameters:
  Delay: {{Type: Number, Default: 0}}
  Names: {{Type: CommaDelimitedList, Default: "x,y"}}
Resources:
  Work: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: !Ref Delay}}}}
  Dead: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Select [1, !Ref Names]}}}}
{OPEN}
Outputs:
  WorkArn: {{Value: !GetAtt Work.Arn}}
"""
PARENT = """
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./child.yaml
      Parameters: {Delay: 5, Names: [a, b]}
  Orders: {Type: AWS::SNS::Topic}
  ToWork:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !GetAtt Inner.Outputs.WorkArn}
"""
EXPORTING = f"""
Resources:
  Work: {{Type: AWS::SQS::Queue}}
{OPEN}
Outputs: {{Arn: {{Value: !GetAtt Work.Arn, Export: {{Name: !Sub "${{AWS::Region}}-work"}}}}}}
"""
IMPORTING = """
Parameters: {Stage: {Type: String, Default: dev}}
Resources:
  Work: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "work-${Stage}"}}
  Orders: {Type: AWS::SNS::Topic}
  ToWork:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Orders, Protocol: sqs, Endpoint: !ImportValue us-east-1-work}
"""


@pytest.fixture
def write(tmp_path):
    def write(**files):
        paths = []
        for name, text in files.items():
            paths.append(tmp_path / f"{name}.yaml")
            paths[-1].write_text(text)
        return paths

    return write


@pytest.fixture
def cloud():
    with Simulator() as cloud:
        yield cloud


def test_a_stack_in_a_stack_takes_parameters_and_gives_outputs(write):
    cloud = NotingCloud()
    parent, _ = write(parent=PARENT, child=CHILD)
    app = deploy(cloud, parent, name="shop")
    assert cloud.called("create_queue")[0]["Attributes"] == {"DelaySeconds": "5"}
    assert [queue["QueueName"] for queue in cloud.called("create_queue")] == ["shop-Inner-Work", "b"]
    assert cloud.one("subscribe")["Endpoint"] == app.arn("Inner.Work")
    assert app.physical_id("Inner").startswith(
        "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-Inner/"
    )


def test_its_resources_go_by_the_stacks_name_and_alone_where_no_other_has_theirs(write, cloud):
    parent, _ = write(parent=PARENT, child=CHILD)
    app = cloud.deploy(parent, name="shop")
    app.topic("Orders").publish({"order": "o-1"})
    app.settle()
    assert app.queue("Work").depth() == app.queue("Inner.Work").depth() == 1
    assert app.history().of("arrived")[0].subject == "Orders → Inner.Work"
    expect(app).nothing_lost()


def test_the_app_of_the_sam_type_is_a_stack_in_a_stack(write, cloud):
    parent, _ = write(
        parent="""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Inner:
            Type: AWS::Serverless::Application
            Properties: {Location: ./child.yaml, Parameters: {Names: "a,b"}}
        """,
        child=CHILD,
    )
    app = cloud.deploy(parent, name="shop")
    assert app.queue("Inner.Work").physical_id.endswith("/shop-Inner-Work")


SHARED = "arn:aws:serverlessrepo:us-east-1:1:applications/x"


@pytest.mark.parametrize("named", [SHARED, "!Ref Shared"], ids=["text", "reference"])
def test_an_app_of_the_repository_of_applications_is_told(write, named):
    [parent] = write(
        parent=f"""
        Transform: AWS::Serverless-2016-10-31
        Parameters: {{Shared: {{Type: String, Default: "{SHARED}"}}}}
        Resources:
          Inner:
            Type: AWS::Serverless::Application
            Properties:
              Location:
                ApplicationId: {named}
                SemanticVersion: 1.0.0
        """
    )
    with pytest.raises(
        TemplateError, match=r"Inner: .*serverlessrepo.* isn't here; leave it out with ignore="
    ):
        deploy(NotingCloud(), parent)


@pytest.mark.parametrize(
    ("child", "told"),
    [
        (CHILD.replace("DelaySeconds", "Delay"), "Work: AWS::SQS::Queue has no property 'Delay'"),
        (CHILD.replace("Names: {", "Nomes: {"), "there is no parameter 'Names'; did you mean 'Nomes'?"),
    ],
    ids=["property", "parameter"],
)
def test_what_is_wrong_in_it_is_told_with_its_own_file(write, child, told):
    parent, _ = write(parent=PARENT, child=child)
    with pytest.raises(TemplateError) as error:
        deploy(NotingCloud(), parent)
    assert told in str(error.value)
    assert "child.yaml" in str(error.value)


def test_a_stack_in_itself_is_told(write):
    [parent] = write(child=PARENT.replace("Parameters: {Delay: 5, Names: [a, b]}", "Tags: []"))
    with pytest.raises(TemplateError, match=r"line 6, Inner: its template \./child\.yaml holds itself"):
        deploy(NotingCloud(), parent)


def test_a_template_on_s3_is_told(write):
    [parent] = write(parent=PARENT.replace("./child.yaml", "https://s3.amazonaws.com/bucket/child.json"))
    with pytest.raises(
        TemplateError, match=r"Inner: its template https://s3\S+ isn't here; name a local file"
    ):
        deploy(NotingCloud(), parent)


def test_a_stack_imports_what_one_exports_that_was_deployed_before(write, cloud):
    exporting, importing = write(exporting=EXPORTING, importing=IMPORTING)
    shared, app = cloud.deploy(exporting, name="shared"), cloud.deploy(importing, name="shop")
    app.topic("Orders").publish("hi")
    app.settle()
    assert shared.queue("Work").depth() == 1


def test_several_templates_are_one_app(write, cloud):
    app = cloud.deploy(write(exporting=EXPORTING, importing=IMPORTING), name="shop")
    app.topic("Orders").publish("hi")
    app.settle()
    assert app.queue("exporting.Work").depth() == 1
    assert app.queue("importing.Work").depth() == 0
    assert app.outputs["exporting.Arn"] == app.arn("exporting.Work")
    assert app.queue("exporting.Work").physical_id.endswith("/shop-exporting-Work")


def test_an_id_that_several_stacks_have_is_told_with_all_its_places(write, cloud):
    app = cloud.deploy(write(exporting=EXPORTING, importing=IMPORTING))
    with pytest.raises(LookupError, match=r"'Work' is in several stacks: exporting\.Work, importing\.Work"):
        app.queue("Work")


def test_a_parameter_goes_to_the_templates_that_have_it(write, cloud):
    app = cloud.deploy(write(exporting=EXPORTING, importing=IMPORTING), parameters={"Stage": "prod"})
    assert app.queue("importing.Work").physical_id.endswith("/work-prod")


def test_what_several_templates_do_not_have_is_told_at_once_or_before(write):
    paths = write(exporting=EXPORTING, importing=IMPORTING)
    with pytest.raises(TemplateError, match="there is no parameter 'Stagge'; did you mean 'Stage'"):
        deploy(NotingCloud(), paths, parameters={"Stagge": "x"})
    mistaken = pytest.raises(TemplateError, match="ignore names 'Orderz', which isn't there; did you mean")
    with Simulator() as cloud, mistaken:
        cloud.deploy(paths, ignore=["Orderz"])


@pytest.mark.parametrize("ignore", ["ToWork", "importing.ToWork", "AWS::SNS::Subscription"])
def test_ignore_reaches_into_each_stack(write, cloud, ignore):
    app = cloud.deploy(write(exporting=EXPORTING, importing=IMPORTING), ignore=[ignore])
    assert "importing.ToWork" not in app.types
    assert "importing.ToWork" in [found.logical_id for found in app.without_effect]


def test_what_is_always_ignored_need_not_be_there(write, cloud):
    exporting, importing = write(exporting=EXPORTING, importing=IMPORTING)
    assert "Work" in cloud.deploy(exporting, always_ignore=["AWS::SNS::*"]).types
    assert "Orders" not in cloud.deploy(importing, always_ignore=["AWS::SNS::*"]).types


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (
            EXPORTING,
            "Outputs.Arn: Export: us-east-1-work is exported already, by another stack of this cloud",
        ),
        (
            IMPORTING.replace("-work,", "-wrk,").replace("-work}", "-wrk}"),
            "no stack exports 'us-east-1-wrk'; did",
        ),
        (EXPORTING.replace("Name:", "Nme:"), "Outputs.Arn: Export: expected a mapping with Name"),
    ],
    ids=["twice", "unknown", "no name"],
)
def test_exports_that_clash_or_miss_are_told(write, cloud, second, told):
    with pytest.raises(TemplateError) as error:
        cloud.deploy(write(first=EXPORTING, second=second))
    assert told in str(error.value)


def test_templates_of_one_name_are_told_apart_by_their_folders(tmp_path, cloud):
    paths = []
    for folder in ("orders", "billing"):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "template.yaml")
        paths[-1].write_text("Resources: {Work: {Type: AWS::SQS::Queue}}")
    assert list(cloud.deploy(paths).types) == ["orders.Work", "billing.Work"]
    with pytest.raises(TemplateError, match="its stack is called orders, like the stack of"):
        deploy(NotingCloud(), [paths[0], paths[0]])


def test_no_template_at_all_is_told():
    with pytest.raises(TemplateError, match="deploy takes at least one template"):
        deploy(NotingCloud(), [])
