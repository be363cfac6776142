"""The URLs of functions, for whoever has an HTTP client."""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness.sim.patches.network import NetworkRefused
from tests.conformance.http_helpers import ECHO, returning
from tests.conformance.lambda_helpers import create_function, invoke

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's URLs have addresses of their own")


def url_of(cloud, source, name="work", auth="NONE", **settings):
    create_function(cloud, source, name=name, **settings)
    made = cloud.client("lambda").create_function_url_config(FunctionName=name, AuthType=auth)
    return made["FunctionUrl"]


@pytest.mark.parametrize(
    ("given", "body"),
    [
        pytest.param({"hello": "world"}, b'{"hello":"world"}', id="object"),
        pytest.param(["hello", 3, True], b'["hello",3,true]', id="list"),
        pytest.param("hello", b"hello", id="text"),
        pytest.param(3.1, b"3.1", id="number"),
        pytest.param({"statusCode": 200, "body": "done"}, b"done", id="answer"),
    ],
)
def test_what_a_function_returns_is_the_body_of_the_answer(cloud, given, body):
    """Recorded on AWS, November 2025. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"""
    with urlopen(url_of(cloud, returning(given))) as answer:
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert answer.headers["content-length"] == str(len(body))
        assert answer.read() == body


def test_a_request_reaches_the_function_as_an_event(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"""
    url = url_of(cloud, ECHO)
    with urlopen(Request(f"{url}orders/1?debug=yes", data=b"hi", method="PUT")) as answer:
        event = json.load(answer)
    assert (event["rawPath"], event["rawQueryString"]) == ("/orders/1", "debug=yes")
    assert event["requestContext"]["http"]["method"] == "PUT"
    assert url == f"https://{event['requestContext']['domainName']}/"


def test_a_function_asks_another_one_at_its_url(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"""
    url = url_of(cloud, returning("done"))
    asks = (
        "from urllib.request import urlopen\n"
        f"def handler(event, context): return urlopen({url!r}).read().decode()"
    )
    create_function(cloud, asks, name="asking")
    assert invoke(cloud, {}, name="asking")[0] == "done"


def test_a_function_that_fails_answers_502(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"""
    url = url_of(cloud, "def handler(event, context): raise ValueError('no')")
    with pytest.raises(HTTPError) as refused:
        urlopen(url)
    assert refused.value.code == 502


def test_a_client_that_waits_less_than_the_function_takes_gives_up(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"""
    url = url_of(cloud, "def handler(event, context): __import__('time').sleep(5)", Timeout=10)
    with pytest.raises(TimeoutError):
        urlopen(url, timeout=1)


def test_a_topic_sends_to_a_url_once_its_function_has_confirmed(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html"""
    url = url_of(
        cloud,
        "import boto3, json\n"
        "def handler(event, context):\n"
        "    told = json.loads(event['body'])\n"
        "    if told['Type'] == 'SubscriptionConfirmation':\n"
        "        boto3.client('sns').confirm_subscription(TopicArn=told['TopicArn'], Token=told['Token'])\n"
        "    print('got', told['Message'])\n",
    )
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=url)
    cloud.settle()
    sns.publish(TopicArn=topic, Message="hello")
    cloud.settle()
    lines = cloud.client("logs").filter_log_events(logGroupName="/aws/lambda/work")["events"]
    assert [line["message"].strip() for line in lines if "got hello" in line["message"]] == ["got hello"]


def test_a_url_that_asks_for_iam_takes_signed_requests_only(cloud):
    """https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"""
    url = url_of(cloud, returning("done"), auth="AWS_IAM")
    with pytest.raises(HTTPError) as refused:
        urlopen(url)
    assert (refused.value.code, list(json.load(refused.value))) == (403, ["Message"])
    signed = AWSRequest("GET", url)
    SigV4Auth(Credentials("test", "test"), "lambda", cloud.region).add_auth(signed)
    with urlopen(Request(url, headers=dict(signed.headers))) as answer:
        assert answer.read() == b"done"


def test_a_url_that_is_deleted_is_no_address_any_more(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionUrlConfig.html"""
    url = url_of(cloud, ECHO)
    cloud.client("lambda").delete_function_url_config(FunctionName="work")
    with pytest.raises(NetworkRefused):
        urlopen(url)
