"""The simulator behind a port: any SDK can use it, and requests steer it."""

from __future__ import annotations

import http.client
import io
import json
import multiprocessing
import os
import signal
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from rich.console import Console

from harness.serving import screen
from harness.serving.messages import Started
from harness.serving.screen import environment
from harness.serving.up import NotServed, Up, changes

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: {Type: AWS::SQS::Queue}
  Rows:
    Type: AWS::Serverless::SimpleTable
    Properties: {PrimaryKey: {Name: order, Type: String}}
  Bill:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        import boto3, json, os
        rows = boto3.resource("dynamodb").Table(os.environ["ROWS"])
        def handler(event, context):
            if "Records" not in event:
                return {"statusCode": 201, "body": event["pathParameters"]["order"]}
            for record in event["Records"]:
                rows.put_item(Item=json.loads(record["body"]))
      Environment: {Variables: {ROWS: !Ref Rows}}
      Events:
        Queue: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
        Http: {Type: Api, Properties: {Path: "/orders/{order}", Method: put}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      Definition: {StartAt: Pass, States: {Pass: {Type: Pass, End: true}}}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """An app behind a port, with a clock that only requests move."""
    template = tmp_path_factory.mktemp("shop") / "template.yaml"
    template.write_text(TEMPLATE)
    up = Up(template, real_time=False)
    try:
        yield up, up.start()
    finally:
        up.close()


@pytest.fixture
def client(served):
    """Makes clients that know nothing but the address."""

    def made(service):
        return boto3.client(
            service,
            endpoint_url=served[0].url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=20),
        )

    return made


def asked(url, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    try:
        connection.request(method, path, body, headers or {}, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def address_of(started: Started, name: str) -> str:
    return next(address for _, id_, address in started.addresses if id_ == name)


def test_a_message_that_an_sdk_sends_is_worked_on(served, client):
    up, started = served
    before = up.control("GET", "state")["functions"]["Bill"]
    client("sqs").send_message(QueueUrl=address_of(started, "Orders"), MessageBody='{"order": "o-1"}')
    up.control("POST", "settle")
    assert client("dynamodb").scan(TableName=address_of(started, "Rows"))["Items"] == [
        {"order": {"S": "o-1"}}
    ]
    after = up.control("GET", "state")["functions"]["Bill"]
    assert after == {**before, "invocations": before["invocations"] + 1}


def test_the_variables_that_are_told_keep_words_from_the_host(served, client, monkeypatch):
    up, started = served
    given = environment(up.url, "us-east-1").removeprefix("export ").split()
    monkeypatch.setenv(*next(each.split("=") for each in given if "HOST_PREFIX" in each))
    arn = address_of(started, "Flow")
    answer = client("stepfunctions").start_sync_execution(stateMachineArn=arn, input='{"a": 1}')
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", '{"a": 1}')


def test_addresses_of_queues_lead_back_here(served, client):
    up, started = served
    assert address_of(started, "Orders").startswith(f"{up.url}/123456789012/")
    made = client("sqs").create_queue(QueueName="another")["QueueUrl"]
    assert made == f"{up.url}/123456789012/another"
    assert made in client("sqs").list_queues()["QueueUrls"]


def test_objects_pass_as_they_are(client):
    s3, content = client("s3"), bytes(range(256)) * 400
    s3.create_bucket(Bucket="files")
    s3.put_object(Bucket="files", Key="a b/ü", Body=content)
    assert s3.get_object(Bucket="files", Key="a b/ü")["Body"].read() == content
    assert s3.head_object(Bucket="files", Key="a b/ü")["ContentLength"] == len(content)


def test_a_body_in_chunks_is_one(served):
    up, _ = served
    status, body = asked(
        up.url,
        "PUT",
        "/_harness/api/ServerlessRestApi/orders/o-7",
        iter([b"{", b"}"]),
        {"Transfer-Encoding": "chunked"},
    )
    assert (status, body) == (201, "o-7")


def test_an_error_is_the_one_of_aws(client):
    with pytest.raises(ClientError, match=r"NonExistentQueue|QueueDoesNotExist"):
        client("sqs").get_queue_url(QueueName="gone")


def test_the_clock_moves_by_requests(served):
    up, _ = served
    before = up.control("GET", "state")["seconds"]
    assert up.control("POST", "advance", {"seconds": 3600})["seconds"] >= before + 3600
    assert asked(up.url, "POST", "/_harness/advance", '{"seconds": "x"}')[0] == 400


def test_ctrl_c_is_left_to_the_listener(served):
    up, _ = served
    for process in multiprocessing.active_children():
        os.kill(process.pid, signal.SIGINT)
    assert up.control("GET", "state")["seconds"] >= 0


def test_faults_are_switched_on_and_off(served, client):
    up, _ = served
    [fault] = up.control("POST", "faults", {"kind": "throttle", "operation": "sqs:ListQueues", "times": None})
    with pytest.raises(ClientError, match="Throttl"):
        client("sqs").list_queues()
    assert up.control("DELETE", f"faults/{fault['number']}") == []
    client("sqs").list_queues()


def test_a_lost_answer_breaks_the_connection(served, client):
    up, _ = served
    up.control(
        "POST", "faults", {"kind": "answer_lost", "operation": "sqs:ListQueues", "outlasting_retries": True}
    )
    with pytest.raises(Exception, match=r"[Cc]onnection"):
        client("sqs").list_queues()
    up.control("DELETE", "faults")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "told"),
    [
        ("GET", "/", None, 400, "no signed request"),
        ("GET", "/_harness/nothing", None, 404, "POST advance"),
        ("POST", "/_harness/faults", "[", 400, "no JSON"),
        ("POST", "/_harness/faults", '{"kind": "throtle"}', 400, "throttle"),
        ("POST", "/_harness/faults", '{"kind": "crash", "function": "Bil"}', 400, "did you mean 'Bill'?"),
        (
            "POST",
            "/_harness/faults",
            '{"kind": "redeliver", "source": "Ordes"}',
            400,
            "source: the app has no",
        ),
        ("DELETE", "/_harness/faults/99", None, 400, "there is no fault 99"),
        ("GET", "/_harness/api/Nothing/x", None, 404, "Nothing"),
    ],
    ids=["unsigned", "unknown", "no JSON", "mistyped", "no function", "no source", "no fault", "no API"],
)
def test_a_bad_request_is_told(served, method, path, body, status, told):
    answer = asked(served[0].url, method, path, body)
    assert answer[0] == status
    assert told in answer[1]


def test_an_operation_that_nobody_knows_is_told_with_its_service(served):
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=t/20261128/us-east-1/sqs/aws4_request, x"}
    answer = asked(served[0].url, "POST", "/x", "", {**signed, "X-Amz-Target": "AmazonSQS.SendLetter"})
    assert answer[0] == 400
    assert "no such operation of sqs" in answer[1]


def test_a_message_that_fails_is_among_the_failures(served, client):
    url = address_of(served[1], "Orders")
    client("sqs").send_message(QueueUrl=url, MessageBody="no JSON")
    asked(served[0].url, "POST", "/_harness/advance", '{"seconds": 5}')
    failures = json.loads(asked(served[0].url, "GET", "/_harness/state")[1])["failures"]
    assert failures["count"] == len(failures["last"])
    assert any("Bill: JSONDecodeError" in line for line in failures["last"])
    client("sqs").purge_queue(QueueUrl=url)


def test_off_a_terminal_each_failure_is_a_line_once(monkeypatch):
    monkeypatch.setattr(screen, "EVERY_SECONDS", 0.0)
    said, rounds = [], iter(([], ["+1.000s  Bill: error"], ["+1.000s  Bill: error", "+2.000s  Bill: oom"]))

    class Served:
        def control(self, method, path):
            lines = next(rounds)
            return {"failures": {"count": len(lines), "last": lines}}

    changes = iter((False, False))
    with pytest.raises(StopIteration):
        screen.show(Served(), lambda: next(changes), said.append, Console(file=io.StringIO()))
    assert said == ["+1.000s  Bill: error", "+2.000s  Bill: oom"]


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("opensearch", "list_domain_names"),
        ("cloudfront", "list_distributions"),
        ("redshift", "describe_clusters"),
        ("ecs", "list_clusters"),
    ],
    ids=["signed for another one's name", "rest-xml", "query", "json"],
)
def test_what_is_not_there_is_told_in_the_protocol_of_the_client(client, service, operation):
    with pytest.raises(ClientError, match=service) as told:
        getattr(client(service), operation)()
    assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert told.value.response["Error"]["Code"] == "NotImplemented"


def test_history_is_there(served):
    status, body = asked(served[0].url, "GET", "/_harness/history")
    assert status == 200
    assert json.loads(body)[0]["cloud"] == "sim"


def test_time_does_not_pass_for_ever(served):
    status, body = asked(served[0].url, "POST", "/_harness/advance", '{"seconds": 1e99}')
    assert status == 400
    assert "up to" in body


def test_a_port_that_can_not_be_is_told(tmp_path):
    with pytest.raises(NotServed, match="99999"):
        Up(tmp_path / "template.yaml", port=99999)


def test_a_port_that_is_taken_is_told(served, tmp_path):
    port = int(served[0].url.rpartition(":")[2])
    with pytest.raises(NotServed, match="--port 0"):
        Up(tmp_path / "template.yaml", port=port)


def test_a_template_that_can_not_be_deployed_is_told(tmp_path):
    (tmp_path / "template.yaml").write_text("Resources: {A: {Type: AWS::Nothing::Here}}")
    up = Up(tmp_path / "template.yaml")
    try:
        with pytest.raises(NotServed, match="AWS::Nothing::Here"):
            up.start()
        status, told = asked(up.url, "GET", "/_harness/state")
        assert status == 503
        assert "could not be deployed" in str(told)
        assert "AWS::Nothing::Here" in str(told)
    finally:
        up.close()


def test_a_file_that_was_saved_is_a_change(tmp_path: Path):
    (tmp_path / "app.py").write_text("1")
    changed = changes(tmp_path)
    assert not changed()
    (tmp_path / "app.py").write_text("2 more")
    (tmp_path / "new.yaml").write_text("")
    assert changed()
    assert not changed()
