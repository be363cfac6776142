"""DynamoDB: statements of PartiQL."""

from __future__ import annotations

import pytest

from tests.conformance.lambda_helpers import refusal, refused

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's DynamoDB is its own")

ANN = {
    "name": {"S": "Ann"},
    "no": {"N": "1"},
    "age": {"N": "30"},
    "tags": {"SS": ["a", "b"]},
    "far": {"M": {"town": {"S": "Rome"}}},
    "list": {"L": [{"S": "x"}]},
    "ok": {"BOOL": True},
}
OLDER = {"name": {"S": "Ann"}, "no": {"N": "2"}, "age": {"N": "40"}, "none": {"NULL": True}}
BOB = {"name": {"S": "O'Hara"}, "no": {"N": "1"}}
ONE = "name = 'Ann' AND no = 1"


@pytest.fixture
def people(cloud):
    client = cloud.client("dynamodb")
    keys = [("name", "HASH"), ("no", "RANGE")]
    client.create_table(
        TableName="people",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("name", "S"), ("no", "N"), ("age", "N"))
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-age",
                "KeySchema": [{"AttributeName": "age", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in (OLDER, ANN, BOB):
        client.put_item(TableName="people", Item=item)
    return client


def found(people, statement, *parameters):
    more = {"Parameters": list(parameters)} if parameters else {}
    return people.execute_statement(Statement=statement, **more)["Items"]


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ("age = 30", [ANN]),
        ("age BETWEEN 30 AND 35", [ANN]),
        ("begins_with(name, 'A') AND age >= -1", [ANN, OLDER]),
        ("contains(tags, 'b')", [ANN]),
        ("far.town = 'Rome' AND list[0] = 'x'", [ANN]),
        ("attribute_type(age, 'N') AND size(name) < 4 AND NOT age <> 30", [ANN]),
        ("age IS MISSING", [BOB]),
        ("age IS NOT MISSING AND none IS NULL", [OLDER]),
        ("\"name\" IN ['O''Hara', 'Eve'] OR (ok = true AND no = 1)", [ANN, BOB]),
        ("name = 'Ann'", [ANN, OLDER]),
        ("name = 'Ann' ORDER BY no DESC", [OLDER, ANN]),
    ],
)
def test_a_select_finds_rows(people, where, rows):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html"""
    assert found(people, f'SELECT * FROM "people" WHERE {where}') == rows


def test_a_select_takes_parameters_in_their_order(people):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    statement = "SELECT no FROM people WHERE name = ? AND no >= ?"
    assert found(people, statement, {"S": "Ann"}, {"N": "2"}) == [{"no": {"N": "2"}}]
    told = refused(people.execute_statement, Statement=statement, Parameters=[{"S": "Ann"}])
    assert told == ("ValidationException", "Number of parameters in request and statement don't match.")


def test_a_select_of_an_index_sees_what_the_index_holds(people):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html"""
    keys = {name: ANN[name] for name in ("name", "no", "age")}
    assert found(people, 'SELECT * FROM "people"."by-age" WHERE age = 30') == [keys]
    told = refused(people.execute_statement, Statement='SELECT * FROM "people"."by-no"')
    assert told == ("ValidationException", "The table does not have the specified index: by-no")


def test_an_insert_adds_an_item_that_is_not_there(people):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html"""
    statement = (
        "INSERT INTO people VALUE {'name': 'Cy', 'no': 1, 'set': <<1, 2>>, 'list': [true, NULL, {'a': ?}]}"
    )
    assert found(people, statement, {"S": "x"}) == []
    assert found(people, "SELECT * FROM people WHERE name = 'Cy' AND no = 1") == [
        {
            "name": {"S": "Cy"},
            "no": {"N": "1"},
            "set": {"NS": ["1", "2"]},
            "list": {"L": [{"BOOL": True}, {"NULL": True}, {"M": {"a": {"S": "x"}}}]},
        }
    ]
    told = refused(people.execute_statement, Statement=statement, Parameters=[{"S": "y"}])
    assert told == ("DuplicateItemException", "Duplicate primary key exists in table")


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ("SET age = age + 1", {"age": {"N": "31"}}),
        (
            "SET age = -1 SET far.town = 'Bern' REMOVE ok",
            {"age": {"N": "-1"}, "far": {"M": {"town": {"S": "Bern"}}}},
        ),
        ("SET list = list_append(list, ['y'])", {"list": {"L": [{"S": "x"}, {"S": "y"}]}}),
        ("SET tags = set_add(tags, <<'c'>>)", {"tags": {"SS": ["a", "b", "c"]}}),
        ("SET tags = set_delete(tags, <<'a'>>)", {"tags": {"SS": ["b"]}}),
    ],
)
def test_an_update_changes_the_item_of_a_key(people, changes, changed):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.html"""
    expected = {**ANN, **changed}
    if "REMOVE" in changes:
        del expected["ok"]
    assert found(people, f"UPDATE people {changes} WHERE {ONE} RETURNING ALL NEW *") == [expected]
    assert found(people, f"SELECT * FROM people WHERE {ONE}") == [expected]


def test_an_update_returns_what_it_was_asked_for(people):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html"""
    statement = f"UPDATE people SET age = 31 WHERE {ONE}"
    assert found(people, f"{statement} RETURNING MODIFIED OLD *") == [{"age": {"N": "30"}}]
    assert found(people, statement) == []


@pytest.mark.parametrize("statement", ["UPDATE people SET age = 1", "DELETE FROM people"])
def test_a_write_names_one_item_and_what_it_is_like(people, statement):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html"""
    assert refused(people.execute_statement, Statement=f"{statement} WHERE name = 'Ann'") == (
        "ValidationException",
        "Where clause does not contain a mandatory equality on all key attributes",
    )
    assert refused(people.execute_statement, Statement=f"{statement} WHERE {ONE} AND age = 1") == (
        "ConditionalCheckFailedException",
        "The conditional request failed",
    )
    assert found(people, "SELECT age FROM people WHERE age = 30") == [{"age": {"N": "30"}}]


def test_a_delete_of_nothing_succeeds_and_an_update_of_nothing_does_not(people):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html"""
    where = "WHERE name = 'Nobody' AND no = 1"
    assert found(people, f"DELETE FROM people {where}") == []
    code, _ = refused(people.execute_statement, Statement=f"UPDATE people SET age = 1 {where}")
    assert code == "ConditionalCheckFailedException"
    assert found(people, f"DELETE FROM people WHERE {ONE} RETURNING ALL OLD *") == [ANN]
    assert found(people, f"SELECT * FROM people WHERE {ONE}") == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELEC * FROM people",
        "SELECT * FROM people WHERE",
        "SELECT COUNT(*) FROM people",
        "UPDATE people",
        "'",
        ";",
    ],
)
def test_a_statement_that_is_not_well_formed(people, statement):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html"""
    code, message = refused(people.execute_statement, Statement=statement)
    assert (code, message.partition(":")[0]) == (
        "ValidationException",
        "Statement wasn't well formed, can't be processed",
    )


def test_a_batch_answers_each_statement(people):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html"""
    statements = [
        f"SELECT age FROM people WHERE {ONE}",
        "INSERT INTO people VALUE {'name': 'Ann', 'no': 1}",
        f"UPDATE people SET age = 1 WHERE {ONE} AND age = 1",
        "SELECT * FROM people WHERE age = 30",
    ]
    answers = people.batch_execute_statement(Statements=[{"Statement": each} for each in statements])
    first, *others = answers["Responses"]
    assert first == {"TableName": "people", "Item": {"age": {"N": "30"}}}
    codes = [each["Error"]["Code"] for each in others]
    assert codes == ["DuplicateItem", "ConditionalCheckFailed", "ValidationError"]


def test_a_transaction_of_statements_is_all_or_nothing(people):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html"""
    good, bad = f"UPDATE people SET age = 31 WHERE {ONE}", "INSERT INTO people VALUE {'name': 'Ann', 'no': 2}"
    refusing = refusal(
        people.execute_transaction, TransactStatements=[{"Statement": each} for each in (good, bad)]
    )
    assert refusing["Error"]["Code"] == "TransactionCanceledException"
    assert [each["Code"] for each in refusing["CancellationReasons"]] == ["None", "DuplicateItem"]
    assert found(people, f"SELECT age FROM people WHERE {ONE}") == [{"age": {"N": "30"}}]
    people.execute_transaction(TransactStatements=[{"Statement": good}])
    assert found(people, f"SELECT age FROM people WHERE {ONE}") == [{"age": {"N": "31"}}]


@pytest.mark.parametrize(
    "statements",
    [
        [f"SELECT age FROM people WHERE {ONE}", "DELETE FROM people WHERE name = 'Ann' AND no = 2"],
        [f"UPDATE people SET age = 31 WHERE {ONE}", f"UPDATE people SET ok = false WHERE {ONE}"],
        ["INSERT INTO people VALUE {'name': 'Ann', 'no': 1}", f"DELETE FROM people WHERE {ONE}"],
    ],
    ids=["a read and a write", "two updates of one item", "two writes of one item"],
)
def test_a_transaction_reads_or_writes_and_meets_an_item_once(people, statements):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.transactions.html"""
    asked = [{"Statement": each} for each in statements]
    assert refused(people.execute_transaction, TransactStatements=asked)[0] == "ValidationException"


def test_a_transaction_answers_statements_that_read(people):
    """Recorded on AWS, October 2025: none to those that write.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html"""
    reads = [f"SELECT age FROM people WHERE {ONE}", "SELECT * FROM people WHERE name = 'Nobody' AND no = 1"]
    answers = people.execute_transaction(TransactStatements=[{"Statement": each} for each in reads])
    assert answers["Responses"] == [{"Item": {"age": {"N": "30"}}}, {}]
    write = [{"Statement": f"DELETE FROM people WHERE {ONE}"}]
    assert people.execute_transaction(TransactStatements=write)["Responses"] == []


def test_a_select_is_read_page_by_page(people):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
    asked = {"Statement": "SELECT no FROM people WHERE name = 'Ann' AND age > 35", "Limit": 1}
    first = people.execute_statement(**asked)
    assert (first["Items"], first["LastEvaluatedKey"]) == ([], {"name": {"S": "Ann"}, "no": {"N": "1"}})
    second = people.execute_statement(**asked, NextToken=first["NextToken"])
    assert second["Items"] == [{"no": {"N": "2"}}]
    last = people.execute_statement(**asked, NextToken=second["NextToken"])
    assert (last["Items"], "NextToken" in last) == ([], False)
    assert refused(people.execute_statement, **asked, NextToken="?")[0] == "ValidationException"


def test_a_transaction_may_ask_whether_something_exists(people):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.exists.html"""
    insert = {"Statement": "INSERT INTO people VALUE {'name': 'Cy', 'no': 1}"}

    def exists(age):
        return {"Statement": f"EXISTS(SELECT * FROM people WHERE {ONE} AND age = {age})"}

    problem = refusal(people.execute_transaction, TransactStatements=[exists(31), insert])
    codes = [reason["Code"] for reason in problem["CancellationReasons"]]
    assert codes == ["ConditionalCheckFailed", "None"]
    people.execute_transaction(TransactStatements=[exists(30), insert])
    assert found(people, "SELECT no FROM people WHERE name = 'Cy'") == [{"no": {"N": "1"}}]
    assert refused(people.execute_statement, **exists(30))[0] == "ValidationException"
