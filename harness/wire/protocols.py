"""Requests into parameters, results and errors into responses, by botocore's own service models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.model import Shape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from moto.core.loaders import create_loader
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import SerializationContext, get_serializer_class
from werkzeug.datastructures import MultiDict

from harness import aws
from harness.wire import cbor, event_stream
from harness.wire.cbor import CBOR
from harness.wire.errors import Params, ServiceError

UNSENT = AWSPreparedRequest("POST", "", {}, b"", False)
"""Stands for the request where there is none, or none yet."""


@dataclass(frozen=True, slots=True)
class Wire:
    """The wire format of one operation.

    `rich_input` names the members that JSON can't hold as they are (blobs, timestamps); a request without
    them needs no converting. None: every request does. `plain_output`: so it is with results.
    `event_member`: the member of an answer that is a stream of events, in JSON.
    """

    model: OperationModel
    protocol: str
    rich_input: tuple[bytes, ...] | None
    plain_output: bool
    event_member: str = ""


@dataclass(frozen=True, slots=True)
class ErrorForm:
    """The wire format of an error: names, status, and whose fault it is.

    `query_message`: the words of the query protocol, where the model has others for it.
    """

    name: str
    code: str
    status: int
    sender: bool
    query_message: str | None = None


@cache
def _loader() -> Any:
    return create_loader()


@cache
def service_model(service: str) -> ServiceModel:
    """botocore's model of a service."""
    return ServiceModel(_loader().load_service_model(service, "service-2"), service)


@cache
def wire_of(service: str, operation: str, content_type: str) -> Wire:
    """The wire format of this operation for a request of this content type: SQS speaks two protocols."""
    services = service_model(service)
    model = services.operation_model(operation)
    protocol = _protocol_of(services, content_type)
    member = str(model.output_shape.event_stream_name) if model.has_event_stream_output else ""
    if protocol != "json":
        return Wire(model, protocol, None, False, member if protocol == "rest-json" else "")
    asked, answered = list(members_within(model.input_shape)), list(members_within(model.output_shape))
    rich = tuple(f'"{name}"'.encode() for name, shape in asked if shape.type_name in ("blob", "timestamp"))
    return Wire(model, protocol, None if _renamed(asked) else rich, not _renamed(answered), member)


def _protocol_of(services: ServiceModel, content_type: str) -> str:
    """The protocol of a request: services speak several, and SDKs of each year prefer another."""
    if content_type.startswith(cbor.CONTENT_TYPE):
        return CBOR
    usual = str(services.resolved_protocol)
    if content_type.startswith("application/x-www-form-urlencoded") and usual in ("json", CBOR):
        return "query"
    return "json" if content_type.startswith("application/x-amz-json") and usual == CBOR else usual


def members_within(
    shape: Shape | None, name: str = "", above: tuple[str, ...] = ()
) -> Iterator[tuple[str, Shape]]:
    """Every shape within a shape, with the name of the member that it stands in."""
    if shape is None or shape.name in above:
        return
    yield name, shape
    above = (*above, shape.name)
    if shape.type_name == "structure":
        for member_name, member in shape.members.items():
            yield from members_within(member, member_name, above)
    elif shape.type_name == "list":
        yield from members_within(shape.member, name, above)
    elif shape.type_name == "map":
        yield from members_within(shape.value, name, above)


def _renamed(members: list[tuple[str, Shape]]) -> bool:
    """Do any travel under another name than botocore gives them?"""
    return any(
        member.serialization.get("name", name) != name
        for _, shape in members
        if shape.type_name == "structure"
        for name, member in shape.members.items()
    )


def parse(wire: Wire, request: AWSPreparedRequest) -> Params:
    """The request's parameters in botocore's shapes."""
    is_stream = wire.model.has_streaming_input and wire.protocol == "rest-xml"
    body = b"" if is_stream else body_sent(request)
    if wire.rich_input is not None and not any(name in body for name in wire.rich_input):
        return json.loads(body) if body else {}
    if wire.protocol == CBOR:
        return cbor.loads(body, wire.model.input_shape)
    parts = urlsplit(request.url)
    path = _path_style(wire.model.service_model.service_name, parts.hostname or "", parts.path)
    values = MultiDict(parse_qsl(parts.query, keep_blank_values=True))
    if not wire.protocol.startswith(("json", "rest-")):  # the body is a form
        values.update(parse_qsl(body.decode(), keep_blank_values=True))
        if path.strip("/") and "QueueUrl" not in values:  # a request may go to the address of its queue
            values["QueueUrl"] = urlunsplit(parts._replace(query="", fragment=""))
    parser = PROTOCOL_PARSERS[wire.protocol](wire.model, map_type=dict)
    found: Params = parser.parse(
        {
            "method": request.method,
            "values": values,
            "headers": HeadersDict({name: text_of(value) for name, value in request.headers.items()}),
            "body": body,
            "url_path": path,
            "url_params": _url_params(wire.model.http["requestUri"], path),
        }
    )
    return _without_absent_lists(wire.model.input_shape, found)


def _without_absent_lists(shape: Any, params: Params) -> Params:
    """moto reads a list that a query string hasn't got as an empty one."""
    members = shape.members if shape is not None else {}
    return {
        name: value
        for name, value in params.items()
        if value != [] or members[name].serialization.get("location") != "querystring"
    }


def render(wire: Wire, request: AWSPreparedRequest, result: Params, request_id: str) -> AWSResponse:
    """A result as the response that the SDK expects."""
    if wire.event_member:
        shape, in_headers = wire.model.output_shape, wire.protocol == "rest-json"
        messages = event_stream.messages(shape, wire.event_member, result, begins=not in_headers)
        headers = {"content-type": event_stream.CONTENT_TYPE, "x-amzn-requestid": request_id}
        headers |= event_stream.headers(shape, result) if in_headers else {}
        return AWSResponse(request.url, 200, Headers(headers), event_stream.EventStreamBody(messages))
    if wire.plain_output and (body := _as_json(result)) is not None:
        return response(request, 200, {"content-type": _JSON, "x-amzn-requestid": request_id}, body)
    if wire.protocol == CBOR:
        headers = {**cbor.HEADERS, "x-amzn-requestid": request_id}
        return response(request, 200, headers, cbor.dumps(result, wire.model.output_shape))
    serializer = get_serializer_class(wire.model.service_model.service_name, wire.protocol)
    rendered = serializer(wire.model, SerializationContext(request_id)).serialize(result)
    headers = {**rendered["headers"], "x-amzn-requestid": request_id}
    status = result.get(_status_member(wire.model.output_shape)) or rendered["status_code"]
    return response(request, int(status), headers, rendered["body"])


def result_of(wire: Wire, status: int, headers: Mapping[str, str], body: bytes) -> Params:
    """The result in a response, in botocore's shapes."""
    if wire.plain_output:
        return json.loads(body) if body else {}
    parsed: Params = create_parser(wire.protocol).parse(
        {"status_code": status, "headers": HeadersDict(headers), "body": body}, wire.model.output_shape
    )
    return parsed


def params_sent(wire: Wire, body: bytes, params: Params) -> Params:
    """The parameters as they travel, to change and send on: in JSON, blobs and timestamps are text."""
    if wire.protocol != "json":
        return params
    sent: Params = json.loads(body or b"{}")
    return sent


def body_of(wire: Wire, sent: Params) -> bytes:
    """Parameters, as `params_sent` gives them, as the body of a request."""
    if wire.protocol == "json":
        return json.dumps(sent).encode()
    if wire.protocol == CBOR:
        return cbor.dumps(sent, wire.model.input_shape)
    serializer = create_serializer(wire.protocol, include_validation=False)
    return urlencode(serializer.serialize_to_request(sent, wire.model)["body"]).encode()


def to_json(wire: Wire, request: AWSPreparedRequest, params: Params) -> Wire:
    """Turn a request into one that speaks JSON, for those who know no CBOR; gives how it travels now."""
    services = wire.model.service_model
    asked = create_serializer("json", include_validation=False).serialize_to_request(params, wire.model)
    for name in ("smithy-protocol", "Accept"):
        request.headers.pop(name, None)
    request.headers.update(asked["headers"])
    request.body = asked["body"]
    parts = urlsplit(request.url)
    request.url = f"{parts.scheme}://{parts.netloc}/"
    return wire_of(services.service_name, wire.model.name, asked["headers"]["Content-Type"])


def from_json(wire: Wire, spoken: Wire, request: AWSPreparedRequest, answer: AWSResponse) -> AWSResponse:
    """The answer to such a request as its sender expects it."""
    status, headers, body = answer.status_code, answer.headers, answer.content
    request_id = str(headers.get("x-amzn-requestid", ""))
    if status >= 300:
        told = json.loads(body or b"{}")
        message = str(told.get("message", told.get("Message", "")))
        return render_error(
            wire, request, ServiceError(error_code(headers, body), message, status), request_id
        )
    result = result_of(replace(spoken, plain_output=False), status, headers, body)
    result.pop("ResponseMetadata", None)
    return render(wire, request, result, request_id)


def _as_json(result: Params) -> str | None:
    """The result as JSON; None if it holds what JSON can't, as bytes and moments."""
    try:
        return json.dumps(result)
    except TypeError:
        return None


@cache
def _status_member(shape: Shape | None) -> str:
    """The member of a result that travels as the status, as Lambda's Invoke has one."""
    members = shape.members.items() if shape is not None and shape.type_name == "structure" else ()
    return next((name for name, m in members if m.serialization.get("location") == "statusCode"), "")


def render_error(
    wire: Wire, request: AWSPreparedRequest, error: ServiceError, request_id: str
) -> AWSResponse:
    """An error in the wire format of its service."""
    form = error_form(wire.model.service_model, error)
    headers = {"x-amzn-requestid": request_id, "x-amz-request-id": request_id}
    headers.update({str(k): str(v) for k, v in error.fields.get("headers", {}).items()})
    fields = {name: value for name, value in error.fields.items() if name != "headers"}
    body: str | bytes
    if wire.protocol in ("json", "rest-json", CBOR):
        headers["x-amzn-errortype"] = form.name
        if "awsQueryCompatible" in wire.model.service_model.metadata:
            headers["x-amzn-query-error"] = f"{form.code};{'Sender' if form.sender else 'Receiver'}"
        if wire.protocol == CBOR:
            return response(
                request, form.status, headers | cbor.HEADERS, cbor.error(form.name, error.message)
            )
        headers["content-type"] = _JSON
        body = json.dumps({"__type": form.name, "message": error.message, "Message": error.message, **fields})
    else:
        headers["content-type"] = "text/xml"
        body = _xml_error(wire, form, error.message, request_id, fields)
    return response(request, form.status, headers, body)


def error_form(services: ServiceModel, error: ServiceError) -> ErrorForm:
    """The modelled form of an error, or the error's own words where the model doesn't know it."""
    for shape in services.error_shapes:
        modelled = shape.metadata.get("error", {})
        code = str(modelled.get("code", shape.name))
        if error.code in (shape.name, code):
            status = error.status if error.status != 400 else int(modelled.get("httpStatusCode", 400))
            told = modelled.get("messageForQueryCompatibility")
            return ErrorForm(shape.name, error.query_code or code, status, status < 500, told)
    return ErrorForm(error.code, error.query_code or error.code, error.status, error.status < 500)


def response(
    request: AWSPreparedRequest, status: int, headers: Mapping[str, Any], body: str | bytes
) -> AWSResponse:
    """A response as urllib3 would hand it to botocore."""
    raw = _Raw(body.encode() if isinstance(body, str) else body)
    return AWSResponse(request.url, status, Headers(headers), raw)


def error_code(headers: Any, body: Any) -> str:
    """The error's code in a response of any protocol."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    for name in ("x-amzn-errortype", "x-amzn-ErrorType", "X-Amzn-Errortype"):
        if name in headers:
            return str(headers[name]).rpartition("#")[2]
    found = re.search(r'"__type":\s*"(?:[^"#]*#)?([^"]+)"|<Code>([^<]+)</Code>', text)
    return (found[1] or found[2]) if found else "Error"


class Headers(dict[str, Any]):
    """HTTP headers; names are looked up in lower case, as HTTP has it."""

    def __init__(self, headers: Mapping[str, Any]) -> None:
        super().__init__({name.lower(): text_of(value) for name, value in headers.items()})

    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class _Raw(BytesIO):
    """A response body that botocore can stream."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Any:
        while chunk := self.read(amt):
            yield chunk


_JSON = "application/x-amz-json-1.1"
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""https://www.w3.org/TR/xml/#charsets: an error that quotes what was sent may hold anything."""


def _xml_error(wire: Wire, form: ErrorForm, message: str, request_id: str, fields: Mapping[str, Any]) -> str:
    kind = "Sender" if form.sender else "Receiver"
    is_second = wire.protocol != wire.model.service_model.metadata["protocol"]
    told = escape(_NOT_IN_XML.sub("?", (is_second and form.query_message) or message))
    inner = f"<Code>{escape(form.code)}</Code><Message>{told}</Message>"
    if wire.protocol == "rest-xml":
        more = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items())
        return f"<Error>{inner}{more}<RequestId>{request_id}</RequestId></Error>"
    detail = "<Detail/>" if is_second else ""
    return (
        f"<ErrorResponse><Error><Type>{kind}</Type>{inner}{detail}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _path_style(service: str, host: str, path: str) -> str:
    """The path with the resource in it that may also stand in the host, as a bucket does."""
    in_host = aws.service(service).in_host
    found = in_host.fullmatch(host) if in_host is not None else None
    return f"/{found['name']}{path}" if found is not None else path


def _url_params(template: str, path: str) -> dict[str, str]:
    """Values of `{Name}` and `{Name+}` in a request URI."""
    wanted = template.partition("?")[0].strip("/").split("/")
    parts = path.strip("/").split("/")
    found = {}
    for index, part in enumerate(wanted):
        if part.startswith("{") and index < len(parts):
            name = part.strip("{}")
            greedy = name.endswith("+")
            found[name.rstrip("+")] = unquote("/".join(parts[index:]) if greedy else parts[index])
    return found


def body_sent(request: AWSPreparedRequest) -> bytes:
    """The body of a request, whatever the SDK holds it in."""
    body = request.body
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    content: bytes = body.read()
    return content


def text_of(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
