"""DynamoDB: the conditions that it takes, the answers that it gives to them, and those that it refuses."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import refused

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's DynamoDB is its own")

FOUND = {
    "stay": {"N": "1"},
    "name": {"S": "Ann"},
    "n": {"N": "2"},
    "word": {"S": "five!"},
    "raw_bytes": {"B": b"abc"},
    "tags": {"SS": ["a", "b"]},
    "list": {"L": [{"N": "2"}, {"S": "x"}]},
    "far": {"M": {"n": {"N": "2"}, "deep": {"L": [{"BOOL": True}]}}},
}
VALUES = {
    ":n": {"N": "2"},
    ":more": {"N": "9"},
    ":less": {"N": "1.0"},
    ":word": {"S": "five!"},
    ":part": {"S": "fi"},
    ":raw_bytes": {"B": b"a"},
    ":kind": {"S": "SS"},
    ":tag": {"S": "b"},
    ":same": {"SS": ["b", "a"]},
    ":list": {"L": [{"N": "2.0"}, {"S": "x"}]},
    ":yes": {"BOOL": True},
}


@pytest.fixture
def days(cloud):
    client = cloud.client("dynamodb")
    keys = [("name", "HASH", "S"), ("stay", "RANGE", "N")]
    client.create_table(
        TableName="days",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind, _ in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, _, kind in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="days", Item=FOUND)
    return client


def given(expression, values=VALUES):
    """The values that an expression uses."""
    signs = {word.strip("(),") for word in expression.split() if ":" in word}
    return {"ExpressionAttributeValues": {sign: values[sign] for sign in sorted(signs)}} if signs else {}


@pytest.mark.parametrize(
    "condition",
    [
        "(n) = :n",
        "( :n ) = ( n )",
        "n BETWEEN size( raw_bytes ) AND :more OR n BETWEEN :less AND size( raw_bytes )",
        "size( word ) > size( raw_bytes )",
        "size( tags ) IN ( :less , :n )",
        "n IN ( :less , far.n )",
        "raw_bytes > :raw_bytes AND begins_with( raw_bytes , :raw_bytes )",
        "attribute_type( tags , :kind ) AND contains( tags , :tag )",
        "tags = :same AND list = :list",
        "far.deep[0] = :yes",
        "NOT (n = :more OR word = :part) AND NOT attribute_exists( gone )",
        "n <> gone and gone <> :n",
    ],
)
def test_a_condition_that_holds(days, condition):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    condition = condition.replace(" list", " #list")
    names = {"ExpressionAttributeNames": {"#list": "list"}} if "#list" in condition else {}
    asked = {"ConditionExpression": condition, **given(condition), **names}
    days.put_item(TableName="days", Item=FOUND, **asked)
    filtered = {"FilterExpression": condition, **given(condition), **names}
    assert days.scan(TableName="days", **filtered)["Count"] == 1


@pytest.mark.parametrize(
    "condition",
    [
        "size( n ) = :n",
        "size( gone ) < :n",
        "n < :word",
        "gone = :n",
        "gone BETWEEN :less AND :more",
        "word BETWEEN :less AND :more",
        "begins_with( n , :part )",
        "contains( tags , :n )",
        "contains( n , :n )",
        "n = word",
    ],
)
def test_a_condition_that_does_not_hold(days, condition):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    asked = {"ConditionExpression": condition, **given(condition)}
    assert refused(days.put_item, TableName="days", Item=FOUND, **asked) == (
        "ConditionalCheckFailedException",
        "The conditional request failed",
    )
    assert days.scan(TableName="days", FilterExpression=condition, **given(condition))["Count"] == 0


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("n = ", 'Syntax error; token: "<EOF>", near: "= "'),
        ("n = :n word", 'Syntax error; token: "word", near: ":n word"'),
        ("my-n = :n", 'Syntax error; token: "-", near: "my-n"'),
        ("((n = :n ))", "The expression has redundant parentheses;"),
        ("length( n ) = :n", "Invalid function name; function: length"),
        (
            "begins_with( word )",
            "Incorrect number of operands for operator or function; operator or function: begins_with, "
            "number of operands: 1",
        ),
        (
            "size( word )",
            "The function is not allowed to be used this way in an expression; function: size",
        ),
        ("name = :word", "Attribute name is a reserved keyword; reserved keyword: name"),
        (
            "n = n",
            "The first operand must be distinct from the remaining operands for this operator or function; "
            "operator: =, first operand: [n]",
        ),
        (
            "n < :yes",
            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
        ),
        (
            "begins_with( word , :n )",
            "Incorrect operand type for operator or function; operator or function: begins_with, "
            "operand type: N",
        ),
        (
            "size( :n ) = :more",
            "Incorrect operand type for operator or function; operator or function: size, operand type: N",
        ),
        (
            "attribute_type( n , :word )",
            "Invalid attribute type name found; type: five!, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        (
            "n BETWEEN :more AND :n",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower "
            "bound operand: AttributeValue: {N:9}, upper bound operand: AttributeValue: {N:2}",
        ),
        (
            "attribute_exists( :n )",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
    ],
)
def test_a_condition_that_is_refused(days, condition, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CommonErrors.html"""
    asked = {"ConditionExpression": condition, **given(condition)}
    code, message = refused(days.put_item, TableName="days", Item=FOUND, **asked)
    assert (code, message) == ("ValidationException", f"Invalid ConditionExpression: {told}")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({}, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        (
            {"S": "a", "N": "1"},
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
            "supported datatypes",
        ),
        ({"N": "one"}, "The parameter cannot be converted to a numeric value: one"),
        (
            {"N": "1e126"},
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
    ],
    ids=["nothing", "two", "word", "too large"],
)
@pytest.mark.parametrize("nested", [False, True], ids=["plain", "nested"])
def test_a_value_has_one_type_and_fits_it(days, value, told, nested):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    value = {"L": [value]} if nested else value
    expected = ("ValidationException", told)
    assert refused(days.put_item, TableName="days", Item=FOUND | {"v": value}) == expected
    asked = {"FilterExpression": "n = :v", "ExpressionAttributeValues": {":v": value}}
    told = f"ExpressionAttributeValues contains invalid value: {told} for key :v"
    assert refused(days.scan, TableName="days", **asked) == ("ValidationException", told)


def queried(days, condition, names=None, **more):
    names = {"#name": "name"} if names is None else names
    asked = {"KeyConditionExpression": condition, "ExpressionAttributeNames": names, **more}
    values = given(" ".join((condition, more.get("FilterExpression", ""))), {**VALUES, ":who": {"S": "Ann"}})
    return days.query(TableName="days", **asked, **values)


@pytest.mark.parametrize(
    "condition",
    [
        "#name = :who",
        "( #name = :who ) AND ( stay BETWEEN :less AND :more )",
        ":less <= stay AND :who = #name",
        "#name = :who and stay < :n",
    ],
)
def test_conditions_about_keys(days, condition):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html"""
    assert queried(days, condition)["Count"] == 1


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("#name = :who OR stay = :n", "Invalid operator used in KeyConditionExpression: OR"),
        ("#name = :who AND stay <> :n", "Invalid operator used in KeyConditionExpression: <>"),
        ("#name = :who AND stay IN ( :n )", "Invalid operator used in KeyConditionExpression: IN"),
        (
            "#name = :who AND stay > :n AND stay < :more",
            "KeyConditionExpressions must only contain one condition per key",
        ),
        (
            "#name = :n",
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
        ("#name = :who AND n = :n", "Query condition missed key schema element: stay"),
    ],
)
def test_conditions_about_keys_that_are_refused(days, condition, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html"""
    assert refused(queried, days=days, condition=condition) == ("ValidationException", told)


def test_a_query_filters_by_attributes_that_are_no_keys(days):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html"""
    assert queried(days, "#name = :who", FilterExpression="n = :n")["Count"] == 1
    told = refused(queried, days=days, condition="#name = :who", FilterExpression="n = :n AND stay = :less")
    assert told == (
        "ValidationException",
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: stay",
    )


@pytest.mark.parametrize(
    ("projection", "found"),
    [
        ("word, far.n", {"word": FOUND["word"], "far": {"M": {"n": {"N": "2"}}}}),
        (
            "#list[1], #list[0], far . deep [ 0 ]",
            {"list": FOUND["list"], "far": {"M": {"deep": FOUND["far"]["M"]["deep"]}}},
        ),
        ("gone, far.gone.n, #list[7]", {}),
    ],
    ids=["map", "list", "nothing"],
)
def test_a_projection_picks_what_is_there(days, projection, found):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html"""
    names = {"ExpressionAttributeNames": {"#list": "list"}} if "#list" in projection else {}
    key = {"name": FOUND["name"], "stay": FOUND["stay"]}
    answer = days.get_item(TableName="days", Key=key, ProjectionExpression=projection, **names)
    assert answer.get("Item", {}) == found


@pytest.mark.parametrize(
    ("projection", "told"),
    [
        (
            "far, far.n",
            "Two document paths overlap with each other; must remove or rewrite one of these paths; "
            "path one: [far], path two: [far, n]",
        ),
        (
            "far.n, far[0]",
            "Two document paths conflict with each other; must remove or rewrite one of these paths; "
            "path one: [far, n], path two: [far, [0]]",
        ),
        ("n, name", "Attribute name is a reserved keyword; reserved keyword: name"),
        ("n,", 'Syntax error; token: "<EOF>", near: ","'),
    ],
    ids=["overlap", "conflict", "reserved", "end"],
)
def test_a_projection_that_is_refused(days, projection, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html"""
    key = {"name": FOUND["name"], "stay": FOUND["stay"]}
    asked = {"TableName": "days", "Key": key, "ProjectionExpression": projection}
    assert refused(days.get_item, **asked) == ("ValidationException", f"Invalid ProjectionExpression: {told}")


@pytest.mark.parametrize("word", ["OR", "AND"])
def test_a_condition_may_have_three_hundred_operators(days, word):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    condition = "n < :more"
    for _ in range(149):  # nested as by boto3
        condition = f"({condition} {word} n < :more)"
    found = days.scan(TableName="days", FilterExpression=condition, **given("n < :more"))
    assert found["Count"] == 1


def test_a_condition_may_change_its_word_at_each_level(days):
    condition = "n = :n"
    for level in range(100):
        condition = f"({condition}) {('AND', 'OR')[level % 2]} n = :n"
    assert days.scan(TableName="days", FilterExpression=condition, **given("n = :n"))["Count"] == 1
