"""The intrinsic functions themselves.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any

from harness.sim.services.states.language.text import to_format, to_json

RANGE_LENGTH_MAX = 1_000
TEXT_LENGTH_MAX = 10_000
"""The longest text that Base64Encode, Base64Decode and Hash take."""

HASHES = MappingProxyType(
    {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
)
_PLACES = re.compile(r"\\(.)|\{\}|[{}]", re.DOTALL)


class BadArguments(ValueError):
    """A function doesn't take these values."""


@dataclass(frozen=True)
class Intrinsic:
    """An intrinsic function; `most` None: any number of arguments. `chanced` ones take a Random first."""

    run: Callable[..., Any]
    least: int
    most: int | None
    chanced: bool = False


def apply(name: str, values: Sequence[Any], chance: Random) -> Any:
    """Call a function by its name."""
    function = FUNCTIONS[name]
    if len(values) < function.least or (function.most is not None and len(values) > function.most):
        raise BadArguments(f"Invalid number of arguments for {name}")
    return function.run(chance, *values) if function.chanced else function.run(*values)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


def hash_of(text: str, algorithm: str) -> str:
    """The hexadecimal hash of a text."""
    if algorithm not in HASHES:
        raise BadArguments(f"'{algorithm}' is not one of {', '.join(HASHES)}")
    return hashlib.new(HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def partition(array: Sequence[Any], size: int) -> list[list[Any]]:
    """Chunks of an array."""
    return [list(array[start : start + size]) for start in range(0, len(array), size)]


def numbers_between(first: int, last: int, step: int) -> list[int]:
    """The numbers from the first to the last one, which may be among them."""
    if step == 0:
        raise BadArguments("The step must not be 0")
    numbers = range(first, last + (1 if step > 0 else -1), step)
    if len(numbers) > RANGE_LENGTH_MAX:
        raise BadArguments(f"The range must not have more than {RANGE_LENGTH_MAX} numbers")
    return list(numbers)


def uuid_of(chance: Random) -> str:
    """A version 4 UUID."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _array_partition(array: Any, size: Any) -> list[list[Any]]:
    chunk = _rounded(size)
    if chunk < 1:
        raise BadArguments("The chunk size must be a positive integer")
    return partition(_array(array), chunk)


def _array_contains(array: Any, value: Any) -> bool:
    return any(same(item, value) for item in _array(array))


def _array_range(first: Any, last: Any, step: Any) -> list[int]:
    return numbers_between(_rounded(first), _rounded(last), _rounded(step))


def _array_get_item(array: Any, index: Any) -> Any:
    items, at = _array(array), _whole(index, "index")
    if not 0 <= at < len(items):
        raise BadArguments(f"The index {at} is out of bounds of an array of length {len(items)}")
    return items[at]


def _array_unique(array: Any) -> list[Any]:
    kept: list[Any] = []
    for item in _array(array):
        if not any(same(item, other) for other in kept):
            kept.append(item)
    return kept


def _base64_encode(text: Any) -> str:
    return base64.b64encode(_short_text(text).encode()).decode()


def _base64_decode(text: Any) -> str:
    try:
        return base64.b64decode(_short_text(text), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadArguments(f"'{text}' is not Base64") from error


def _hash(value: Any, algorithm: Any) -> str:
    return hash_of(_short_text(value if isinstance(value, str) else to_json(value)), _text(algorithm))


def _json_merge(one: Any, other: Any, deep: Any) -> dict[str, Any]:
    if not isinstance(one, dict) or not isinstance(other, dict):
        raise BadArguments("Both values must be JSON objects")
    if deep is not False:
        raise BadArguments("The third argument must be false: only the shallow merge is supported")
    return {**one, **other}


def _string_to_json(text: Any) -> Any:
    if not _text(text).strip():
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadArguments(f"'{text}' is not JSON") from error


def _math_random(chance: Random, first: Any, last: Any, seed: Any = None) -> int:
    low, high = _rounded(first), _rounded(last)
    if low >= high:
        raise BadArguments("The start must be less than the end")
    source = chance if seed is None else Random(_whole(seed, "seed"))
    return source.randrange(low, high)


def _math_add(one: Any, other: Any) -> int:
    return _rounded(one) + _rounded(other)


def _rounded(value: Any) -> int:
    """As Java rounds: halves go up."""
    return math.floor(_number(value) + 0.5)


def _string_split(text: Any, delimiters: Any) -> list[str]:
    """Every character of `delimiters` splits; empty parts are left out."""
    if not _text(delimiters):
        return [_text(text)]
    return [part for part in re.split(f"[{re.escape(delimiters)}]", _text(text)) if part]


def _format(template: Any, *values: Any) -> str:
    waiting = list(values)

    def filled(place: re.Match[str]) -> str:
        if place[1] is not None:
            return place[1] if place[1] in "'{}\\" else place[0]
        if place[0] != "{}":
            raise BadArguments("Matching braces are required; escape a brace with a backslash")
        if not waiting:
            raise BadArguments("The number of arguments doesn't match the number of {} in the template")
        return to_format(waiting.pop(0))

    text = _PLACES.sub(filled, _text(template))
    if waiting:
        raise BadArguments("The number of arguments doesn't match the number of {} in the template")
    return text


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadArguments(f"An array is required, but was: {to_json(value)}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadArguments(f"A string is required, but was: {to_json(value)}")
    return value


def _short_text(value: Any) -> str:
    if len(_text(value)) > TEXT_LENGTH_MAX:
        raise BadArguments(f"The string must not have more than {TEXT_LENGTH_MAX} characters")
    return _text(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise BadArguments(f"A number is required, but was: {to_json(value)}")
    return value


def _whole(value: Any, what: str) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise BadArguments(f"The {what} must be an integer, but was: {to_json(value)}")
    return int(_number(value))


FUNCTIONS: Mapping[str, Intrinsic] = MappingProxyType(
    {
        "States.Array": Intrinsic(lambda *values: list(values), 0, None),
        "States.ArrayPartition": Intrinsic(_array_partition, 2, 2),
        "States.ArrayContains": Intrinsic(_array_contains, 2, 2),
        "States.ArrayRange": Intrinsic(_array_range, 3, 3),
        "States.ArrayGetItem": Intrinsic(_array_get_item, 2, 2),
        "States.ArrayLength": Intrinsic(lambda array: len(_array(array)), 1, 1),
        "States.ArrayUnique": Intrinsic(_array_unique, 1, 1),
        "States.Base64Encode": Intrinsic(_base64_encode, 1, 1),
        "States.Base64Decode": Intrinsic(_base64_decode, 1, 1),
        "States.Hash": Intrinsic(_hash, 2, 2),
        "States.JsonMerge": Intrinsic(_json_merge, 3, 3),
        "States.StringToJson": Intrinsic(_string_to_json, 1, 1),
        "States.JsonToString": Intrinsic(lambda value: to_json(value), 1, 1),
        "States.MathRandom": Intrinsic(_math_random, 2, 3, chanced=True),
        "States.MathAdd": Intrinsic(_math_add, 2, 2),
        "States.StringSplit": Intrinsic(_string_split, 2, 2),
        "States.UUID": Intrinsic(uuid_of, 0, 0, chanced=True),
        "States.Format": Intrinsic(_format, 1, None),
    }
)
