"""Every botocore client of the process is caught, and no byte leaves."""

import os
import socket

import boto3
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner

import harness

KEYS = {"aws_access_key_id": "AKIAREAL", "aws_secret_access_key": "secret"}


def works(client):
    """Does this SQS client talk to the simulator?"""
    url = client.create_queue(QueueName="work")["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="hello")
    return client.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"


@pytest.fixture
def no_network(monkeypatch):
    """Fails the test if anything asks for a name or opens a connection."""
    with harness.Simulator():
        pass  # its patches keep what they find in the first run of a process: the real functions

    def refuse(*arguments, **_):
        raise AssertionError(f"something was about to leave: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def test_clients_made_before_and_after_are_caught(no_network):
    before = boto3.client("sqs", region_name="us-east-1", **KEYS)
    with harness.Simulator():
        assert works(before)
        assert works(boto3.client("sqs", region_name="us-east-1"))


@pytest.mark.parametrize(
    "settings",
    [
        {"region_name": "ap-southeast-2"},
        {"region_name": "us-east-1", "endpoint_url": "https://sqs.example.com"},
        {"region_name": "us-east-1", "endpoint_url": "http://localhost:4566"},
        {"region_name": "us-east-1", "use_ssl": False},
        {"region_name": "us-east-1", "config": Config(signature_version=UNSIGNED)},
        {"region_name": "us-east-1", "config": Config(retries={"mode": "adaptive"})},
        {"region_name": "us-east-1", "verify": False},
        {"region_name": "us-gov-west-1"},
        {"region_name": "cn-north-1"},
    ],
    ids=["region", "endpoint", "local endpoint", "no TLS", "unsigned", "adaptive", "no verify", "gov", "cn"],
)
def test_it_does_not_matter_how_the_client_was_set_up(no_network, settings):
    client = boto3.client("sqs", **KEYS, **settings)
    with harness.Simulator():
        assert works(client)


def test_sessions_resources_and_plain_botocore_are_caught(no_network):
    with harness.Simulator():
        assert works(boto3.Session(region_name="eu-west-1").client("sqs"))
        assert works(botocore.session.get_session().create_client("sqs", region_name="eu-west-2"))
        queue = boto3.resource("sqs", region_name="eu-west-3").create_queue(QueueName="work")
        queue.send_message(MessageBody="hello")
        assert [message.body for message in queue.receive_messages()] == ["hello"]


def test_an_endpoint_in_the_environment_changes_nothing(no_network, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://sqs.us-east-1.amazonaws.com")
    with harness.Simulator():
        assert works(boto3.client("sqs", region_name="us-east-1"))


def test_credentials_of_the_environment_are_not_read(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real secret")
    with harness.Simulator() as cloud:
        session = boto3.Session(region_name="us-east-1")
        assert session.get_credentials().access_key != "AKIAREAL"
        assert works(session.client("sqs"))
        assert "AKIAREAL" not in cloud.history().to_json()


def test_regions_are_apart(no_network):
    with harness.Simulator():
        boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="work")
        assert "QueueUrls" not in boto3.client("sqs", region_name="eu-west-1").list_queues()


def test_a_service_that_the_simulator_lacks_is_unsupported_by_name(no_network):
    with harness.Simulator(), pytest.raises(harness.Unsupported, match="the simulator has no redshift"):
        boto3.client("redshift", region_name="us-east-1").describe_clusters()


def test_afterwards_everything_is_as_it_was():
    before = URLLib3Session.send, RequestSigner.sign, dict(os.environ)
    with harness.Simulator():
        assert URLLib3Session.send is not before[0]
    assert (URLLib3Session.send, RequestSigner.sign, dict(os.environ)) == before


def test_only_one_simulator_is_active_at_a_time():
    with harness.Simulator(), pytest.raises(RuntimeError, match="another simulator is active"):
        harness.Simulator().__enter__()
    with harness.Simulator():
        pass


def test_what_one_simulator_held_the_next_does_not_see():
    with harness.Simulator() as cloud:
        cloud.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
        cloud.client("s3").create_bucket(Bucket="bucket")
    with harness.Simulator() as cloud:
        assert cloud.client("ssm").describe_parameters()["Parameters"] == []
        assert cloud.client("s3").list_buckets()["Buckets"] == []


def test_no_call_goes_to_aws_before_or_after(tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text("Resources: {Q: {Type: AWS::SQS::Queue}}")
    with harness.Simulator() as cloud:
        app = cloud.deploy(template)
    with pytest.raises(RuntimeError, match="isn't active"):
        app.queue("Q").send("late")
    with pytest.raises(RuntimeError, match="isn't active"):
        harness.Simulator().deploy(template)
