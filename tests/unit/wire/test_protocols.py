"""The wire: what a client sends is what a service gets, and the other way round."""

import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import wire
from harness.sim.services.service import ServiceError
from tests.helpers import shapes

SESSION = botocore.session.get_session()
SERVICES = ("sqs", "sns", "lambda")


def operations():
    for service in SERVICES:
        model = SESSION.get_service_model(service)
        for name in model.operation_names:
            operation = model.operation_model(name)
            if not operation.has_event_stream_output and not operation.has_streaming_input:
                yield service, name


def sent(service, name, params):
    """The request as botocore would send it."""
    model = SESSION.get_service_model(service)
    operation = model.operation_model(name)
    serialized = create_serializer(model.metadata["protocol"]).serialize_to_request(params, operation)
    url = f"https://{service}.us-east-1.amazonaws.com{serialized['url_path']}"
    request = AWSRequest(
        serialized["method"], url, serialized["headers"], serialized["body"], serialized["query_string"]
    )
    return operation, request.prepare()


def received(operation, response):
    """The result as botocore would hand it to the caller."""
    parser = create_parser(operation.service_model.metadata["protocol"])
    shape = operation.output_shape
    streaming = operation.has_streaming_output
    body = response.raw if streaming else response.content
    answer = {"body": body, "headers": response.headers, "status_code": response.status_code}
    return parser.parse(answer, shape)


def without_nothing(value):
    """The same value without empty lists, maps and texts: protocols don't tell them from absent ones."""
    if isinstance(value, dict):
        return {k: v for k, x in value.items() if (v := without_nothing(x)) not in ({}, [], "", None, b"")}
    if isinstance(value, list):
        return [without_nothing(x) for x in value]
    return value


@pytest.mark.parametrize(("service", "name"), list(operations()))
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_a_service_gets_the_parameters_that_the_caller_gave(service, name, data):
    model = SESSION.get_service_model(service).operation_model(name)
    params = {} if model.input_shape is None else data.draw(shapes.structures(model.input_shape))
    _, request = sent(service, name, params)
    how = wire.wire_of(service, name, wire.text_of(request.headers.get("Content-Type", "")))
    assert without_nothing(wire.parse(how, request)) == without_nothing(params)


@pytest.mark.parametrize("service", SERVICES)
def test_an_error_reaches_the_caller_with_its_code_message_and_status(service):
    name = {"sqs": "SendMessage", "sns": "Publish", "lambda": "GetFunction"}[service]
    error = {
        "sqs": ServiceError(
            "QueueDoesNotExist", "no such queue", query_code="AWS.SimpleQueueService.NonExistentQueue"
        ),
        "sns": ServiceError("NotFoundException", "no such topic"),
        "lambda": ServiceError("ResourceNotFoundException", "no such function"),
    }[service]
    required = {"QueueUrl": "u", "MessageBody": "b", "Message": "m", "TopicArn": "t", "FunctionName": "f"}
    model = SESSION.get_service_model(service).operation_model(name)
    params = {key: value for key, value in required.items() if key in model.input_shape.members}
    operation, request = sent(service, name, params)
    how = wire.wire_of(service, name, wire.text_of(request.headers.get("Content-Type", "")))
    answer = received(operation, wire.render_error(how, request, error, "r-1"))
    codes = {
        "sqs": "AWS.SimpleQueueService.NonExistentQueue",
        "sns": "NotFound",
        "lambda": "ResourceNotFoundException",
    }
    assert answer["Error"]["Code"] == codes[service]
    assert answer["Error"]["Message"] == error.message
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == {"sqs": 400, "sns": 404, "lambda": 404}[service]


@pytest.mark.parametrize("service", SERVICES)
def test_an_error_may_quote_what_xml_cannot_hold(service):
    name = {"sqs": "ListQueues", "sns": "ListTopics", "lambda": "ListFunctions"}[service]
    operation, request = sent(service, name, {})
    how = wire.wire_of(service, name, wire.text_of(request.headers.get("Content-Type", "")))
    answer = received(operation, wire.render_error(how, request, ServiceError("Bad", "is <\x08>"), "r-1"))
    assert answer["Error"]["Message"] in ("is <\x08>", "is <?>")


@pytest.mark.parametrize(
    ("service", "name", "result"),
    [
        ("sqs", "SendMessage", {"MessageId": "m-1", "MD5OfMessageBody": "5d41", "SequenceNumber": "1"}),
        ("sns", "Publish", {"MessageId": "m-1", "SequenceNumber": "10"}),
        ("sns", "ListTopics", {"Topics": [{"TopicArn": "arn:1"}, {"TopicArn": "arn:2"}], "NextToken": "n"}),
        ("lambda", "GetFunctionConcurrency", {"ReservedConcurrentExecutions": 3}),
    ],
)
def test_a_caller_gets_the_result_that_the_service_gave(service, name, result):
    operation, request = sent(
        service,
        name,
        {"QueueUrl": "u", "MessageBody": "b"}
        if name == "SendMessage"
        else {"Message": "m"}
        if name == "Publish"
        else {"FunctionName": "f"}
        if service == "lambda"
        else {},
    )
    how = wire.wire_of(service, name, wire.text_of(request.headers.get("Content-Type", "")))
    answer = received(operation, wire.render(how, request, result, "r-1"))
    answer.pop("ResponseMetadata")
    assert answer == result


def test_an_older_sdk_speaks_to_sqs_in_the_query_protocol():
    body = "Action=SendMessage&QueueUrl=u&MessageBody=hello&DelaySeconds=5"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = AWSRequest("POST", "https://sqs.us-east-1.amazonaws.com/", headers, body).prepare()
    how = wire.wire_of("sqs", "SendMessage", headers["Content-Type"])
    assert wire.parse(how, request) == {"QueueUrl": "u", "MessageBody": "hello", "DelaySeconds": 5}
    answer = wire.render(how, request, {"MessageId": "m-1"}, "r-1").content
    assert b"<MessageId>m-1</MessageId>" in answer


def test_a_request_of_the_query_protocol_may_go_to_the_address_of_its_queue():
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html"""
    how = wire.wire_of("sqs", "ReceiveMessage", QUERY)
    queue = "https://sqs.us-east-1.amazonaws.com/123456789012/work"
    asked = AWSRequest("GET", f"{queue}?Action=ReceiveMessage").prepare()
    assert wire.parse(how, asked) == {"QueueUrl": queue}
    other = AWSRequest("GET", f"{queue}?Action=ReceiveMessage&QueueUrl={queue}-2").prepare()
    assert wire.parse(how, other) == {"QueueUrl": f"{queue}-2"}


QUERY = "application/x-www-form-urlencoded; charset=utf-8"
JSON = "application/x-amz-json-1.0"
NO_QUEUE = ServiceError("QueueDoesNotExist", "The specified queue does not exist.")
INVALID = ServiceError("InvalidParameterValueException", "Too many.", query_code="InvalidParameterValue")


@pytest.mark.parametrize(
    ("error", "code", "name", "message", "older_message"),
    [
        (
            NO_QUEUE,
            "AWS.SimpleQueueService.NonExistentQueue",
            "QueueDoesNotExist",
            "The specified queue does not exist.",
            "The specified queue does not exist for this wsdl version.",
        ),
        (INVALID, "InvalidParameterValue", "InvalidParameterValueException", "Too many.", "Too many."),
    ],
)
def test_an_error_of_sqs_has_its_words_in_each_protocol(error, code, name, message, older_message):
    """Recorded on AWS, April 2024."""
    request = AWSRequest("POST", "https://sqs.us-east-1.amazonaws.com/", {}, "").prepare()
    told = {}
    for protocol, content_type in (("json", JSON), ("query", QUERY)):
        how = wire.wire_of("sqs", "ReceiveMessage", content_type)
        answer = wire.render_error(how, request, error, "r-1")
        parsed = create_parser(protocol).parse(
            {"body": answer.content, "headers": answer.headers, "status_code": answer.status_code},
            SESSION.get_service_model("sqs").operation_model("ReceiveMessage").output_shape,
        )
        told[protocol] = parsed["Error"]
    assert told["json"] == {"Message": message, "Code": code, "QueryErrorCode": name, "Type": "Sender"}
    assert told["query"] == {"Message": older_message, "Code": code, "Type": "Sender", "Detail": None}
