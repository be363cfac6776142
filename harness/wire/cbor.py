"""The protocol smithy-rpc-v2-cbor, which SDKs of some years speak with services that speak JSON as well.

https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.model import Shape, ShapeResolver
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from harness.wire.errors import Params

CBOR = "smithy-rpc-v2-cbor"
CONTENT_TYPE = "application/cbor"
HEADERS = {"content-type": CONTENT_TYPE, "smithy-protocol": "rpc-v2-cbor"}

_ERROR = {
    "Error": {
        "type": "structure",
        "members": {"__type": {"shape": "Text"}, "message": {"shape": "Text"}, "Message": {"shape": "Text"}},
    },
    "Text": {"type": "string"},
}


def loads(body: bytes, shape: Shape | None) -> Params:
    """The contents of a body, in botocore's shapes."""
    parser = create_parser(CBOR)
    data = parser._initial_body_parse(body) if body else {}
    found: Params = parser._parse_shape(shape, data) if shape is not None else {}
    return found


def dumps(value: Any, shape: Shape | None) -> bytes:
    """A value of this shape as a body."""
    body = bytearray()
    if shape is not None:
        create_serializer(CBOR, include_validation=False)._serialize_data_item(body, value, shape)
    return bytes(body)


def error(name: str, message: str) -> bytes:
    """The body of an error."""
    return dumps({"__type": name, "message": message, "Message": message}, _error_shape())


@cache
def _error_shape() -> Shape:
    return ShapeResolver(_ERROR).get_shape_by_name("Error")
