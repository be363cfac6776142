"""Parameters and results as they would be after a journey over the wire, without the journey.

From a service's model, one function is put together for the parameters of an operation and one for its
results. Whatever doesn't come out of a journey as it went in raises `NotDirect`, and so does whatever the SDK
would refuse: then the wire says what becomes of it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import cache
from sys import float_info
from typing import Any

from botocore.model import OperationModel, Shape
from botocore.parsers import DEFAULT_TIMESTAMP_PARSER
from botocore.utils import parse_to_aware_datetime
from moto.core.serialize import TimestampSerializer

from harness.wire.errors import Params
from harness.wire.protocols import members_within

Convert = Callable[[Any], Any]
"""Makes what comes out of a value, or is a type: then all values of just this type come out as they are."""

_MOST = float_info.max
_LATE = 2**32


class NotDirect(Exception):
    """This can't go the direct path."""


def taking(model: OperationModel, protocol: str, *, in_order: bool = False) -> Callable[[Params], Params]:
    """Makes the parameters that a service would read from a request: checked, and nobody else's.

    `in_order`: members come in the order of the model, also for JSON.
    """
    shape = model.input_shape
    if shape is None:
        return _nothing
    take = _Taking(protocol, _names_of_rich(shape), in_order).of(shape)
    if protocol != "query" or shape.metadata.get("required"):
        return take
    return lambda params: take(params) if params else {}


def giving(model: OperationModel, protocol: str, *, by_moto: bool = False) -> Callable[[Params], Params]:
    """Makes the dictionary that the SDK would read from a response, without its metadata.

    `by_moto`: moto writes the response, so bytes and moments may be in it.
    """
    shape = model.output_shape
    return (lambda result: {}) if shape is None else _Giving(protocol, by_moto).of(shape)


def _nothing(params: Params) -> Params:
    if params:
        raise NotDirect
    return {}


def _refuse(value: Any) -> Any:
    raise NotDirect


def _split(convert: Convert) -> tuple[Any, Convert]:
    """The type whose values come out as they are, and what makes the others: an error, if there is a type."""
    return (convert, _refuse) if type(convert) is type else (None, convert)


class _Making:
    """Makes the functions for a shape and for the shapes within it, which may be the same again."""

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._is_json = protocol != "query"
        self._made: dict[tuple[str, bool], Convert] = {}

    def of(self, shape: Shape) -> Convert:
        """The function for this shape."""
        key = shape.name, bool(shape.serialization.get("flattened"))
        made = self._made.get(key)
        if made is None:
            self._made[key] = lambda value: self._made[key](value)
            make = getattr(self, f"_{shape.type_name}", None)
            is_document = getattr(shape, "is_document_type", False)
            made = self._made[key] = _refuse if make is None or is_document else make(shape)
        return made


class _Taking(_Making):
    """For parameters. `rich`: texts that make the wire read a JSON request in another way."""

    def __init__(self, protocol: str, rich: frozenset[str], in_order: bool) -> None:
        super().__init__(protocol)
        self._in_order = in_order or protocol != "json"
        self._rich = rich if protocol == "json" else frozenset[str]()

    def _structure(self, shape: Any) -> Convert:
        members = {name: _split(self._member(member)) for name, member in shape.members.items()}
        required = frozenset(shape.metadata.get("required", ()))
        count = 1 if shape.is_tagged_union else None
        in_order, may_be_empty, rich = self._in_order, self._is_json, self._rich
        if "payload" in shape.serialization:
            return _refuse

        def structure(value: Any) -> Any:
            if type(value) is not dict or (count is not None and len(value) != count):
                raise NotDirect
            taken = {}
            for name, given in value.items():
                if name not in members:
                    raise NotDirect
                plain, take = members[name]
                taken[name] = given if type(given) is plain and given not in rich else take(given)
            if (required and not required <= taken.keys()) or not (taken or may_be_empty):
                raise NotDirect
            return {name: taken[name] for name in members if name in taken} if in_order else taken

        return structure

    def _member(self, shape: Any) -> Convert:
        """A member of a structure, which REST may send in the address."""
        location = shape.serialization.get("location")
        if location is None:
            return self.of(shape)
        if location in ("uri", "querystring") and shape.type_name == "string":
            take = self.of(shape)
            return lambda value: take(_text_in_address(value))
        return self.of(shape) if location == "querystring" and shape.type_name == "integer" else _refuse

    def _list(self, shape: Any) -> Convert:
        plain, take = _split(self.of(shape.member))
        shortest, rich = max(shape.metadata.get("min", 0), 0 if self._is_json else 1), self._rich

        def items(value: Any) -> Any:
            if type(value) is not list or (shortest and len(value) < shortest):
                raise NotDirect
            return [item if type(item) is plain and item not in rich else take(item) for item in value]

        return items

    def _map(self, shape: Any) -> Convert:
        plain_key, take_key = _split(self.of(shape.key))
        plain, take = _split(self.of(shape.value))
        shortest, rich = 0 if self._is_json else 1, self._rich

        def mapping(value: Any) -> Any:
            if type(value) is not dict or (shortest and len(value) < shortest):
                raise NotDirect
            return {
                (name if type(name) is plain_key and name not in rich else take_key(name)): (
                    item if type(item) is plain and item not in rich else take(item)
                )
                for name, item in value.items()
            }

        return mapping

    def _string(self, shape: Any) -> Convert:
        rich, shortest, is_json = self._rich, shape.metadata.get("min", 0), self._is_json
        if is_json and shortest < 1:
            return str

        def text(value: Any) -> Any:
            if type(value) is not str or (shortest and len(value) < shortest) or value in rich:
                raise NotDirect
            if not is_json and not value.isascii():
                _check_encodes(value)
            return value

        return text

    def _integer(self, shape: Any) -> Convert:
        least = shape.metadata.get("min")
        if least is None:
            return int

        def integer(value: Any) -> Any:
            if type(value) is not int or (least is not None and value < least):
                raise NotDirect
            return value

        return integer

    _long = _integer

    def _double(self, shape: Any) -> Convert:
        least = shape.metadata.get("min", -_MOST)

        def number(value: Any) -> Any:
            if type(value) not in (int, float) or not max(least, -_MOST) <= value <= _MOST:
                raise NotDirect
            return value

        return number if self._is_json else _refuse

    _float = _double

    def _boolean(self, shape: Any) -> Convert:
        return bool


class _Giving(_Making):
    """For results."""

    def __init__(self, protocol: str, is_motos: bool) -> None:
        super().__init__(protocol)
        self._is_motos = is_motos

    def _structure(self, shape: Any) -> Convert:
        locations = {member.serialization.get("location") for member in shape.members.values()} - {None}
        if shape.is_tagged_union or shape.event_stream_name or locations or "payload" in shape.serialization:
            return _refuse
        members = [(name, *_split(self.of(member))) for name, member in shape.members.items()]

        def structure(value: Any) -> Any:
            if type(value) is not dict:
                raise NotDirect
            given = {}
            for name, plain, give in members:
                if name in value and (held := value[name]) is not None:
                    given[name] = held if type(held) is plain else give(held)
            return given

        return structure

    def _list(self, shape: Any) -> Convert:
        if not self._is_json and shape.serialization.get("flattened"):
            return _refuse
        plain, give = _split(self.of(shape.member))

        def items(value: Any) -> Any:
            if type(value) not in (list, tuple):
                raise NotDirect
            return [item if type(item) is plain else give(item) for item in value]

        return items

    def _map(self, shape: Any) -> Convert:
        if not self._is_json and shape.serialization.get("flattened"):
            return _refuse
        plain_key, give_key = _split(self.of(shape.key))
        plain, give = _split(self.of(shape.value))

        def mapping(value: Any) -> Any:
            if type(value) is not dict:
                raise NotDirect
            return {
                (name if type(name) is plain_key else give_key(name)): (
                    item if type(item) is plain else give(item)
                )
                for name, item in value.items()
            }

        return mapping

    def _string(self, shape: Any) -> Convert:
        return str if self._is_json else _text_in_xml

    def _integer(self, shape: Any) -> Convert:
        return int

    _long = _integer

    def _double(self, shape: Any) -> Convert:
        return _number if self._is_json and not self._is_motos else _refuse

    _float = _double

    def _boolean(self, shape: Any) -> Convert:
        return bool

    def _timestamp(self, shape: Any) -> Convert:
        if not self._is_json or "timestampFormat" in shape.serialization:
            return _refuse
        return _moment_by_moto if self._is_motos else _moment

    def _blob(self, shape: Any) -> Convert:
        return bytes if self._is_motos else _refuse


def _number(value: Any) -> Any:
    if type(value) not in (int, float) or not -_MOST <= value <= _MOST:
        raise NotDirect
    return value


_AS_IT_IS_IN_ADDRESSES = re.compile(r"[A-Za-z0-9_.:$-]+")


def _text_in_address(value: Any) -> Any:
    if type(value) is not str or not _AS_IT_IS_IN_ADDRESSES.fullmatch(value):
        raise NotDirect
    return value


_NOT_AS_IT_IS_IN_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _text_in_xml(value: Any) -> Any:
    if type(value) is not str or _NOT_AS_IT_IS_IN_XML.search(value):
        raise NotDirect
    return value


def _moment(value: Any) -> Any:
    if type(value) not in (int, float):
        raise NotDirect
    return _read_moment(value)


def _moment_by_moto(value: Any) -> Any:
    """In milliseconds, as moto writes a moment."""
    seconds = TimestampSerializer._timestamp_unixtimestamp(parse_to_aware_datetime(value))
    return _read_moment(seconds)


def _read_moment(seconds: float) -> Any:
    """As the SDK reads it: in local time, which needn't be asked for an offset where it is UTC."""
    if 0 <= seconds <= _LATE and time.timezone == 0 == time.altzone:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=_local_time(time.tzname))
    return DEFAULT_TIMESTAMP_PARSER(seconds)


@cache
def _local_time(names: tuple[str, str]) -> tzinfo | None:
    """What the SDK takes for local time that has these names."""
    found: datetime = DEFAULT_TIMESTAMP_PARSER(0)
    return found.tzinfo


def _check_encodes(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotDirect from None


def _names_of_rich(shape: Shape) -> frozenset[str]:
    """The names of members that JSON has no type for, which the wire looks for in a request."""
    found = members_within(shape)
    return frozenset(name for name, member in found if member.type_name in ("blob", "timestamp"))
