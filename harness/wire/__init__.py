"""How API calls travel: bytes ↔ parameters, batches answered in part, and what a call is about."""

from harness.wire.errors import Params, ServiceError
from harness.wire.protocols import (
    ErrorForm,
    Headers,
    Wire,
    error_code,
    error_form,
    form_of,
    parse,
    render,
    render_error,
    response,
    result_of,
    service_model,
    text_of,
    wire_of,
)
from harness.wire.request import Stamp, attempt_of, invocation_id_of, short

__all__ = [
    "ErrorForm",
    "Headers",
    "Params",
    "ServiceError",
    "Stamp",
    "Wire",
    "attempt_of",
    "error_code",
    "error_form",
    "form_of",
    "invocation_id_of",
    "parse",
    "render",
    "render_error",
    "response",
    "result_of",
    "service_model",
    "short",
    "text_of",
    "wire_of",
]
