"""Requests to the far side and answers to clients, changed as the parameters of an integration say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from botocore.model import Shape

from harness import wire
from harness.aws.rules.http.integrations import DEFAULT_TYPE, FirstClass, Mapped, MappedAnswer
from harness.aws.rules.http.model import HttpResponse
from harness.sim.services.execute_api.values import Exchange
from harness.sim.services.execute_api.velocity import render

_REQUEST, _HEADER = "integration.request.", "method.response.header."
_OWN_HEADER = "gatewayresponse.header."


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Headers, query and path parameters of the request to the far side."""

    headers: dict[str, str]
    query: dict[str, str]
    path: dict[str, str]

    @classmethod
    def by(cls, exchange: Exchange, parameters: Mapping[str, str]) -> Outgoing:
        """Those that mapping expressions give."""
        found: dict[str, dict[str, str]] = {"header": {}, "querystring": {}, "path": {}}
        for key, expression in parameters.items():
            place, _, name = key.removeprefix(_REQUEST).partition(".")
            place = place.removeprefix("multivalue")
            value = exchange.rest_value(expression)
            if place in found and value is not None:
                found[place][name] = value
        return cls(found["header"], found["querystring"], found["path"])

    @classmethod
    def of(cls, exchange: Exchange, made: Mapped) -> Outgoing:
        """Those of a custom integration; what its template overrides comes last."""
        sent = cls.by(exchange, made.parameters)
        media = exchange.arrival.request.header("content-type") or DEFAULT_TYPE
        if not any(name.lower() == "content-type" for name in sent.headers):
            sent.headers["Content-Type"] = media
        for place, mine in (("header", sent.headers), ("querystring", sent.query), ("path", sent.path)):
            mine.update(
                {str(name): str(value) for name, value in exchange.context["requestOverride"][place].items()}
            )
        return sent


def by_parameters(exchange: Exchange, by: MappedAnswer, answer: HttpResponse) -> dict[str, str]:
    """The headers that an integration response gives an answer."""
    found = {}
    for key, expression in by.parameters.items():
        value = exchange.rest_value(expression, answer)
        if key.startswith(_HEADER) and value is not None:
            found[key.removeprefix(_HEADER)] = value
    return found


def status_of(given: Any, usual: int) -> int:
    """A status that a template or a parameter gives; the usual one if it gives none."""
    try:
        return int(given)
    except (TypeError, ValueError):
        return usual


def template_for(exchange: Exchange, by: MappedAnswer) -> tuple[str, str] | None:
    """The template for what the client accepts, else the one for JSON, else the first."""
    accepted = exchange.arrival.request.header("accept")
    for media in (accepted, DEFAULT_TYPE, *by.templates):
        if media in by.templates:
            return media, by.templates[media]
    return None


def own_answer(exchange: Exchange, answer: HttpResponse) -> HttpResponse:
    """What an API answers by itself, by the gateway response that its owner has for it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
    """
    known = exchange.arrival.api.own_answers
    by = known.get(answer.own) or known.get("DEFAULT_4XX" if answer.status < 500 else "DEFAULT_5XX")
    if by is None:
        return answer
    told = json.loads(answer.body)
    message = told.get("message", told.get("Message"))
    exchange.context["error"] = {
        "message": message,
        "messageString": json.dumps(message),
        "responseType": answer.own,
    }
    headers = dict(answer.headers)
    for key, expression in by.parameters.items():
        value = exchange.rest_value(expression)
        if key.startswith(_OWN_HEADER) and value is not None:
            headers[key.removeprefix(_OWN_HEADER)] = value
    template, body = by.templates.get(DEFAULT_TYPE), answer.body
    if template is not None:
        body = render(template, exchange.scene(exchange.body)).encode()
    return HttpResponse(by.status or answer.status, tuple(headers.items()), body)


def changed(exchange: Exchange, changes: Mapping[str, str]) -> Exchange:
    """The exchange with the request as an HTTP API's parameters change it."""
    request = exchange.arrival.request
    for key, expression in changes.items():
        how, _, name = key.partition(":")
        kind, _, name = name.partition(".")
        value = exchange.http_value(expression) if how != "remove" else ""
        if kind == "path" and how == "overwrite":
            request = replace(request, path=quote(value, safe="/%"))
        elif kind in ("header", "querystring") and how in ("append", "overwrite", "remove"):
            there = request.headers if kind == "header" else request.query
            kept = [pair for pair in there if how == "append" or pair[0].lower() != name.lower()]
            made = tuple(kept + ([(name, value)] if how != "remove" else []))
            request = replace(request, headers=made) if kind == "header" else replace(request, query=made)
    return replace(exchange, arrival=replace(exchange.arrival, request=request))


def changed_back(exchange: Exchange, changes: Mapping[str, str], answer: HttpResponse) -> HttpResponse:
    """The answer as an HTTP API's parameters for its status change it."""
    pairs, status = list(answer.headers), answer.status
    for key, expression in changes.items():
        how, _, name = key.partition(":")
        value = exchange.http_value(expression, answer)
        if name == "statuscode":
            status = status_of(value, status)
            continue
        header = name.partition(".")[2]
        if how in ("overwrite", "remove"):
            pairs = [pair for pair in pairs if pair[0].lower() != header.lower()]
        if how in ("overwrite", "append"):
            pairs.append((header, value))
    return HttpResponse(status, tuple(pairs), answer.body)


def shaped(made: FirstClass, given: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of a first-class integration in the shapes of the operation. Raises `ValueError`.

    Those of PutEvents are the members of its one entry.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
    """
    shape = wire.service_model(made.service).operation_model(made.operation).input_shape
    entries = shape.members.get("Entries")
    if entries is not None:
        return {"Entries": [_shaped(entries.member, given)]}
    return _shaped(shape, given)


def _shaped(shape: Any, given: Mapping[str, str]) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members}
    return {
        members.get(name.lower(), name): _value(shape.members.get(members.get(name.lower(), "")), value)
        for name, value in given.items()
        if value
    }


def _value(shape: Shape | None, value: str) -> Any:
    kind = "" if shape is None else shape.type_name
    if kind in ("list", "map", "structure", "integer", "long", "boolean"):
        return json.loads(value)
    return value.encode() if kind == "blob" else value
