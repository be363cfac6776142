"""Whatever a handler does, its run ends, and is told."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from pathlib import Path

import pytest

import harness
from harness.app.handles.function import FunctionError
from harness.plan import PlanError
from harness.sim import rounds
from harness.sim.sandbox import sandbox, watchdog

ROOT = Path(__file__).parents[2]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(sandbox.Sandbox.__init__, "__defaults__", (0.5,))


def failure(deployed, code):
    with harness.Simulator() as cloud:
        with pytest.raises(FunctionError) as caught:
            deployed(cloud, F=code).function("F").invoke()
        return caught.value.payload


def test_a_regular_expression_that_backtracks_is_stopped(deployed, impatient):
    code = """
        import re
        def handler(event, context):
            return bool(re.match(r"(a+)+$", "a" * 60 + "b"))
    """
    told = failure(deployed, code)
    assert told["errorType"] == "Harness.Hung"
    assert "without a call, a sleep or a wait" in told["errorMessage"]


@pytest.mark.parametrize(
    "turn", ["time.sleep(0)", "queue.Queue().empty() and time.sleep(0)", "threading.Event().wait(0)"]
)
def test_a_handler_that_yields_for_ever_without_time_is_stopped(deployed, impatient, turn):
    code = f"""
        import queue, threading, time
        def handler(event, context):
            while True:
                {turn}
    """
    assert failure(deployed, code)["errorType"] == "Harness.Hung"


def test_a_handler_that_sleeps_for_next_to_nothing_comes_to_its_end(deployed):
    code = "import time\ndef handler(event, context):\n    while True: time.sleep(1e-9)"
    with harness.Simulator() as cloud:
        app = deployed(cloud, F=code)
        name = app.physical_id("F")
        cloud.client("lambda").update_function_configuration(FunctionName=name, Timeout=1)
        with pytest.raises(FunctionError, match=r"Task timed out after 1\.00 seconds"):
            app.function("F").invoke()


def test_c_code_that_gives_back_the_lock_and_hears_no_signal_is_given_up():
    watch = watchdog.Watch(1.0)
    watch.turns_to(object(), 5.0)
    for _ in range(8):
        watch.look()
    assert not watch.is_beyond_help
    watch.since -= 300
    assert watch.is_beyond_help


def test_c_code_that_looks_at_no_signal_ends_the_process_and_says_where(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            import itertools
            import harness
            from harness.sim.sandbox import watchdog
            watchdog.LAST_RESORT_SECONDS = watchdog.LOOK_EVERY_SECONDS = 0.5

            def never_ends():
                all(itertools.repeat(True))

            with harness.Simulator() as cloud:
                while not watchdog._dog.armed:
                    pass
                never_ends()
            """
        )
    )
    ran = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )
    assert ran.returncode == 1
    assert "in never_ends" in ran.stderr


ENDS = {
    "raise_signal": ("signal.raise_signal(signal.SIGTERM)", "signal: terminated"),
    "killpg": ("os.killpg(0, signal.SIGKILL)", "signal: killed"),
    "kill of the group": ("os.kill(0, signal.SIGTERM)", "signal: terminated"),
    "kill of the group by its number": (
        "os.kill(-os.getpgid(0), signal.SIGTERM)",
        "signal: terminated",
    ),
    "kill of all": ("os.kill(-1, signal.SIGKILL)", "signal: killed"),
    "interrupt_main": ("_thread.interrupt_main()", "signal: interrupt"),
    "pthread_kill": ("signal.pthread_kill(threading.get_ident(), signal.SIGABRT)", "signal: aborted"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "signal: interrupt"),
    "execv": ("os.execv('/bin/true', ['true'])", None),
    "execlp": ("os.execlp('true', 'true')", None),
}


@pytest.mark.parametrize("name", ENDS)
def test_the_end_of_a_functions_process_is_its_own(deployed, name):
    statement, reason = ENDS[name]
    code = f"""
        import _thread, os, signal, threading
        def handler(event, context):
            {statement}
    """
    told = failure(deployed, code)
    assert told["errorType"] == "Runtime.ExitError"
    assert told["errorMessage"].endswith(
        f"Runtime exited with error: {reason}" if reason else "Runtime exited without providing a reason"
    )


ESCAPES = {
    "caught": """
        try:
            os._exit(3)
        except BaseException:
            return "alive"
    """,
    "finally": """
        try:
            os._exit(3)
        finally:
            return "alive"
    """,
    "in a thread": """
        thread = threading.Thread(target=os._exit, args=(3,))
        thread.start()
        thread.join()
    """,
    "in a pool": """
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(os._exit, 3)
    """,
    "in a task": """
        async def main():
            await asyncio.wait([asyncio.create_task(asyncio.to_thread(os._exit, 3))])
        asyncio.run(main())
    """,
}


@pytest.mark.parametrize("name", ESCAPES)
def test_a_process_that_ends_is_gone_at_once_whatever_catches_it(deployed, name):
    imports = "import asyncio, concurrent.futures, os, threading\ndef handler(event, context):\n"
    told = failure(deployed, imports + textwrap.indent(textwrap.dedent(ESCAPES[name]), "    "))
    assert told["errorMessage"].endswith("Runtime exited with error: exit status 3")


def test_a_function_signals_its_children_and_nobody_else(deployed):
    code = """
        import os, signal, subprocess

        def attempt(act, *given):
            try:
                return act(*given)
            except OSError as problem:
                return type(problem).__name__

        def handler(event, context):
            child = subprocess.Popen(["sleep", "60"])
            os.kill(child.pid, signal.SIGTERM)
            return [
                child.wait(),
                attempt(os.kill, event, 0),
                attempt(os.killpg, 2, 0),
                attempt(os.kill, os.getppid(), signal.SIGTERM),
                attempt(os.pidfd_open, event),
            ]
    """
    with harness.Simulator() as cloud:
        told = deployed(cloud, F=code).function("F").invoke(os.getppid())
    assert told == [-15, *["ProcessLookupError"] * 4]


@pytest.mark.parametrize("wait", ["pause()", "sigwait([2])", "sigwaitinfo([2])", "sigtimedwait([2], 60)"])
def test_a_wait_for_a_signal_takes_virtual_time(deployed, wait):
    told = failure(deployed, f"import signal\ndef handler(event, context): signal.{wait}")
    assert "Task timed out after 30.00 seconds" in told["errorMessage"]


def test_a_signal_that_a_function_handles_reaches_its_handler(deployed):
    code = """
        import signal
        seen = []
        signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
        def handler(event, context):
            signal.raise_signal(signal.SIGUSR1)
            return len(seen)
    """
    with harness.Simulator() as cloud:
        assert deployed(cloud, F=code).function("F").invoke() == 1


def test_a_child_that_is_late_is_late_in_real_time(deployed):
    code = """
        import subprocess
        def handler(event, context):
            late = []
            child = subprocess.Popen(["sleep", "60"])
            for wait in (child.wait, child.communicate):
                try:
                    wait(timeout=0.05)
                except subprocess.TimeoutExpired:
                    late.append(child.pid)
            return late
    """
    with harness.Simulator() as cloud:
        late = deployed(cloud, F=code).function("F").invoke()
    assert len(late) == 2
    assert not Path(f"/proc/{late[0]}").exists()


def test_an_error_with_half_a_character_is_told(deployed):
    code = """
        import logging
        def handler(event, context):
            print("\\ud800")
            logging.error("\\ud800")
            raise ValueError("half: \\ud800")
    """
    with harness.Simulator() as cloud:
        app = deployed(cloud, F=code)
        with pytest.raises(FunctionError, match="half: "):
            app.function("F").invoke()
        app.function("F").invoke_async()
        app.settle()
        history = cloud.history()
    assert "half: " in history.to_json()
    history.to_json().encode()


def test_a_server_in_a_thread_and_its_clients_take_turns(deployed):
    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(1)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"from the server")

        def log_message(self, *_):
            """Nothing to say."""

    code = """
        import urllib.request
        def handler(event, context):
            return urllib.request.urlopen(event).read().decode()
    """
    with harness.Simulator() as cloud:
        server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        app = deployed(cloud, F=code)
        assert app.function("F").invoke(url) == "from the server"
        assert urllib.request.urlopen(url).read() == b"from the server"
        assert app.settle()
        assert 2 <= cloud.elapsed < 10
        server.server_close()


def test_functions_that_start_each_other_for_ever_do_not_settle(deployed, monkeypatch):
    monkeypatch.setattr(rounds, "ROUNDS_MAX", 30)
    code = """
        import boto3, json, os
        def handler(event, context):
            other = event["others"][0]
            told = json.dumps({"others": event["others"][::-1]})
            boto3.client("lambda").invoke(FunctionName=other, InvocationType="Event", Payload=told)
    """
    with harness.Simulator() as cloud:
        app = deployed(cloud, Ping=code, Pong=code)
        names = [app.physical_id("Pong"), app.physical_id("Ping")]
        for name in names:
            cloud.client("lambda").put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
        app.function("Ping").invoke_async({"others": names})
        assert not app.settle()
        told = cloud.history()[-1].data["moving"]
    assert told == ["does not settle: Ping → Pong → Ping …"]


def stream_of_table(cloud):
    cloud.client("dynamodb").create_table(
        TableName="notes",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    return cloud.client("dynamodb").describe_table(TableName="notes")["Table"]["LatestStreamArn"]


def stream_of_kinesis(cloud):
    cloud.client("kinesis").create_stream(StreamName="notes", ShardCount=1)
    cloud.client("kinesis").get_waiter("stream_exists").wait(StreamName="notes")
    return cloud.client("kinesis").describe_stream(StreamName="notes")["StreamDescription"]["StreamARN"]


@pytest.mark.parametrize(
    ("stream", "writes"),
    [
        (
            stream_of_table,
            'client("dynamodb").put_item(TableName="notes", Item={"id": {"S": str(uuid.uuid4())}})',
        ),
        (stream_of_kinesis, 'client("kinesis").put_record(StreamName="notes", Data=b"-", PartitionKey="-")'),
    ],
    ids=["of a table", "of Kinesis"],
)
def test_a_function_that_writes_to_the_stream_that_it_reads_does_not_settle(
    deployed, monkeypatch, stream, writes
):
    monkeypatch.setattr(rounds, "ROUNDS_MAX", 30)
    code = f"import boto3, uuid\ndef handler(event, context): boto3.{writes}"
    with harness.Simulator() as cloud:
        app = deployed(cloud, Copies=code)
        cloud.client("lambda").create_event_source_mapping(
            FunctionName=app.physical_id("Copies"),
            EventSourceArn=stream(cloud),
            StartingPosition="TRIM_HORIZON",
        )
        app.function("Copies").invoke()
        assert not app.settle()
        told = cloud.history()[-1].data["moving"]
    assert told == ["does not settle: Copies → Copies …"]


def test_settling_ends_where_each_try_of_a_message_hangs(deployed, impatient, monkeypatch):
    monkeypatch.setattr(rounds, "HUNG_MAX", 2)
    with harness.Simulator() as cloud:
        app = deployed(cloud, F="def handler(event, context):\n    while True: pass")
        app.function("F").invoke_async({})
        assert not app.settle()
        assert len(cloud.history().of("invocation-ended")) == 2
        assert cloud.history()[-1].data["moving"] == ["did not settle: handlers hung 2 times"]


def test_settling_ends_in_real_time_as_well(deployed, monkeypatch):
    monkeypatch.setattr(rounds, "REAL_SECONDS_MAX", 0.0)
    with harness.Simulator() as cloud:
        kernel = cloud.kernel

        def tick():
            kernel.call_at(kernel.now + 1, tick, name="tick")

        tick()
        assert not cloud.settle()
        assert cloud.history()[-1].data["moving"][0].startswith("did not settle in 0 s of real time")


def test_a_plan_with_a_hundred_million_copies_is_refused():
    with pytest.raises(PlanError, match="copies=100000000: at most 1000"):
        harness.faults.redeliver("A", "B", copies=100_000_000)
