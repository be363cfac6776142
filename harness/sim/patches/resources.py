"""Parameters and results of boto3's resources, which it walks through for each call.

Where in a shape there is something to transform depends on nothing but the shape: it is found once.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableSequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import boto3.dynamodb.transform
from boto3.dynamodb.conditions import AttributeBase, ConditionBase
from boto3.dynamodb.transform import ParameterTransformer
from boto3.dynamodb.types import TypeSerializer
from botocore.model import Shape

from harness.sim.patches.patching import Attributes

Transform = Callable[[Any], Any]

_REMEMBERED = 4096

_real_serialize = TypeSerializer.serialize


def _transform(_: Any, params: Any, model: Shape, transformation: Transform, target_shape: str) -> None:
    """`ParameterTransformer.transform`."""
    if _leads_to(model, target_shape):
        _change(params, model, transformation, target_shape)


def _change(params: Any, model: Any, transformation: Transform, target: str) -> None:
    kind = model.type_name
    if kind == "structure":
        ways = _ways(model, target)
        if type(params) is dict or isinstance(params, Mapping):
            for name in params:
                if name in ways:
                    _change_one(params, name, ways[name], transformation, target)
    elif kind == "map":
        if type(params) is dict or isinstance(params, Mapping):
            for name in params:
                _change_one(params, name, model.value, transformation, target)
    elif isinstance(params, MutableSequence):
        for index in range(len(params)):
            _change_one(params, index, model.member, transformation, target)


def _change_one(params: Any, key: Any, model: Any, transformation: Transform, target: str) -> None:
    if model.name == target:
        params[key] = transformation(params[key])
    else:
        _change(params[key], model, transformation, target)


@lru_cache(_REMEMBERED)
def _ways(model: Any, target: str) -> dict[str, Shape]:
    """The members of a structure that are of this shape, or hold one."""
    return {
        name: member
        for name, member in model.members.items()
        if member.name == target or _leads_to(member, target)
    }


@lru_cache(_REMEMBERED)
def _leads_to(model: Any, target: str, above: frozenset[str] = frozenset()) -> bool:
    """Does it hold, somewhere, a shape of this name?"""
    if model.name in above:
        return False
    members: list[Any] = []
    if model.type_name == "structure":
        members = list(model.members.values())
    elif model.type_name in ("list", "map"):
        members = [model.member if model.type_name == "list" else model.value]
    above |= {model.name}
    return any(member.name == target or _leads_to(member, target, above) for member in members)


def _serialize(serializer: Any, value: Any) -> Any:
    """`TypeSerializer.serialize`: most values are texts."""
    return {"S": value} if type(value) is str else _real_serialize(serializer, value)


def _copy_params(params: Any, **_: Any) -> Any:
    """The parameters of a resource's call, each object in them copied as often as it is there."""
    return _copied(params)


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return {name: _copied(item) for name, item in value.items()}
    if kind is list:
        return [_copied(item) for item in value]
    if kind is str or kind is int or kind is bool or kind is Decimal or value is None:
        return value
    if isinstance(value, ConditionBase | AttributeBase):  # nothing changes these
        return value
    return copy.deepcopy(value, memo=boto3.dynamodb.transform._ForgetfulDict())


_copy_params.__module__ = "boto3.dynamodb.transform"


def replace(attributes: Attributes) -> None:
    """Register what boto3's resources do to parameters and results."""
    attributes.add(boto3.dynamodb.transform, "copy_dynamodb_params", _copy_params)
    attributes.add(ParameterTransformer, "transform", _transform)
    attributes.add(TypeSerializer, "serialize", _serialize)
