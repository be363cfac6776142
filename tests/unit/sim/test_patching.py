"""Attributes that are others for a while."""

import pytest

from harness.sim.patches.patching import Replaced


class Base:
    name = "base"


class Thing(Base):
    size = 1


def test_attributes_are_others_inside_of_the_block_and_as_before_after_it():
    def fail():
        with Replaced((Thing, "size", 2), (Base, "name", "x")):
            assert (Thing.size, Thing.name) == (2, "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (Thing.size, Thing.name) == (1, "base")


def test_only_attributes_of_its_own_are_replaced():
    with pytest.raises(KeyError, match="name"), Replaced((Thing, "name", "thing")):
        pass
    assert "name" not in vars(Thing)
