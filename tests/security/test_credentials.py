"""Real credentials stay where they are, in a run and after it."""

from __future__ import annotations

import atexit
import ctypes
import gc
import io
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import boto3.s3.transfer
import pytest

import harness
from harness.sim.patches.clients import OutsideOfRun

ROOT = Path(__file__).parents[2]
KEY = "AKIAREALREALREALREAL"
SECRET = "real-secret"

REAL = {
    "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_SESSION_TOKEN": SECRET,
    "AWS_BEARER_TOKEN_BEDROCK": SECRET,
    "AWS_PROFILE": "production",
    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/real",
}


@pytest.fixture(autouse=True)
def _real_credentials(monkeypatch, tmp_path):
    (tmp_path / "real").write_text(f"[production]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\n")
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "real"))


def of_c_library(name):
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    found = getenv(name.encode())
    return None if found is None else found.decode()


def older_client(service):
    return boto3.Session(profile_name="production", region_name="eu-west-1").client(service)


def is_harmless(variables):
    return not any(real in variables for real in (KEY, SECRET, "production", "111122223333", "/real"))


def test_the_c_library_has_no_real_credentials_during_a_run_and_has_them_again_after_it():
    with harness.Simulator():
        during = {name: of_c_library(name) for name in REAL}
        os.environ["SET_IN_THE_RUN"] = "1"
        os.environ["AWS_PROFILE"] = "of the test"
    assert is_harmless(repr(during))
    assert during["AWS_PROFILE"] is None
    assert {name: of_c_library(name) for name in REAL} == REAL | {"AWS_PROFILE": "of the test"}
    assert of_c_library("SET_IN_THE_RUN") == os.environ.pop("SET_IN_THE_RUN") == "1"


def test_what_was_changed_in_the_run_alone_is_gone_with_it():
    with harness.Simulator():
        os.environ["AWS_REGION"] = "eu-west-1"
        del os.environ["AWS_REGION"]
    assert of_c_library("AWS_REGION") is None


@pytest.mark.parametrize(
    "start",
    [
        lambda file: os.system(f"env > {file}"),
        lambda file: subprocess.run(f"env > {file}", shell=True, check=True),
        lambda file: os.waitpid(os.spawnlp(os.P_NOWAIT, "sh", "sh", "-c", f"env > {file}"), 0),
    ],
    ids=["system", "subprocess", "spawn"],
)
def test_no_child_of_a_test_has_a_real_key(start, tmp_path):
    file = tmp_path / "variables"
    with harness.Simulator():
        start(file)
    found = file.read_text()
    assert "AWS_ACCESS_KEY_ID=ASIAHARNESS" in found
    assert is_harmless(found)


def write_variables(file):
    file.write_text(repr(dict(os.environ)))


def test_no_spawned_process_has_a_real_key(tmp_path):
    with harness.Simulator():
        process = multiprocessing.get_context("spawn").Process(
            target=write_variables, args=(tmp_path / "variables",)
        )
        process.start()
        process.join()
    assert is_harmless((tmp_path / "variables").read_text())


def test_no_process_of_a_fork_server_has_a_real_key(tmp_path):
    context = multiprocessing.get_context("forkserver")

    def told(name):
        process = context.Process(target=write_variables, args=(tmp_path / name,))
        process.start()
        process.join()
        return (tmp_path / name).read_text()

    assert KEY in told("before")
    with harness.Simulator():
        assert is_harmless(told("during"))
    assert KEY in told("after")


def test_a_child_with_variables_of_its_own_finds_no_profiles(tmp_path):
    with harness.Simulator():
        told = subprocess.run(["env"], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert f"AWS_SHARED_CREDENTIALS_FILE={os.devnull}" in told.stdout


STARTED_WITH = """
    import os, pathlib, subprocess
    import harness

    def shown():
        of_child = ["cat", f"/proc/{os.getpid()}/environ"]
        return [
            pathlib.Path("/proc/self/environ").read_text(),
            subprocess.run(of_child, capture_output=True, text=True).stdout,
        ]

    before = shown()
    with harness.Simulator():
        during = shown()
    assert not any("real-secret" in each for each in during), during
    assert all("harmless" in each for each in during), during
    assert before == shown() and all("real-secret" in each for each in before), before
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "real-secret"
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system has no such file")
def test_the_variables_that_the_process_was_started_with_are_blank(tmp_path):
    (tmp_path / "script.py").write_text(textwrap.dedent(STARTED_WITH))
    subprocess.run(
        [sys.executable, tmp_path / "script.py"],
        check=True,
        env={"PYTHONPATH": str(ROOT), "AWS_SECRET_ACCESS_KEY": SECRET, "OTHER": "harmless"},
    )


def test_a_presigned_url_of_an_older_client_is_signed_with_no_real_key():
    older = older_client("s3")
    asked = {"ClientMethod": "get_object", "Params": {"Bucket": "bucket", "Key": "k"}}
    with harness.Simulator():
        assert KEY not in older.generate_presigned_url(**asked)
    assert KEY in older.generate_presigned_url(**asked)


def test_a_client_of_a_run_refuses_after_it_and_works_in_the_next():
    with harness.Simulator():
        client = boto3.client("sqs", region_name="eu-west-1")
        client.create_queue(QueueName="q")
    with pytest.raises(OutsideOfRun, match="this client was made while a simulator was active"):
        client.list_queues()
    with harness.Simulator():
        assert "QueueUrls" not in client.list_queues()


LATE = """
    import atexit, boto3, weakref

    class Cache:
        pass

    sqs = boto3.client("sqs")
    cache = Cache()
    weakref.finalize(cache, sqs.create_queue, QueueName="late")
    atexit.register(sqs.create_queue, QueueName="later")

    def handler(event, context):
        short = Cache()
        weakref.finalize(short, sqs.create_queue, QueueName="in-time")
"""


def test_finalizers_and_exits_of_a_function_run_before_its_end_or_never(deployed):
    with harness.Simulator() as cloud:
        deployed(cloud, F="import boto3\ndef handler(event, context): boto3.client('sqs')").function(
            "F"
        ).invoke()
    weakref.finalize(test_no_child_of_a_test_has_a_real_key, int).detach()  # the first one registers all
    registered = atexit._ncallbacks()
    with harness.Simulator() as cloud:
        app = deployed(cloud, F=LATE)
        app.function("F").invoke()
        history = cloud.history()
    gc.collect()
    late = [info.func for info in weakref.finalize._registry.values() if "create_queue" in str(info.func)]
    assert late == []
    assert atexit._ncallbacks() == registered
    made = [event.data["params"] for event in history if event.data.get("operation") == "CreateQueue"]
    assert made == [{"QueueName": "in-time"}]


def test_a_pool_that_is_older_than_the_run_works_for_it():
    client = older_client("sqs")
    with ThreadPoolExecutor(2) as pool:
        pool.submit(int).result()
        for _ in range(2):
            with harness.Simulator() as cloud:
                url = pool.submit(client.create_queue, QueueName="q").result()["QueueUrl"]
                assert url.endswith("/q")
                assert list(pool.map(len, ["a", "bb"])) == [1, 2]
                assert cloud.history()[-1].seq


def test_waiting_for_a_thread_that_is_older_than_the_run_is_no_deadlock():
    asked, told = threading.Event(), []
    done = threading.Lock()
    done.acquire()

    def work():
        asked.wait()
        told.append("done")
        freed.release()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    with harness.Simulator():
        freed = threading.Lock()
        freed.acquire()
        asked.set()
        freed.acquire()
    thread.join()
    assert told == ["done"]


def test_transfers_of_s3_never_take_the_client_of_the_common_runtime():
    config = boto3.s3.transfer.TransferConfig(preferred_transfer_client="crt")
    with harness.Simulator():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="bucket")
        s3.upload_fileobj(io.BytesIO(b"body"), "bucket", "key", Config=config)
        assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"body"
