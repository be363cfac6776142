"""DynamoDB: requests that it refuses."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import refused

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's DynamoDB is its own")

KEY = {"name": {"S": "Ann"}, "day": {"N": "1"}}
VALUE = {":v": {"N": "1"}}


@pytest.fixture
def dynamodb(cloud):
    client = cloud.client("dynamodb")
    client.create_table(
        TableName="days",
        KeySchema=[
            {"AttributeName": "name", "KeyType": "HASH"},
            {"AttributeName": "day", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "name", "AttributeType": "S"},
            {"AttributeName": "day", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def puts(count, table="days"):
    return {table: [{"PutRequest": {"Item": KEY | {"day": {"N": str(day)}}}} for day in range(count)]}


def test_a_batch_writes_twenty_five_items_at_most(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    dynamodb.batch_write_item(RequestItems=puts(25))
    code, message = refused(dynamodb.batch_write_item, RequestItems=puts(26))
    assert (code, "less than or equal to 25" in message) == ("ValidationException", True)
    both = puts(13) | puts(13, "weeks")
    told = refused(dynamodb.batch_write_item, RequestItems=both)[1]
    assert told == "Too many items requested for the BatchWriteItem call"


@pytest.mark.parametrize("given", [{}, {"days": [{}]}], ids=["nothing", "empty"])
def test_a_batch_writes_something(dynamodb, given):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    assert refused(dynamodb.batch_write_item, RequestItems=given)[0] == "ValidationException"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"UpdateExpression": "SET #n = :v", "ExpressionAttributeValues": VALUE},
            "Invalid UpdateExpression: An expression attribute name used in the document path is not "
            "defined; attribute name: #n",
        ),
        (
            {"UpdateExpression": "REMOVE a", "ConditionExpression": "b = :w"},
            "Invalid ConditionExpression: An expression attribute value used in expression is not defined; "
            "attribute value: :w",
        ),
        (
            {"UpdateExpression": "REMOVE a", "ExpressionAttributeValues": VALUE},
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}",
        ),
        (
            {"UpdateExpression": "REMOVE a", "ExpressionAttributeNames": {"#n": "a"}},
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}",
        ),
        ({"UpdateExpression": " "}, "Invalid UpdateExpression: The expression can not be empty;"),
        (
            {"ExpressionAttributeValues": VALUE},
            "ExpressionAttributeValues can only be specified when using expressions",
        ),
    ],
    ids=["name", "value", "unused value", "unused name", "empty", "no expression"],
)
def test_an_expression_names_what_is_defined_and_all_of_it(dynamodb, given, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html"""
    assert refused(dynamodb.update_item, TableName="days", Key=KEY, **given) == ("ValidationException", told)


@pytest.mark.parametrize("operation", ["put_item", "scan"])
def test_a_condition_is_well_formed(dynamodb, operation):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    field, more = (
        ("ConditionExpression", {"Item": KEY}) if operation == "put_item" else ("FilterExpression", {})
    )
    call = getattr(dynamodb, operation)
    code, message = refused(call, TableName="days", **more, **{field: "attribute_exists("})
    assert (code, message.partition(";")[0]) == ("ValidationException", f"Invalid {field}: Syntax error")


def test_a_transaction_has_expressions_that_are_checked_too(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    put = {"TableName": "days", "Item": KEY, "ConditionExpression": "a = :v"}
    assert refused(dynamodb.transact_write_items, TransactItems=[{"Put": put}])[0] == "ValidationException"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            {"SS": ["a", "a"]},
            "One or more parameter values were invalid: Input collection [a, a] contains duplicates.",
        ),
        ({"N": "1" * 39}, "Attempting to store more than 38 significant digits in a Number"),
        ({"NS": ["1", "1.0"]}, "Input collection contains duplicates"),
        (
            {"L": [{"SS": []}]},
            "One or more parameter values were invalid: An string set  may not be empty",
        ),
        ({"BS": []}, "One or more parameter values were invalid: Binary sets should not be empty"),
        (
            {"NULL": False},
            "One or more parameter values were invalid: "
            "Null attribute value types must have the value of true",
        ),
    ],
    ids=["set", "number", "set of equal numbers", "empty set", "empty binary set", "null"],
)
def test_values_have_limits(dynamodb, value, told):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    item = KEY | {"v": value}
    assert refused(dynamodb.put_item, TableName="days", Item=item) == ("ValidationException", told)


def test_an_update_without_changes_makes_an_item_of_its_key(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    dynamodb.update_item(TableName="days", Key=KEY)
    assert dynamodb.get_item(TableName="days", Key=KEY)["Item"] == KEY


def test_a_key_has_all_of_its_attributes(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""
    told = refused(dynamodb.get_item, TableName="days", Key={"name": {"S": "Ann"}})
    assert told == ("ValidationException", "The provided key element does not match the schema")


@pytest.mark.parametrize(
    "condition",
    ["\n  n = :v\n  AND attribute_exists(far)\n", "n = :v AND\tNOT far[10] = :v", "m . x [ 0 ] = :v"],
    ids=["lines", "two digits", "spaces within"],
)
def test_white_space_and_indices_of_conditions(dynamodb, condition):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    held = KEY | {"n": {"N": "1"}, "far": {"L": [{"N": "0"}] * 11}, "m": {"M": {"x": {"L": [{"N": "1"}]}}}}
    dynamodb.put_item(TableName="days", Item=held)
    conditional = {"ConditionExpression": condition, "ExpressionAttributeValues": VALUE}
    dynamodb.put_item(TableName="days", Item=held, **conditional)
    found = dynamodb.scan(TableName="days", FilterExpression=condition, ExpressionAttributeValues=VALUE)
    assert found["Count"] == 1


def test_white_space_of_keys_and_updates(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html"""
    update = "\r\n  SET\tn = :v\r\n  REMOVE\n gone\n"
    dynamodb.update_item(TableName="days", Key=KEY, UpdateExpression=update, ExpressionAttributeValues=VALUE)
    found = dynamodb.query(
        TableName="days",
        KeyConditionExpression="\n  #k = :k\n  AND\t#d BETWEEN :v\n AND :v\n",
        ExpressionAttributeNames={"#k": "name", "#d": "day"},
        ExpressionAttributeValues=VALUE | {":k": KEY["name"]},
    )
    assert found["Items"] == [KEY | {"n": {"N": "1"}}]


@pytest.mark.parametrize(
    ("written", "kept"),
    [("007", "7"), ("1.50", "1.5"), ("1E2", "100"), ("-0.0", "0"), ("+.5", "0.5"), ("1e-3", "0.001")],
)
def test_numbers_are_kept_without_zeros_at_their_ends(dynamodb, written, kept):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    dynamodb.put_item(TableName="days", Item=KEY | {"n": {"N": written}, "all": {"NS": [written, "3"]}})
    item = dynamodb.get_item(TableName="days", Key=KEY | {"day": {"N": "1.0"}})["Item"]
    assert item == KEY | {"n": {"N": kept}, "all": {"NS": [kept, "3"]}}


def test_an_attribute_that_is_not_there_is_equal_to_nothing(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    dynamodb.put_item(TableName="days", Item=KEY)
    counts = [
        dynamodb.scan(TableName="days", FilterExpression=condition)["Count"]
        for condition in ("a = b", "a <> b", "NOT a = b", "a < b")
    ]
    assert counts == [0, 1, 1, 0]


def test_a_sum_of_more_digits_than_a_number_has_is_refused(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    dynamodb.put_item(TableName="days", Item=KEY | {"n": {"N": "1e50"}})
    asked = {"UpdateExpression": "SET n = n + :v", "ExpressionAttributeValues": VALUE}
    code, message = refused(dynamodb.update_item, TableName="days", Key=KEY, **asked)
    assert (code, message.partition(".")[0]) == ("ValidationException", "Number overflow")


@pytest.mark.parametrize("operation", ["put_item", "get_item", "update_item", "delete_item"])
def test_a_key_is_not_empty(dynamodb, operation):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    given = {"Item" if operation == "put_item" else "Key": KEY | {"name": {"S": ""}}}
    assert refused(getattr(dynamodb, operation), TableName="days", **given) == (
        "ValidationException",
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
        "an empty string value. Key: name",
    )


def test_an_item_has_four_hundred_kilobytes_at_most(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""
    spare = 400 * 1024 - len("nameAnndaytext") - 2
    item = KEY | {"text": {"S": "x" * spare}}
    dynamodb.put_item(TableName="days", Item=item)
    more = item | {"text": {"S": "x" * (spare + 1)}}
    told = ("ValidationException", "Item size has exceeded the maximum allowed size")
    assert refused(dynamodb.put_item, TableName="days", Item=more) == told
    asked = {"UpdateExpression": "SET n = :v", "ExpressionAttributeValues": VALUE}
    told = ("ValidationException", "Item size to update has exceeded the maximum allowed size")
    assert refused(dynamodb.update_item, TableName="days", Key=KEY, **asked) == told


@pytest.mark.parametrize(
    "requests",
    [
        [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}],
        [{"PutRequest": {"Item": KEY}}, {"PutRequest": {"Item": KEY | {"n": {"N": "1"}}}}],
        [{"DeleteRequest": {"Key": KEY}}, {"DeleteRequest": {"Key": KEY | {"day": {"N": "1.0"}}}}],
    ],
    ids=["put and delete", "two puts", "equal numbers"],
)
def test_a_batch_writes_an_item_once(dynamodb, requests):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    told = ("ValidationException", "Provided list of item keys contains duplicates")
    assert refused(dynamodb.batch_write_item, RequestItems={"days": requests}) == told


def test_a_batch_that_is_refused_has_written_nothing(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
    bad = {"PutRequest": {"Item": KEY | {"day": {"S": "2"}}}}
    code, _ = refused(dynamodb.batch_write_item, RequestItems={"days": [{"PutRequest": {"Item": KEY}}, bad]})
    assert (code, dynamodb.scan(TableName="days")["Count"]) == ("ValidationException", 0)


def test_a_batch_reads_an_item_once(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
    twice = {"days": {"Keys": [KEY, KEY | {"day": {"N": "1.0"}}]}}
    told = ("ValidationException", "Provided list of item keys contains duplicates")
    assert refused(dynamodb.batch_get_item, RequestItems=twice) == told


def test_a_transaction_has_an_item_once_and_four_megabytes_at_most(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    twice = [
        {"Put": {"TableName": "days", "Item": KEY}},
        {"Delete": {"TableName": "days", "Key": KEY | {"day": {"N": "1.0"}}}},
    ]
    told = ("ValidationException", "Transaction request cannot include multiple operations on one item")
    assert refused(dynamodb.transact_write_items, TransactItems=twice) == told
    large = [
        {"Put": {"TableName": "days", "Item": KEY | {"day": {"N": str(n)}, "text": {"S": "x" * 400_000}}}}
        for n in range(11)
    ]
    assert refused(dynamodb.transact_write_items, TransactItems=large)[0] == "ValidationException"


def test_a_transaction_reads_what_it_is_asked_for(dynamodb):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"""
    dynamodb.put_item(TableName="days", Item=KEY | {"all": {"L": [{"N": "1"}, {"N": "2"}]}, "n": {"N": "1"}})
    get = {
        "TableName": "days",
        "Key": KEY,
        "ProjectionExpression": "#a[1]",
        "ExpressionAttributeNames": {"#a": "all"},
    }
    answers = dynamodb.transact_get_items(TransactItems=[{"Get": get}])["Responses"]
    assert answers == [{"Item": {"all": {"L": [{"N": "2"}]}}}]


@pytest.mark.parametrize(
    "parameter", ["ReturnValues", "ReturnConsumedCapacity", "ReturnValuesOnConditionCheckFailure"]
)
def test_a_word_that_is_none_of_a_few_is_refused(dynamodb, parameter):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    code, message = refused(dynamodb.update_item, TableName="days", Key=KEY, **{parameter: "ALL"})
    assert (code, "Member must satisfy enum value set" in message) == ("ValidationException", True)
