"""The ground floor: what AWS calls things, what its calls do, and its pure rules. Standard library only.

>>> from harness import aws
>>> aws.service("sqs").operation("SendMessage").does
<Does.SENDS: 'sends'>
>>> aws.role_of("arn:aws:sns:us-east-1:123456789012:Orders")
<Role.FANS_OUT: 'fans-out'>

A new service is one new module in this package: its constant `SERVICE` is found by scanning. Facts that stand
elsewhere are added with `add`. The guest inside LocalStack imports a copy of the folder, so every import in
here is relative or of the standard library.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from . import arns
from .facts import NAMED_BY, Batch, Errors, Operation, Role, Service, Words
from .parcels import Parcel, Text, for_outside
from .takers import TAKERS
from .verbs import Does

_OUTSIDE = ("http:", "https:", "mailto:", "sms:")


@cache
def services() -> Mapping[str, Service]:
    """Every service that a module of this package states facts of, by boto3's name for it."""
    found: dict[str, Service] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        stated = getattr(importlib.import_module(f".{module.name}", __name__), "SERVICE", None)
        if isinstance(stated, Service):
            found[stated.name] = stated
    return MappingProxyType(found | _added)


_added: dict[str, Service] = {}


def add(stated: Service) -> None:
    """From now on these are the facts of a service. Raises `ValueError` if there are others of that name."""
    if services().get(stated.name, stated) is not stated:
        raise ValueError(f"there are facts of {stated.name!r} already")
    _added[stated.name] = stated
    for remembered in (services, service, service_of, role_of, delivers, arn_of, _names_in_arns):
        remembered.cache_clear()


@cache
def service(name: str) -> Service:
    """A service by boto3's name for it; one that nothing is stated of is like most."""
    found = services().get(name)
    return found if found is not None else Service(name=name, roles=TAKERS.get(name, {}))


@lru_cache(4096)
def service_of(arn: str) -> Service | None:
    """The service in which an ARN stands; None if it is no ARN."""
    parsed = arns.parse(arn)
    return None if parsed is None else service(_names_in_arns().get(parsed.service, parsed.service))


@lru_cache(4096)
def role_of(arn: str) -> Role | None:
    """The role of a place, by its ARN or, outside the cloud, its address.

    None: it is no place for messages, like a table or a role.
    """
    if arn.startswith(_OUTSIDE):
        return Role.LEAVES
    found = service_of(arn)
    return found.role(arn) if found is not None else None


def parcel(target: str, text: Text) -> Parcel | None:
    """A text as the target takes it, which is known by its ARN or address. None: it takes none."""
    if target.startswith(_OUTSIDE):
        return for_outside(target, text)
    found = service_of(target)
    return found.parcel(text) if found is not None and found.parcel is not None else None


@lru_cache(4096)
def delivers(service_name: str, arn: str) -> tuple[bool, bool]:
    """Of a place, by its ARN: does only its service deliver there, and do deliveries from it keep order?"""
    found = service(service_name)
    return found.is_inner(arn), found.keeps_order(arn)


@lru_cache(4096)
def arn_of(service_name: str, text: str, *, region: str, account: str) -> str:
    """The one ARN of a resource that was named by name, URL or ARN.

    Functions are without version or alias, subscriptions are their topics.
    """
    return service(service_name).arn(text, region=region, account=account)


def unqualified(arn: str) -> str:
    """An ARN without version, alias or subscription; any other text as it is."""
    found = service_of(arn)
    return arn if found is None else found.without_qualifier(arn)


@cache
def _names_in_arns() -> Mapping[str, str]:
    """From the name in ARNs to boto3's; of two services that share one, the one that is called so."""
    found: dict[str, str] = {}
    for each in services().values():
        found.setdefault(each.arn_name, each.name)
        if each.arn_name == each.name:
            found[each.arn_name] = each.name
    return found


__all__ = [
    "NAMED_BY",
    "Batch",
    "Does",
    "Errors",
    "Operation",
    "Parcel",
    "Role",
    "Service",
    "Text",
    "Words",
    "add",
    "arn_of",
    "delivers",
    "parcel",
    "role_of",
    "service",
    "service_of",
    "services",
    "unqualified",
]
