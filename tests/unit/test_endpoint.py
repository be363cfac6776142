"""An emulator that already listens, as a cloud: moto's server stands for all of them."""

from __future__ import annotations

from urllib.parse import urlsplit

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


def test_settling_waits_for_the_end_of_a_fault(url, quick):
    with Endpoint(url) as cloud:
        cloud.inject(faults.outage("sqs", for_seconds=0.5))
        assert cloud.settle()
        assert cloud.active_plan.open_until(cloud.elapsed) is None


def a_client(service, cloud, url):
    """A client of somebody else than the test."""
    keys = {"aws_access_key_id": cloud.access_key, "aws_secret_access_key": "x"}
    return boto3.client(service, endpoint_url=url, **keys)


@pytest.fixture
def quick(monkeypatch):
    """Settling looks often, and is soon content."""
    monkeypatch.setattr(endpoint, "CALM_SECONDS", 0.01)
    monkeypatch.setattr(endpoint, "LOOK_SECONDS", 0.02)


def test_settling_does_not_wait_for_a_queue_that_nobody_reads_and_tells_what_is_there(
    url, template, quick, caplog
):
    with Endpoint(url) as cloud:
        app = cloud.deploy(template)
        app.queue("Work").send("seen")
        sqs, work = app.client("sqs"), app.physical_id("Work")
        sqs.send_message(QueueUrl=work, MessageBody="later", DelaySeconds=900)
        sqs.receive_message(QueueUrl=work, VisibilityTimeout=900)
        assert app.settle()
    told = [record.getMessage() for record in caplog.records if record.name.startswith("harness")]
    assert told == ["Work: 2 of its messages are still there, and nobody reads it"]


def test_settling_waits_for_a_message_that_a_worker_has(url, template, quick):
    with Endpoint(url) as cloud:
        app = cloud.deploy(template)
        app.queue("Work").send("seen")
        worker = a_client("sqs", cloud, cloud.gateway.url)
        received = worker.receive_message(QueueUrl=app.physical_id("Work"), VisibilityTimeout=900)["Messages"]
        assert not app.settle(within_seconds=0.1)
        worker.delete_message(QueueUrl=app.physical_id("Work"), ReceiptHandle=received[0]["ReceiptHandle"])
        assert app.settle()


FUNCTION = """
  Bill:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: !GetAtt Doer.Arn
      Code: {ZipFile: "def handler(event, context): pass"}
      Environment: {Variables: {RATE: "2", WORK: !Ref Work, AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1"}}
  Doer:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
"""


def variables(app):
    told = app.client("lambda").get_function_configuration(FunctionName=app.physical_id("Bill"))
    return told["Environment"]["Variables"]


def test_functions_are_told_to_send_their_calls_through_the_gateway_where_faults_meet_them(
    url, template, monkeypatch
):
    template.write_text(TEMPLATE + FUNCTION)
    with Endpoint(url) as cloud:
        app = cloud.deploy(template)
        told = variables(app)
        cloud.inject(faults.access_denied("dynamodb:Scan", resource="Rows", actor="Bill"))
        monkeypatch.setenv("AWS_SDK_UA_APP_ID", told.pop("AWS_SDK_UA_APP_ID"))
        of_function = a_client("dynamodb", cloud, told.pop("AWS_ENDPOINT_URL"))
        with pytest.raises(of_function.exceptions.ClientError, match="AccessDenied"):
            of_function.scan(TableName=app.physical_id("Rows"))
        assert cloud.history().of("call")[-1].actor == "Bill"
        queue = f"{cloud.gateway.url}/{urlsplit(app.physical_id('Work')).path.lstrip('/')}"
    assert told == {"RATE": "2", "WORK": queue}


def test_functions_keep_sending_there_when_their_variables_change(url, template):
    template.write_text(TEMPLATE + FUNCTION)
    with Endpoint(url) as cloud:
        app = cloud.deploy(template)
        before, change = variables(app), app.client("lambda").update_function_configuration
        change(FunctionName=app.physical_id("Bill"), Environment={"Variables": {"RATE": "3"}})
        change(FunctionName=app.physical_id("Bill"), Timeout=9)
        told = variables(app)
        assert told.pop("AWS_SDK_UA_APP_ID") == before["AWS_SDK_UA_APP_ID"]
        assert told == {"RATE": "3", "AWS_ENDPOINT_URL": cloud.gateway.url}


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
