from dataclasses import FrozenInstanceError, dataclass, field, replace
from pickle import dumps, loads

import pytest

from harness.frozen import making, quickly_made


@quickly_made
@dataclass(frozen=True, slots=True)
class Order:
    name: str
    total: int = 0
    items: list = field(default_factory=list)


def test_fields_are_set_by_place_by_name_and_by_default():
    order = Order("o-1", items=["book"])
    assert (order.name, order.total, order.items) == ("o-1", 0, ["book"])


def test_a_default_that_is_made_is_made_for_each():
    assert Order("o-1").items is not Order("o-1").items


def test_a_field_can_not_be_set_again():
    with pytest.raises(FrozenInstanceError):
        Order("o-1").total = 3


def test_one_is_equal_to_its_copies():
    order = Order("o-1", 3)
    assert order == replace(order) == loads(dumps(order))
    assert order != replace(order, total=4)


def test_a_missing_field_is_told_by_name():
    with pytest.raises(TypeError, match="'name'"):
        Order(total=3)


def test_a_class_that_does_more_when_it_is_made_is_refused():
    with pytest.raises(TypeError, match="does more than set"):

        @quickly_made
        @dataclass(frozen=True, slots=True)
        class Checked:
            name: str

            def __post_init__(self):
                raise AssertionError


@quickly_made
@dataclass(frozen=True)
class WithoutSlots:
    name: str


def test_a_class_without_slots_is_refused():
    with pytest.raises(TypeError, match="layout"):
        WithoutSlots("o-1")


def test_a_function_that_makes_them_does_what_the_class_does():
    make = making(Order)
    assert make("o-1", items=["book"]) == Order("o-1", items=["book"])
    with pytest.raises(FrozenInstanceError):
        make("o-1").total = 3
    with pytest.raises(TypeError, match="'name'"):
        make(total=3)
