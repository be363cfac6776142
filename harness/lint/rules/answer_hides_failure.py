"""A method of an API that says yes whatever its service answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Resource, Wiring

_READING = ("GET", "HEAD", "OPTIONS")
_EXTENSION = "x-amazon-apigateway-"
_INTEGRATION = _EXTENSION + "integration"


@dataclass(frozen=True)
class _Method:
    """A method of a REST API. `answers`: statuses of its integration responses by their patterns."""

    resource: Resource
    name: str
    within: tuple[str, ...]
    type: Any
    answers: Mapping[str, Any]

    @property
    def reads(self) -> bool:
        return self.name.split()[0].upper() in _READING


def answer_hides_failure(app: Wiring) -> Iterator[Problem]:
    """A REST API's method asks a service of AWS or a function, and its only response is one of success.

    An integration response without a SelectionPattern is for every answer, so a client is told that all is
    well while the service throttles or refuses, or the function fails; nobody asks again, and the request is
    lost. Add a response with a pattern: of a service like [45]\\d{2}, of a function like .*Error.*
    """
    for method in (*_methods(app), *_documented(app)):
        statuses = [str(status) for status in method.answers.values()]
        hides = set(method.answers) == {""} and all(status[:1] in ("2", "3") for status in statuses)
        if str(method.type).upper() == "AWS" and hides and not method.reads:
            yield Problem(
                method.resource,
                f"{method.name}: whatever its service answers, the client is told {statuses[0]}",
                "add an integration response with a SelectionPattern for failures",
                method.within,
            )


def _methods(app: Wiring) -> Iterator[_Method]:
    """The methods that are resources of their own."""
    for resource in app.of("AWS::ApiGateway::Method"):
        listed = resource.at("Integration", "IntegrationResponses")
        if isinstance(listed, list) and all(isinstance(each, Mapping) for each in listed):
            answers = {str(each.get("SelectionPattern", "")): each.get("StatusCode") for each in listed}
            name = str(resource.at("HttpMethod"))
            kind = resource.at("Integration", "Type")
            yield _Method(resource, name, ("Integration",), kind, answers)


def _documented(app: Wiring) -> Iterator[_Method]:
    """The methods of OpenAPI documents."""
    for resource in app.of("AWS::ApiGateway::RestApi"):
        for path, item in _parts(resource.at("Body", "paths")):
            for name, operation in _parts(item):
                given = dict(_parts(operation)).get(_INTEGRATION)
                answers = {
                    "" if pattern == "default" else str(pattern): dict(_parts(answer)).get("statusCode")
                    for pattern, answer in _parts(dict(_parts(given)).get("responses"))
                }
                method = "ANY" if name.startswith(_EXTENSION) else name.upper()
                kind = dict(_parts(given)).get("type")
                yield _Method(resource, f"{method} {path}", ("Body",), kind, answers)


def _parts(value: Any) -> list[tuple[str, Any]]:
    """The members of a mapping; none of what is none or isn't known."""
    return [(str(name), part) for name, part in value.items()] if isinstance(value, Mapping) else []


RULE = Rule(
    "answer-hides-failure",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
    "api-gateway-integration-settings-integration-response.html",
    answer_hides_failure,
)
