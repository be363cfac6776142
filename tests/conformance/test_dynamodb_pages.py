"""DynamoDB: pages of Query and Scan, and the capacity that requests consume."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import refused

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's DynamoDB is its own")

BAD = "One or more parameter values were invalid"


@pytest.fixture
def rides(cloud):
    client = cloud.client("dynamodb")

    def keys(*names):
        return [
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
        ]

    client.create_table(
        TableName="rides",
        KeySchema=keys("who", "no"),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("who", "S"), ("no", "N"), ("city", "S"), ("fare", "N"))
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-city",
                "KeySchema": keys("city", "fare"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-fare",
                "KeySchema": keys("who", "fare"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def ride(no, who="ann", **more):
    return {"who": {"S": who}, "no": {"N": str(no)}, **more}


def fill(rides, *items):
    for item in items:
        rides.put_item(TableName="rides", Item=item)


def queried(rides, **more):
    asked = {"KeyConditionExpression": "who = :w", "ExpressionAttributeValues": {":w": {"S": "ann"}}}
    return rides.query(TableName="rides", **asked | more)


def test_a_page_that_reaches_its_limit_names_its_last_key(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""
    fill(rides, *map(ride, range(3)))
    page = queried(rides, Limit=3)
    assert (page["Count"], page["LastEvaluatedKey"]) == (3, ride(2))
    rest = queried(rides, Limit=3, ExclusiveStartKey=ride(2))
    assert (rest["Items"], "LastEvaluatedKey" in rest) == ([], False)
    assert "LastEvaluatedKey" not in queried(rides, Limit=4)


@pytest.mark.parametrize("start", [ride(0, who="bob"), ride(9)], ids=["partition", "range"])
def test_a_start_outside_the_conditions_is_refused(rides, start):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"""
    asked = {"KeyConditionExpression": "who = :w AND #no < :n", "ExpressionAttributeNames": {"#no": "no"}}
    values = {":w": {"S": "ann"}, ":n": {"N": "5"}}
    told = refused(
        rides.query,
        TableName="rides",
        ExpressionAttributeValues=values,
        ExclusiveStartKey=start,
        **asked,
    )
    outside = "The provided starting key is outside query boundaries based on provided conditions"
    assert told == ("ValidationException", outside)


def test_a_limit_counts_what_is_read_before_the_filter(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Limit.html"""
    fill(rides, *(ride(no, ok={"BOOL": no == 2}) for no in range(3)))
    asked = {"FilterExpression": "ok = :ok", "Limit": 2}
    values = {":w": {"S": "ann"}, ":ok": {"BOOL": True}}
    page = queried(rides, **asked, ExpressionAttributeValues=values)
    assert (page["Count"], page["ScannedCount"], page["LastEvaluatedKey"]) == (0, 2, ride(1))


def test_pages_go_backwards_too(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html"""
    fill(rides, *map(ride, range(-2, 12)))
    found, start = [], {}
    while True:
        page = queried(rides, Limit=5, ScanIndexForward=False, **start)
        found += [int(item["no"]["N"]) for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert found == list(range(11, -3, -1))


@pytest.mark.parametrize("operation", ["query", "scan"])
def test_a_page_has_a_megabyte_at_most(rides, operation):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""
    fill(rides, *(ride(no, text={"S": "x" * 300_000}) for no in range(4)))
    page = queried(rides) if operation == "query" else rides.scan(TableName="rides")
    assert (page["Count"], page["LastEvaluatedKey"]) == (3, ride(2))


def test_segments_share_the_items_among_them(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html"""
    fill(rides, *(ride(no, who=f"w{no}") for no in range(20)))
    found = []
    for segment in range(3):
        start = {}
        while True:
            page = rides.scan(TableName="rides", Segment=segment, TotalSegments=3, Limit=4, **start)
            found += [item["who"]["S"] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert sorted(found) == sorted(f"w{no}" for no in range(20))
    assert refused(rides.scan, TableName="rides", Segment=3, TotalSegments=3)[0] == "ValidationException"


def test_pages_of_an_index_go_by_all_of_its_keys(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html"""
    fill(rides, *(ride(no, city={"S": "rome"}, fare={"N": "1"}) for no in range(3)), ride(3))
    asked = {
        "IndexName": "by-city",
        "KeyConditionExpression": "city = :c",
        "ExpressionAttributeValues": {":c": {"S": "rome"}},
    }
    page = rides.query(TableName="rides", Limit=2, **asked)
    last = page["LastEvaluatedKey"]
    assert last == ride(1, city={"S": "rome"}, fare={"N": "1"})
    rest = rides.query(TableName="rides", Limit=2, ExclusiveStartKey=last, **asked)["Items"]
    assert [item["no"]["N"] for item in rest] == ["2"]
    assert rides.scan(TableName="rides", IndexName="by-city")["Count"] == 3


def test_a_local_index_fetches_what_it_does_not_hold_and_a_global_one_does_not(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html"""
    whole = ride(1, city={"S": "rome"}, fare={"N": "1"}, tip={"N": "2"})
    fill(rides, whole)
    keys = {name: whole[name] for name in ("who", "no", "fare")}
    assert queried(rides, IndexName="by-fare")["Items"] == [keys]
    assert queried(rides, IndexName="by-fare", Select="ALL_ATTRIBUTES")["Items"] == [whole]
    assert queried(rides, IndexName="by-fare", ProjectionExpression="tip")["Items"] == [{"tip": {"N": "2"}}]
    told = refused(rides.scan, TableName="rides", IndexName="by-city", ProjectionExpression="tip")
    assert told == ("ValidationException", f"{BAD}: Global secondary index by-city does not project [tip]")


@pytest.mark.parametrize("projection", [{}, {"ProjectionExpression": "who"}], ids=["all", "projected"])
def test_a_filter_sees_what_a_global_index_holds(rides, projection):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html"""
    fill(rides, ride(1, city={"S": "rome"}, fare={"N": "1"}, tip={"N": "2"}))
    asked = {"TableName": "rides", "IndexName": "by-city", **projection}
    assert rides.scan(FilterExpression="attribute_not_exists(tip)", **asked)["Count"] == 1
    assert rides.scan(FilterExpression="attribute_exists(tip)", **asked)["Count"] == 0


def test_attributes_to_get_are_a_projection(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributesToGet.html"""
    fill(rides, ride(1, tip={"N": "2"}, car={"S": "x"}))
    got = rides.get_item(TableName="rides", Key=ride(1), AttributesToGet=["tip", "gone"])
    assert got["Item"] == {"tip": {"N": "2"}}
    is_ann = {"who": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "ann"}]}}
    page = rides.query(TableName="rides", KeyConditions=is_ann, AttributesToGet=["tip"])
    assert page["Items"] == [{"tip": {"N": "2"}}]
    assert rides.scan(TableName="rides", AttributesToGet=["car"])["Items"] == [{"car": {"S": "x"}}]
    batch = rides.batch_get_item(RequestItems={"rides": {"Keys": [ride(1)], "AttributesToGet": ["car"]}})
    assert batch["Responses"]["rides"] == [{"car": {"S": "x"}}]
    told = refused(rides.get_item, TableName="rides", Key=ride(1), AttributesToGet=["tip", "tip"])
    assert told == ("ValidationException", f"{BAD}: Duplicate value in attribute name: tip")


@pytest.mark.parametrize(
    ("operation", "asked", "units"),
    [
        ("get_item", {"Key": ride(1)}, 0.5),
        ("get_item", {"Key": ride(1), "ConsistentRead": True}, 1),
        ("get_item", {"Key": ride(2), "ConsistentRead": True}, 2),
        ("put_item", {"Item": ride(1)}, 1),
        ("put_item", {"Item": ride(2)}, 5),
        ("put_item", {"Item": ride(3, city={"S": "rome"}, fare={"N": "1"})}, 3),
        ("update_item", {"Key": ride(2), "UpdateExpression": "REMOVE tip"}, 5),
        ("delete_item", {"Key": ride(4)}, 1),
        ("scan", {}, 1),
    ],
    ids=["read", "consistent", "large", "write", "smaller", "indexes", "update", "nothing", "scan"],
)
def test_capacity_goes_by_the_size_of_what_is_read_or_written(rides, operation, asked, units):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    fill(rides, ride(1), ride(2, text={"S": "x" * 4100}))
    call = getattr(rides, operation)
    told = call(TableName="rides", ReturnConsumedCapacity="TOTAL", **asked)["ConsumedCapacity"]
    assert told == {"TableName": "rides", "CapacityUnits": units}


def test_capacity_is_told_for_tables_and_indexes(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html"""
    whole, asked = ride(1, city={"S": "rome"}, fare={"N": "1"}), {"ReturnConsumedCapacity": "INDEXES"}
    one = {"CapacityUnits": 1.0}
    assert rides.put_item(TableName="rides", Item=whole, **asked)["ConsumedCapacity"] == {
        "TableName": "rides",
        "CapacityUnits": 3.0,
        "Table": one,
        "LocalSecondaryIndexes": {"by-fare": one},
        "GlobalSecondaryIndexes": {"by-city": one},
    }
    assert queried(rides, IndexName="by-fare", **asked)["ConsumedCapacity"] == {
        "TableName": "rides",
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "LocalSecondaryIndexes": {"by-fare": {"CapacityUnits": 0.5}},
    }


def test_a_transaction_reads_four_megabytes_at_most(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html"""
    fill(rides, *(ride(no, text={"S": "x" * 390_000}) for no in range(11)))
    wanted = [{"Get": {"TableName": "rides", "Key": ride(no)}} for no in range(11)]
    assert len(rides.transact_get_items(TransactItems=wanted[:10])["Responses"]) == 10
    assert refused(rides.transact_get_items, TransactItems=wanted)[0] == "ValidationException"


def test_transactions_consume_twice_as_much(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html"""
    items = [{"Put": {"TableName": "rides", "Item": ride(no)}} for no in range(3)]
    told = rides.transact_write_items(TransactItems=items, ReturnConsumedCapacity="TOTAL")
    assert told["ConsumedCapacity"] == [
        {"TableName": "rides", "CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}
    ]
    gets = [{"Get": {"TableName": "rides", "Key": ride(no)}} for no in range(2)]
    told = rides.transact_get_items(TransactItems=gets, ReturnConsumedCapacity="TOTAL")
    assert told["ConsumedCapacity"] == [
        {"TableName": "rides", "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
    ]


def test_item_collections_are_measured_where_a_table_has_local_indexes(rides):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ItemCollectionMetrics.html"""
    one = {"ItemCollectionKey": {"who": {"S": "ann"}}, "SizeEstimateRangeGB": [0.0, 1.0]}
    asked = {"ReturnItemCollectionMetrics": "SIZE"}
    assert rides.put_item(TableName="rides", Item=ride(1), **asked)["ItemCollectionMetrics"] == one
    both = [{"PutRequest": {"Item": ride(no)}} for no in range(2)]
    told = rides.batch_write_item(RequestItems={"rides": both}, **asked)
    assert told["ItemCollectionMetrics"] == {"rides": [one]}
    assert "ItemCollectionMetrics" not in rides.put_item(TableName="rides", Item=ride(1))
