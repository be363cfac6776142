"""Items of DynamoDB inside of a run are those that moto makes outside of one, in AWS's sizes."""

import copy

import pytest
from moto.dynamodb import responses
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.utilities import dynamo_to_dict

from harness.aws.rules.items import size_of_value
from harness.sim.services.held.items import quick_items

VALUES = [
    {"S": "order é"},
    {"N": "4.5"},
    {"BOOL": False},
    {"NULL": True},
    {"B": b"\x00"},
    {"SS": ["b", "a"]},
    {"L": [{"S": "a"}, {"L": []}]},
    {"M": {"x": {"N": "1"}, "y": {"M": {}}}},
]


def seen_of(value):
    made = DynamoType(copy.deepcopy(value))
    again = DynamoType(made)
    return made.cast_value, hash(made.type), made.to_regular_json(), again == made


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_as_moto_makes_it(value):
    by_moto = seen_of(value)
    with quick_items():
        assert seen_of(value) == by_moto


def test_an_item_is_as_moto_makes_it():
    attributes = {f"a{n}": value for n, value in enumerate(VALUES)}
    by_moto = Item(DynamoType({"S": "k"}), None, attributes)
    with quick_items():
        made = Item(DynamoType({"S": "k"}), None, attributes)
        assert made == by_moto
        assert responses.dynamo_to_dict(made.to_json()) == dynamo_to_dict(by_moto.to_json())


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "0"}, 1),
        ({"N": "-12"}, 3),
        ({"N": "1.2"}, 3),
        ({"N": "100"}, 2),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"B": "AAAA"}, 3),
        ({"NS": ["1", "22"]}, 4),
        ({"L": [{"S": "ab"}, {"L": []}]}, 10),
        ({"M": {"x": {"S": "ab"}}}, 7),
    ],
    ids=repr,
)
def test_a_value_has_the_size_that_aws_says(value, size):
    with quick_items():
        assert DynamoType(value).size() == size_of_value(value) == size


def test_an_item_has_four_hundred_kilobytes_at_most():
    with quick_items():
        largest = {"k": {"S": "x" * (400 * 1024 - 1)}}
        assert Item(DynamoType({"S": "1"}), None, largest).size() == 400 * 1024
        with pytest.raises(ItemSizeTooLarge):
            Item(DynamoType({"S": "1"}), None, {**largest, "t": {"S": ""}})
