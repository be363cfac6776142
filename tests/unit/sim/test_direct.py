"""Calls stay on the wire where somebody could see the difference, and look the same everywhere else."""

import logging
from unittest.mock import patch

import boto3
import botocore.client
import botocore.httpsession
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from botocore.stub import Stubber

import harness
from harness.sim.calls import Calls


@pytest.fixture
def requests():
    """The operations whose calls have reached the simulator as a request."""
    sent, answer = [], Calls.answer

    def noting(calls, stamp, *rest):
        sent.append(stamp.operation)
        return answer(calls, stamp, *rest)

    with patch.object(Calls, "answer", noting):
        yield sent


@pytest.fixture
def cloud():
    with harness.Simulator(seed=1) as simulator:
        yield simulator


def new_client(**settings):
    return boto3.client("sqs", region_name="us-east-1", **settings)


def made(client):
    return client.create_queue(QueueName="work")["QueueUrl"]


def test_a_call_that_nobody_watches_is_no_request(cloud, requests):
    client = new_client()
    url = made(client)
    assert client.send_message(QueueUrl=url, MessageBody="x")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert requests == []


@pytest.mark.parametrize(
    "event",
    ["provide-client-params", "before-call.sqs", "before-send.sqs.CreateQueue", "after-call", "needs-retry"],
)
def test_a_handler_of_the_users_sees_its_event(cloud, requests, event):
    client, seen = new_client(), []
    made(client)
    client.meta.events.register(event, lambda event_name, **_: seen.append(event_name))
    made(client)
    assert seen
    assert requests == ["CreateQueue"]


def test_powertools_which_adds_to_the_user_agent_keeps_no_call_from_the_direct_path(cloud, requests):
    pytest.importorskip("aws_lambda_powertools", reason="a test of that package")
    made(boto3.session.Session().client("sqs", region_name="us-east-1"))
    assert requests == []


def test_a_handler_that_is_gone_again_keeps_no_call_from_the_direct_path(cloud, requests):
    client = new_client()

    def watch(**_):
        """Watches."""

    client.meta.events.register("before-call", watch)
    client.meta.events.unregister("before-call", watch)
    made(client)
    assert requests == []


def test_a_wrapper_around_the_sdks_methods_sees_the_request(cloud, requests):
    prepare, seen = botocore.endpoint.Endpoint.prepare_request, []

    def noting(endpoint, request):
        seen.append(request.url)
        return prepare(endpoint, request)

    with patch.object(botocore.endpoint.Endpoint, "prepare_request", noting):
        made(new_client())
    assert seen == ["https://sqs.us-east-1.amazonaws.com/"]
    assert requests == ["CreateQueue"]


def test_a_wrapper_around_the_http_session_sees_the_request(cloud, requests):
    client, send = new_client(), botocore.httpsession.URLLib3Session.send
    with patch.object(botocore.httpsession.URLLib3Session, "send", lambda *given: send(*given)):
        made(client)
    assert requests == ["CreateQueue"]
    client._endpoint.http_session.send = lambda request: send(client._endpoint.http_session, request)
    made(client)
    assert requests == ["CreateQueue"] * 2


def test_a_wrapper_from_before_the_run_sees_every_call_and_a_run_leaves_it_there():
    usual, seen = botocore.client.BaseClient._make_api_call, []

    def noting(client, operation, params):
        seen.append(operation)
        return usual(client, operation, params)

    with patch.object(botocore.client.BaseClient, "_make_api_call", noting):
        with harness.Simulator():
            made(new_client())
        assert botocore.client.BaseClient._make_api_call is noting
    assert seen == ["CreateQueue"]


def test_a_wrapper_that_outlasts_the_run_reaches_the_sdk_afterwards():
    with harness.Simulator():
        inside = botocore.client.BaseClient._make_api_call
    client = new_client(aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        stub.add_response("list_queues", {"QueueUrls": ["u"]})
        assert inside(client, "ListQueues", {})["QueueUrls"] == ["u"]


def test_the_sdks_debug_log_tells_of_requests(cloud, requests, caplog):
    with caplog.at_level(logging.DEBUG, logger="botocore"):
        made(new_client())
    assert any("Sending http request" in record.message for record in caplog.records)
    assert requests == ["CreateQueue"]


def test_a_stub_answers_instead_of_the_cloud(cloud, requests):
    client = new_client()
    with Stubber(client) as stub:
        stub.add_client_error("send_message", "OverLimit")
        with pytest.raises(ClientError, match="OverLimit"):
            client.send_message(QueueUrl="u", MessageBody="x")
    assert requests == []
    assert not [event for event in cloud.history() if event.kind == "call"]


def test_a_client_without_validation_sends_what_it_is_given(cloud, requests):
    client = new_client(config=Config(parameter_validation=False))
    made(client)
    assert requests == ["CreateQueue"]


def test_bad_parameters_are_told_by_the_sdk(cloud):
    with pytest.raises(
        ParamValidationError, match='Missing required parameter in input: "QueueName"'
    ) as caught:
        new_client().create_queue()
    assert caught.value.__context__ is None


def test_an_error_has_the_class_and_the_response_of_the_sdk(cloud):
    client = new_client()
    with pytest.raises(client.exceptions.QueueDoesNotExist) as caught:
        client.get_queue_url(QueueName="none")
    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert caught.value.__context__ is None
    assert len([event for event in cloud.history() if event.kind == "call"]) == 1


def test_nothing_is_shared_between_caller_and_cloud(cloud):
    table = {"TableName": "t", "BillingMode": "PAY_PER_REQUEST"}
    table["KeySchema"] = [{"AttributeName": "k", "KeyType": "HASH"}]
    table["AttributeDefinitions"] = [{"AttributeName": "k", "AttributeType": "S"}]
    client = boto3.client("dynamodb", region_name="us-east-1")
    client.create_table(**table)
    item = {"k": {"S": "1"}, "m": {"M": {"x": {"L": [{"S": "a"}]}}}}
    client.put_item(TableName="t", Item=item)
    item["m"]["M"]["x"]["L"].append({"S": "b"})
    found = client.get_item(TableName="t", Key={"k": {"S": "1"}})["Item"]
    assert found["m"] == {"M": {"x": {"L": [{"S": "a"}]}}}
    found["m"]["M"].clear()
    again = client.get_item(TableName="t", Key={"k": {"S": "1"}})["Item"]
    assert again["m"] == {"M": {"x": {"L": [{"S": "a"}]}}}
