"""Items of DynamoDB inside of a run are those that moto makes outside of one."""

import copy
from contextlib import nullcontext

import pytest
from moto.dynamodb import responses
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.utilities import dynamo_to_dict

from harness.sim.services.held.items import quick_items

VALUES = [
    {"S": "order é"},
    {"N": "4.50"},
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
    return made.size(), made.cast_value, hash(made.type), made.to_regular_json(), again == made


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
        assert made.size() == by_moto.size()


@pytest.mark.parametrize("length", [404_990, 405_000])
def test_an_item_may_be_as_large_as_moto_lets_it(length):
    attributes = {"k": {"S": "1"}, "text": {"S": "x" * length}}
    seen = []
    for block in (quick_items, nullcontext):
        with block():
            try:
                seen.append(Item(DynamoType({"S": "1"}), None, attributes).size())
            except ItemSizeTooLarge:
                seen.append(None)
    assert seen[0] == seen[1]
