"""What a request is for, read off what botocore's own clients send."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import HTTPClientError
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from harness.wire.identify import CredentialScope, needs_body, scope_of, stamp_of, token_of

SERVICES = (
    "apigateway",
    "apigatewayv2",
    "cloudwatch",
    "dynamodb",
    "dynamodbstreams",
    "events",
    "firehose",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "pipes",
    "s3",
    "scheduler",
    "secretsmanager",
    "sesv2",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
)


class Kept(Exception):
    """Raised where the SDK would send."""


def client_of(service):
    return boto3.client(
        service,
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="test",
        aws_session_token="harness.test",
        config=Config(
            retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, parameter_validation=False
        ),
    )


def request_of(client, operation, params):
    """The request that a client would send."""

    def keep(request, **_):
        raise Kept(request)

    client.meta.events.register("before-send", keep)
    try:
        client._make_api_call(operation, params)
    except HTTPClientError as problem:
        return problem.kwargs["error"].args[0]
    except Kept as kept:
        return kept.args[0]
    finally:
        client.meta.events.unregister("before-send", keep)
    raise AssertionError("nothing was sent")


def identified(request):
    """What the request is for, by what is in it."""
    headers = CIMultiDict(
        (name, value.decode() if isinstance(value, bytes) else str(value))
        for name, value in request.headers.items()
    )
    target = request.url.removeprefix("http://127.0.0.1:1")
    body = request.body if needs_body(headers) else b""
    body = body.encode() if isinstance(body, str) else body
    scope = scope_of(headers, target)
    return scope and stamp_of(scope, request.method, target, headers, body), token_of(headers, target)


def operations(service):
    """All but those of S3 Express, which is another service that goes by the name of S3."""
    model = client_of(service).meta.service_model
    for name in model.operation_names:
        operation = model.operation_model(name)
        unsigned = operation.auth_type == "none"
        host = (operation.endpoint or {}).get("hostPrefix")
        if name != "ListDirectoryBuckets" and not (
            operation.has_event_stream_input or unsigned or host or operation.deprecated
        ):
            yield name


def minimal(shape, name=""):
    """A value that botocore sends for a shape, with no more in it than must be."""
    kind = shape.type_name
    if kind == "structure":
        return {member: minimal(shape.members[member], member) for member in shape.required_members}
    if kind in ("list", "map"):
        return [minimal(shape.member, name)] if kind == "list" else {}
    if kind == "string":
        at_least = max(int(shape.metadata.get("min", 1)), 1)
        return shape.enum[0] if shape.enum else {"Key": "some/key"}.get(name, "a" * max(at_least, 3))
    if kind == "timestamp":
        return 0
    return {"boolean": True, "blob": b"x", "float": 1.0, "double": 1.0}.get(kind, 1)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_is_recognized(service):
    client = client_of(service)
    for name in operations(service):
        shape = client.meta.service_model.operation_model(name).input_shape
        stamp, token = identified(request_of(client, name, minimal(shape) if shape else {}))
        assert stamp is not None, name
        assert (stamp.service, stamp.operation, stamp.region) == (service, name, "eu-west-1")
        assert token == "harness.test"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls_are_recognized(version):
    client = boto3.client(
        "s3",
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="test",
        aws_session_token="harness.env.e-1",
        config=Config(signature_version=version),
    )
    url = client.generate_presigned_url("put_object", {"Bucket": "b", "Key": "k"})
    target = url.removeprefix("http://127.0.0.1:1")
    scope = scope_of(CIMultiDict(), target)
    assert scope is not None
    assert scope.service == "s3"
    assert stamp_of(scope, "PUT", target, CIMultiDict()).operation == "PutObject"
    assert token_of(CIMultiDict(), target) == "harness.env.e-1"


@given(
    st.text(),
    st.text(),
    st.sampled_from(["GET", "POST", "BREW"]),
    st.dictionaries(st.sampled_from(["X-Amz-Target", "Content-Type", "Authorization"]), st.text()),
    st.binary(),
)
def test_whatever_comes_never_fails(service, target, method, headers, body):
    given_headers = CIMultiDict(headers)
    scope_of(given_headers, target)
    token_of(given_headers, target)
    stamp_of(CredentialScope(service, "r"), method, target, given_headers, body)
    stamp_of(CredentialScope("s3", "r"), method, target, given_headers, body)


def test_an_unsigned_request_says_nothing():
    assert scope_of(CIMultiDict(), "/page") is None


def test_a_service_that_is_unknown_has_no_operations():
    assert stamp_of(CredentialScope("nonsense", "r"), "GET", "/", CIMultiDict()) is None
