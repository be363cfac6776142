"""The route that takes a request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws.rules.http.integrations import Proxy
from harness.aws.rules.http.model import ApiKind, HttpRequest, Route, ServedApi
from harness.aws.rules.http.routes import route_of

PATHS = ("/", "/a", "/a/{id}", "/a/{id}/b", "/a/new", "/a/{rest+}", "/{proxy+}")
ANSWER = Proxy("arn:aws:lambda:us-east-1:123456789012:function:F", "2.0", 30.0)


def found(path, kind=ApiKind.HTTP, *, method="GET", routes=tuple(("ANY", path) for path in PATHS)):
    api = ServedApi(kind, "arn", "id", routes=tuple(Route(m, p, ANSWER) for m, p in routes))
    taken = route_of(api, HttpRequest(method, path))
    return None if taken is None else (f"{taken[0].method} {taken[0].path}", dict(taken[1]))


@pytest.mark.parametrize(
    ("path", "route", "parameters"),
    [
        ("/", "/", {}),
        ("/a/", "/a", {}),
        ("/a/new", "/a/new", {}),
        ("/a/7", "/a/{id}", {"id": "7"}),
        ("/a/7/b", "/a/{id}/b", {"id": "7"}),
        ("/a/7/c", "/a/{rest+}", {"rest": "7/c"}),
        ("/b/%2F", "/{proxy+}", {"proxy": "b//"}),
    ],
)
@pytest.mark.parametrize("kind", [ApiKind.REST, ApiKind.HTTP])
def test_the_most_specific_route_takes_it(kind, path, route, parameters):
    assert found(path, kind) == (f"ANY {route}", parameters)


def test_a_rest_api_looks_at_the_path_first_and_an_http_api_at_the_method():
    routes = (("POST", "/a/{id}"), ("GET", "/{proxy+}"))
    assert found("/a/7", ApiKind.REST, routes=routes) is None
    assert found("/a/7", ApiKind.HTTP, routes=routes) == ("GET /{proxy+}", {"proxy": "a/7"})


def test_the_default_route_is_the_last():
    assert found("/a", routes=(("ANY", "$default"), ("ANY", "/{proxy+}"))) == (
        "ANY /{proxy+}",
        {"proxy": "a"},
    )
    assert found("/", routes=(("ANY", "$default"), ("ANY", "/{proxy+}"))) == ("ANY $default", {})


@given(st.lists(st.sampled_from(["a", "b", "new", "7"]), max_size=4), st.permutations(PATHS))
def test_the_order_of_routes_makes_no_difference(parts, paths):
    path = "/" + "/".join(parts)
    assert found(path, routes=tuple(("ANY", each) for each in paths)) == found(path)
