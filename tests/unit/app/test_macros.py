"""Files that a template includes, and the loops that it writes its resources with."""

import json

import pytest

from harness.app.deployment import deploy
from harness.app.template import TemplateError
from tests.unit.app.clouds import NotingCloud

EXTENSIONS = "AWS::LanguageExtensions"


@pytest.fixture
def deployed(tmp_path):
    def deployed(text, parameters=None, **files):
        for name, content in files.items():
            (tmp_path / name.replace("__", ".")).write_text(content)
        path = tmp_path / "template.yaml"
        path.write_text(text)
        cloud = NotingCloud()
        return deploy(cloud, path, name="shop", parameters=parameters), cloud

    return deployed


def test_an_included_file_stands_where_its_name_stood(deployed):
    app, _ = deployed(
        """
        Resources:
          Work:
            Type: AWS::SQS::Queue
            Properties:
              Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./queue.yaml}}
              DelaySeconds: 3
        """,
        queue__yaml="QueueName: !Sub '${AWS::StackName}-work'",
    )
    assert app.physical_id("Work").endswith("/shop-work")


def test_an_included_file_can_bring_resources(deployed):
    app, _ = deployed(
        "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.json}}",
        more__json=json.dumps({"Work": {"Type": "AWS::SQS::Queue"}}),
    )
    assert list(app.types) == ["Work"]


def test_a_whole_template_can_be_included(deployed):
    app, _ = deployed(
        """
        Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}
        Resources: {Own: {Type: AWS::SQS::Queue}}
        """,
        more__yaml="Resources: {Work: {Type: AWS::SQS::Queue}}\nOutputs: {Name: {Value: !Ref Work}}",
    )
    assert list(app.types) == ["Own", "Work"]
    assert app.outputs["Name"] == app.physical_id("Work")


def test_the_place_of_an_included_file_can_be_a_parameter(deployed):
    app, _ = deployed(
        """
        Parameters: {File: {Type: String, Default: a}}
        Resources:
          Fn::Transform: {Name: AWS::Include, Parameters: {Location: !Sub "${File}.yaml"}}
        """,
        {"File": "b"},
        b__yaml="B: {Type: AWS::SQS::Queue}",
    )
    assert list(app.types) == ["B"]


def test_an_included_file_is_read_before_the_sam_transform(deployed):
    app, _ = deployed(
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Work: {Type: AWS::SQS::Queue}
          Bill:
            Type: AWS::Serverless::Function
            Properties:
              Handler: index.handler
              Runtime: python3.13
              InlineCode: "def handler(event, context): ..."
              Events: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: events.yaml}}}
        """,
        events__yaml="FromQueue: {Type: SQS, Properties: {Queue: !GetAtt Work.Arn}}",
    )
    assert app.types["BillFromQueue"] == "AWS::Lambda::EventSourceMapping"


def test_an_included_file_that_has_changed_is_read_again(deployed):
    text = "Resources:\n  Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}"
    deployed(text, more__yaml="A: {Type: AWS::SQS::Queue}")
    app, _ = deployed(text, more__yaml="B: {Type: AWS::SQS::Queue}")
    assert list(app.types) == ["B"]


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("nowhere.yaml", "line 1, Resources: AWS::Include: nowhere.yaml does not exist (looked at"),
        ("s3://bucket/api.yaml", "AWS::Include: s3://bucket/api.yaml isn't here; name a local file"),
        ("!Ref Nope", "AWS::Include: Location: Ref: there is no parameter or resource 'Nope'"),
        ("list.yaml", "list.yaml: AWS::Include takes a mapping"),
        ("broken.yaml", "broken.yaml: line 1"),
    ],
)
def test_a_file_that_cannot_be_included_is_told(deployed, location, told):
    text = f"Resources:\n  Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: {location}}}}}"
    with pytest.raises(TemplateError) as error:
        deployed(text, list__yaml="- 1", broken__yaml="a: [")
    assert told in str(error.value)


def test_a_macro_of_ones_own_runs_on_aws_only(deployed):
    text = """
        Resources:
          Work:
            Type: AWS::SQS::Queue
            Properties: {QueueName: {Fn::Transform: {Name: Mine}}}
        """
    with pytest.raises(TemplateError, match="Work: QueueName: Fn::Transform calls a macro"):
        deployed(text)


LOOP = """
Transform: AWS::LanguageExtensions
Parameters: {{Names: {{Type: CommaDelimitedList, Default: "orders, bills"}}}}
Resources:
  Fn::ForEach::Queues:
    - Name
    - {collection}
    - Queue${{Name}}:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub "${{AWS::StackName}}-${{Name}}"
          DelaySeconds: 1
          Tags: [{{Key: of, Value: !Ref Name}}]
"""


@pytest.mark.parametrize("collection", ["[orders, bills]", "!Ref Names", "!Split [' ', 'orders bills']"])
def test_a_loop_makes_a_resource_of_each_item(deployed, collection):
    app, cloud = deployed(LOOP.format(collection=collection))
    assert list(app.types) == ["Queueorders", "Queuebills"]
    made = cloud.called("create_queue")
    assert [queue["QueueName"] for queue in made] == ["shop-orders", "shop-bills"]
    assert [queue["tags"] for queue in made] == [{"of": "orders"}, {"of": "bills"}]


def test_loops_stand_in_loops_in_properties_and_in_outputs(deployed):
    app, cloud = deployed(
        """
        Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
        Resources:
          Fn::ForEach::Stages:
            - Stage
            - [dev, prod]
            - Fn::ForEach::Kinds:
                - Kind
                - [Work, Dead]
                - "${Stage}${Kind}":
                    Type: AWS::SQS::Queue
                    Properties:
                      Fn::ForEach::Numbers: [Number, [DelaySeconds, VisibilityTimeout], {"${Number}": 5}]
        Outputs:
          Fn::ForEach::Urls: [Stage, [dev, prod], {"${Stage}Url": {Value: !Ref "${Stage}Work"}}]
        """
    )
    assert list(app.types) == ["devWork", "devDead", "prodWork", "prodDead"]
    assert cloud.called("create_queue")[0]["Attributes"] == {"DelaySeconds": "5", "VisibilityTimeout": "5"}
    assert app.outputs["prodUrl"] == app.physical_id("prodWork")


def test_an_ampersand_leaves_out_what_no_logical_id_holds(deployed):
    app, _ = deployed(
        """
        Transform: AWS::LanguageExtensions
        Resources:
          Fn::ForEach::Net:
            - Address
            - ["10.0.0.1", "10.0.0.2"]
            - "Queue&{Address}": {Type: AWS::SQS::Queue}
        """
    )
    assert list(app.types) == ["Queue10001", "Queue10002"]


@pytest.mark.parametrize(
    ("loop", "told"),
    [
        ("[Name, [a]]", "Fn::ForEach::Queues: expected [identifier, collection, {key: value}]"),
        ("[Name, a, {Q: {Type: AWS::SQS::Queue}}]", "its collection is no list: 'a'"),
        ("[Name, !Ref Nope, {Q: {}}]", "Fn::ForEach::Queues: Ref: there is no parameter or resource 'Nope'"),
        ("[Name, [a, b], {Q: {Type: AWS::SQS::Queue}}]", "makes 'Q' twice; put ${Name} into the key"),
        ("[1, [a], {Q: {}}]", "1 isn't allowed as an identifier here"),
        ("[Name, [a], {'Q-${Name}': {Type: AWS::SQS::Queue}}]", "Q-a: a logical id has letters and digits"),
    ],
)
def test_a_loop_of_the_wrong_form_is_told(deployed, loop, told):
    with pytest.raises(TemplateError) as error:
        deployed(f"Transform: {EXTENSIONS}\nResources:\n  Fn::ForEach::Queues: {loop}\n")
    assert told in str(error.value)


def test_loops_that_make_too_much_are_stopped(deployed):
    items = ", ".join(map(str, range(101)))
    text = f"""
        Transform: {EXTENSIONS}
        Resources:
          Fn::ForEach::A:
            - A
            - [{items}]
            - Fn::ForEach::B: [B, [{items}], {{"Q${{A}}x${{B}}": {{Type: AWS::SQS::Queue}}}}]
        """
    with pytest.raises(TemplateError, match="its loops make more than 10,000 members"):
        deployed(text)


def test_a_loop_without_the_transform_that_unfolds_it_is_told(deployed):
    with pytest.raises(TemplateError, match="add Transform: AWS::LanguageExtensions, which expands it"):
        deployed("Resources:\n  Fn::ForEach::Q: [Name, [a], {'${Name}': {Type: AWS::SQS::Queue}}]\n")


def test_what_a_loop_makes_is_told_with_the_line_of_the_loop(deployed):
    text = LOOP.format(collection="[a]").replace("DelaySeconds: 1", "Delay: 1")
    with pytest.raises(TemplateError, match=r"line 5, Queuea: AWS::SQS::Queue has no property 'Delay'"):
        deployed(text)
