"""The route of a request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from .model import ApiKind, HttpRequest, Route, ServedApi

DEFAULT = "$default"
ANY = "ANY"

_Found = tuple[tuple[int, ...], Route, Mapping[str, str]]


def route_of(api: ServedApi, request: HttpRequest) -> tuple[Route, Mapping[str, str]] | None:
    """The route that takes a request, with the parameters in its path; None: there is none.

    The most specific path wins, and a route of the method before one of any. A REST API looks at the path
    first: its most specific resource is the one, whether it has the method or not.
    """
    found = sorted(_fitting(api, request.path), key=lambda each: each[0])
    if api.kind is ApiKind.REST:
        found = [each for each in found if each[0] == found[0][0]]
    suitable = [each for each in found if each[1].method in (request.method, ANY)]
    suitable.sort(key=lambda each: (each[0], each[1].method == ANY))
    return (suitable[0][1], suitable[0][2]) if suitable else None


def _fitting(api: ServedApi, path: str) -> Iterator[_Found]:
    """The routes whose paths fit, each with its rank: the lower, the more specific."""
    for route in api.routes:
        if route.path == DEFAULT:
            yield (9,), route, {}
            continue
        fit = _fit(_segments(route.path), _segments(path))
        if fit is not None:
            yield (*fit[0],), route, fit[1]


def _fit(pattern: list[str], given: list[str]) -> tuple[list[int], dict[str, str]] | None:
    rank: list[int] = []
    parameters: dict[str, str] = {}
    for place, part in enumerate(pattern):
        if part.endswith("+}"):
            rest = given[place:]
            if not any(rest):
                return None
            parameters[part[1:-2]] = unquote("/".join(rest))
            return [*rank, 2], parameters
        if place >= len(given):
            return None
        if part.startswith("{") and part.endswith("}"):
            if not given[place]:
                return None
            parameters[part[1:-1]] = unquote(given[place])
            rank.append(1)
        elif part == unquote(given[place]):
            rank.append(0)
        else:
            return None
    return (rank, parameters) if len(pattern) == len(given) else None


def _segments(path: str) -> list[str]:
    """The parts of a path; one slash at its end makes no difference."""
    return path.removesuffix("/").split("/")[1:]
