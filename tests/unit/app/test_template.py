"""Templates as written: what CloudFormation reads, and what is said about anything else."""

import contextlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.app.template import TemplateError, find_template, load_template, parse_template

QUEUE = "  Work:\n    Type: AWS::SQS::Queue\n"


def problem_of(text):
    with pytest.raises(TemplateError) as caught:
        parse_template(text, "app/template.yaml")
    return str(caught.value)


def properties_of(yaml):
    return parse_template(f"Resources:\n{QUEUE}    Properties:\n{yaml}").data["Resources"]["Work"][
        "Properties"
    ]


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("!Ref Name", {"Ref": "Name"}),
        ("!GetAtt Dead.Arn", {"Fn::GetAtt": ["Dead", "Arn"]}),
        ("!GetAtt [Dead, Arn]", {"Fn::GetAtt": ["Dead", "Arn"]}),
        ("!GetAtt 'Nested.Outputs.Name'", {"Fn::GetAtt": ["Nested", "Outputs.Name"]}),
        ("!Sub '${A}-b'", {"Fn::Sub": "${A}-b"}),
        ("!Sub ['${A}', {A: !Ref B}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
        ("!Join ['-', [a, !Ref B]]", {"Fn::Join": ["-", ["a", {"Ref": "B"}]]}),
        ("!If [Prod, 1, !Ref AWS::NoValue]", {"Fn::If": ["Prod", 1, {"Ref": "AWS::NoValue"}]}),
        ("!Condition Prod", {"Condition": "Prod"}),
        ("!Base64 {Ref: A}", {"Fn::Base64": {"Ref": "A"}}),
        ("2010-09-09", "2010-09-09"),
        ("{Fn::Sub: '${A}'}", {"Fn::Sub": "${A}"}),
    ],
)
def test_short_tags_mean_what_their_long_forms_mean(written, means):
    assert properties_of(f"      X: {written}\n") == {"X": means}


def test_anchors_and_merges_unfold():
    text = "      A: &a {one: 1}\n      B:\n        <<: *a\n        two: 2\n"
    assert properties_of(text)["B"] == {"one": 1, "two": 2}


def test_each_part_knows_its_line():
    template = parse_template(
        "Parameters:\n  Stage:\n    Type: String\nResources:\n"
        + QUEUE
        + "    Properties:\n      DelaySeconds: 1\n"
    )
    assert template.where("Work") == "line 5, Work"
    assert template.where("Work", "DelaySeconds") == "line 8, Work"
    assert template.where("Parameters.Stage") == "line 2, Parameters.Stage"
    assert template.where("Nowhere") == "Nowhere"


def test_what_sam_adds_is_told_by_what_it_was_made_of():
    template = parse_template("Resources:\n" + QUEUE)
    assert template.where("WorkRole") == "line 2, Work: WorkRole, which SAM makes of it"


def test_json_may_have_tabs_and_escapes_that_yaml_refuses():
    text = '{\n\t"Resources": {\n\t\t"Work": {"Type": "AWS::SQS\\/x"}\n\t}\n}'
    assert parse_template(text).data["Resources"]["Work"]["Type"] == "AWS::SQS/x"


def test_lines_of_json_are_known():
    text = json.dumps({"Resources": {"Work": {"Type": "AWS::SQS::Queue"}}}, indent=1)
    assert parse_template(text).where("Work") == "line 3, Work"


@pytest.mark.parametrize(
    ("text", "twin"),
    [
        ("Resources:\n  A: {Type: X}\n  A: {Type: Y}", "A on line 3"),
        ('{"Resources": {"A": {"Type": "X"}, "A": {"Type": "Y"}}}', "A"),
    ],
    ids=["yaml", "json"],
)
def test_of_a_name_that_stands_twice_the_last_one_counts(text, twin):
    template = parse_template(text)
    assert template.data["Resources"] == {"A": {"Type": "Y"}}
    assert template.twins == (twin,)


def test_yaml_that_begins_like_json_is_yaml():
    assert parse_template("{Resources: {Work: {Type: AWS::SQS::Queue}}}").data["Resources"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "expected a mapping with Resources"),
        ("[]", "expected a mapping with Resources"),
        ("Resources: {}", "Resources is missing or empty"),
        ("Resources:\n  Work: 1", "line 2, Work: expected a mapping with Type and Properties"),
        ("Resources:\n  Work: {Properties: {}}", "line 2, Work: Type is missing"),
        ("Resources:\n  Work: {Type: X, Properties: []}", "Properties: expected a mapping"),
        ("Resources:\n  Work: {Type: X, Properties: {1: 2}}", "1 is no name of a property"),
        ("Resources:\n  my-queue: {Type: X}", "line 2, my-queue: a logical id has letters and digits only"),
        ("service: shop\nprovider: {name: aws}", "deploy what `serverless package` makes: .serverless"),
        ("Resource:\n  Work: {Type: X}", "no section of a template; did you mean 'Resources'?"),
        ("Resources:\n  Work:\n    Type: X\n    DelaySeconds: 1", "is it meant to stand under Properties?"),
        ("Resources:\n  Work:\n    Type: X\n    DependOn: Y", "did you mean 'DependsOn'?"),
        ('{"Resources": {"A": {"Type": "X" "B": 1}}}', "line 1: not JSON: Expecting ',' delimiter"),
        ('{"Resources": NaN}', "NaN is no number"),
        ("Resources:\n  A: {Type: X, Properties: {N: .inf}}", "inf isn't allowed as a value"),
        (
            "Resources:\n  A: {Type: X, Properties: {N: !!binary aGk=}}",
            "isn't allowed as a value in a template",
        ),
        ("Resources:\n  A: {Type: X, Properties: {N: !!python/name:os.system ''}}", "could not determine"),
        (
            'Resources:\n  A: {Type: X, Properties: {N: "\\b"}}',
            "'\\x08' contains a character that AWS refuses",
        ),
        (
            'Resources:\n  A: {Type: X, Properties: {"\\e": 1}}',
            "'\\x1b' contains a character that AWS refuses",
        ),
        ('{"Resources": {"A": {"Type": "\\ud800"}}}', "'\\ud800' contains a character that AWS refuses"),
        ("Resources: &a\n  A: *a", "expand to more than"),
        ("Resources:\n  A: [", "line 2: "),
        ("Resources:\n  A: {Type: *nothing}", "line 2: found undefined alias"),
        ("Resources:\n\tA: b", "line 2: found character"),
        ("a: \x00", "not YAML or JSON"),
        ("Resources: " + "[" * 5000, "is nested deeper than"),
        ('{"Resources": ' + "[" * 5000, "not JSON"),
        ("Resources: {A: {Type: X, Properties: {N: " + "[" * 70 + "]" * 70 + "}}}", "nested deeper than 64"),
        ("Parameters: []\nResources:\n" + QUEUE, "expected a mapping"),
        ("Outputs: {1: 2}\nResources:\n" + QUEUE, "1 can't be a name; quote it"),
        ("? [a]\n: b\n", "found unhashable key"),
        ("#" * 1_000_001, "CloudFormation takes 1,000,000"),
    ],
)
def test_what_is_no_template_is_said_clearly(text, told):
    problem = problem_of(text)
    assert problem.startswith("app/template.yaml: ")
    assert told in problem


SCRAPS = st.sampled_from(
    [
        *"{}[]:,-!&*#|>'\" \n\t",
        "Resources:",
        "\n  A:",
        "\n    Type: AWS::SQS::Queue",
        "!Sub",
        "<<: *a",
        "&a",
        "? ",
    ]
)


@given(st.text() | st.lists(SCRAPS, max_size=30).map("".join))
def test_any_text_is_a_template_or_an_error_of_ours(text):
    with contextlib.suppress(TemplateError):
        parse_template(text)


def test_aliases_that_explode_are_stopped_before_they_unfold():
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for one, other in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{other}: &{other} [{','.join([f'*{one}'] * 9)}]\n"
    assert "aliases expand to more than 100,000 values" in problem_of(bomb)


def test_files_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe\xff")
    for path, told in [
        (tmp_path / "none.yaml", "no such file"),
        (tmp_path, "is a folder; expected a file"),
        (tmp_path / "latin.yaml", "can't be read"),
        ("with\0nul", "can't be read"),
    ]:
        with pytest.raises(TemplateError, match=told):
            load_template(path)


def test_a_template_is_looked_for_in_each_folder_in_turn(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "t.yaml").write_text("Resources:\n" + QUEUE)
    assert find_template("t.yaml", tmp_path / "a", tmp_path / "b") == tmp_path / "b" / "t.yaml"
    assert find_template(tmp_path / "b" / "t.yaml") == tmp_path / "b" / "t.yaml"


def test_a_template_that_isn_t_there_is_told_with_the_folders_and_the_nearest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "template.yaml").touch()
    told = f"templates.yaml: no such file in {tmp_path / 'a'} or {tmp_path}; did you mean 'template.yaml'?"
    with pytest.raises(TemplateError, match=f"^{re.escape(told)}$"):
        find_template("templates.yaml", tmp_path / "a", tmp_path)
    with pytest.raises(TemplateError, match=r"t\.yaml: no such file$"):
        find_template(tmp_path / "t.yaml", tmp_path / "a")
    with pytest.raises(TypeError, match="deploy takes the path of a template, not None"):
        find_template(None, tmp_path)


@pytest.mark.parametrize(
    "attribute",
    [
        "Condition: IsProd",
        "Connectors: {}",
        "CreationPolicy: {}",
        "DeletionPolicy: Retain",
        "DependsOn: []",
        "Description: for work",
        "IgnoreGlobals: '*'",
        "Metadata: {}",
        "UpdatePolicy: {}",
        "UpdateReplacePolicy: Delete",
        "Version: 1",
    ],
)
def test_every_legal_attribute_may_stand_beside_a_resource(attribute):
    name = attribute.partition(":")[0]
    assert name in parse_template(f"Resources:\n{QUEUE}    {attribute}\n").data["Resources"]["Work"]
