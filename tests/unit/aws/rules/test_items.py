"""Items of DynamoDB as sizes, plain values and texts."""

import pytest

from harness.aws.rules.items import as_bytes, as_text, plain, size_of


@pytest.mark.parametrize(
    ("value", "size"),
    [
        pytest.param({"S": "é"}, 2, id="text in UTF-8"),
        pytest.param({"N": "0"}, 1, id="zero"),
        pytest.param({"N": "7"}, 2, id="one digit"),
        pytest.param({"N": "-1234.50"}, 5, id="a sign and five digits"),
        pytest.param({"B": b"abc"}, 3, id="bytes"),
        pytest.param({"B": "Zm9vYmFy"}, 6, id="bytes in Base64"),
        pytest.param({"BOOL": False}, 1, id="truth"),
        pytest.param({"NULL": True}, 1, id="nothing"),
        pytest.param({"SS": ["a", "bc"]}, 3, id="set"),
        pytest.param({"L": [{"S": "a"}]}, 5, id="list"),
        pytest.param({"M": {"k": {"S": "a"}}}, 6, id="map"),
    ],
)
def test_the_size_of_a_value_is_that_of_its_content(value, size):
    assert size_of({"": value}) == size


def test_values_are_plain_at_every_depth():
    item = {
        "whole": {"N": "7"},
        "part": {"N": "0.5"},
        "exact": {"N": "1.00000000000000000001"},
        "none": {"NULL": True},
        "set": {"NS": ["2", "1"]},
        "deep": {"M": {"list": {"L": [{"B": b"\x00"}, {"BOOL": True}]}}},
    }
    assert plain(item) == {
        "whole": 7,
        "part": 0.5,
        "exact": "1.00000000000000000001",
        "none": None,
        "set": [1, 2],
        "deep": {"list": ["AA==", True]},
    }


def test_bytes_become_base64_and_back_at_every_depth():
    item = {"l": {"L": [{"B": b"a"}]}, "m": {"M": {"b": {"BS": [b"b"]}}}, "s": {"S": "YQ=="}}
    text = {"l": {"L": [{"B": "YQ=="}]}, "m": {"M": {"b": {"BS": ["Yg=="]}}}, "s": {"S": "YQ=="}}
    assert as_text(item) == text
    assert as_bytes(text) == item
