"""Whatever the parameters: an operation answers, or raises an error that SNS's model knows."""

from __future__ import annotations

import pytest
from botocore.awsrequest import AWSPreparedRequest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import wire
from harness.cloud import Unsupported
from harness.sim.services.service import Params, ServiceError
from tests.helpers.asked import asked
from tests.helpers.shapes import structures
from tests.unit.sim.sns.clouds import CALLER, FIFO_QUEUE, FUNCTION, QUEUE, Cloud

MODEL = wire.service_model("sns")
OPERATIONS = sorted(Cloud().service.operations)
CODES = {shape.name for shape in MODEL.error_shapes} | {
    str(shape.metadata.get("error", {}).get("code")) for shape in MODEL.error_shapes
}
CODES.add("ValidationError")
"""Common to all operations: https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html"""
APPLICATION = "arn:aws:sns:us-east-1:123456789012:app/GCM/shop"
DEVICE = "arn:aws:sns:us-east-1:123456789012:endpoint/GCM/shop/2b1c4e3d-1111-4a2b-8c3d-000000000001"
TOPIC = "arn:aws:sns:us-east-1:123456789012:orders"
FIFO_TOPIC = f"{TOPIC}.fifo"
ARNS = [TOPIC, FIFO_TOPIC, f"{TOPIC}-gone", "arn:aws:sns", "", QUEUE]
STREAM = "arn:aws:firehose:us-east-1:123456789012:deliverystream/orders"
SUBSCRIPTION = "the subscription"
"""Stands for the subscription that there is."""

LIKELY = {
    "AttributeName": [
        "FilterPolicy",
        "RedrivePolicy",
        "RawMessageDelivery",
        "DisplayName",
        "Policy",
        "DeliveryPolicy",
        "ReplayPolicy",
        "ArchivePolicy",
        "SignatureVersion",
        "Other",
    ],
    "AttributeValue": [
        "true",
        "",
        '{"a": ["b"]}',
        "{",
        "[]",
        '{"deadLetterTargetArn": 1}',
        '{"http": []}',
        '{"requestPolicy": 1}',
        '{"MessageRetentionPeriod": "²"}',
    ],
    "Endpoint": [QUEUE, FIFO_QUEUE, FUNCTION, "https://example.com", "jo@example.com", "+15551234567", ""],
    "Message": ["text", "", '{"default": "d", "sqs": 1}', "[]"],
    "MessageDeduplicationId": ["d", "", "with space"],
    "MessageGroupId": ["g", "", "with space"],
    "MessageStructure": ["json", "other"],
    "Name": ["orders", "orders.fifo", "new", ""],
    "NextToken": ["", "x", "ZnJvbSAx", "ZnJvbSDCsg=="],
    "PhoneNumber": ["+15551234567", "0"],
    "Protocol": ["sqs", "lambda", "https", "email", "sms", "firehose", "application", "carrier pigeon"],
    "EndpointArn": [DEVICE, APPLICATION, "", "x"],
    "Platform": ["GCM", "ADM", "pigeons"],
    "PlatformApplicationArn": [APPLICATION, f"{APPLICATION}-gone", DEVICE, "x"],
    "ResourceArn": ARNS,
    "Subject": ["Hello", "", "two\nlines"],
    "SubscriptionArn": [SUBSCRIPTION, *ARNS],
    "TargetArn": [*ARNS, "arn:aws:sns:us-east-1:123456789012:endpoint/APNS/app/x"],
    "Token": ["0" * 288, "x", ""],
    "TopicArn": ARNS,
}
SUBSCRIPTION_ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["FilterPolicy", "RedrivePolicy", "DeliveryPolicy", "RawMessageDelivery", "ReplayPolicy", "Other"]
    ),
    st.sampled_from(LIKELY["AttributeValue"]),
    max_size=2,
)


@pytest.fixture
def cloud():
    made = Cloud()
    made.subscribe(made.topic(), QUEUE)
    made.subscribe(made.topic("orders.fifo"), FIFO_QUEUE)
    attributes = {"PlatformCredential": "key"}
    made.call("CreatePlatformApplication", Name="shop", Platform="GCM", Attributes=attributes)
    yield made
    made.kernel.close()


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_an_operation_answers_or_raises_an_error_that_the_model_knows(cloud, operation, data):
    model = MODEL.operation_model(operation)
    params = data.draw(structures(model.input_shape))
    for name in [name for name in params if name in LIKELY]:
        params[name] = data.draw(st.sampled_from(LIKELY[name]))
    if operation == "Subscribe" and "Attributes" in params:
        params["Attributes"] = data.draw(SUBSCRIPTION_ATTRIBUTES)
    if params.get("SubscriptionArn") == SUBSCRIPTION:
        found = cloud.call("ListSubscriptions")["Subscriptions"]
        params["SubscriptionArn"] = found[0]["SubscriptionArn"] if found else f"{TOPIC}:gone"
    about = cloud.service.facts.resources(operation, params)
    assert all(isinstance(name, str) for name in about)
    code, answer = attempt(cloud, operation, asked(params, model.input_shape))
    assert code is None or code in CODES
    if answer is not None:
        request = AWSPreparedRequest("POST", "https://sns.us-east-1.amazonaws.com/", {}, b"", False)
        assert wire.render(wire.wire_of("sns", operation, ""), request, answer, "id").status_code == 200
    cloud.settle(1)


def attempt(cloud: Cloud, operation: str, params: Params) -> tuple[str | None, Params | None]:
    """The code of the error, or the answer; neither where the simulator says that it can't do that."""
    try:
        return None, cloud.service.operations[operation](params, CALLER)
    except ServiceError as problem:
        return problem.code, None
    except Unsupported:
        return None, None


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("ListSMSSandboxPhoneNumbers", {}),
        ("Subscribe", {"TopicArn": TOPIC, "Protocol": "application", "Endpoint": DEVICE}),
        (
            "Subscribe",
            {
                "TopicArn": FIFO_TOPIC,
                "Protocol": "sqs",
                "Endpoint": QUEUE,
                "Attributes": {"ReplayPolicy": '{"PointType": "Timestamp"}'},
            },
        ),
    ],
    ids=["sms sandbox", "application", "replay"],
)
def test_what_the_simulator_can_not_do_is_told(cloud, operation, params):
    with pytest.raises(Unsupported, match="run in sim"):
        cloud.service.operations[operation](params, CALLER)


def test_publishing_to_a_device_is_told_to_be_out_of_reach(cloud):
    made = cloud.call("CreatePlatformEndpoint", PlatformApplicationArn=APPLICATION, Token="t-1")
    with pytest.raises(Unsupported, match="mobile endpoint doesn't run in sim"):
        cloud.call("Publish", TargetArn=made["EndpointArn"], Message="hello")
