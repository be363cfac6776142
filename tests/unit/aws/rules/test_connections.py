"""What a connection adds to a request."""

from __future__ import annotations

import pytest

from harness.aws.rules.connections import added, authorization

BASIC = {"BasicAuthParameters": {"Username": "shop", "Password": "s3cret"}}
KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "s3cret"}}
OAUTH = {"OAuthParameters": {"AuthorizationEndpoint": "https://example.com"}}


@pytest.mark.parametrize(
    ("parameters", "headers"),
    [
        (BASIC, {"Authorization": "Basic c2hvcDpzM2NyZXQ="}),
        (KEY, {"x-key": "s3cret"}),
        (OAUTH, {"Authorization": "Bearer local"}),
    ],
    ids=["basic", "key", "oauth"],
)
def test_a_request_is_authorized_by_the_kind_of_connection(parameters, headers):
    assert authorization(parameters) == headers


def test_parameters_are_added_by_their_place():
    more = {"HeaderParameters": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}
    parameters = {**KEY, "InvocationHttpParameters": more}
    assert added(parameters, "HeaderParameters") == {"a": "1", "b": ""}
    assert added(parameters, "QueryStringParameters") == {}
