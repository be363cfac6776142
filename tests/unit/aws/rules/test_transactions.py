"""The token of a transaction: the same request within ten minutes is carried out once."""

import pytest

from harness.aws.rules.transactions import Mismatch, Tokens

WRITE = "TransactWriteItems", "us-east-1"


class Table:
    """Counts how often a transaction was carried out."""

    def __init__(self):
        self.now = 0.0
        self.times = 0
        self.fails = False
        self.tokens = Tokens(lambda: self.now)

    def carry_out(self):
        self.times += 1
        return f"answer {self.times}", not self.fails

    def write(self, token="t", where=WRITE, **params):
        given = {"ClientRequestToken": token} if token else {}
        return self.tokens.once(where, {**params, **given}, self.carry_out)


@pytest.fixture
def table():
    return Table()


def test_the_same_request_is_carried_out_once_and_answered_alike(table):
    assert [table.write(), table.write()] == ["answer 1", "answer 1"]
    assert table.times == 1


def test_after_ten_minutes_it_is_a_new_request(table):
    table.write()
    table.now = 600.0
    table.write()
    assert table.times == 1
    table.now = 600.1
    assert table.write() == "answer 2"


def test_the_token_with_other_parameters_is_a_mismatch(table):
    table.write(Items=[1])
    with pytest.raises(Mismatch, match="already in use with different request parameters"):
        table.write(Items=[2])


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_tokens_are_of_one_region(table, region):
    table.write()
    table.write(where=("TransactWriteItems", region))
    assert table.times == (1 if region == "us-east-1" else 2)


def test_a_request_that_failed_may_be_tried_again(table):
    table.fails = True
    table.write()
    table.fails = False
    assert table.write() == "answer 2"


def test_without_a_token_each_request_counts(table):
    table.write(token="")
    table.write(token="")
    assert table.times == 2
