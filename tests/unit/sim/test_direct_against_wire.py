"""The direct path gives what the wire gives: results, errors, state and history, for every operation.

The wire is the reference. A client with an event handler of its own goes over it, any other takes the direct
path where it can.
"""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore import xform_name
from botocore.eventstream import EventStream
from botocore.response import StreamingBody
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import harness
from harness import faults, wire
from harness.sim.services.held import actions
from tests.helpers.shapes import structures
from tests.unit.sim.lambda_.test_any_input import OPERATIONS as FUNCTIONS

SERVICES = ("sqs", "sns", "dynamodb", "events", "logs", "lambda", "scheduler", "pipes", "iam", "cloudwatch")
FIXTURES = Path(__file__).parents[3] / "fixtures/apps/orders/src"
URL = "https://sqs.us-east-1.amazonaws.com/123456789012/"
SQS = "arn:aws:sqs:us-east-1:123456789012:"
TOPIC = "arn:aws:sns:us-east-1:123456789012:orders"
APPLICATION = "arn:aws:sns:us-east-1:123456789012:app/GCM/shop"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/items"
HANDLE = "the receipt handle"
ROLE = "arn:aws:iam::123456789012:role/lambda-role"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"
TRUST = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
"Principal": {"Service": "lambda.amazonaws.com"}}]}"""
MAPPING = "the mapping"
SUBSCRIPTION = "the subscription"
"""Stand for those that there are."""
POLICY = '{"deadLetterTargetArn": "' + SQS + 'dead", "maxReceiveCount": 2}'
KEYS = [{"k": {"S": "1"}}, {"k": {"S": "2"}}, {"k": {"S": "none"}}, {"k": {"N": "1"}}, {}]
ITEMS = [
    {"k": {"S": "1"}, "n": {"N": "4.0"}, "s": {"SS": ["b", "a"]}},
    {"k": {"S": "é"}, "m": {"M": {"x": {"L": [{"NULL": True}, {"BOOL": False}]}}}},
    {"k": {"S": "3"}, "b": {"B": b"\x00\xff"}, "bs": {"BS": [b"1", b"2"]}},
    {"k": {"S": ""}},
    {"n": {"N": "x"}},
]
VALUES = {":v": {"S": "1"}, ":n": {"N": "2"}}
TEXTS = ["", "a", "é\n", "a\r\nb", "<&>", "\x00", "\ud800", "B", " ", "x" * 300, "{}", "[]", "true", "10"]
LIKELY = {
    "QueueUrl": [URL + "work", URL + "work.fifo", URL + "dead", URL + "none", "work"],
    "QueueName": ["work", "new", "new.fifo", "a b"],
    "MessageBody": [*TEXTS, "hello"],
    "MessageGroupId": ["g", "é"],
    "ReceiptHandle": [HANDLE, "AAAA"],
    "SendMessageBatch.Entries": [
        [{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b", "DelaySeconds": 3}],
        [{"Id": "1", "MessageBody": "a"}, {"Id": "1", "MessageBody": "b"}],
        [{"Id": "1", "MessageBody": "a", "MessageGroupId": "g", "MessageDeduplicationId": "d"}],
    ],
    "DeleteMessageBatch.Entries": [[{"Id": "1", "ReceiptHandle": "AAAA"}], []],
    "ChangeMessageVisibilityBatch.Entries": [[{"Id": "1", "ReceiptHandle": "AAAA", "VisibilityTimeout": 3}]],
    "PublishBatchRequestEntries": [
        [{"Id": "1", "Message": "a"}, {"Id": "2", "Message": "é\r", "Subject": "s"}],
        [{"Id": "1", "Message": "a", "MessageGroupId": "g", "MessageDeduplicationId": "d"}],
    ],
    "MessageAttributes": [
        {"a": {"DataType": "String", "StringValue": "B"}},
        {"a": {"DataType": "Binary", "BinaryValue": b"\x00"}},
        {"a": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "String", "StringValue": "é"}},
    ],
    "SourceArn": [SQS + "dead", SQS + "none"],
    "AttributeNames": [["All"], [], ["QueueArn"]],
    "MessageSystemAttributeNames": [["All"]],
    "MaxNumberOfMessages": [1, 10, 11, True],
    "WaitTimeSeconds": [0, 1],
    "VisibilityTimeout": [0, 30, -1],
    "DelaySeconds": [0, 5],
    "TopicArn": [TOPIC, f"{TOPIC}.fifo", f"{TOPIC}-gone"],
    "TargetArn": [TOPIC],
    "ResourceArn": [TOPIC, f"{TOPIC}-gone"],
    "Name": ["orders", "new"],
    "Message": [*TEXTS, "hello"],
    "Endpoint": [SQS + "work", "jo@example.com"],
    "Protocol": ["sqs", "email"],
    "SubscriptionArn": [SUBSCRIPTION, "x"],
    "Subject": ["Hello", "two\nlines"],
    "AttributeName": ["FilterPolicy", "RawMessageDelivery", "DisplayName", "RedrivePolicy"],
    "AttributeValue": ["true", '{"a": ["b"]}', POLICY, ""],
    "PlatformApplicationArn": [APPLICATION],
    "FunctionName": ["work", SQS.replace("sqs", "lambda") + "function:work", "none", "a/b", ""],
    "CreateFunction.FunctionName": ["new", "work"],
    "Code": [{"S3Bucket": "hot-reload", "S3Key": str(FIXTURES)}, {"ZipFile": b"PK"}],
    "Runtime": ["python3.13"],
    "Handler": ["app.handler"],
    "Role": [ROLE],
    "Environment": [{"Variables": {"A": "é", "B": ""}}, {}],
    "EventSourceArn": [SQS + "work", SQS + "none"],
    "CreateEventSourceMapping.FunctionName": ["work"],
    "UUID": [MAPPING, "none"],
    "Qualifier": ["$LATEST", "1", "live"],
    "MaxItems": [1, 10],
    "Resource": [SQS.replace("sqs", "lambda") + "function:work"],
    "TagResource.Tags": [{"a": "b"}],
    "TableName": ["items", "none"],
    "PutRule.Name": ["rule", "other", "a b"],
    "DescribeRule.Name": ["rule", "none"],
    "Rule": ["rule", "none"],
    "EventBusName": ["default", "none"],
    "EventPattern": ['{"source": ["shop"]}', "{", "[]"],
    "ScheduleExpression": ["rate(5 minutes)", "nonsense"],
    "Targets": [[{"Id": "1", "Arn": SQS + "work"}], [{"Id": "1", "Arn": SQS + "work", "Input": '"é"'}]],
    "PutEvents.Entries": [
        [{"Source": "shop", "DetailType": "order", "Detail": '{"n": 1}'}],
        [{"Source": "shop", "DetailType": "order", "Detail": "{"}, {"Source": "", "Detail": "{}"}],
    ],
    "AlarmName": ["stuck", "none"],
    "AlarmNames": [["stuck"], ["none", "stuck"]],
    "Namespace": ["AWS/SQS", "shop"],
    "MetricName": ["ApproximateNumberOfMessagesVisible", "orders"],
    "Dimensions": [[{"Name": "QueueName", "Value": "work"}]],
    "Statistic": ["Maximum"],
    "PutMetricAlarm.Period": [60],
    "EvaluationPeriods": [1],
    "Threshold": [0, 1.5, -2, True, float("nan"), 10**400],
    "ComparisonOperator": ["GreaterThanThreshold"],
    "TreatMissingData": ["notBreaching"],
    "StateValue": ["OK", "ALARM"],
    "MetricData": [
        [{"MetricName": "orders", "Value": 1.5, "Dimensions": [{"Name": "QueueName", "Value": "work"}]}],
        [{"MetricName": "orders", "Values": [1, 2.5], "Counts": [1, 3.0]}, {"MetricName": "é", "Value": 7}],
    ],
    "FlexibleTimeWindow": [{"Mode": "OFF"}],
    "Target": [{"Arn": SQS + "work", "RoleArn": ROLE, "Input": "é"}],
    "Source": [SQS + "work"],
    "CreatePipe.Target": [SQS + "dead", SQS + "none"],
    "RoleArn": [ROLE],
    "CreateSchedule.Name": ["new", "a b"],
    "RoleName": ["role", "a b"],
    "Path": ["/", "/team/", "nowhere"],
    "AssumeRolePolicyDocument": [TRUST, "{", "é"],
    "CreateRole.Tags": [[], [{"Key": "a", "Value": "b"}]],
    "CreateRole.PermissionsBoundary": [BOUNDARY],
    "logGroupName": ["group", "none", "new"],
    "logStreamName": ["stream", "a:b"],
    "CreateTable.TableName": ["new", "items"],
    "KeySchema": [[{"AttributeName": "k", "KeyType": "HASH"}]],
    "AttributeDefinitions": [[{"AttributeName": "k", "AttributeType": "S"}]],
    "BillingMode": ["PAY_PER_REQUEST"],
    "TagResource.ResourceArn": [TABLE],
    "UntagResource.ResourceArn": [TABLE],
    "ListTagsOfResource.ResourceArn": [TABLE],
    "TagKeys": [["a"]],
    "Tags": [[{"Key": "a", "Value": "b"}]],
    "TimeToLiveSpecification": [{"Enabled": True, "AttributeName": "until"}],
    "Item": ITEMS,
    "Key": KEYS,
    "ConditionExpression": ["attribute_not_exists(k)", "n > :n", "nonsense ("],
    "UpdateExpression": ["SET n = :n", "ADD n :n", "REMOVE m", "SET #a = :v"],
    "KeyConditionExpression": ["k = :v", "k > :v"],
    "FilterExpression": ["n = :n"],
    "ProjectionExpression": ["k", "k, #a"],
    "ExpressionAttributeNames": [{"#a": "n"}, {"#B": "B"}],
    "ExpressionAttributeValues": [VALUES, {":v": {"S": "1"}}, {":n": {"N": "2"}}],
    "ExclusiveStartKey": KEYS,
    "Limit": [1, 2],
    "IndexName": ["by-n"],
    "RequestItems": [
        {"items": [{"PutRequest": {"Item": ITEMS[0]}}, {"DeleteRequest": {"Key": KEYS[1]}}]},
        {"items": {"Keys": KEYS[:2]}},
        {"none": {"Keys": KEYS[:1], "ConsistentRead": True}},
    ],
    "TransactItems": [[{"Get": {"TableName": "items", "Key": KEYS[0]}}]],
    "AttributesToGet": [["k"]],
    "Expected": [{}],
    "ConditionalOperator": ["AND"],
}
SPOILED = [None, 7, 1.5, "text", b"bytes", bytearray(b"x"), ("a", "b"), [], {}, [None], {"a": None}, True]
"""Values of which most are wrong where they stand."""


@st.composite
def parameters(draw, service, operation):
    """Parameters that mean something to the cloud of these tests, some of them spoiled."""
    shape = wire.service_model(service).operation_model(operation).input_shape
    if shape is None:
        return {}
    params = draw(structures(shape))
    for name in list(params):
        likely = LIKELY.get(f"{operation}.{name}") or LIKELY.get(name)
        if likely:
            params[name] = draw(st.sampled_from(likely))
        elif name not in shape.required_members and draw(st.integers(0, 3)):
            del params[name]
    if params and draw(st.integers(0, 9)) == 0:
        params[draw(st.sampled_from(sorted(params)))] = draw(st.sampled_from(SPOILED))
    if params and draw(st.integers(0, 19)) == 0:
        del params[draw(st.sampled_from(sorted(params)))]
    return params


def prepared(clients):
    """Something for the calls to be about."""
    sqs, sns, dynamodb, functions = (clients[name] for name in ("sqs", "sns", "dynamodb", "lambda"))
    bus = {"Name": "rule", "EventPattern": '{"source": ["shop"]}', "Description": "é"}
    clients["events"].put_rule(**bus)
    clients["logs"].create_log_group(logGroupName="group")
    sqs.create_queue(QueueName="dead")
    url = sqs.create_queue(QueueName="work", Attributes={"RedrivePolicy": POLICY})["QueueUrl"]
    sqs.create_queue(QueueName="work.fifo", Attributes={"FifoQueue": "true"})
    for body in ("one", "two"):
        attributes = {"a": {"DataType": "String", "StringValue": "v"}}
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)
    handle = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)["Messages"][0]["ReceiptHandle"]
    sns.create_topic(Name="orders")
    sns.create_topic(Name="orders.fifo", Attributes={"FifoTopic": "true"})
    subscription = sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=SQS + "work")["SubscriptionArn"]
    sns.create_platform_application(Name="shop", Platform="GCM", Attributes={"PlatformCredential": "key"})
    dynamodb.create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in ITEMS[:3]:
        dynamodb.put_item(TableName="items", Item=item)
    functions.create_function(
        FunctionName="work",
        Role=ROLE,
        Runtime="python3.13",
        Handler="app.handler",
        Code={"S3Bucket": "hot-reload", "S3Key": str(FIXTURES)},
    )
    mapping = functions.create_event_source_mapping(FunctionName="work", EventSourceArn=SQS + "dead")["UUID"]
    return {HANDLE: handle, SUBSCRIPTION: subscription, MAPPING: mapping}


def with_known(params, known):
    return {name: known.get(v, v) if isinstance(v, str) else v for name, v in params.items()}


def with_text(value):
    if isinstance(value, EventStream):
        return list(value)
    return value.read() if isinstance(value, StreamingBody) else value


def attempt(client, operation, params):
    """What the caller sees: the answer, or the error with all that can be asked of it."""
    try:
        answer = getattr(client, xform_name(operation))(**params)
        return repr({name: with_text(value) for name, value in answer.items()})
    except Exception as error:
        told = repr(getattr(error, "response", None))
        return [type(error).__name__, str(error), told, repr(error.__context__), repr(error.__cause__)]


def played(calls, *, over_the_wire, plan=()):
    """All that can be seen of these calls: answers, final state, history, and the ids that come next."""
    with harness.Simulator(seed=7) as cloud:
        clients = {name: boto3.client(name, region_name="us-east-1") for name in SERVICES}
        if over_the_wire:
            for client in clients.values():
                client.meta.events.register("before-send", lambda **_: None)
        known = prepared(clients)
        for fault in plan:
            cloud.inject(fault)
        seen = [
            attempt(clients[service], operation, with_known(params, known))
            for service, operation, params in calls
        ]
        received = {"QueueUrl": URL + "work", "MaxNumberOfMessages": 10}
        seen.append(attempt(clients["sqs"], "ReceiveMessage", received))
        seen.append(attempt(clients["dynamodb"], "Scan", {"TableName": "items"}))
        cloud.advance(60)
        return seen, list(cloud.history()), cloud.kernel.new_id()


def both_give_the_same(calls, plan=()):
    directly = played(calls, over_the_wire=False, plan=plan)
    over_the_wire = played(calls, over_the_wire=True, plan=plan)
    for one, other in zip(directly[0], over_the_wire[0], strict=True):
        assert one == other
    assert directly == over_the_wire


def operations(service):
    """Those that the simulator has of a service of its own."""
    with harness.Simulator() as cloud:
        return sorted(cloud.world.services[service].operations)


CASES = [
    *(("lambda", name) for name in sorted(FUNCTIONS)),
    *(("events", name) for name in operations("events")),
    *(("logs", name) for name in operations("logs")),
    *(("cloudwatch", name) for name in operations("cloudwatch")),
    ("iam", "CreateRole"),
    ("logs", "CreateLogGroup"),
    *(("scheduler", name) for name in operations("scheduler")),
    *(("pipes", name) for name in operations("pipes")),
    *(("sqs", name) for name in wire.service_model("sqs").operation_names),
    *(("sns", name) for name in wire.service_model("sns").operation_names),
    *(("dynamodb", name) for name in sorted(actions.OPERATIONS | {"TransactWriteItems"})),
]


@pytest.mark.parametrize(("service", "operation"), CASES)
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_direct_path_gives_what_the_wire_gives(service, operation, data):
    drawn = data.draw(st.lists(parameters(service, operation), min_size=4, max_size=6))
    both_give_the_same([(service, operation, params) for params in drawn])


@pytest.mark.parametrize(
    "fault",
    [
        faults.throttle("sqs:SendMessage", times=2),
        faults.throttle("dynamodb:PutItem", times=20),
        faults.server_error("sns:Publish", times=1),
        faults.answer_lost("sqs:SendMessage", times=1),
        faults.answer_lost("dynamodb:PutItem", times=1),
        faults.request_lost("dynamodb:PutItem", times=1),
        faults.slow("sns:Publish", seconds=3),
        faults.partial_answer("sqs:SendMessageBatch", times=1),
        faults.access_denied("sns:Publish", times=1),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_fault_does_to_a_call_on_the_direct_path_what_it_does_on_the_wire(fault):
    new = {"k": {"S": "new"}}
    entries = [{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b"}]
    calls = [
        ("sqs", "SendMessage", {"QueueUrl": URL + "work", "MessageBody": "x"}),
        ("sqs", "SendMessageBatch", {"QueueUrl": URL + "work", "Entries": entries}),
        ("sns", "Publish", {"TopicArn": TOPIC, "Message": "x"}),
        (
            "dynamodb",
            "PutItem",
            {"TableName": "items", "Item": new, "ConditionExpression": "attribute_not_exists(k)"},
        ),
    ]
    both_give_the_same(calls * 2, (fault,))
