"""The wire formats of API calls: bytes ↔ parameters, and batches answered in part."""

from harness.wire.cbor import CBOR
from harness.wire.direct import NotDirect, giving, taking
from harness.wire.errors import Params, ServiceError
from harness.wire.protocols import (
    UNSENT,
    ErrorForm,
    Headers,
    Wire,
    body_of,
    body_sent,
    error_code,
    error_form,
    from_json,
    params_sent,
    parse,
    render,
    render_error,
    response,
    result_of,
    service_model,
    text_of,
    to_json,
    wire_of,
)
from harness.wire.request import Stamp, attempt_of, invocation_id_of, short

__all__ = [
    "CBOR",
    "UNSENT",
    "ErrorForm",
    "Headers",
    "NotDirect",
    "Params",
    "ServiceError",
    "Stamp",
    "Wire",
    "attempt_of",
    "body_of",
    "body_sent",
    "error_code",
    "error_form",
    "from_json",
    "giving",
    "invocation_id_of",
    "params_sent",
    "parse",
    "render",
    "render_error",
    "response",
    "result_of",
    "service_model",
    "short",
    "taking",
    "text_of",
    "to_json",
    "wire_of",
]
