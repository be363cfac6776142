"""Unknown names are told with the nearest one there is."""

import pytest

import harness
from harness.near import Suggests, did_you_mean, near


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Biling", "; did you mean 'Billing'?"),
        ("BILLING", "; did you mean 'Billing'?"),
        ("Stock", "; there are: Billing, Ledger"),
    ],
)
def test_the_nearest_name_is_told_or_else_all_of_them(name, told):
    assert near(name, ["Ledger", "Billing"]) == told


def test_names_that_are_too_many_to_read_are_not_listed():
    many = [f"queue{number}" for number in range(31)]
    assert near("Stock", many) == ""
    assert near("queue77", many).startswith("; did you mean 'queue")


def test_where_nothing_has_a_name_that_is_said():
    assert near("Stock", []) == "; there are: none"
    assert did_you_mean("Stock", []) == ""


class Crane(Suggests):
    """A thing that tests use."""

    kind = "crane"

    def lift(self):
        """Lift."""

    @property
    def load(self):
        """What hangs on it."""
        return None.weight


def test_an_attribute_that_there_isn_t_is_told_with_the_nearest():
    with pytest.raises(AttributeError, match=r"^Crane has no 'lifft'; did you mean 'lift'\?$"):
        Crane().lifft()
    with pytest.raises(AttributeError, match=r"^Crane has no 'swing'; there are: lift, load$"):
        Crane().swing()
    assert not hasattr(Crane(), "swing")


def test_a_property_that_fails_says_why_itself():
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'weight'"):
        _ = Crane().load


def test_a_name_that_the_package_lacks_is_told_with_the_nearest():
    with pytest.raises(AttributeError, match="'harness' has no attribute 'expct'; did you mean 'expect'"):
        _ = harness.expct
