"""The Python runtime without awslambdaric: it behaves as Lambda's own."""

from __future__ import annotations

import json
import re

import pytest

from harness.localstack.guest import clock, running


def told(ran):
    return json.loads(ran.payload)


@pytest.mark.parametrize(
    ("source", "handler", "kind", "message"),
    [
        ("", "app", "Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack"),
        ("", "app.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("", "other.handler", "Runtime.ImportModuleError", "Unable to import module 'other'"),
        ("def", "app.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("1 / 0", "app.handler", "ZeroDivisionError", "division by zero"),
        ("None.nothing", "app.handler", "AttributeError", "'NoneType' object has no attribute 'nothing'"),
    ],
)
def test_a_handler_that_cant_be_loaded_is_told(function, source, handler, kind, message):
    ran = function(source, handler=handler).run()
    assert (ran.outcome, told(ran)["errorType"]) == ("init-error", kind)
    assert told(ran)["errorMessage"].startswith(message)


def test_a_handler_may_be_in_a_package(function):
    nested = function("", handler="package/module.handler")
    (nested.code.root / "package").mkdir()
    (nested.code.root / "package" / "module.py").write_text("def handler(event, context): return __name__")
    assert told(nested.run()) == "package.module"


def test_the_context_is_as_documented(function):
    ran = function(
        """
        def handler(event, context):
            return {
                "request": context.aws_request_id,
                "arn": context.invoked_function_arn,
                "memory": context.memory_limit_in_mb,
                "left": context.get_remaining_time_in_millis(),
            }
        """,
        timeout_seconds=20.0,
        memory_mb=256,
    ).run()
    assert told(ran)["request"] == re.search(r"START RequestId: (\S+)", ran.log)[1]
    assert told(ran)["arn"].endswith(":function:F")
    assert told(ran)["memory"] == "256"
    assert 10_000 < told(ran)["left"] <= 20_000


def test_an_answer_that_isnt_json_is_an_error(function):
    ran = function("def handler(event, context): return object()").run()
    assert (ran.outcome, told(ran)["errorType"]) == ("error", "Runtime.MarshalError")


def test_what_is_logged_has_level_time_and_request(function):
    ran = function("import logging\ndef handler(event, context): logging.warning('careful')").run()
    assert re.search(r"\[WARNING\]\t\d{4}-\d\d-\d\dT[\d:.]+Z\tr-\d+\tcareful\n", ran.log)


def test_a_record_of_several_lines_is_one_entry_of_the_log_group(function):
    ran = function("import logging\ndef handler(event, context): logging.warning('one\\ntwo')").run()
    (entry,) = [each for each in ran.entries if each.startswith("[WARNING]")]
    assert entry.endswith("\tone\ntwo\n")


def test_an_error_shows_the_folders_of_lambda(function):
    ran = function("def handler(event, context): open(__file__ + 'x')").run()
    assert told(ran)["errorMessage"] == "[Errno 2] No such file or directory: '/var/task/app.pyx'"
    assert told(ran)["stackTrace"][0].startswith('  File "/var/task/app.py", line 1, in handler\n')
    (entry,) = [each for each in ran.entries if each.startswith("[ERROR]")]
    assert entry.startswith("[ERROR] FileNotFoundError: [Errno 2]")
    assert "/var/task/app.py" in entry


def test_a_wrapper_script_starts_the_runtime(function):
    wrapping = function(
        "import os\ndef handler(event, context): return os.environ['ADDED']",
        variables={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrapper"},
    )
    script = wrapping.code.root / "wrapper"
    script.write_text('#!/bin/sh\nexport ADDED=yes\nexec "$@"\n')
    script.chmod(0o755)
    assert told(wrapping.run()) == "yes"


def test_a_wrapper_script_that_is_not_there_ends_the_runtime(function):
    ran = function(
        "def handler(event, context): pass", variables={"AWS_LAMBDA_EXEC_WRAPPER": "/absent.sh"}
    ).run()
    assert told(ran)["errorType"] == "Runtime.ExitError"
    assert told(ran)["errorMessage"].endswith("Runtime exited with error: exit status 127")


@pytest.mark.libfaketime
def test_a_handler_sees_the_accounts_clock(function):
    looking = function("import time\ndef handler(event, context): return time.time()")
    looking.run()
    clock.skip(looking.account, 86_400)
    assert told(looking.run()) == pytest.approx(clock.now(looking.account), abs=5)


@pytest.mark.libfaketime
def test_a_skip_reaches_a_handler_that_runs(function):
    waiting = function(
        """
        import time, pathlib
        def handler(event, context):
            began, ticks = time.time(), time.monotonic()
            pathlib.Path("began").touch()
            while time.time() - began < 3600:
                time.sleep(0.01)
            return time.monotonic() - ticks
        """,
        timeout_seconds=7200.0,
    )
    wait = waiting.run_beside(waiting.invocation())
    while not (waiting.code.root / "began").exists():
        pass
    clock.skip(waiting.account, 3600)
    assert told(wait()) < 60


@pytest.mark.libfaketime
def test_a_clock_that_is_off_is_off_for_the_handler_alone(function):
    looking = function(
        """
        import time
        def handler(event, context):
            return [time.time(), context.get_remaining_time_in_millis()]
        """,
        timeout_seconds=20.0,
    )
    looking.environment.set_skew(-300.0)
    seen, left = told(looking.run())
    assert seen == pytest.approx(clock.now(looking.account) - 300, abs=5)
    assert 10_000 < left <= 20_000


@pytest.mark.libfaketime
@pytest.mark.parametrize(
    ("looks", "acted"),
    [
        ("time.time()", ("skew",)),
        ("datetime.datetime.now(datetime.UTC)", ("skew",)),
        ("datetime.date.today()", ("skew",)),
        ("email.utils.formatdate()", ("skew",)),
        ("threaded(lambda: time.time())", ("skew",)),
        ("time.monotonic()", ()),
        ("logging.warning('late')", ()),
        ("datetime.datetime(2026, 1, 1)", ()),
        ("time.sleep(0.01)", ()),
    ],
)
def test_a_wrong_clock_has_acted_if_the_handler_looked_at_it(function, looks, acted):
    looking = function(
        f"""
        import datetime, email.utils, logging, threading, time

        def threaded(look):
            thread = threading.Thread(target=look)
            thread.start()
            thread.join()

        def handler(event, context):
            {looks}
        """
    )
    assert looking.run().acted == ()
    looking.environment.set_skew(-300.0)
    assert looking.run().acted == acted
    looking.environment.set_skew(0.0)
    assert looking.run().acted == ()


@pytest.mark.libfaketime
def test_a_handler_that_only_sleeps_is_parked_and_goes_on_when_the_clock_is_there(function):
    sleeping = function(
        """
        import time
        def handler(event, context):
            began, ticks = time.time(), time.monotonic()
            time.sleep(600)
            return [time.time() - began, time.monotonic() - ticks]
        """,
        timeout_seconds=900.0,
    )
    wait = sleeping.run_beside(sleeping.invocation())
    while not (shown := running.invocations(sleeping.account)) or not shown[0]["parked"]:
        pass
    assert shown[0]["deadline"] == pytest.approx(clock.now(sleeping.account) + 600, abs=20)
    clock.skip(sleeping.account, 600)
    slept, took = told(wait())
    assert slept >= 600
    assert took < 60
    assert running.invocations(sleeping.account) == []


@pytest.mark.libfaketime
def test_a_handler_that_sleeps_beside_other_work_is_not_parked(function):
    working = function(
        """
        import pathlib, threading, time
        def work():
            while not pathlib.Path("enough").exists():
                time.sleep(0.01)
        def handler(event, context):
            thread = threading.Thread(target=work)
            thread.start()
            pathlib.Path("began").touch()
            while thread.is_alive():
                time.sleep(0.1)
        """,
        timeout_seconds=900.0,
    )
    wait = working.run_beside(working.invocation())
    while not (working.code.root / "began").exists():
        pass
    assert not any(running.invocations(working.account)[0]["parked"] for _ in range(1000))
    (working.code.root / "enough").touch()
    assert wait().outcome == "ok"


@pytest.mark.libfaketime
@pytest.mark.parametrize(
    "waiting",
    [
        "time.sleep(0.1)",
        "asyncio.run(asyncio.sleep(0.1))",
        "threading.Event().wait(0.1)",
        "select.select([], [], [], 0.1)",
        "queue.Queue().get(timeout=0.1)",
    ],
)
def test_waiting_takes_its_time_though_the_clock_is_another(function, waiting):
    moved = function(
        f"""
        import asyncio, queue, select, threading, time
        def handler(event, context):
            began = time.monotonic()
            try:
                {waiting}
            except queue.Empty:
                pass
            return time.monotonic() - began
        """,
        timeout_seconds=20.0,
    )
    clock.skip(moved.account, 1000)
    assert 0.09 < told(moved.run()) < 5


@pytest.mark.libfaketime
def test_neither_the_handler_nor_what_it_starts_is_told_of_libfaketime(function):
    ran = function(
        """
        import os, subprocess
        def handler(event, context):
            return [dict(os.environ), subprocess.run(["env"], capture_output=True, text=True).stdout]
        """
    ).run()
    own, of_child = told(ran)
    assert "LD_PRELOAD" not in own
    assert "LD_PRELOAD" not in of_child
    assert "FAKETIME_SHARED" not in own
