"""Values of a request and of an answer, as the mapping expressions of APIs name them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.aws.rules.http.model import HttpResponse
from harness.aws.rules.http.payloads import Arrival, body_of, context_of
from harness.sim.services.execute_api.velocity import Scene, TemplateFailed, value_at

_INSIDE = re.compile(r"\$\{([^}]+)\}|\$([A-Za-z][\w.\[\]'*-]*)")


@dataclass(slots=True)
class Exchange:
    """A request that is being answered. `context` is what templates and expressions know as $context."""

    arrival: Arrival
    context: dict[str, Any] = field(default_factory=dict)
    body: str = ""

    @classmethod
    def of(cls, arrival: Arrival) -> Exchange:
        """The exchange that a request begins."""
        body, _ = body_of(arrival.api, arrival.request)
        context = context_of(arrival)
        context["responseOverride"] = {"header": {}}
        context["requestOverride"] = {"header": {}, "querystring": {}, "path": {}}
        return cls(arrival, context, body or "")

    @property
    def params(self) -> dict[str, Mapping[str, str]]:
        """The parameters by their place."""
        arrival = self.arrival
        return {
            "path": dict(arrival.parameters),
            "querystring": dict(arrival.request.query),
            "header": dict(arrival.headers),
        }

    def scene(self, body: str) -> Scene:
        """The scene of a mapping template, for the request's body or an answer's."""
        return Scene(body, self.params, self.context, self.arrival.stage.variables)

    def rest_value(self, expression: str, answer: HttpResponse | None = None) -> str | None:
        """The value that an expression of a REST API names; None if there is none."""
        if expression[:1] == expression[-1:] == "'" and len(expression) > 1:
            return expression[1:-1]
        start, _, rest = expression.partition(".")
        if start in ("method", "integration"):
            _, _, rest = rest.partition(".")
            return self._of_message(rest, answer if start == "integration" else None)
        if start == "context":
            return _shown(_within(self.context, rest))
        return self.arrival.stage.variables.get(rest) if start == "stageVariables" else None

    def http_value(self, expression: str, answer: HttpResponse | None = None) -> str:
        """A value as an HTTP API's parameters write it: a text with `$request.…`, `$context.…` and so on."""

        def known(found: re.Match[str]) -> str:
            name = (found[1] or found[2]).removeprefix("$")
            start, _, rest = name.partition(".")
            if start == "request" or (start == "response" and answer is not None):
                given = self.arrival.request.path if rest == "path" else None
                return given or self._of_message(rest, answer if start == "response" else None) or ""
            if start == "context":
                return _shown(_within(self.context, rest)) or ""
            if start == "stageVariables":
                return self.arrival.stage.variables.get(rest, "")
            return found[0]

        return _INSIDE.sub(known, expression)

    def _of_message(self, place: str, answer: HttpResponse | None) -> str | None:
        """A value of the request, or of an answer if there is one."""
        kind, _, name = place.partition(".")
        if kind == "body":
            body = self.body if answer is None else answer.body.decode(errors="replace")
            return _shown(value_at(name, body)) if name else body
        kind = kind.removeprefix("multivalue")
        if answer is not None:
            values = [value for key, value in answer.headers if key.lower() == name.lower()]
            return ",".join(values) if kind == "header" and values else None
        if kind == "header":
            found = [value for key, value in self.arrival.headers if key.lower() == name.lower()]
            return found[-1] if found else None
        return self.params.get(kind, {}).get(name)


def _within(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


__all__ = ["Exchange", "TemplateFailed"]
