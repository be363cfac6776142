"""Functions in LocalStack, run by the guest's executor as processes beside it."""

from __future__ import annotations

import base64
import fcntl
import io
import json
import os
import signal
import tempfile
import textwrap
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
import urllib3
from botocore.exceptions import ClientError

from harness.localstack import host
from tests.localstack.conftest import Account

pytestmark = pytest.mark.localstack_host

ECHO = "def handler(event, context): return event"
COUNT = "n = []\ndef handler(event, context):\n    n.append(1)\n    return len(n)"
SLEEP = "import time\ndef handler(event, context): time.sleep(60)"


def packed(files):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as into:
        for name, source in files.items():
            into.writestr(name, textwrap.dedent(source))
    return archive.getvalue()


class Function:
    def __init__(self, account, source, *, name="F", file="app.py", **settings):
        self.name, self.client = name, account.client("lambda")
        self.arn = account.arn("lambda", f"function:{name}")
        self.client.create_function(
            **{
                "FunctionName": name,
                "Runtime": "python3.12",
                "Handler": "app.handler",
                "Role": f"arn:aws:iam::{account.id}:role/any",
                "Code": {"ZipFile": packed({file: source})},
                "Timeout": 30,
                **settings,
            }
        )
        self.await_ready()

    def await_ready(self):
        waits = {"Delay": 0.05, "MaxAttempts": 400}
        self.client.get_waiter("function_active_v2").wait(FunctionName=self.name, WaiterConfig=waits)
        self.client.get_waiter("function_updated_v2").wait(FunctionName=self.name, WaiterConfig=waits)

    def invoke(self, payload=None, **settings):
        """What it answers, and Lambda's word for a failure."""
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(payload), **settings)
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def log(self, payload=None):
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(payload), LogType="Tail")
        return base64.b64decode(answer["LogResult"]).decode()


def processes_of(name):
    """Those of a function: they run in the folder of its code."""
    found = []
    for process in psutil.process_iter():
        try:
            if f"/{name}-" in process.cwd():
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_function_answers(account):
    assert Function(account, ECHO).invoke({"order": "o-1"}) == ({"order": "o-1"}, None)


def test_its_log_is_in_the_answer_and_in_cloudwatch(account):
    function = Function(account, "def handler(event, context): print('billing', event)", name="Billing")
    log = function.log("o-1")
    assert [line.split()[0] for line in log.splitlines()] == ["START", "billing", "END", "REPORT"]
    logs, group = account.client("logs"), "/aws/lambda/Billing"
    [stream] = logs.describe_log_streams(logGroupName=group)["logStreams"]
    events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    messages = [event["message"] for event in events]
    assert "billing o-1\n" in messages


@pytest.mark.parametrize(
    ("source", "settings", "kind"),
    [
        ("def handler(event, context): raise ValueError('no')", {}, "ValueError"),
        ("import surely_not_installed", {}, "Runtime.ImportModuleError"),
        ("import os\ndef handler(event, context): os._exit(1)", {}, "Runtime.ExitError"),
        (SLEEP, {"Timeout": 1}, "Sandbox.Timedout"),
        ("def handler(event, context): return len(b'x' * 200_000_000)", {}, "Runtime.OutOfMemory"),
        ("", {"Runtime": "java21"}, "Runtime.Unsupported"),
    ],
)
def test_each_way_to_fail_is_a_function_error(account, source, settings, kind):
    told, error = Function(account, source, **settings).invoke()
    assert (told["errorType"], error) == (kind, "Unhandled")


def test_its_metrics_are_in_cloudwatch(account, gateway):
    function = Function(account, "def handler(event, context): return 1 / event")
    function.invoke(1)
    function.invoke(0)
    cloudwatch, now = account.client("cloudwatch"), datetime.now(UTC)

    def total(metric):
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": "F"}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=60,
            Statistics=["Sum"],
        )
        return sum(point["Sum"] for point in found["Datapoints"])

    gateway.await_(lambda: total("Invocations") == 2)
    assert total("Errors") == 1


def test_a_function_that_crashed_starts_afresh(account, gateway):
    source = "import os\ndef handler(event, context):\n    if event: os._exit(1)\n    return 'fine'"
    function = Function(account, source)
    assert function.invoke(True)[1] == "Unhandled"
    assert function.invoke(False) == ("fine", None)
    first, second = gateway.of("invocation")
    assert (first["cold"], second["cold"]) == (True, True)
    assert first["environment"] != second["environment"]


def test_many_run_at_once(account, gateway):
    source = """
        import pathlib, time
        def handler(event, context):
            folder = pathlib.Path(event)
            (folder / context.aws_request_id).touch()
            while len(list(folder.iterdir())) < 8:
                time.sleep(0.01)
            return "all there"
        """
    function = Function(account, source, Timeout=60)

    def invoke(folder):
        return function.invoke(str(folder))

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(invoke, [folder] * 8))
    assert answers == [("all there", None)] * 8
    assert len({told["environment"] for told in gateway.of("invocation")}) == 8


def test_layers_lie_over_each_other(account):
    lambda_ = account.client("lambda")
    layers = [
        lambda_.publish_layer_version(LayerName=name, Content={"ZipFile": packed(files)})["LayerVersionArn"]
        for name, files in {
            "first": {"python/shared.py": "who = 'first'", "python/only_first.py": "there = True"},
            "second": {"python/shared.py": "who = 'second'"},
        }.items()
    ]
    source = "import only_first, shared\ndef handler(event, context): return [shared.who, only_first.there]"
    assert Function(account, source, Layers=layers).invoke() == (["second", True], None)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("index.js", "exports.handler = async (event) => [event, process.env.AWS_EXECUTION_ENV]"),
        ("index.mjs", "export const handler = async (event) => [event, process.env.AWS_EXECUTION_ENV]"),
    ],
)
def test_functions_in_nodejs_answer(account, file, source):
    if "nodejs" not in account.control.health()["runtimes"]:
        pytest.skip("there is no node where LocalStack runs")
    function = Function(account, source, file=file, Runtime="nodejs20.x", Handler="index.handler")
    assert function.invoke("o-1") == (["o-1", "AWS_Lambda_nodejs20.x"], None)


def test_a_function_sees_its_own_environment_and_nothing_of_localstack(account, gateway):
    source = "import os\ndef handler(event, context): return dict(os.environ)"
    settings = {"Environment": {"Variables": {"TABLE": "Ledger"}}, "MemorySize": 256}
    seen, _ = Function(account, source, **settings).invoke()
    [told] = gateway.of("invocation")
    expected = {
        "TABLE": "Ledger",
        "AWS_ACCESS_KEY_ID": account.id,
        "AWS_SESSION_TOKEN": f"harness.env.{told['environment']}",
        "AWS_ENDPOINT_URL": gateway.url,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_REGION": "eu-central-1",
    }
    assert {name: seen.get(name) for name in expected} == expected
    leaked = {"GATEWAY_LISTEN", "FILESYSTEM_ROOT", "LAMBDA_RUNTIME_EXECUTOR", "PYTHONPATH", "HARNESS_USERS"}
    assert not leaked & seen.keys()
    assert not [name for name in seen if name.startswith(("LOCALSTACK_", "LAMBDA_EVENT"))]


def test_an_account_that_has_not_begun_is_asked_nothing_and_reaches_localstack(localstack_url, gateway):
    stranger = Account(localstack_url, gateway)
    source = """
        import boto3
        def handler(event, context):
            sqs = boto3.client("sqs")
            url = sqs.create_queue(QueueName="by-function")["QueueUrl"]
            return sqs.send_message(QueueUrl=url, MessageBody="hello")["MessageId"]
        """
    function = Function(stranger, source)
    sent, _ = function.invoke()
    url = stranger.client("sqs").get_queue_url(QueueName="by-function")["QueueUrl"]
    [message] = stranger.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert message["MessageId"] == sent
    assert gateway.heard == []
    function.client.delete_function(FunctionName="F")


def test_each_invocation_is_asked_for_and_how_it_ended_is_told(account, gateway):
    function = Function(account, "def handler(event, context):\n    print('hi')\n    return 1 / event")
    function.invoke(1)
    function.invoke(0)
    cold, warm = gateway.of("invocation")
    assert (cold["function"], cold["version"], cold["cold"]) == (function.arn, "$LATEST", True)
    assert (warm["environment"], warm["cold"]) == (cold["environment"], False)
    assert (cold["source"], cold["messages"], cold["attempt"]) == (None, [], 1)
    well, badly = gateway.of("invocation-ended")
    assert (well["outcome"], well["error"], well["failed"]) == ("ok", None, [])
    assert (badly["outcome"], badly["error"]) == ("error", "ZeroDivisionError: division by zero")
    assert [ended["invocation"] for ended in (well, badly)] == [
        seq for seq, (verb, _) in enumerate(gateway.heard) if verb == "invocation"
    ]
    assert "\nhi\nEND RequestId" in well["log"]


def test_a_throttled_invocation_reaches_no_code_and_keeps_the_environment(account, gateway):
    function = Function(account, COUNT)
    assert function.invoke() == (1, None)
    gateway.answers["invocation"] = lambda told: {"throttle": True}
    with pytest.raises(ClientError) as refused:
        function.invoke()
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    gateway.answers.clear()
    assert function.invoke() == (2, None)
    assert gateway.of("invocation-ended")[1]["outcome"] == "throttled"


@pytest.mark.parametrize(("when", "ran"), [("before", False), ("after", True)])
def test_a_fault_can_kill_an_invocation(account, gateway, tmp_path, when, ran):
    gateway.answers["invocation"] = lambda told: {"kill": {"how": "crash", "when": when, "nth": None}}
    source = f"import pathlib\ndef handler(event, context): pathlib.Path({str(tmp_path)!r}, 'ran').touch()"
    told, error = Function(account, source).invoke()
    assert (told["errorType"], error) == ("Runtime.ExitError", "Unhandled")
    assert (tmp_path / "ran").exists() is ran
    [ended] = gateway.of("invocation-ended")
    assert (ended["outcome"], ended["acted"]) == ("crash", ["kill"])


def test_a_fault_can_kill_in_the_middle(account, gateway):
    function = Function(account, SLEEP)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(function.invoke)
        [running] = gateway.await_(
            lambda: [run for run in account.control.state()["invocations"] if run["deadline"]]
        )
        url = f"{account.url}/_harness/environments/{running['environment']}/kill"
        urllib3.request("POST", url, json={"how": "crash"})
        told, error = answer.result()
    assert (told["errorType"], error) == ("Runtime.ExitError", "Unhandled")


def test_a_fault_can_let_an_invocation_hang_until_its_timeout_on_the_accounts_clock(account, gateway):
    gateway.answers["invocation"] = lambda told: {"kill": {"how": "timeout", "when": "before", "nth": None}}
    function = Function(account, ECHO, Timeout=900)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(function.invoke)
        [hangs] = gateway.await_(
            lambda: [run for run in account.control.state()["invocations"] if run["parked"]]
        )
        assert hangs["deadline"] == pytest.approx(account.control.state()["now"] + 900, abs=30)
        account.control.skip(900)
        told, _ = answer.result()
    assert told["errorMessage"].endswith("Task timed out after 900.00 seconds")
    assert gateway.of("invocation-ended")[0]["outcome"] == "timeout"


def test_a_fault_can_let_the_initialization_of_a_fresh_environment_fail(account, gateway):
    function = Function(account, COUNT)
    assert function.invoke() == (1, None)
    gateway.answers["invocation"] = lambda told: {"kill": {"how": "init-failure", "when": "before"}}
    told, error = function.invoke()
    assert (told["errorType"], error) == ("Runtime.ExitError", "Unhandled")
    assert gateway.of("invocation-ended")[1]["outcome"] == "init-error"
    gateway.answers.clear()
    assert function.invoke() == (1, None)


def test_a_handler_sees_the_accounts_clock_and_how_far_its_own_is_off(account, gateway):
    if not account.control.health()["faketime"]:
        pytest.skip("libfaketime isn't installed where LocalStack runs")
    function = Function(account, "import time\ndef handler(event, context): return time.time()")
    account.control.skip(86_400)
    assert function.invoke()[0] == pytest.approx(account.control.state()["now"], abs=20)
    gateway.answers["invocation"] = lambda told: {"skew_seconds": -600.0}
    assert function.invoke()[0] == pytest.approx(account.control.state()["now"] - 600, abs=20)


def test_a_function_runs_its_new_code_after_an_update(account):
    function = Function(account, "def handler(event, context): return 'old'")
    assert function.invoke() == ("old", None)
    new = packed({"app.py": "def handler(event, context): return 'new'"})
    function.client.update_function_code(FunctionName="F", ZipFile=new)
    function.await_ready()
    assert function.invoke() == ("new", None)


def test_what_runs_may_end_when_its_function_is_updated(account, gateway, tmp_path):
    source = f"""
        import pathlib, time
        def handler(event, context):
            pathlib.Path({str(tmp_path)!r}, "began").touch()
            while not pathlib.Path({str(tmp_path)!r}, "updated").exists():
                time.sleep(0.01)
            return "old"
        """
    name = f"Updated-{account.id}"
    function = Function(account, source, name=name)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(function.invoke)
        gateway.await_((tmp_path / "began").exists)
        new = packed({"app.py": "def handler(event, context): return 'new'"})
        function.client.update_function_code(FunctionName=name, ZipFile=new)
        function.await_ready()
        assert function.invoke() == ("new", None)
        (tmp_path / "updated").touch()
        assert answer.result() == ("old", None)
    gateway.await_(lambda: len(processes_of(name)) == 1)


def test_an_environment_that_is_provisioned_is_warm(account, gateway):
    function = Function(account, COUNT)
    function.client.publish_version(FunctionName="F")
    function.client.put_provisioned_concurrency_config(
        FunctionName="F", Qualifier="1", ProvisionedConcurrentExecutions=1
    )

    def is_ready():
        told = function.client.get_provisioned_concurrency_config(FunctionName="F", Qualifier="1")
        return told["Status"] == "READY"

    gateway.await_(is_ready)
    assert function.invoke(Qualifier="1") == (1, None)
    assert gateway.of("invocation")[0]["cold"] is False


def test_no_process_outlives_its_function(account, gateway):
    name = f"Short-{account.id}"
    function = Function(account, ECHO, name=name)
    function.invoke()
    assert processes_of(name)
    function.client.delete_function(FunctionName=name)
    gateway.await_(lambda: not processes_of(name))


def test_no_process_outlives_its_account(account, gateway):
    name = f"Short-{account.id}"
    Function(account, ECHO, name=name).invoke()
    assert processes_of(name)
    account.control.end()
    gateway.await_(lambda: not processes_of(name))


@pytest.mark.parametrize(
    ("source", "acted"), [("time.time()", ["skew"]), ("boto3.client('sqs').list_queues()", []), ("None", [])]
)
def test_a_wrong_clock_has_acted_if_the_handler_looked_at_it(account, gateway, source, acted):
    if not account.control.health()["faketime"]:
        pytest.skip("libfaketime isn't installed where LocalStack runs")
    function = Function(account, f"import boto3, time\ndef handler(event, context): {source}", Timeout=60)
    function.invoke()
    gateway.answers["invocation"] = lambda told: {"skew_seconds": -600.0}
    function.invoke()
    assert [ended["acted"] for ended in gateway.of("invocation-ended")] == [[], acted]


def test_no_process_outlives_a_localstack_that_is_killed(tmp_path, gateway):
    users = tmp_path / "users"
    users.touch()
    with users.open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        process = host.start(tmp_path, users, {}, tmp_path / "log")
        try:
            stranger = Account(f"http://127.0.0.1:{process.port}", gateway)
            name = f"Left-{stranger.id}"
            Function(stranger, ECHO, name=name).invoke()
            assert processes_of(name)
            os.kill(process.pid, signal.SIGKILL)
            gateway.await_(lambda: not processes_of(name))
        finally:
            process.stop()
    assert not list(Path("/dev/shm").glob("faketime_*"))
