"""What is stated of services agrees with botocore's models, and reads as it is meant."""

import pytest

from harness import aws
from harness.aws.facts import Does, Role, Service, at

HERE = {"region": "us-east-1", "account": "111122223333"}


@pytest.mark.parametrize(
    ("service", "text", "resource"),
    [
        ("sqs", "Orders", "sqs:us-east-1:111122223333:Orders"),
        (
            "sqs",
            "https://sqs.eu-west-1.amazonaws.com/999988887777/Orders",
            "sqs:eu-west-1:999988887777:Orders",
        ),
        (
            "sqs",
            "https://eu-west-1.queue.amazonaws.com/999988887777/Orders",
            "sqs:eu-west-1:999988887777:Orders",
        ),
        ("sqs", "http://localhost:4566/999988887777/Orders", "sqs:us-east-1:999988887777:Orders"),
        ("sqs", "http://localhost:4566/queue/eu-west-1/999988887777/Q", "sqs:eu-west-1:999988887777:Q"),
        (
            "sqs",
            "http://sqs.eu-west-1.localhost.localstack.cloud:4566/999988887777/Q",
            "sqs:eu-west-1:999988887777:Q",
        ),
        ("lambda", "Billing", "lambda:us-east-1:111122223333:function:Billing"),
        ("lambda", "Billing:live", "lambda:us-east-1:111122223333:function:Billing"),
        ("lambda", "999988887777:function:Billing:7", "lambda:us-east-1:999988887777:function:Billing"),
        ("lambda", "arn:aws:lambda:eu-west-1:1:function:Billing:live", "lambda:eu-west-1:1:function:Billing"),
        ("sns", "arn:aws:sns:eu-west-1:1:Orders:6f1c-4a", "sns:eu-west-1:1:Orders"),
        ("dynamodb", "Ledger", "dynamodb:us-east-1:111122223333:table/Ledger"),
        ("dynamodb", "arn:aws:dynamodb:eu-west-1:1:table/L/index/by", "dynamodb:eu-west-1:1:table/L"),
        (
            "dynamodb",
            "arn:aws:dynamodb:eu-west-1:1:table/L/stream/1",
            "dynamodb:eu-west-1:1:table/L/stream/1",
        ),
        ("s3", "receipts", "s3:::receipts"),
        ("kinesis", "Clicks", "kinesis:us-east-1:111122223333:stream/Clicks"),
        ("stepfunctions", "Refund", "states:us-east-1:111122223333:stateMachine:Refund"),
        ("somethingnew", "Thing", "somethingnew:us-east-1:111122223333:Thing"),
    ],
)
def test_every_way_to_name_a_resource_leads_to_one_arn(service, text, resource):
    assert aws.arn_of(service, text, **HERE) == f"arn:aws:{resource}"


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sqs:us-east-1:1:Orders", Role.HOLDS),
        ("arn:aws:kinesis:us-east-1:1:stream/Clicks", Role.FANS_OUT),
        ("arn:aws:dynamodb:us-east-1:1:table/Ledger/stream/2026", Role.FANS_OUT),
        ("arn:aws:sns:us-east-1:1:Orders", Role.FANS_OUT),
        ("arn:aws:events:us-east-1:1:event-bus/default", Role.FANS_OUT),
        ("arn:aws:lambda:us-east-1:1:function:Billing", Role.RUNS),
        ("arn:aws:states:us-east-1:1:stateMachine:Refund", Role.RUNS),
        ("https://example.com/hook", Role.LEAVES),
        ("mailto:ops@example.com", Role.LEAVES),
        ("arn:aws:dynamodb:us-east-1:1:table/Ledger", None),
        ("arn:aws:iam::1:role/Billing", None),
        ("Orders", None),
    ],
)
def test_an_arn_tells_what_its_place_does_with_a_message(arn, role):
    assert aws.role_of(arn) is role


@pytest.mark.parametrize(
    ("service", "operation", "params", "about"),
    [
        (
            "sns",
            "Unsubscribe",
            {"SubscriptionArn": "arn:aws:sns:us-east-1:1:Orders:6f1c"},
            ["arn:aws:sns:us-east-1:1:Orders"],
        ),
        ("sns", "Publish", {"PhoneNumber": "+3932"}, ["+3932"]),
        ("lambda", "Invoke", {"FunctionName": "Billing:live"}, ["Billing"]),
        ("dynamodb", "BatchWriteItem", {"RequestItems": {"Ledger": [], "Stock": []}}, ["Ledger", "Stock"]),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "A"}},
                    {"Delete": {"TableName": "B"}},
                    {"Put": {"TableName": "A"}},
                ]
            },
            ["A", "B"],
        ),
        ("dynamodb", "ExecuteStatement", {"Statement": 'UPDATE "Ledger" SET paid=true'}, ["Ledger"]),
        ("s3", "CopyObject", {"Bucket": "new", "CopySource": "old/key"}, ["new", "old"]),
        ("events", "PutEvents", {"Entries": [{"EventBusName": "orders"}, {}]}, ["orders", "default"]),
        ("somethingnew", "DoIt", {"Name": "Thing"}, ["Thing"]),
        ("sqs", "ListQueues", {}, []),
    ],
)
def test_a_call_is_about_every_resource_that_it_names(service, operation, params, about):
    assert aws.service(service).resources(operation, params) == tuple(about)


def test_resources_have_their_arns():
    params = {"TransactItems": [{"Put": {"TableName": "A"}}, {"Delete": {"TableName": "B"}}]}
    assert aws.service("dynamodb").arns("TransactWriteItems", params, **HERE) == (
        "arn:aws:dynamodb:us-east-1:111122223333:table/A",
        "arn:aws:dynamodb:us-east-1:111122223333:table/B",
    )


@pytest.mark.parametrize(
    ("service", "operation", "does"),
    [
        ("sqs", "ReceiveMessage", Does.TAKES),
        ("sqs", "GetQueueAttributes", Does.READS),
        ("sqs", "SetQueueAttributes", Does.CONFIGURES),
        ("dynamodb", "TransactGetItems", Does.READS),
        ("dynamodb", "UpdateTable", Does.CONFIGURES),
        ("s3", "PutBucketPolicy", Does.CONFIGURES),
        ("somethingnew", "DescribeThing", Does.READS),
        ("somethingnew", "TagResource", Does.CONFIGURES),
        ("somethingnew", "PutThing", Does.WRITES),
        ("somethingnew", "SendThing", Does.SENDS),
    ],
)
def test_an_operation_says_what_it_does(service, operation, does):
    assert aws.service(service).operation(operation).does is does


def test_a_statement_that_selects_only_reads():
    operation = aws.service("dynamodb").operation("ExecuteStatement")
    assert operation.does_with({"Statement": "select * from Ledger"}) is Does.READS
    assert operation.does_with({"Statement": "DELETE FROM Ledger WHERE id=1"}) is Does.WRITES


def test_a_path_to_what_is_not_there_leads_nowhere():
    assert list(at("Items[].*.TableName", {"Items": None})) == []
    assert list(at("RequestItems.@", {})) == []


def test_a_service_that_nothing_is_stated_of_is_like_most():
    generic = aws.service("somethingnew")
    assert isinstance(generic, Service)
    assert generic.errors.throttled.code == "ThrottlingException"


@pytest.fixture
def _facts_of_before(monkeypatch):
    """What is added is there for this test only."""
    monkeypatch.setattr(aws, "_added", {})
    yield
    for remembered in (aws.services, aws.service, aws.service_of, aws.role_of, aws._names_in_arns):
        remembered.cache_clear()


@pytest.mark.usefixtures("_facts_of_before")
def test_facts_that_stand_elsewhere_are_added():
    assert aws.role_of("arn:aws:bus:us-east-1:123456789012:Orders") is None
    bus = Service(name="bus", roles={"*": Role.FANS_OUT})
    aws.add(bus)
    aws.add(bus)
    assert aws.role_of("arn:aws:bus:us-east-1:123456789012:Orders") is Role.FANS_OUT
    with pytest.raises(ValueError, match="there are facts of 'bus' already"):
        aws.add(Service(name="bus"))
