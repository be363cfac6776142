"""Handles of APIs and URLs."""

import pytest

from harness import Simulator, TemplateError, Unsupported, faults
from harness.app.deployment import deploy
from harness.app.handles.api import HttpAnswer, HttpApi
from harness.app.intrinsics import Created
from tests.conformance.http_helpers import deploy as with_function
from tests.conformance.http_helpers import http
from tests.unit.app.clouds import NotingCloud, template_of


@pytest.fixture
def api(tmp_path):
    with Simulator() as cloud:
        yield http(cloud, tmp_path)


def test_an_answer_has_its_headers_by_name_in_small_letters():
    answer = HttpAnswer(200, (("A", "1"), ("a", "2"), ("Content-Type", "text/plain")), b"hello")
    assert answer.headers == {"a": "1,2", "content-type": "text/plain"}
    assert answer.text == "hello"


def test_a_query_may_stand_in_the_path_and_beside_it(api):
    event = api.get("/work?a=1", params={"b": [2, True]}).json()
    assert event["rawQueryString"] == "a=1&b=2&b=true"


def test_json_has_its_content_type_unless_one_is_given(api):
    assert api.post("/work", json=[1]).json()["headers"]["content-type"] == "application/json"
    given = {"content-type": "application/vnd.shop+json"}
    assert (
        api.post("/work", json=[1], headers=given).json()["headers"]["content-type"] == given["content-type"]
    )


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_each_method_has_a_function(api, method):
    event = getattr(api, method)("/work").json()
    assert event["requestContext"]["http"]["method"] == method.upper()


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda api: api.get("work"), "a path begins with a slash: 'work'"),
        (lambda api: api.post("/work", json=1, body="1"), "pass json or body, not both"),
        (lambda api: api.request("FETCH", "/work"), "'FETCH' is no HTTP method"),
    ],
)
def test_mistakes_are_told(api, ask, told):
    with pytest.raises(ValueError, match=told):
        ask(api)


def test_a_function_without_a_url_says_so(tmp_path):
    with Simulator() as cloud:
        app = with_function(cloud, tmp_path)
        with pytest.raises(LookupError, match="F: the template gives this function no URL"):
            _ = app.function("F").url


def test_other_clouds_have_no_apis(tmp_path):
    cloud = NotingCloud()
    with pytest.raises(Unsupported, match="requests to APIs: the cloud 'noting' doesn't offer it"):
        HttpApi(cloud, "Api", Created("a", {"Arn": "arn:aws:execute-api:us-east-1:1:a"})).get("/")
    path = tmp_path / "template.json"
    path.write_text(template_of({"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "a"}}}))
    with pytest.raises(Unsupported, match="APIs and function URLs: the cloud 'noting' doesn't offer it"):
        deploy(cloud, path)


def test_a_connection_that_stays_broken_is_an_error(api):
    api._cloud.inject(faults.request_lost("execute-api:Invoke", outlasting_retries=True))
    with pytest.raises(ConnectionError, match=r"GET /work: the connection broke, 3 times"):
        api.get("/work")


@pytest.mark.parametrize(
    ("stop", "tries"), [(faults.pause, 1), (faults.restart, 2)], ids=["pause", "restart"]
)
def test_the_cloud_can_stop_at_a_request(api, stop, tries):
    cloud = api._cloud
    before = cloud.elapsed
    cloud.inject(stop(on="execute-api:*", for_seconds=10))
    assert api.get("/work").status_code == 200
    assert cloud.elapsed - before >= 10
    calls = [event for event in cloud.history().of("call") if event.data["service"] == "execute-api"]
    assert len(calls) == tries


@pytest.mark.parametrize(
    ("url", "how", "told"),
    [
        ("/work", {}, "http: '/work' is no URL; pass a URL, or a path together with api=…"),
        (
            "https://a.execute-api.us-east-1.amazonaws.com/prod",
            {"stage": "prod"},
            "the URL already contains the stage",
        ),
    ],
)
def test_mistakes_in_urls_are_told(tmp_path, url, how, told):
    with Simulator() as cloud:
        app = with_function(cloud, tmp_path)
        with pytest.raises(ValueError, match=told):
            app.http("GET", url, **how)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("AWS::ApiGateway::Authorizer", "RestApiId"), ("AWS::ApiGatewayV2::Authorizer", "ApiId")],
    ids=["rest", "http"],
)
def test_a_part_of_an_api_that_is_not_there_is_told(tmp_path, kind, name):
    path = tmp_path / "template.json"
    path.write_text(template_of({"Guard": {"Type": kind, "Properties": {name: "gone", "Name": "guard"}}}))
    with Simulator() as cloud, pytest.raises(TemplateError, match=f"Guard: {name}: there is no API gone"):
        cloud.deploy(path)
