"""Whatever the parameters: an operation answers, or raises an error that SQS's model knows."""

from __future__ import annotations

import json

import pytest
from botocore.awsrequest import AWSPreparedRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import wire
from harness.sim.services.service import ServiceError
from tests.helpers.asked import asked
from tests.unit.sim.sqs.fakes import CALLER, Cloud, arn_of

MODEL = wire.service_model("sqs")
CODES = {shape.name for shape in MODEL.error_shapes} | {"InvalidParameterValueException"}
"""The model of SQS leaves out the error that all actions share."""

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/"
HANDLE = "handle of a message in flight"
NUMBERS = [-1, 0, 1, 10, 11, 20, 21, 60, 500, 501, 900, 901, 1000, 1001, 43_200, 43_201, 2**40]
TEXTS = ["", "a", "é", "a b", "x" * 81, "x" * 300, "\x00", "\ud800", "￾", "😀", "a.b", "AWS.a", "all", "All"]
POLICIES = [
    "{}",
    "[]",
    "nonsense",
    '{"Statement": 1}',
    json.dumps({"Statement": [{"Sid": "a", "Effect": "Allow"}, 7]}),
    json.dumps({"deadLetterTargetArn": arn_of("dead"), "maxReceiveCount": 3}),
    json.dumps({"deadLetterTargetArn": arn_of("dead"), "maxReceiveCount": "3"}),
    json.dumps({"deadLetterTargetArn": arn_of("dead.fifo"), "maxReceiveCount": 1001}),
    json.dumps({"deadLetterTargetArn": 7, "maxReceiveCount": [1]}),
    json.dumps({"deadLetterTargetArn": arn_of("none"), "maxReceiveCount": 1}),
    json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn_of("work")]}),
    json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": {"a": 1}}),
    json.dumps({"redrivePermission": "denyAll"}),
]
LIKELY = {
    "QueueUrl": [URL + "work", URL + "work.fifo", URL + "dead", URL + "none", "work", "", "https://x/y"],
    "QueueName": ["work", "new", "new.fifo", "work.fifo", "", "a b", "x" * 81, "x" * 76 + ".fifo"],
    "SourceArn": [arn_of("dead"), arn_of("work"), arn_of("none"), "arn", ""],
    "DestinationArn": [arn_of("work"), arn_of("dead"), arn_of("work.fifo"), arn_of("none"), ""],
    "ReceiptHandle": [HANDLE, "", "a", "AAAA", "ééé"],
    "TaskHandle": ["", "a", "AAAA", "e30=", "W10=", "bnVsbA=="],
    "AWSAccountIds": [["123456789012"], [], ["a"], ["１２３"]],
    "Actions": [["SendMessage"], ["*"], [], ["DeleteQueue"], ["SendMessage"] * 8],
    "QueueOwnerAWSAccountId": ["123456789012", "999999999999", "", "a:b"],
    "Policy": POLICIES,
    "RedrivePolicy": POLICIES,
    "RedriveAllowPolicy": POLICIES,
    "FifoQueue": ["true", "false", ""],
    "NextToken": ["", "a"],
}


def values(shape, name=""):
    if name in LIKELY:
        return st.sampled_from(LIKELY[name])
    kind = shape.type_name
    if kind == "structure":
        members = {member: values(inner, member) for member, inner in shape.members.items()}
        required = {m: members.pop(m) for m in shape.required_members}
        return st.fixed_dictionaries(required, optional=members)
    if kind == "list":
        return st.lists(values(shape.member, shape.member.name), max_size=11 if "Entr" in shape.name else 3)
    if kind == "map":
        return maps(shape)
    if kind in ("integer", "long"):
        return st.sampled_from(NUMBERS)
    if kind == "blob":
        return st.binary(max_size=4)
    if kind == "boolean":
        return st.booleans()
    if getattr(shape, "enum", None):
        return st.sampled_from([*shape.enum, "else"])
    return st.sampled_from(TEXTS) | st.text(max_size=8)


def maps(shape):
    names = getattr(shape.key, "enum", None)
    if not names:
        return st.dictionaries(st.sampled_from(TEXTS), values(shape.value), max_size=12)
    numbers = st.sampled_from([*map(str, NUMBERS), "true", "false", "queue", "messageGroup", "", "x", "١"])
    special = {
        n: values(shape.value, n) if n in LIKELY or shape.value.type_name != "string" else numbers
        for n in names
    }
    return st.fixed_dictionaries({}, optional={**special, "Else": values(shape.value)})


@pytest.fixture
def cloud():
    made = Cloud()
    made.create("dead")
    policy = json.dumps({"deadLetterTargetArn": arn_of("dead"), "maxReceiveCount": 2})
    made.create("work", RedrivePolicy=policy)
    made.create("work.fifo")
    yield made
    made.kernel.close()


@pytest.mark.parametrize("operation", sorted(MODEL.operation_names))
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_an_operation_answers_or_raises_an_error_that_the_model_knows(cloud, operation, data):
    model = MODEL.operation_model(operation)
    params = with_handles(cloud, data.draw(values(model.input_shape)))
    assert all(isinstance(name, str) for name in cloud.service.facts.resources(operation, params))
    code, answer = attempt(cloud, operation, asked(params, model.input_shape))
    assert code in CODES | {None}
    if code is not None:
        return
    assert set(answer) <= (set(model.output_shape.members) if model.output_shape else set())
    request = AWSPreparedRequest("POST", "https://sqs.us-east-1.amazonaws.com/", {}, b"", False)
    for content_type in ("application/x-amz-json-1.0", "application/x-www-form-urlencoded"):
        how = wire.wire_of("sqs", operation, content_type)
        assert wire.render(how, request, answer, "id").status_code == 200


def attempt(cloud, operation, params):
    """The code of the error, if any, and the answer."""
    try:
        return None, cloud.service.operations[operation](params, CALLER)
    except ServiceError as problem:
        return problem.code, {"Message": problem.message}


def with_handles(cloud, params):
    """Put the handle of a message that is in flight wherever one is asked for."""
    if params.get("ReceiptHandle") == HANDLE:
        url = params["QueueUrl"] if "/work" in params.get("QueueUrl", "") else URL + "work"
        cloud.send(url, str(cloud.kernel.new_id()))
        messages = cloud.receive(url, 1)
        params["ReceiptHandle"] = messages[0]["ReceiptHandle"] if messages else ""
    for entry in params.get("Entries", ()):
        with_handles(cloud, entry)
    return params


def test_every_operation_of_the_model_is_there():
    assert sorted(Cloud().service.operations) == sorted(MODEL.operation_names)
