"""Whatever the parameters: an operation answers, or raises an error that Lambda's model knows."""

from __future__ import annotations

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.model import Shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import wire
from harness.cloud import Unsupported
from harness.faults.errors import COMMON
from harness.sim.services.lambda_ import Lambda
from harness.sim.services.service import Params, ServiceError
from tests.helpers.asked import asked
from tests.unit.sim.lambda_.fakes import CALLER, FAILED_QUEUE, FIFO_QUEUE, QUEUE, ROLE, Cloud, archive

MODEL = wire.service_model("lambda")
OPERATIONS = sorted(Cloud().service.operations)
CODES = (
    {shape.name for shape in MODEL.error_shapes} | {"ValidationException", "Unsupported", None} | set(COMMON)
)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"

MAPPED = "the mapping"
"""Stands for the id of the mapping that there is."""

LIKELY = {
    "Action": ["lambda:InvokeFunction"],
    "Destination": [FAILED_QUEUE, FUNCTION, "arn:aws:s3:::bucket", ""],
    "EventSourceArn": [QUEUE, FIFO_QUEUE, "arn:aws:kinesis:us-east-1:123456789012:stream/s", "arn:aws:sqs:x"],
    "FunctionName": ["work", FUNCTION, "work:1", "work:live", "work:$LATEST", "other", "function:work"],
    "FunctionVersion": ["1", "$LATEST", "2", "ALL"],
    "Handler": ["app.handler", ""],
    "LayerName": ["layer", "arn:aws:lambda:us-east-1:123456789012:layer:layer"],
    "Layers": [["arn:aws:lambda:us-east-1:123456789012:layer:layer:1"], []],
    "Marker": ["0", "5", "x"],
    "Name": ["live", "1", "new"],
    "Payload": [b"{}", b"null", b"{", b"\xff", b""],
    "Pattern": ['{"body": {"a": [1]}}', "{", '{"a": []}'],
    "Principal": ["sns.amazonaws.com", "123456789012", "*", "nobody"],
    "Qualifier": ["1", "live", "$LATEST", "9"],
    "Resource": [FUNCTION, f"{FUNCTION}:1", "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:x"],
    "Role": [ROLE, "nobody"],
    "StatementId": ["statement", "other"],
    "TargetArn": [FAILED_QUEUE, "arn:aws:s3:::bucket", ""],
    "UUID": [MAPPED, "not-there"],
    "ZipFile": [archive(), b"", b"no archive"],
}


def values(shape: Shape, name: str = "") -> st.SearchStrategy:
    """Values of a shape's type: likely ones, ones at its limits, and ones beyond."""
    if name in LIKELY:
        return st.sampled_from(LIKELY[name])
    if shape.type_name == "structure":
        required = {member: values(shape.members[member], member) for member in shape.required_members}
        optional = {
            member: values(inner, member) for member, inner in shape.members.items() if member not in required
        }
        return st.fixed_dictionaries(required, optional=optional)
    if shape.type_name == "list":
        return st.lists(values(shape.member), max_size=3)
    if shape.type_name == "map":
        return st.dictionaries(st.text(min_size=1, max_size=6), values(shape.value), max_size=3)
    return scalars(shape)


def scalars(shape: Shape) -> st.SearchStrategy:
    limits = shape.metadata
    if limits.get("enum"):
        return st.sampled_from([*limits["enum"], "else"])
    if shape.type_name in ("integer", "long"):
        low, high = limits.get("min", 0), limits.get("max", 1000)
        return st.sampled_from([low - 1, low, (low + high) // 2, high, high + 1])
    if shape.type_name in ("float", "double"):
        return st.floats(-1, 2)
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name == "blob":
        return st.binary(max_size=20)
    if shape.type_name == "timestamp":
        return st.datetimes()
    return st.text(max_size=12)


@pytest.fixture
def cloud():
    made = Cloud()
    made.function("work")
    made.call("PublishVersion", FunctionName="work")
    made.call("CreateAlias", FunctionName="work", Name="live", FunctionVersion="1")
    made.call("CreateEventSourceMapping", FunctionName="work", EventSourceArn=QUEUE)
    made.call("PublishLayerVersion", LayerName="layer", Content={"ZipFile": archive()})
    yield made
    made.kernel.close()


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_an_operation_answers_or_raises_an_error_that_the_model_knows(cloud, operation, data):
    model = MODEL.operation_model(operation)
    params = data.draw(values(model.input_shape) if model.input_shape else st.just({}))
    service: Lambda = cloud.service
    if params.get("UUID") == MAPPED:
        mappings = cloud.call("ListEventSourceMappings")["EventSourceMappings"]
        params["UUID"] = mappings[0]["UUID"] if mappings else "not-there"
    assert all(isinstance(name, str) for name in service.resources(operation, params))
    code, answer = attempt(service, operation, asked(params, model.input_shape))
    assert code in CODES
    if code is None:
        request = AWSPreparedRequest("POST", "https://lambda.us-east-1.amazonaws.com/", {}, b"", False)
        rendered = wire.render(wire.wire_of("lambda", operation, ""), request, answer, "id")
        assert rendered.status_code in (200, 201, 202, 204)


def attempt(service: Lambda, operation: str, params: Params) -> tuple[str | None, Params]:
    """The code of the error, if any, and the answer. What sim can't do must name a cloud that can."""
    try:
        return None, service.operations[operation](params, CALLER)
    except ServiceError as problem:
        return problem.code, {}
    except Unsupported as problem:
        return "Unsupported" if "localstack" in str(problem) else str(problem), {}
