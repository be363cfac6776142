"""LocalStack from PyPI as a process: where it can be reached from, and what it leaves."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import urllib3
from botocore.exceptions import ClientError

from harness.localstack.host import HostProcess, interpreter
from harness.localstack.install import guest_folder
from harness.localstack.sharing import Options, shared
from tests.docker.conftest import listening_addresses

pytestmark = pytest.mark.localstack_host


@pytest.fixture(scope="module")
def running():
    with shared("localstack-host") as running:
        yield running


def test_it_and_its_children_listen_on_loopback_alone(running):
    assert listening_addresses(running.process.port) == {"127.0.0.1"}
    family = [
        running.process.pid,
        *(c.pid for c in psutil.Process(running.process.pid).children(recursive=True)),
    ]
    listening = [
        one for one in psutil.net_connections("inet") if one.pid in family and one.status == "LISTEN"
    ]
    assert {one.laddr.ip for one in listening} == {"127.0.0.1"}


def test_the_guest_is_inside(running):
    health = urllib3.request("GET", f"{running.url}/_harness/health").json()
    assert health["localstack"] == "4.14.0"
    assert health["pid"] == running.process.pid


def test_a_table_knows_conditions_and_says_why_a_transaction_was_cancelled(running, client):
    table = client("dynamodb", running.url, "444444444444")
    table.create_table(
        TableName="T",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    new = {"TableName": "T", "Item": {"k": {"S": "1"}}, "ConditionExpression": "attribute_not_exists(k)"}
    table.put_item(**new)
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        table.put_item(**new)
    with pytest.raises(ClientError) as cancelled:
        table.transact_write_items(
            TransactItems=[{"Put": {"TableName": "T", "Item": {"k": {"S": "2"}}}}, {"Put": new}]
        )
    reasons = [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert table.scan(TableName="T")["Count"] == 1
    assert client("dynamodb", running.url, "555555555555").list_tables()["TableNames"] == []


def test_it_ends_with_its_last_user_and_leaves_no_file(runtime):
    with shared("localstack-host", Options(environment={"DEBUG": "0"})) as running:
        folder = running.session.folder
        assert (folder / "root").exists()
    assert not running.process.alive()
    assert not folder.exists()


USER = """
import os, signal
from harness.localstack.sharing import shared
with shared("localstack-host") as running:
    print(running.process.pid, running.process.began, running.session.folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_by_itself_when_its_users_were_killed(runtime):
    killed = subprocess.run(
        [sys.executable, "-c", USER], stdout=subprocess.PIPE, text=True, env=os.environ, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    pid, began, folder = killed.stdout.split()
    process = HostProcess(int(pid), float(began), 0)
    until = time.monotonic() + 60
    while (process.alive() or os.path.exists(folder)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not process.alive()
    assert not os.path.exists(folder)


def test_it_does_not_start_for_users_who_are_gone_already(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(guest_folder()), "HARNESS_USERS": str(tmp_path / "users")}
    done = subprocess.run(
        [interpreter(), "-m", "harness_guest.localstack.guest.host"],
        env=environment,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert b"FileNotFoundError" in done.stderr
