"""Whatever the parameters: an operation of a mover answers, or raises an error that its model knows."""

from __future__ import annotations

import pytest
from botocore.awsrequest import AWSPreparedRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import harness
from harness import wire
from harness.cloud import Unsupported
from harness.sim.services.service import Caller, Params, ServiceError
from tests.helpers.asked import asked
from tests.helpers.shapes import structures

ACCOUNT = "123456789012"
CALLER = Caller("test", "us-east-1", ACCOUNT)
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:work"
EVENTS = f"arn:aws:events:us-east-1:{ACCOUNT}:"
SCHEDULER = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
STATES = f"arn:aws:states:us-east-1:{ACCOUNT}:"
STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
TARGETS = [QUEUE, f"{QUEUE}.fifo", f"{EVENTS}event-bus/default", "arn:aws:x", ""]
PATTERNS = ['{"source": ["shop"]}', "{", "[]", "", '{"a": []}']
NAMES = ["shop", "new", "", "a/b"]
TOKENS = ["", "x", "ZnJvbSAx"]

LIKELY = {
    "events": {
        "ApiDestinationName": NAMES,
        "ArchiveName": NAMES,
        "ConnectionArn": [f"{EVENTS}connection/shop/1", "x"],
        "Destination": [{"Arn": f"{EVENTS}event-bus/shop"}, {"Arn": "x"}],
        "Entries": [[], [{}], [{"Source": "shop", "DetailType": "t", "Detail": "{}"}], [{"Detail": "["}]],
        "Event": ["{}", "[", '{"id": 1}'],
        "EventBusName": ["shop", "default", "gone", f"{EVENTS}event-bus/shop"],
        "EventPattern": PATTERNS,
        "EventSourceArn": [f"{EVENTS}event-bus/shop", f"{EVENTS}archive/shop", "x"],
        "Name": NAMES,
        "NextToken": TOKENS,
        "Policy": ["{}", "{", "[]", '{"Statement": 1}', '{"Statement": [1, {"Sid": 2}]}'],
        "ReplayName": NAMES,
        "ResourceARN": [f"{EVENTS}rule/shop", f"{EVENTS}event-bus/shop", f"{EVENTS}rule/shop/shop", "x", ""],
        "Rule": NAMES,
        "ScheduleExpression": ["rate(1 day)", "cron(0 0 * * ? *)", "x", ""],
        "StatementId": NAMES,
        "TargetArn": TARGETS,
        "Targets": [
            [{"Id": "1", "Arn": QUEUE}],
            [{"Id": "1", "Arn": QUEUE, "InputPath": "x"}],
            [{"Id": "1", "Arn": QUEUE, "Input": "{"}],
            [{"Id": "1", "Arn": f"{QUEUE}.fifo"}],
            [{"Id": "1", "Arn": "x"}],
            [{"Id": "1", "Arn": "arn:aws:kinesis:us-east-1:1:stream/s"}],
        ],
    },
    "cloudwatch": {
        "AlarmName": NAMES,
        "ComparisonOperator": ["GreaterThanThreshold", "LessThanLowerThreshold"],
        "EndTime": [1767229200, 0],
        "Expression": ["a / b", "SUM(a)", ""],
        "ExtendedStatistic": ["p90", "x"],
        "Namespace": ["Shop", "AWS/SQS"],
        "NextToken": TOKENS,
        "StartTime": [1767225600, 1767229200],
        "StateValue": ["OK", "ALARM", "INSUFFICIENT_DATA"],
        "Statistics": [["Sum"], ["p1"]],
    },
    "logs": {
        "destinationArn": [f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s", QUEUE, "x"],
        "filterName": NAMES,
        "filterPattern": ["", "ERROR", "{ $.a = 1 }", "[a]"],
        "logGroupName": ["shop", "gone"],
        "nextToken": TOKENS,
    },
    "kinesis": {
        "ConsumerARN": [f"{STREAM}/consumer/c:1767225600", "x"],
        "ExplicitHashKey": ["0", str(2**128), str(2**128 - 1)],
        "NextToken": [*TOKENS, "e30=", "eyJzdHJlYW0iOiAxfQ=="],
        "Policy": ["{}", "[]", "{"],
        "ResourceARN": [STREAM, f"{STREAM}/consumer/c:1767225600", "x"],
        "ShardCount": [1, 3, 10**6],
        "ShardId": ["shardId-000000000000", "gone"],
        "ShardIterator": ["x", "", "WzFd", "W10="],
        "ShardToSplit": ["shardId-000000000000", "gone"],
        "StreamARN": [STREAM, f"{STREAM}x", "x"],
        "StreamName": ["s", "gone"],
        "TargetShardCount": [1, 2, 3, 10**6],
    },
    "stepfunctions": {
        "definition": ['{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}', "{}", "{"],
        "executionArn": [f"{STATES}execution:shop:e", "x"],
        "input": ["{}", "{"],
        "name": NAMES,
        "nextToken": TOKENS,
        "resourceArn": [f"{STATES}stateMachine:shop", f"{STATES}activity:work", "x"],
        "roleArn": [ROLE, "x"],
        "routingConfiguration": [[{"stateMachineVersionArn": f"{STATES}stateMachine:shop:1", "weight": 100}]],
        "stateMachineArn": [f"{STATES}stateMachine:shop", f"{STATES}stateMachine:gone", "x"],
        "activityArn": [f"{STATES}activity:work", "x"],
    },
    "scheduler": {
        "GroupName": ["default", "shop", "gone", ""],
        "Name": NAMES,
        "NextToken": TOKENS,
        "ResourceArn": [f"{SCHEDULER}schedule-group/default", f"{SCHEDULER}schedule/default/shop", "x"],
        "ScheduleExpression": ["rate(1 day)", "at(2026-01-02T00:00:00)", "cron(0 0 * * ? *)", "x"],
        "ScheduleExpressionTimezone": ["UTC", "Europe/Berlin", "Nowhere/At/All", "../../etc", "\0", ""],
        "Target": [{"Arn": arn, "RoleArn": ROLE} for arn in TARGETS],
    },
    "pipes": {
        "Enrichment": ["", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", "arn:aws:x"],
        "EnrichmentParameters": [{}, {"InputTemplate": "<$.a>"}, {"InputTemplate": "<$[>"}],
        "Name": NAMES,
        "NextToken": TOKENS,
        "RoleArn": [ROLE],
        "Source": [QUEUE, f"{QUEUE}.gone", f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s", "arn:aws:x"],
        "SourceParameters": [
            {},
            {"SqsQueueParameters": {"BatchSize": 100}},
            {"SqsQueueParameters": {"BatchSize": 3, "MaximumBatchingWindowInSeconds": 1}},
            {"FilterCriteria": {"Filters": [{}, {"Pattern": "{"}]}},
            {"FilterCriteria": {"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]}},
        ],
        "Target": TARGETS,
        "TargetParameters": [{}, {"SqsQueueParameters": {"MessageGroupId": "$.body.a["}}],
        "resourceArn": [f"arn:aws:pipes:us-east-1:{ACCOUNT}:pipe/shop", "arn:aws:x"],
    },
    "s3": {
        "Bucket": ["uploads", "gone", ""],
        "NotificationConfiguration": [
            {},
            {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]} for arn in TARGETS]},
            {"QueueConfigurations": [{"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}]},
            {"TopicConfigurations": [{"TopicArn": "x", "Events": []}]},
            {"EventBridgeConfiguration": {}},
            {
                "QueueConfigurations": [
                    {
                        "QueueArn": QUEUE,
                        "Events": ["s3:ObjectCreated:*"],
                        "Filter": {"Key": {"FilterRules": [{"Name": "other", "Value": "x"}, {}]}},
                    }
                ]
            },
        ],
    },
}
COMMON = {"ValidationException", "InvalidArgument"}
"""Of all operations of these services; S3's model lists next to none of its errors."""


@pytest.fixture(params=sorted(LIKELY))
def service(request):
    return request.param


@pytest.fixture
def cloud():
    with harness.Simulator(seed=1) as simulator:
        sqs = simulator.client("sqs")
        sqs.create_queue(QueueName="work")
        simulator.client("events").create_event_bus(Name="shop")
        simulator.client("events").put_rule(Name="shop", EventPattern='{"source": ["shop"]}')
        simulator.client("s3").create_bucket(Bucket="uploads")
        simulator.client("logs").create_log_group(logGroupName="shop")
        states = simulator.client("stepfunctions")
        states.create_state_machine(
            name="shop", definition=LIKELY["stepfunctions"]["definition"][0], roleArn=ROLE, publish=True
        )
        states.create_activity(name="work")
        kinesis = simulator.client("kinesis")
        kinesis.create_stream(StreamName="s", ShardCount=2)
        kinesis.register_stream_consumer(StreamARN=STREAM, ConsumerName="c")
        simulator.advance(5)
        yield simulator


def codes(model):
    modelled = {str(shape.metadata.get("error", {}).get("code")) for shape in model.error_shapes}
    return COMMON | modelled | {shape.name for shape in model.error_shapes}


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_an_operation_answers_or_raises_an_error_that_the_model_knows(cloud, service, data):
    mover, model = cloud.world.services[service], wire.service_model(service)
    operation = data.draw(st.sampled_from(sorted(mover.operations)))
    params: Params = data.draw(structures(model.operation_model(operation).input_shape))
    for name in [name for name in params if name in LIKELY[service]]:
        params[name] = data.draw(st.sampled_from(LIKELY[service][name]))
    code, answer = attempt(mover, operation, asked(params, model.operation_model(operation).input_shape))
    assert code is None or code in codes(model)
    if answer is None:
        return
    request = AWSPreparedRequest("POST", "https://x.us-east-1.amazonaws.com/", {}, b"", False)
    assert wire.render(wire.wire_of(service, operation, ""), request, answer, "id").status_code < 300
    cloud.settle(1)


def attempt(mover, operation, params) -> tuple[str | None, Params | None]:
    """The code of the error, or the answer; neither where the simulator says that it can't do that."""
    try:
        return None, mover.operations[operation](params, CALLER)
    except ServiceError as problem:
        return problem.code, None
    except Unsupported:
        return None, None


@pytest.mark.parametrize(
    "service", ["events", "kinesis", "lambda", "pipes", "scheduler", "sns", "sqs", "stepfunctions"]
)
def test_an_operation_that_lacks_a_member_answers_or_raises_an_error_of_the_service(cloud, service):
    """As SDKs send it that don't check parameters first, JavaScript's among them."""
    mover, model = cloud.world.services[service], wire.service_model(service)
    for operation in sorted(mover.operations):
        shape = model.operation_model(operation).input_shape
        for lacking in members(shape) if shape else ():
            attempt(mover, operation, least(shape, lacking))


def members(shape, path=()):
    """The paths of required members, those in lists included."""
    for name, member in shape.members.items():
        here = (*path, name)
        if name in shape.required_members:
            yield here
        inner = member.member if member.type_name == "list" else member
        if inner.type_name == "structure" and len(path) < 3:
            yield from members(inner, here)


def least(shape, lacking, path=()):
    """What is required, and the way to what lacks; everything has a value of the right type."""
    if shape.type_name == "structure":
        wanted = {
            n: (*path, n)
            for n in shape.members
            if n in shape.required_members or (*path, n) == lacking[: len(path) + 1]
        }
        return {
            name: least(shape.members[name], lacking, here)
            for name, here in wanted.items()
            if here != lacking
        }
    if shape.type_name == "list":
        return [least(shape.member, lacking, path)]
    if shape.type_name == "map":
        return {"k": least(shape.value, lacking, (*path, "k"))}
    if "enum" in shape.metadata:
        return shape.metadata["enum"][0]
    return {"string": "abc", "blob": b"x", "boolean": True}.get(shape.type_name, 1)


@pytest.mark.parametrize("policy", ["{", "[]", '{"Statement": 1}', '{"Statement": [1]}', "{}"])
def test_a_policy_of_a_bus_that_is_none_is_refused(cloud, policy):
    put = cloud.world.services["events"].operations["PutPermission"]
    with pytest.raises(ServiceError, match="Parameter Policy is not valid"):
        put({"EventBusName": "shop", "Policy": policy}, CALLER)
