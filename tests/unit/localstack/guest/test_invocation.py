"""Runs of functions as processes: how each can end, and what is answered and logged then."""

from __future__ import annotations

import json
import os
import re
import threading
import time

import pytest

from harness.localstack.guest import clock, running
from harness.localstack.guest.invocation import EnvironmentStopped, Kill


def told(ran):
    return json.loads(ran.payload)


def await_(look, seconds=60.0):
    until = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < until, "it didn't come to that"
        time.sleep(0.005)


def starts_when_running(invocation, function):
    """The handler has written that it runs."""
    await_(lambda: invocation.deadline is not None and (function.code.root / "began").exists())


SLEEPS = """
    import pathlib, time
    def handler(event, context):
        pathlib.Path("began").touch()
        time.sleep(60)
"""


def test_what_the_handler_returns_is_the_answer(function):
    ran = function("def handler(event, context): return {'twice': event['n'] * 2}").run(b'{"n": 21}')
    assert (ran.outcome, told(ran), ran.error) == ("ok", {"twice": 42}, None)


def test_a_warm_environment_keeps_its_globals(function):
    counting = function("n = []\ndef handler(event, context):\n    n.append(1)\n    return len(n)")
    assert [told(counting.run()) for _ in range(3)] == [1, 2, 3]


def test_the_log_is_as_lambda_writes_it(function):
    ran = function("def handler(event, context): print('at work')").run()
    kinds = [line.split()[0] for line in ran.log.splitlines()]
    assert kinds == ["INIT_START", "START", "at", "END", "REPORT"]
    assert re.search(
        r"REPORT RequestId: r-\d+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB"
        r"\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\t",
        ran.log,
    )


def test_a_warm_invocation_logs_no_initialization(function):
    warm = function("def handler(event, context): print('at work')")
    warm.run()
    assert "INIT_START" not in warm.run().log


def test_all_output_of_an_invocation_is_in_its_log(function):
    ran = function(
        """
        import os
        def handler(event, context):
            os.write(2, b'x' * 300_000 + b'last')
        """
    ).run()
    assert "xlast\nEND RequestId" in ran.log


def test_an_exception_is_answered_with_type_message_and_trace(function):
    ran = function("def handler(event, context):\n    raise ValueError('no such order\\nreally')").run()
    assert ran.outcome == "error"
    assert (told(ran)["errorType"], told(ran)["errorMessage"]) == ("ValueError", "no such order\nreally")
    assert "raise ValueError" in told(ran)["stackTrace"][0]
    assert ran.error == "ValueError: no such order"
    assert "[ERROR] ValueError: no such order" in ran.log


def test_an_environment_outlives_an_exception(function):
    failing = function("n = []\ndef handler(event, context):\n    n.append(1)\n    raise ValueError(len(n))")
    failing.run()
    assert told(failing.run())["errorMessage"] == "2"


def test_a_function_that_takes_too_long_is_killed(function):
    ran = function(SLEEPS, timeout_seconds=0.2).run()
    request_id = re.search(r"START RequestId: (\S+)", ran.log)[1]
    assert ran.outcome == "timeout"
    assert told(ran) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 0.20 seconds",
    }
    assert re.search(rf"Z {request_id} Task timed out after 0.20 seconds\nEND", ran.log)
    assert ran.log.rstrip("\n").endswith("Status: timeout")


def test_the_cold_start_doesnt_count_against_the_timeout(function):
    ran = function(
        "import time\ntime.sleep(1.2)\ndef handler(event, context): return 'ok'", timeout_seconds=1.0
    ).run()
    assert ran.outcome == "ok"


@pytest.mark.parametrize(
    ("ending", "message"),
    [
        ("os._exit(1)", "Runtime exited with error: exit status 1"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
    ],
)
def test_a_process_that_ends_is_a_crash(function, ending, message):
    ran = function(f"import os, sys\ndef handler(event, context): {ending}").run()
    assert ran.outcome == "crash"
    assert told(ran)["errorType"] == "Runtime.ExitError"
    assert told(ran)["errorMessage"].endswith(f"Error: {message}")


def test_what_a_handler_has_started_dies_with_it(function):
    ran = function(
        """
        import os, subprocess, time
        def handler(event, context):
            child = subprocess.Popen(["sleep", "60"])
            print("child", child.pid)
            os._exit(1)
        """
    ).run()
    child = re.search(r"child (\d+)", ran.log)[1]
    await_(lambda: not _runs(child))


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_code_that_cant_be_loaded_is_an_init_error(function):
    ran = function("import surely_not_installed\ndef handler(event, context): pass").run()
    assert (ran.outcome, told(ran)["errorType"]) == ("init-error", "Runtime.ImportModuleError")
    assert re.search(r"INIT_REPORT .*Status: error\tError Type: Runtime.ImportModuleError\nEND", ran.log)


def test_a_process_that_ends_before_its_first_question_is_an_init_error(function):
    ran = function("import os\nos._exit(3)").run()
    assert (ran.outcome, told(ran)["errorType"]) == ("init-error", "Runtime.ExitError")
    assert told(ran)["errorMessage"].endswith("exit status 3")


def test_what_is_printed_at_import_is_logged_before_the_start(function):
    ran = function("print('imported')\ndef handler(event, context): print('handled')").run()
    kinds = [line.split()[0] for line in ran.log.splitlines()]
    assert kinds == ["INIT_START", "imported", "START", "handled", "END", "REPORT"]


def test_an_initialization_that_a_fault_lets_hang_begins_anew_in_the_functions_time(function):
    hanging = function(
        """
        import pathlib, time
        if not pathlib.Path("began").exists():
            pathlib.Path("began").touch()
            time.sleep(60)
        def handler(event, context): return "at last"
        """,
        timeout_seconds=30,
    )
    invocation = hanging.invocation()
    wait = hanging.run_beside(invocation)
    starts_when_running(invocation, hanging)
    running.kill(hanging.environment.id, "timeout")
    clock.skip(hanging.account, 10)
    assert told(wait()) == "at last"


def test_an_initialization_that_takes_too_long_begins_anew_in_the_functions_time(function, monkeypatch):
    monkeypatch.setattr("harness.localstack.guest.invocation.INIT_SECONDS_MAX", 0.3)
    slow = function(
        """
        import pathlib, time
        if not pathlib.Path("again").exists():
            time.sleep(60)
        def handler(event, context): return "at last"
        """,
        timeout_seconds=30,
    )
    restart = slow.environment.restart
    monkeypatch.setattr(slow.environment, "restart", lambda: ((slow.code.root / "again").touch(), restart()))
    ran = slow.run()
    assert (ran.outcome, told(ran)) == ("ok", "at last")
    assert "Phase: init\tStatus: timeout\nSTART" in ran.log


def test_more_memory_than_it_may_use_ends_a_function(function):
    ran = function(
        "import time\ndef handler(event, context):\n    x = b'x' * 200_000_000\n    time.sleep(60)"
    ).run()
    assert ran.outcome == "oom"
    assert told(ran)["errorType"] == "Runtime.OutOfMemory"
    assert told(ran)["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert "Max Memory Used: 128 MB" in ran.log


def test_a_peak_of_memory_that_is_over_at_once_counts(function):
    ran = function("def handler(event, context): return len(b'x' * 200_000_000)").run()
    assert ran.outcome == "oom"


def test_memory_of_what_the_handler_has_started_counts(function):
    ran = function(
        """
        import subprocess, sys
        def handler(event, context):
            subprocess.run([sys.executable, "-c", "import time; x = b'x' * 200_000_000; time.sleep(60)"])
        """,
        timeout_seconds=30,
    ).run()
    assert ran.outcome == "oom"


def test_memory_within_the_limit_is_fine(function):
    ran = function("def handler(event, context): return len(b'x' * 200_000_000)", memory_mb=512).run()
    assert (ran.outcome, told(ran)) == ("ok", 200_000_000)


def test_nothing_moves_between_two_invocations(function):
    busy = function(
        """
        import threading, time
        ticks = []
        def tick():
            while True:
                ticks.append(1)
                time.sleep(0.001)
        threading.Thread(target=tick, daemon=True).start()
        def handler(event, context):
            return len(ticks)
        """
    )
    first = told(busy.run())
    time.sleep(0.5)
    assert told(busy.run()) - first < 250


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_by_a_fault_reads_as_any_crash(function, when):
    marked = function(
        "import pathlib\ndef handler(event, context): pathlib.Path('ran').touch()", timeout_seconds=30
    )
    ran = marked.run(kill=Kill(how="crash", when=when))
    assert (ran.outcome, ran.acted) == ("crash", ("kill",))
    assert told(ran)["errorMessage"].endswith("Runtime exited with error: exit status 1")
    assert (marked.code.root / "ran").exists() is (when == "after")
    assert not marked.environment.running


def test_a_function_that_dies_by_itself_first_was_killed_by_no_fault(function):
    ran = function("import os\ndef handler(event, context): os._exit(3)").run(
        kill=Kill(how="crash", when="after")
    )
    assert (ran.outcome, ran.acted) == ("crash", ())


def test_a_lack_of_memory_by_a_fault_reads_as_any(function):
    ran = function("def handler(event, context): pass").run(kill=Kill(how="oom"))
    assert (ran.outcome, told(ran)["errorType"]) == ("oom", "Runtime.OutOfMemory")


def test_an_initialization_that_a_fault_lets_fail_runs_no_code(function):
    marked = function("import pathlib\npathlib.Path('ran').touch()")
    ran = marked.run(kill=Kill(how="init-failure"))
    assert (ran.outcome, told(ran)["errorType"]) == ("init-error", "Runtime.ExitError")
    assert ran.acted == ("kill",)
    assert not (marked.code.root / "ran").exists()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_timeout_by_a_fault_hangs_until_the_accounts_clock_reaches_the_deadline(function, when):
    quick = function("def handler(event, context): pass", timeout_seconds=900.0)
    invocation = quick.invocation(kill=Kill(how="timeout", when=when))
    wait = quick.run_beside(invocation)
    await_(lambda: invocation.parked)
    [shown] = running.invocations(quick.account)
    assert shown["parked"]
    assert shown["deadline"] == pytest.approx(clock.now(quick.account) + 900, abs=20)
    clock.skip(quick.account, 901)
    assert wait(5).outcome == "timeout"
    assert running.invocations(quick.account) == []


def test_a_fault_can_kill_what_runs_in_an_environment(function):
    sleeping = function(SLEEPS, timeout_seconds=60)
    invocation = sleeping.invocation()
    wait = sleeping.run_beside(invocation)
    starts_when_running(invocation, sleeping)
    assert running.kill(sleeping.environment.id, "crash")
    assert wait().outcome == "crash"


def test_a_fault_can_let_hang_what_runs_in_an_environment(function):
    sleeping = function(SLEEPS, timeout_seconds=600)
    invocation = sleeping.invocation()
    wait = sleeping.run_beside(invocation)
    starts_when_running(invocation, sleeping)
    running.kill(sleeping.environment.id, "timeout")
    assert running.invocations(sleeping.account)[0]["parked"]
    clock.skip(sleeping.account, 600)
    assert wait().outcome == "timeout"


def test_nothing_is_killed_in_an_environment_that_runs_nothing(function):
    assert running.kill(function("def handler(event, context): pass").environment.id, "crash") is False


def test_an_account_that_ends_takes_its_environments_along(function):
    sleeping = function(SLEEPS, timeout_seconds=60)
    invocation = sleeping.invocation()
    wait = sleeping.run_beside(invocation)
    starts_when_running(invocation, sleeping)
    running.end_account(sleeping.account)
    assert isinstance(wait(), EnvironmentStopped)
    assert not sleeping.environment.running
    assert not sleeping.environment.usable


def test_the_running_invocations_of_other_accounts_arent_shown(function):
    sleeping, other = function(SLEEPS, timeout_seconds=60), function("def handler(event, context): pass")
    invocation = sleeping.invocation()
    wait = sleeping.run_beside(invocation)
    starts_when_running(invocation, sleeping)
    assert running.invocations(other.account) == []
    [shown] = running.invocations(sleeping.account)
    assert (shown["function"], shown["request_id"]) == (sleeping.code.arn, invocation.request.request_id)
    assert shown["environment"] == sleeping.environment.id
    running.kill(sleeping.environment.id, "crash")
    wait()


def test_a_runtime_that_cant_run_here_is_named(function):
    ran = function("", runtime="java21", file="a.txt").run()
    assert ran.outcome == "init-error"
    assert told(ran)["errorMessage"].startswith(
        "runtime java21 can't run in harness's LocalStack; what works here: python*"
    )


def test_an_answer_that_is_too_large_is_an_error(function):
    ran = function("def handler(event, context): return 'x' * 6_291_557").run()
    assert (ran.outcome, told(ran)["errorType"]) == ("error", "Function.ResponseSizeTooLarge")


def test_environments_leak_neither_descriptors_nor_threads(function):
    quick = function("def handler(event, context): pass")

    def come_and_go():
        assert quick.run().outcome == "ok"
        quick.stop()
        quick.renew()

    def held():
        threads = [thread.name for thread in threading.enumerate()]
        ours = [name for name in threads if name.startswith(("harness-environment", "harness-runtime-c"))]
        return len(os.listdir("/proc/self/fd")), len(ours)

    come_and_go()
    await_(lambda: held()[1] == 0)
    before, _ = held()
    for _ in range(5):
        come_and_go()
    await_(lambda: held()[1] == 0 and held()[0] <= before)


def test_nothing_of_an_environment_is_left_when_it_stops(function):
    short = function("import os\ndef handler(event, context): return os.environ['TMPDIR']")
    folder = told(short.run())
    pid = short.environment._process.pid
    short.stop()
    assert not os.path.exists(folder)
    assert not _runs(pid)
