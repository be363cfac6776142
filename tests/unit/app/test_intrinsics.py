"""Intrinsic functions and conditions, as CloudFormation's reference states them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.app.blueprint import pseudo_parameters
from harness.app.intrinsics import NO_VALUE, CannotResolve, Created, Scope, references

QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:shop-Work"


def scope_of_a_shop():
    return Scope(
        {"Stage": "prod", "Zones": ["a", "b"], "Count": 3, "Flag": "true"},
        pseudo_parameters("eu-west-1", "123456789012", "shop"),
        {"Sizes": {"prod": {"Memory": 512, "Names": ["x", "y"]}, 123456789012: {"Id": "mine"}}},
        {
            "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]},
            "Same": {"Condition": "IsProd"},
            "Flagged": {"Fn::Equals": [{"Ref": "Flag"}, True]},
            "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "Flagged"}]},
            "AsSamHasIt": {"Fn::And": [{"Condition": {"Condition": "IsProd"}}, {"Condition": "Same"}]},
            "Either": {"Fn::Or": [{"Condition": "IsDev"}, {"Fn::Equals": [1, "1"]}]},
            "Round": {"Fn::Not": [{"Condition": "And"}]},
            "And": {"Fn::Not": [{"Condition": "Round"}]},
            "Odd": {"Fn::Join": ["", ["perhaps"]]},
        },
        {"Work": Created("https://sqs/shop-Work", {"Arn": QUEUE_ARN, "QueueName": "shop-Work"})},
        absent={"Gone": "its condition IsDev does not hold", "Api": "left out"},
        left_out=frozenset({"Api"}),
    )


@pytest.fixture
def scope():
    return scope_of_a_shop()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Work"}, "https://sqs/shop-Work"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::NoValue"}, NO_VALUE),
        ({"Fn::GetAtt": ["Work", "Arn"]}, QUEUE_ARN),
        ({"Fn::GetAtt": "Work.Arn"}, QUEUE_ARN),
        ({"Fn::Sub": "${AWS::StackName}-${Stage}-${Work.QueueName}"}, "shop-prod-shop-Work"),
        ({"Fn::Sub": "${!Literal} ${ Stage }"}, "${Literal} prod"),
        ({"Fn::Sub": ["${Stage}/${Inner}", {"Inner": {"Fn::Sub": "<${Count}>"}}]}, "prod/<3>"),
        ({"Fn::Sub": ["${Yes}", {"Yes": True}]}, "true"),
        ({"Fn::Join": [",", ["a", {"Ref": "Stage"}, 1, {"Ref": "AWS::NoValue"}]]}, "a,prod,1"),
        ({"Fn::Join": ["-", {"Ref": "Zones"}]}, "a-b"),
        ({"Fn::Select": ["1", {"Ref": "Zones"}]}, "b"),
        ({"Fn::Select": [5, {"Fn::Split": [":", {"Fn::GetAtt": ["Work", "Arn"]}]}]}, "shop-Work"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "Memory"]}, 512),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::AccountId"}, "Id"]}, "mine"),
        ({"Fn::FindInMap": ["Sizes", "qa", "Memory", {"DefaultValue": 128}]}, 128),
        ({"Fn::If": ["IsProd", {"Ref": "Count"}, {"Ref": "Nowhere"}]}, 3),
        ({"Fn::If": ["IsDev", 1, {"Ref": "AWS::NoValue"}]}, NO_VALUE),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::Length": {"Ref": "Zones"}}, 2),
        ({"Fn::ToJsonString": {"a": {"Ref": "Stage"}}}, '{"a":"prod"}'),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, {"Ref": "Stage"}]}, {"b": ["prod"]}),
        ({"Condition": "IsProd"}, {"Condition": "IsProd"}),
        (
            {"Condition": {"Bool": {"x": "true"}}, "Effect": "Allow"},
            {"Condition": {"Bool": {"x": "true"}}, "Effect": "Allow"},
        ),
        ({"Ref": "Api"}, "shop-Api"),
        ({"Fn::GetAtt": ["Api", "Arn"]}, "arn:aws:left-out:eu-west-1:123456789012:shop-Api/Arn"),
    ],
)
def test_functions_resolve(scope, written, value):
    assert scope.resolve(written) == value


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"Ref": "Stagge"}, "no parameter or resource 'Stagge'; did you mean 'Stage'?"),
        ({"Ref": ["Stage"]}, "Ref takes the name"),
        ({"Ref": "Gone"}, "Gone isn't there: its condition IsDev does not hold"),
        ({"Fn::GetAtt": ["Gone", "Arn"]}, "Gone isn't there"),
        ({"Fn::GetAtt": ["Work", "Url"]}, "Work has no attribute 'Url'; it has: Arn, QueueName"),
        ({"Fn::GetAtt": []}, "Fn::GetAtt: its argument has the wrong form"),
        ({"Fn::Sub": "${Nowhere.Arn}"}, "no resource 'Nowhere'"),
        ({"Fn::Sub": "${Zones}"}, "expected text or a number, found \\['a', 'b'\\]"),
        ({"Fn::Join": ["-", "abc"]}, "Fn::Join: its argument has the wrong form"),
        ({"Fn::Select": [7, {"Ref": "Zones"}]}, "there is no item 7"),
        ({"Fn::FindInMap": ["Sizes", "qa", "Memory"]}, "there is no Sizes → qa → Memory in Mappings"),
        ({"Fn::If": ["Nope", 1, 2]}, "the template has no condition 'Nope'"),
        (
            {"Fn::ImportValue": "net-Vpc"},
            "no stack exports 'net-Vpc'; deploy the exporting template first, or both together",
        ),
        ({"Fn::Transform": {"Name": "X"}}, "a macro, which runs on AWS only"),
        ({"Fn::Foo": 1}, "Fn::Foo can't be resolved locally; known: Fn::And"),
        ({"Fn::Cidr": ["10.0.0.0/16", 10**9, 8]}, "count is 1 to 256"),
        ({"Fn::Cidr": ["nonsense", 1, 8]}, "Fn::Cidr: its argument has the wrong form"),
    ],
)
def test_what_cannot_be_resolved_says_why(scope, written, told):
    with pytest.raises(CannotResolve, match=told):
        scope.resolve(written)


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("IsProd", True),
        ("IsDev", False),
        ("Same", True),
        ("Flagged", True),
        ("Both", True),
        ("Either", True),
        ("AsSamHasIt", True),
    ],
)
def test_conditions_hold_or_not(scope, name, holds):
    assert scope.condition(name) is holds


def test_conditions_that_ask_each_other_are_named_in_turn(scope):
    with pytest.raises(CannotResolve, match="depends on itself: Round → And → Round"):
        scope.condition("Round")
    assert scope.condition("IsProd")


def test_a_condition_is_true_or_false(scope):
    with pytest.raises(CannotResolve, match="true or false, not 'perhaps'"):
        scope.condition("Odd")


def test_references_are_found_wherever_they_stand():
    written = {
        "a": [{"Ref": "A"}, {"Fn::GetAtt": ["B", "Arn"]}, {"Fn::GetAtt": "C.Arn"}],
        "b": {"Fn::Sub": ["${D.Arn} ${!E} ${F}", {"F": {"Ref": "G"}}]},
        "c": {"Fn::If": ["X", {"Fn::Sub": "${H}"}, {"Ref": "I"}]},
    }
    assert list(references(written)) == ["A", "B", "C", "D", "F", "G", "H", "I"]


FUNCTIONS = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "Join",
    "Length",
    "Not",
]
FUNCTIONS += ["Or", "Select", "Split", "Sub", "ToJsonString", "Transform"]
NAMES = st.sampled_from(["Ref", "Condition", "x", *(f"Fn::{name}" for name in FUNCTIONS)])
WORDS = st.sampled_from(["Stage", "Work", "IsProd", "Zones", "Api", "Sizes", "${Stage}", "AWS::NoValue"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_resolves_or_says_why(value):
    with contextlib.suppress(CannotResolve):
        scope_of_a_shop().resolve(value)


@given(VALUES)
def test_references_are_found_in_any_value(value):
    assert all(isinstance(name, str) for name in references(value))
