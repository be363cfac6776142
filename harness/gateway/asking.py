"""Asks an emulator about its resources, past the gateway, by the operations that `harness.aws` names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from harness import aws
from harness.aws.arns import name_of
from harness.aws.facts import Depths, Listing, Undo, at

Client = Any
Clients = Callable[[str], Client]
"""A client of a service."""

Known = Mapping[str, Any]
"""The form of "{Name}" in the parameters of an operation."""


def undo(client: Client, how: Undo, known: Known) -> None:
    """Delete something, as far as it still is there."""
    if how.after is not None:
        undo(client, how.after, known)
    with suppress(ClientError, BotoCoreError):  # gone already, or never wholly there
        for found in _listed(client, how.found_by, known) if how.found_by is not None else (known,):
            with suppress(ClientError, BotoCoreError):
                _perform(client, how.operation, how.params, found)


def depths(client: Clients) -> Iterator[tuple[str, int, int]]:
    """Each place that holds messages, by its ARN, with how many are visible and how many are hidden."""
    for service in aws.services().values():
        if service.depths is not None:
            for place in _listed(client(service.name), service.depths.places, {}):
                with suppress(ClientError):  # deleted in between
                    yield from _depth(client(service.name), service.depths, place)


def pulled_from(client: Clients) -> Iterator[str]:
    """The ARNs of the places that a service of the cloud pulls from by itself."""
    for service in aws.services().values():
        pulls = service.pulls
        if pulls is not None:
            with suppress(ClientError):  # an emulator without this service
                for found in _listed(client(service.name), pulls.pulled, {}):
                    member, off = pulls.off
                    if found.get(member) != off:
                        yield str(found[pulls.source])


def arn_of_a_new_one(client: Clients, name: str) -> str:
    """Make a place that holds messages, and delete it at once: its ARN, "" if there is no such service."""
    for service in aws.services().values():
        for operation, stated in service.operations.items():
            if service.depths is None or stated.undone_by is None:
                continue
            asked = client(service.name)
            params = {str(stated.about[0]): name}
            _perform(asked, operation, params, {})
            places = _listed(asked, service.depths.places, {})
            found = [place for place in places if name_of(str(place.get("item"))) == name]
            arns = [arn for place in found for arn, _, _ in _depth(asked, service.depths, place)]
            undo(asked, stated.undone_by, params)
            return arns[0] if arns else ""
    return ""


def _depth(client: Client, how: Depths, place: Known) -> Iterator[tuple[str, int, int]]:
    for found in _listed(client, how.each, place):
        hidden = sum(int(found.get(name, 0)) for name in how.hidden)
        yield str(found[how.arn]), int(found.get(how.visible, 0)), hidden


def _perform(client: Client, operation: str, params: Mapping[str, Any], known: Known) -> Any:
    return getattr(client, xform_name(operation))(**_filled(params, known))


def _listed(client: Client, listing: Listing, known: Known) -> Iterator[Known]:
    """The items of a listing on all its pages, each with the values known before."""
    method = xform_name(listing.operation)
    if client.can_paginate(method):
        pages = client.get_paginator(method).paginate(**_filled(listing.params, known))
    else:
        pages = [_perform(client, listing.operation, listing.params, known)]
    for page in pages:
        for item in at(listing.items, page) if listing.items else (page,):
            yield {**known, **item} if isinstance(item, Mapping) else {**known, "item": item}


def _filled(params: Mapping[str, Any], known: Known) -> dict[str, Any]:
    return {name: _value(value, known) for name, value in params.items()}


def _value(value: Any, known: Known) -> Any:
    if isinstance(value, str):
        return value.format_map(known)
    return list(value) if isinstance(value, tuple) else value
