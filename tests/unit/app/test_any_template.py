"""Whatever a template says, it gives an app or an error about the template; never anything else."""

import contextlib
import json

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness.app.deployment import deploy
from harness.app.resources import TYPES, type_of
from harness.app.template import TemplateError
from harness.cloud import Unsupported
from tests.unit.app.clouds import NotingCloud

IDS = st.sampled_from(["A", "B", "Stage", "IsProd"])
SAM_TYPES = ["Function", "SimpleTable", "LayerVersion", "Api", "StateMachine", "Application", "Connector"]
ACCEPTED = ["AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::Cognito::UserPoolClient", "Custom::Thing"]
SAM_NAMES = ["CodeUri", "Handler", "Runtime", "Events", "Policies", "Environment", "Layers", "InlineCode"]
SAM_NAMES += ["AutoPublishAlias", "DeadLetterQueue", "EventInvokeConfig", "PrimaryKey", "ContentUri", "Tags"]

functions = st.one_of(
    st.builds(lambda name: {"Ref": name}, IDS | st.just("AWS::Region") | st.just("AWS::NoValue")),
    st.builds(lambda name: {"Fn::GetAtt": [name, "Arn"]}, IDS),
    st.builds(lambda name: {"Fn::Sub": "${" + name + "}"}, IDS),
    st.builds(lambda one: {"Fn::If": ["IsProd", one, 1]}, IDS),
    st.builds(lambda one: {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": one}}}, IDS),
    st.builds(lambda one: {"Fn::ForEach::L": ["X", ["A", one], {"${X}": {"Ref": "X"}}]}, IDS),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2000) | st.text(max_size=6) | functions,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6) | st.sampled_from(["Type", "Properties"]), inner, max_size=3)
    ),
    max_leaves=6,
)


BASE = {"Handler": "index.handler", "Runtime": "python3.12", "InlineCode": "def handler(e, c): ..."}
ODD_ONE_IN = 15


def mostly(usual, odd=values):
    """The usual, and now and then anything."""
    return st.integers(1, ODD_ONE_IN).flatmap(lambda n: odd if n == ODD_ONE_IN else usual)


@st.composite
def resources(draw, sam):
    sam = sam and draw(st.booleans())
    kind = (
        f"AWS::Serverless::{draw(st.sampled_from(SAM_TYPES))}"
        if sam
        else draw(st.sampled_from([*TYPES, *ACCEPTED]))
    )
    names = SAM_NAMES if sam else sorted(type_of(kind).properties) or ["X"]
    properties = draw(st.dictionaries(st.sampled_from(names), values, max_size=2))
    if kind == "AWS::Serverless::Function":
        properties = BASE | properties
    made = {"Type": kind, "Properties": properties}
    for name, usual in [("DependsOn", IDS), ("Condition", st.just("IsProd")), ("Metadata", values)]:
        if draw(st.integers(0, 9)) == 0:
            made[name] = draw(mostly(usual))
    return made


LOOPS = st.builds(
    lambda items, body: {"Fn::ForEach::L": ["X", items, body]},
    values,
    st.dictionaries(st.sampled_from(["${X}", "Q${X}"]), values, max_size=1),
)


@st.composite
def templates(draw, sam=False):
    sections = {
        "Resources": draw(mostly(st.dictionaries(IDS, mostly(resources(sam)), min_size=1, max_size=3))),
        "Conditions": draw(mostly(st.just({"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "x"]}}))),
        "Parameters": draw(mostly(st.just({"Stage": {"Type": "String", "Default": "x"}}))),
        "Mappings": draw(mostly(st.just({"M": {"a": {"b": "c"}}}))),
        "Outputs": draw(mostly(st.dictionaries(IDS, st.builds(lambda v: {"Value": v}, values), max_size=1))),
    }
    if draw(st.booleans()):
        sections["Transform"] = "AWS::LanguageExtensions"
        sections["Resources"] = draw(mostly(st.just(sections["Resources"]), LOOPS))
    if sam:
        sections["Transform"] = "AWS::Serverless-2016-10-31"
        sections["Globals"] = draw(mostly(st.just({"Function": {"Timeout": 3}})))
    return sections


def deployed(folder, text):
    path = folder / "template.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    with contextlib.suppress(TemplateError, Unsupported):
        deploy(NotingCloud(), path)


anywhere = settings(deadline=None, max_examples=150, suppress_health_check=[*HealthCheck])


@anywhere
@given(templates())
def test_any_cloudformation_template(tmp_path, template):
    deployed(tmp_path, json.dumps(template))


@anywhere
@given(templates(sam=True))
def test_any_sam_template(tmp_path, template):
    deployed(tmp_path, json.dumps(template))


@anywhere
@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("Resources: {A: {Type: AWS::SQS::Queue, Properties: {Tags: {? {a: b} : c}}}}")
@example("Resources: {A: {Type: AWS::SQS::Queue, Properties: !Sub '${B}'}}")
@example("Resources: {A: !Ref B}")
@example("Resources: !Transform {Name: X}")
@example("Resources: {A: {Type: AWS::SQS::Queue}}\nOutputs: {O: !Ref A}")
@example("Resources: {A: {Type: AWS::SQS::Queue}}\nOutputs: {O: {Value: x, Condition: [1]}}")
@example("Resources: {A: {Type: AWS::SQS::Queue, Condition: {}}}")
@example("Resources: {A: {Type: AWS::SQS::Queue}}\nTransform: {Name: AWS::Include}")
@example("Resources: {A: {Type: AWS::SQS::Queue}}\nTransform: 5")
def test_any_text(tmp_path, text):
    deployed(tmp_path, text)


PARTS = [
    "type",
    "properties",
    "dependencies",
    "displayName",
    "templateFile",
    "directoryName",
    "file",
    "stackName",
]
FILES = ["template.yaml", "manifest.json", ".", "nowhere"]
parts = st.recursive(
    st.none()
    | st.integers(0, 3)
    | st.sampled_from([*FILES, "A", "cdk:asset-manifest", "cdk:cloud-assembly"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*PARTS, "source", "path", "destinations"]), inner, max_size=3)
    ),
    max_leaves=8,
)
artifacts = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["aws:cloudformation:stack", "cdk:asset-manifest", "cdk:cloud-assembly"]),
        "properties": st.dictionaries(st.sampled_from(PARTS), st.sampled_from(FILES), max_size=3) | parts,
        "dependencies": st.lists(st.sampled_from(["A", "B"])) | parts,
    }
)


@anywhere
@given(mostly(st.dictionaries(st.sampled_from(["A", "B"]), mostly(artifacts, parts), max_size=2), parts))
def test_any_manifest(tmp_path, artifacts):
    (tmp_path / "template.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts, "files": artifacts}))
    with contextlib.suppress(TemplateError, Unsupported):
        deploy(NotingCloud(), tmp_path)
