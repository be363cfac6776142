"""Payloads of invocations: parsed, and refused in the words of the parser that Lambda uses.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
"""

from __future__ import annotations

import json
import re
import unicodedata
from base64 import b64decode
from collections import deque
from collections.abc import Mapping
from typing import Any

from harness.aws.rules.patterns.tokens import Malformed, place_of, tokens
from harness.sim.services.service import ServiceError

_A_VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_TOKEN = re.compile(rb"[A-Za-z_$][\w$]*")
_BEGIN_VALUES = b'"[{-0123456789'


def parsed(raw: Any, limit: int) -> tuple[str, Any]:
    """The payload's text and value. Raises `ServiceError`."""
    if hasattr(raw, "read"):
        raw = raw.read()
    content = raw.encode() if isinstance(raw, str) else bytes(raw or b"")
    if len(content) > limit:
        raise ServiceError(
            "RequestTooLargeException",
            f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
            413,
            Type="User",
        )
    if not content:
        return "{}", {}
    try:
        text = content.decode()
        return text, json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as problem:
        raise _unreadable(content, problem) from None


def client_context(text: str | None) -> Mapping[str, Any] | None:
    """The client context of the caller. Raises `ServiceError`."""
    if not text:
        return None
    try:
        context = json.loads(b64decode(text, validate=True))
    except ValueError:
        context = None
    if not isinstance(context, dict):
        raise ServiceError(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
            Type="User",
        )
    return context


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unreadable(content: bytes, problem: Exception) -> ServiceError:
    otherwise = str(problem).partition(":")[0], getattr(problem, "pos", 0) + 1
    if isinstance(problem, UnicodeDecodeError):
        otherwise = f"Invalid UTF-8 start byte 0x{content[problem.start]:x}", problem.start + 2
    at_first = _why(content)
    told = _why_inside(content) if at_first is None else ""
    if not told:
        reason, position = at_first or otherwise
        told = f"{reason}\n at {place_of(content.decode('latin-1'), position - 1, quoted=False)}"
    return ServiceError(
        "InvalidRequestContentException",
        f"Could not parse request body into json: Could not parse payload into json: {told}",
        Type="User",
    )


def _why(content: bytes) -> tuple[str, int] | None:
    """The problem at the first value and its position, from 1 on; None where it is further inside."""
    start = len(content) - len(content.lstrip(b" \t\r\n"))
    token = _TOKEN.match(content, start)
    if token is not None and token[0] not in (b"null", b"true", b"false"):
        end = token.end()
        if end < len(content) and content[end] >= 0x80 and not _begins_character(content[end]):
            return f"Invalid UTF-8 start byte 0x{content[end]:x}", end + 2
        return f"Unrecognized token '{token[0].decode()}': was expecting {_A_VALUE}", end + 1
    if token is None and start < len(content) and content[start] not in _BEGIN_VALUES:
        return (
            f"Unexpected character ({_character(content[start])}): expected a valid value {_A_VALUE}",
            start + 1,
        )
    return None


def _why_inside(content: bytes) -> str:
    """The problem behind the first value's beginning, with its place; "" where it is another one."""
    text = content.decode(errors="replace")
    try:
        deque(tokens(text), maxlen=0)
    except Malformed as problem:
        return problem.told(text, quoted=False)
    return ""


def _begins_character(byte: int) -> bool:
    """Can a character of UTF-8 with more than one byte begin so?"""
    return 0xC0 <= byte < 0xF8


def _character(code: int) -> str:
    control = unicodedata.category(chr(code)) == "Cc"
    return f"(CTRL-CHAR, code {code})" if control else f"'{chr(code)}' (code {code})"
