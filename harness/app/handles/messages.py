"""Messages as tests give them, in the words of the APIs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.app.handles.handle import Handle

Body = str | Mapping[str, Any] | Sequence[Any]


def as_text(body: Body) -> str:
    """A message's body: text as it is, anything else as JSON. Raises `TypeError`."""
    return body if isinstance(body, str) else as_json("a body is text, or data that JSON can hold", body)


def as_json(expected: str, data: Any) -> str:
    """Data as JSON. Raises `TypeError`, which says what was `expected`."""
    try:
        return json.dumps(data)
    except (TypeError, ValueError) as problem:
        raise TypeError(f"{expected}, not {data!r:.80}: {problem}") from None


def check_host(host: str) -> None:
    """Raise `ValueError` for a third party that is no host."""
    if not host or set(host) & set("/:@ "):
        raise ValueError(f'stub_http: {host!r} is not a host; pass only its name, as in "api.stripe.com"')


def check_answer(answer: Any) -> None:
    """Raise `TypeError` or `ValueError` for what the stub of a third party can't answer with."""
    status, body = answer if isinstance(answer, tuple) and len(answer) == 2 else (200, answer)
    if isinstance(body, tuple):
        raise TypeError(f"expected an answer: a body, or a pair of status and body, not {answer!r:.80}")
    if isinstance(status, bool) or not isinstance(status, int):
        raise TypeError(f"a status is a number like 503, not {status!r:.80}")
    if not 200 <= status <= 599:
        raise ValueError(f"there is no answer of status {status}")
    if not isinstance(body, bytes | str):
        as_json("an answer is bytes, a text, or data that JSON can hold", body)


def attribute_of(value: Any) -> dict[str, Any]:
    """A message attribute, with the data type that the value suggests."""
    if isinstance(value, bytes | bytearray):
        return {"DataType": "Binary", "BinaryValue": bytes(value)}
    if isinstance(value, list | tuple):
        return {"DataType": "String.Array", "StringValue": json.dumps(value)}
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"a message attribute is text, a number, bytes or a list, not {value!r}")
    return {"DataType": "String" if isinstance(value, str) else "Number", "StringValue": str(value)}


def fifo_arguments(to: Handle, group: str | None, dedup: str | None) -> dict[str, Any]:
    """Parameters of a message to a topic or queue beside its body. Raises `TypeError` for one to a FIFO one
    that is in no group."""
    if group is None and to.physical_id.endswith(".fifo"):
        raise TypeError(f'{to.logical_id} is FIFO: pass a group, as in group="g-1"')
    given = {"MessageGroupId": group, "MessageDeduplicationId": dedup}
    return {name: value for name, value in given.items() if value is not None}
