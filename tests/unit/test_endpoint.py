"""An emulator that already listens, as a cloud: moto's server stands for all of them."""

from __future__ import annotations

import boto3
import pytest

from harness import Unknown, Unsupported, endpoint, expect, faults
from harness.endpoint import Endpoint
from tests.helpers.moto import moto_server

TEMPLATE = """
Resources:
  Work:
    Type: AWS::SQS::Queue
  Rows:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
"""


@pytest.fixture(scope="module")
def url():
    with moto_server() as url:
        yield url


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    return path


def test_an_app_is_deployed_and_used_by_its_handles(url, template):
    with Endpoint(url) as cloud:
        app = cloud.deploy(template)
        app.queue("Work").send({"order": "o-1"})
        app.table("Rows").put({"id": "o-1"})
        assert app.queue("Work").bodies() == [{"order": "o-1"}]
        assert app.table("Rows").rows() == [{"id": "o-1"}]


def test_plain_boto3_in_the_test_talks_to_it_too(url):
    with Endpoint(url):
        boto3.client("sqs").create_queue(QueueName="plain")
        assert len(boto3.client("sqs").list_queues()["QueueUrls"]) == 1


def test_what_a_run_has_created_is_gone_after_it(url, template):
    with Endpoint(url) as cloud:
        cloud.deploy(template)
        account, client = cloud.access_key, cloud.new_client("sqs", url)
        assert client.list_queues().get("QueueUrls")
    assert account
    assert not client.list_queues().get("QueueUrls")


def test_whatever_kind_of_thing_a_run_has_created_is_gone_after_it(url):
    trust = '{"Version": "2012-10-17", "Statement": []}'
    with Endpoint(url) as cloud:
        cloud.client("s3").create_bucket(Bucket="kept-full")
        cloud.client("s3").put_object(Bucket="kept-full", Key="a/b", Body=b"x")
        cloud.client("sns").create_topic(Name="Told")
        cloud.client("secretsmanager").create_secret(Name="Hidden", SecretString="x")
        cloud.client("ssm").put_parameter(Name="/a/b", Value="x", Type="String")
        cloud.client("iam").create_role(RoleName="Doer", AssumeRolePolicyDocument=trust)
        cloud.client("logs").create_log_group(logGroupName="/aws/x")
        after = {name: cloud.new_client(name, url) for name in ("s3", "sns", "secretsmanager", "ssm", "logs")}
        assert len(after["sns"].list_topics()["Topics"]) == 1
    assert after["s3"].list_buckets()["Buckets"] == []
    assert after["sns"].list_topics()["Topics"] == []
    assert after["secretsmanager"].list_secrets()["SecretList"] == []
    assert after["ssm"].describe_parameters()["Parameters"] == []
    assert after["logs"].describe_log_groups()["logGroups"] == []


def test_two_runs_do_not_see_each_other(url, template):
    with Endpoint(url) as cloud:
        cloud.deploy(template)
        seen = cloud.client("sqs").list_queues()["QueueUrls"]
    with Endpoint(url) as cloud:
        assert not cloud.client("sqs").list_queues().get("QueueUrls")
    assert len(seen) == 1


def test_faults_on_calls_work(url, template):
    with Endpoint(url) as cloud:
        app = cloud.deploy(template)
        cloud.inject(faults.access_denied("dynamodb:PutItem", resource="Rows"))
        with pytest.raises(app.client("dynamodb").exceptions.ClientError, match="AccessDenied"):
            app.table("Rows").put({"id": "o-1"})


def test_settling_waits_for_the_end_of_a_fault(url, monkeypatch):
    monkeypatch.setattr(endpoint, "CALM_SECONDS", 0.01)
    monkeypatch.setattr(endpoint, "LOOK_SECONDS", 0.02)
    with Endpoint(url) as cloud:
        cloud.inject(faults.outage("sqs", for_seconds=0.5))
        assert cloud.settle()
        assert cloud.active_plan.open_until(cloud.elapsed) is None


@pytest.mark.parametrize("fault", [faults.ack_lost("Work"), faults.crash("Bill"), faults.poison("Work")])
def test_faults_on_deliveries_and_invocations_are_unsupported(url, fault):
    with Endpoint(url) as cloud, pytest.raises(Unsupported, match=r"happen inside of the endpoint"):
        cloud.inject(fault)


def test_an_account_of_messages_is_unknown(url, template):
    with Endpoint(url) as cloud:
        app = cloud.deploy(template)
        assert app.settle()
        with pytest.raises(Unknown, match="doesn't tell what it delivers; assert the final state"):
            expect(app).nothing_lost()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("ftp://127.0.0.1", "expected a URL, as in endpoint=http://127.0.0.1:4566"),
        ("nonsense", "expected a URL"),
        ("http://example.com:4566", "example.com isn't this machine"),
    ],
)
def test_a_url_that_is_none_or_is_not_of_this_machine_is_refused(given, told):
    with pytest.raises(Unsupported, match=told):
        Endpoint(given)


def test_an_endpoint_where_nothing_listens_is_told():
    with pytest.raises(Unsupported, match="nothing answers there"), Endpoint("http://127.0.0.1:9"):
        pass
