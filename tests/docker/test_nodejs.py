"""Functions in JavaScript: the SDK is in the image, their calls pass the gateway, they end as Python's do."""

import pytest

from harness import faults
from harness.app.handles.function import FunctionError
from harness.localstack.cloud import LocalStack
from harness.localstack.sharing import Options, shared

pytestmark = pytest.mark.docker
TEMPLATE = """
Resources:
  Sent: {Type: AWS::SQS::Queue}
  Sender:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      Timeout: 3
      Role: arn:aws:iam::000000000000:role/any
      Code: code
      Environment: {Variables: {QUEUE: !Ref Sent}}
"""
SEND = """
const sqs = new SQSClient({ maxAttempts: 1 });
async function send(event) {
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: event.body }));
  console.log("sent %s", event.body);
  return "sent";
}
"""
NAMES = "{ SQSClient, SendMessageCommand }"
COMMON = f"const {NAMES} = require('@aws-sdk/client-sqs');{SEND}exports.handler = send;"
MODULE = f"import {NAMES} from '@aws-sdk/client-sqs';{SEND}export {{ send as handler }};"


@pytest.fixture(scope="module")
def running():
    with shared("localstack", Options()) as running:
        yield running


@pytest.fixture
def deployed(running, tmp_path):
    """Deploys a function in JavaScript; gives the cloud and the app."""
    (tmp_path / "code").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with LocalStack(running=running) as cloud:

        def deploy(source, file="index.js"):
            (tmp_path / "code" / file).write_text(source)
            return cloud, cloud.deploy(tmp_path / "template.yaml")

        yield deploy


@pytest.mark.parametrize(("file", "source"), [("index.js", COMMON), ("index.mjs", MODULE)])
def test_modules_of_both_kinds_find_the_sdk_and_their_calls_are_in_the_history(deployed, file, source):
    cloud, app = deployed(source, file)
    assert app.function("Sender").invoke({"body": "hello"}) == "sent"
    assert app.queue("Sent").bodies() == ["hello"]
    calls = [call for call in cloud.history().of("call") if call.actor == "Sender"]
    assert [call.subject for call in calls] == ["sqs:SendMessage Sent"]
    assert "INFO\tsent hello" in app.function("Sender").logs()


def test_a_fault_meets_their_calls(deployed):
    cloud, app = deployed(COMMON)
    cloud.inject(faults.access_denied("sqs:SendMessage", resource="Sent"))
    with pytest.raises(FunctionError, match="AccessDenied"):
        app.function("Sender").invoke({"body": "hello"})
    assert app.queue("Sent").bodies() == []


def test_one_that_takes_too_long_is_timed_out(deployed):
    _, app = deployed("exports.handler = () => new Promise(() => setInterval(() => 0, 1000));")
    with pytest.raises(FunctionError, match=r"Task timed out after 3\.00 seconds"):
        app.function("Sender").invoke({})


def test_one_that_fails_to_load_says_why(deployed):
    _, app = deployed("throw new RangeError('no such thing'); exports.handler = 1;")
    with pytest.raises(FunctionError, match="no such thing"):
        app.function("Sender").invoke({})


@pytest.mark.parametrize(
    "name",
    ["client-dynamodb", "client-s3", "client-sns", "lib-dynamodb", "util-dynamodb", "s3-request-presigner"],
)
def test_the_sdk_is_in_the_image(running, docker_client, name):
    command = ["node", "-e", f"require('/usr/local/lib/node_modules/@aws-sdk/{name}')"]
    done = docker_client.containers.get(running.container.id).exec_run(command)
    assert (done.exit_code, done.output) == (0, b"")
