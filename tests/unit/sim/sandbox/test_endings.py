"""How an invocation can end, and what Lambda answers then."""

from __future__ import annotations

import pytest

from harness.sim.sandbox import KillOrder, note_call


def test_an_error_names_its_class_and_its_lines(bench):
    environment = bench.function(
        """
        def handler(event, context):
            return check(event)

        def check(event):
            raise ValueError("no total")
        """
    )
    ran = bench.run(environment)
    assert ran.outcome == "error"
    assert environment.alive
    error = dict(ran.error)
    trace = error.pop("stackTrace")
    assert error == {"errorType": "ValueError", "errorMessage": "no total", "requestId": "request-1"}
    assert [line.splitlines()[:2] for line in trace] == [
        ['  File "/var/task/app.py", line 3, in handler', "    return check(event)"],
        ['  File "/var/task/app.py", line 6, in check', '    raise ValueError("no total")'],
    ]
    assert "[ERROR] ValueError: no total\nTraceback (most recent call last):\n" in ran.log


def test_a_timeout_ends_the_handler_and_its_threads_where_they_wait(bench):
    environment = bench.function(
        """
        import threading, time
        done = []

        def beat():
            while True:
                time.sleep(1)
                done.append("beat")
                print("beat")

        def handler(event, context):
            threading.Thread(target=beat).start()
            try:
                time.sleep(60)
            finally:
                time.sleep(5)
                print("never")
        """,
        timeout_seconds=3,
    )
    ran = bench.run(environment)
    assert ran.outcome == "timeout"
    assert environment.cold
    assert bench.kernel.elapsed == 3
    assert ran.error == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: request-1 Error: Task timed out after 3.00 seconds",
    }
    assert ran.log.count("beat\n") >= 2
    assert "2026-01-01T00:00:03.000Z request-1 Task timed out after 3.00 seconds" in ran.log
    assert bench.kernel.settle(100)
    assert bench.kernel.elapsed == pytest.approx(3)
    assert "never" not in environment._process.log.take()
    environment.dispose()
    with pytest.raises(RuntimeError, match="is gone"):
        bench.run(environment)


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ("object()", "Unable to marshal response: Object of type object is not JSON serializable"),
        ("{1, 2}", "Unable to marshal response: Object of type set is not JSON serializable"),
    ],
)
def test_a_result_that_is_not_json(bench, result, says):
    environment = bench.function(f"def handler(event, context): return {result}")
    ran = bench.run(environment)
    assert (ran.outcome, ran.error["errorType"]) == ("error", "Runtime.MarshalError")
    assert ran.error["errorMessage"] == says
    assert environment.alive


def test_decimals_become_numbers(bench):
    assert bench.payload(
        "import decimal\ndef handler(event, context): return {'n': decimal.Decimal('1.5'), 't': (1, 2)}"
    ) == {"n": 1.5, "t": [1, 2]}


def test_bytes_become_text(bench):
    assert bench.payload("def handler(event, context): return {'b': b'hello'}") == {"b": "hello"}


def test_bytes_alone_are_a_payload_that_is_ready(bench):
    assert bench.payload("""def handler(event, context): return b'{"n": 1}'""") == {"n": 1}


MISSING = (
    "Unable to import module 'app': No module named 'nothing_of_that_name' (harness: app runs in the Python "
    "environment of the tests; install what its requirements.txt names there)"
)
STARTS = {
    "a package is missing": (
        "import nothing_of_that_name",
        "app.handler",
        "Runtime.ImportModuleError",
        MISSING,
    ),
    "the module is missing": (
        "",
        "other.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'other': No module named 'other'",
    ),
    "the function is missing": (
        "",
        "app.handler",
        "Runtime.HandlerNotFound",
        "Handler 'handler' missing on module 'app'",
    ),
    "no dot": (
        "",
        "app",
        "Runtime.MalformedHandlerName",
        "Bad handler 'app': not enough values to unpack (expected 2, got 1)",
    ),
    "not Python": (
        "def handler(:",
        "app.handler",
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'app': invalid syntax (app.py, line 1)",
    ),
    "an error": ("1 / 0", "app.handler", "ZeroDivisionError", "division by zero"),
    "an exit": (
        "import sys; sys.exit(3)",
        "app.handler",
        "Runtime.ExitError",
        "RequestId: request-1 Error: Runtime exited with error: exit status 3",
    ),
}


@pytest.mark.parametrize(("text", "handler", "kind", "says"), STARTS.values(), ids=STARTS)
def test_an_environment_that_cannot_start(bench, text, handler, kind, says):
    environment = bench.function(text, handler=handler)
    ran = bench.run(environment)
    assert (ran.outcome, ran.error["errorType"], ran.error["errorMessage"]) == ("init-error", kind, says)
    assert environment.cold


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("sys.exit(1)", "with error: exit status 1"),
        ("os._exit(7)", "with error: exit status 7"),
        ("sys.exit()", "without providing a reason"),
        ("os.kill(os.getpid(), 9)", "with error: signal: killed"),
    ],
)
def test_a_process_that_exits_leaves_its_environment_cold(bench, statement, reason):
    environment = bench.function(f"import os, sys\ndef handler(event, context): {statement}")
    ran = bench.run(environment)
    assert ran.outcome == "crash"
    assert ran.error == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: request-1 Error: Runtime exited {reason}",
    }
    assert environment.cold


CALLS = """
import builtins

def handler(event, context):
    for n in range(3):
        print("call", n)
        try:
            event_call()
        except Exception:
            print("caught")
    print("returned")
    return "done"
"""


@pytest.fixture
def calls(bench):
    """A function that makes three calls."""
    import builtins

    builtins.event_call = note_call
    yield bench.function(CALLS)
    del builtins.event_call


def test_calls_are_counted(bench, calls):
    assert (bench.run(calls).calls, bench.run(calls).calls) == (3, 3)


@pytest.mark.parametrize(
    ("order", "printed"),
    [
        (KillOrder(how="crash", when="before"), []),
        (KillOrder(how="crash", when="call", nth=1), ["call 0"]),
        (KillOrder(how="oom", when="call", nth=2), ["call 0", "call 1"]),
        (KillOrder(how="crash", when="after"), ["call 0", "call 1", "call 2", "returned"]),
        (KillOrder(how="timeout", when="call", nth=2), ["call 0", "call 1"]),
        (KillOrder(how="timeout", when="before"), []),
        (KillOrder(how="init-error"), []),
    ],
)
def test_an_invocation_dies_exactly_where_it_is_told_to(bench, calls, order, printed):
    ran = bench.run(calls, kill=order)
    assert ran.outcome == order.how
    assert ran.payload is None
    assert [
        line
        for line in ran.log.splitlines()
        if line in ("returned", "caught", *(f"call {n}" for n in range(3)))
    ] == printed
    assert not calls.alive
    assert bench.kernel.elapsed == (3 if order.how == "timeout" else 0)


def test_a_timeout_that_comes_late_leaves_the_code_some_time_with_none_remaining(bench):
    environment = bench.function(
        """
        import time

        def handler(event, context):
            print("remaining", context.get_remaining_time_in_millis())
            time.sleep(0.5)
            print("half a second later")
            time.sleep(0.5)
            print("never")
        """,
        timeout_seconds=3,
    )
    ran = bench.run(environment, kill=KillOrder(how="timeout", when="before", overrun_seconds=0.7))
    printed = [line for line in ran.log.splitlines() if line in ("half a second later", "never")]
    assert (ran.outcome, printed) == ("timeout", ["half a second later"])
    assert "remaining 0\n" in ran.log
    assert bench.kernel.elapsed == pytest.approx(3.7)
    assert not environment.alive


def test_a_result_that_comes_after_the_timeout_is_nobodys(bench, calls):
    ran = bench.run(calls, kill=KillOrder(how="timeout", when="after", overrun_seconds=0.7))
    assert (ran.outcome, ran.payload) == ("timeout", None)
    assert ran.error["errorType"] == "Sandbox.Timedout"


def test_a_handler_that_survives_everything_is_parked(bench):
    environment = bench.function(
        """
        import time

        def handler(event, context):
            while True:
                try:
                    time.sleep(1)
                except BaseException:
                    pass
        """,
        timeout_seconds=2,
    )
    assert bench.run(environment).outcome == "timeout"
    assert bench.kernel.settle(100)


def test_a_handler_that_spins_is_stopped_and_reported(bench_of):
    with bench_of(hung_after_seconds=0.3) as bench:
        environment = bench.function("def handler(event, context):\n    while True:\n        pass")
        ran = bench.run(environment)
        assert ran.outcome == "hung"
        assert "without a call, a sleep or a wait; it was at" in ran.error["errorMessage"]
        assert not environment.alive
        assert bench.payload("def handler(event, context): return 1", name="next") == 1


def test_a_handler_that_spins_and_catches_everything_is_stopped_too(bench_of):
    with bench_of(hung_after_seconds=0.3) as bench:
        environment = bench.function(
            """
            import threading, time

            def spin():
                try:
                    while True:
                        pass
                except BaseException:
                    time.sleep(1)
                    print("went on")

            def handler(event, context):
                thread = threading.Thread(target=spin)
                thread.start()
                thread.join()
            """
        )
        ran = bench.run(environment)
        assert ran.outcome == "hung"
        assert "thread Thread-1 (spin)" in ran.error["errorMessage"]
        assert "went on" not in ran.log


def test_the_watchdog_leaves_alone_who_has_yielded(bench_of):
    with bench_of(hung_after_seconds=0.05) as bench:
        environment = bench.function(
            "import time\ndef handler(event, context): time.sleep(50)", timeout_seconds=60
        )
        task = bench.kernel.spawn("invoke", lambda: bench.run(environment))
        bench.kernel.sleep(1)
        spin_for(0.6)
        assert task.join()
        assert task.result.outcome == "ok"


def spin_for(seconds: float) -> None:
    from harness.sim.clock import real_perf_counter

    began = real_perf_counter()
    while real_perf_counter() - began < seconds:
        pass


def test_a_slow_cold_start_begins_anew_in_the_functions_own_time(bench):
    environment = bench.function(
        "import time\ntime.sleep(12)\ndef handler(event, context): return 1", timeout_seconds=20
    )
    ran = bench.run(environment)
    assert ran.payload == 1
    assert bench.kernel.elapsed == pytest.approx(22)
    assert "Phase: init\tStatus: timeout" in ran.log


def test_a_deadlocked_handler_times_out(bench):
    environment = bench.function(
        """
        import threading
        lock = threading.Lock()

        def handler(event, context):
            lock.acquire()
            lock.acquire()
        """
    )
    ran = bench.run(environment)
    assert ran.outcome == "timeout"
    assert "[harness] deadlock: MainThread waits for a lock that MainThread took" in ran.log
