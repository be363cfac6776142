"""DynamoDB: what update expressions do, what is told of them, and those that are refused."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import refusal, refused

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's DynamoDB is its own")

KEY = {"id": {"S": "1"}}
ROW = {
    "n": {"N": "2.5"},
    "words": {"L": [{"S": "a"}, {"S": "b"}, {"S": "c"}]},
    "tags": {"SS": ["a", "b"]},
    "far": {"M": {"n": {"N": "1"}, "word": {"S": "x"}}},
}
VALUES = {
    ":n": {"N": "1"},
    ":word": {"S": "z"},
    ":list": {"L": [{"S": "z"}]},
    ":empty": {"L": []},
    ":tags": {"SS": ["b", "c"]},
    ":all": {"SS": ["a", "b"]},
}


@pytest.fixture
def things(cloud):
    client = cloud.client("dynamodb")
    client.create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="things", Item=KEY | ROW)
    return client


def update(client, expression, **more):
    """Update the row; the values that the expression names are given."""
    values = {sign: value for sign, value in VALUES.items() if sign in expression}
    given = {"ExpressionAttributeValues": values} if values else {}
    asked = {"TableName": "things", "Key": KEY, "UpdateExpression": expression}
    return client.update_item(**asked, **given, **more)


@pytest.mark.parametrize(
    ("expression", "changed"),
    [
        ("SET n = n + :n", {"n": {"N": "3.5"}}),
        ("SET n = (far.n - :n)", {"n": {"N": "0"}}),
        ("set fresh = if_not_exists(gone, n), n = :n", {"fresh": {"N": "2.5"}, "n": {"N": "1"}}),
        (
            "SET words = list_append(if_not_exists(gone, :empty), list_append(words, :list))",
            {"words": {"L": [*ROW["words"]["L"], {"S": "z"}]}},
        ),
        ("SET words[7] = :word", {"words": {"L": [*ROW["words"]["L"], {"S": "z"}]}}),
        (
            "SET words[9] = :word, words[8] = :n, words[10] = :n",
            {"words": {"L": [*ROW["words"]["L"], {"N": "1"}, {"S": "z"}, {"N": "1"}]}},
        ),
        ("SET words[1] = :word REMOVE words[0]", {"words": {"L": [{"S": "z"}, {"S": "c"}]}}),
        ("REMOVE words[0], words[2], words[9]", {"words": {"L": [{"S": "b"}]}}),
        ("SET far.n = :n, far.fresh = far.word", {"far": {"M": {**ROW["far"]["M"], "fresh": {"S": "x"}}}}),
        (
            "ADD tags :tags, n :n, fresh :n",
            {"tags": {"SS": ["a", "b", "c"]}, "n": {"N": "3.5"}, "fresh": {"N": "1"}},
        ),
        ("DELETE tags :tags, gone :all", {"tags": {"SS": ["a"]}}),
    ],
)
def test_an_update(things, expression, changed):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    answer = update(things, expression, ReturnValues="ALL_NEW")["Attributes"]
    found = things.get_item(TableName="things", Key=KEY)["Item"]
    assert found == answer == {**KEY, **ROW, **changed}


def test_a_set_without_elements_is_gone(things):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    answer = update(things, "DELETE tags :all", ReturnValues="ALL_NEW")
    assert "tags" not in answer["Attributes"]


def test_actions_read_the_item_as_it_was(things):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    told = update(things, "SET n = far.word, far = n", ReturnValues="UPDATED_NEW")["Attributes"]
    assert told == {"n": {"S": "x"}, "far": {"N": "2.5"}}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("UPDATED_NEW", {"far": {"M": {"n": {"N": "1"}}}, "n": {"N": "3.5"}}),
        ("UPDATED_OLD", {"far": {"M": {"n": {"N": "1"}}}, "n": {"N": "2.5"}}),
    ],
)
def test_an_answer_tells_of_the_places_that_were_named_also_if_nothing_changed(things, asked, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    answer = update(things, "SET far.n = :n ADD n :n REMOVE gone", ReturnValues=asked)
    assert answer["Attributes"] == told


WRONG = "Invalid UpdateExpression: "


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("SET n = n + n + :n", f'{WRONG}Syntax error; token: "+", near: "n + :n"'),
        ("PUT n = :n", f'{WRONG}Syntax error; token: "PUT", near: "PUT n"'),
        (
            "SET n = :n SET fresh = :n",
            f'{WRONG}The "SET" section can only be used once in an update expression;',
        ),
        (
            "SET n = size(words)",
            f"{WRONG}The function is not allowed in an update expression; function: size",
        ),
        ("SET n = half(n)", f"{WRONG}Invalid function name; function: half"),
        ("SET name = :n", f"{WRONG}Attribute name is a reserved keyword; reserved keyword: name"),
        (
            "SET far = :n, far.n = :n",
            f"{WRONG}Two document paths overlap with each other; must remove or rewrite one of these paths; "
            "path one: [far], path two: [far, n]",
        ),
        (
            "ADD n :word",
            f"{WRONG}Incorrect operand type for operator or function; operator: ADD, operand type: STRING, "
            "typeSet: ALLOWED_FOR_ADD_OPERAND",
        ),
        (
            "SET words = list_append(words, :word)",
            f"{WRONG}Incorrect operand type for operator or function; operator or function: list_append, "
            "operand type: S",
        ),
        ("SET n = words + :n", "An operand in the update expression has an incorrect data type"),
        ("SET n = gone", "The provided expression refers to an attribute that does not exist in the item"),
        (
            "REMOVE n.deep, fresh",
            "The document path provided in the update expression is invalid for update",
        ),
        (
            "SET id = :word",
            "One or more parameter values were invalid: Cannot update attribute id. "
            "This attribute is part of the key",
        ),
    ],
    ids=[
        *("two signs", "no section", "section twice", "condition's function", "unknown function", "reserved"),
        *("overlap", "type to add", "type to append", "type found", "missing", "no map", "key"),
    ],
)
def test_an_update_that_is_refused_changes_nothing(things, expression, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    assert refused(update, client=things, expression=expression) == ("ValidationException", told)
    assert things.get_item(TableName="things", Key=KEY)["Item"] == KEY | ROW


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("SET n = gone", "The provided expression refers to an attribute that does not exist in the item"),
        ("SET n = words + :n", "An operand in the update expression has an incorrect data type"),
        ("SET n.deep = :n", "The document path provided in the update expression is invalid for update"),
    ],
    ids=["missing", "type found", "no map"],
)
def test_an_update_that_its_item_does_not_allow_cancels_its_transaction(things, expression, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    other = {"Put": {"TableName": "things", "Item": {"id": {"S": "2"}}}}
    asked = {"TableName": "things", "Key": KEY, "UpdateExpression": expression}
    if ":n" in expression:
        asked["ExpressionAttributeValues"] = {":n": VALUES[":n"]}
    found = refusal(things.transact_write_items, TransactItems=[other, {"Update": asked}])
    assert found["Error"]["Code"] == "TransactionCanceledException"
    assert found["CancellationReasons"] == [{"Code": "None"}, {"Code": "ValidationError", "Message": told}]
    assert things.scan(TableName="things")["Items"] == [KEY | ROW]
