"""What an environment has to itself, and what is left of it afterwards."""

from __future__ import annotations

import logging
import os
import random
import signal
import socket
import sys
import threading
import time

import pytest

from harness.sim.sandbox.sandbox import replacements

COUNTER = """
import logging, random
counter = 0
random.seed(4)
log = logging.getLogger("shared-name")
log.addHandler(logging.StreamHandler())
log.setLevel(logging.DEBUG)
logging.getLogger("botocore").setLevel(logging.CRITICAL)

def handler(event, context):
    global counter
    counter += 1
    log.info("counted %d", counter)
    return counter
"""


def test_a_warm_environment_keeps_its_globals_and_a_second_has_its_own(bench):
    one, two = bench.function(COUNTER), bench.function(COUNTER)
    assert one.cold
    assert [bench.run(one).payload for _ in range(3)] == [1, 2, 3]
    assert not one.cold
    ran = bench.run(two)
    assert ran.payload == 1
    assert ran.log.count("counted 1") == 2


def test_a_busy_environment_takes_no_second_invocation(bench):
    environment = bench.function("import time\ndef handler(event, context): time.sleep(1)")
    bench.kernel.spawn("first", lambda: bench.run(environment))
    bench.kernel.sleep(0.5)
    with pytest.raises(RuntimeError, match="is busy"):
        bench.run(environment)


def test_concurrent_invocations_never_meet(bench):
    text = """
        import logging, os, time
        import helper
        logging.getLogger().setLevel("INFO")

        def handler(event, context):
            for n in range(3):
                helper.STATE.append(event)
                print(event, n)
                logging.info("%s %s", event, os.environ["AWS_LAMBDA_FUNCTION_NAME"])
                time.sleep(event / 10)
            return helper.STATE
        """
    for name in ("one", "two"):
        bench.write(f"{name}/helper.py", "STATE = []")
    one, two = bench.function(text, name="one"), bench.function(text, name="two")
    first, second = bench.together(lambda: bench.run(one, 1), lambda: bench.run(two, 2))
    assert (first.payload, second.payload) == ([1] * 3, [2] * 3)
    assert first.log.count("1 one") == second.log.count("2 two") == 3
    assert "two" not in first.log.replace("harness", "")
    assert "1 one" not in second.log


def test_a_module_of_the_tests_is_not_the_functions(bench, monkeypatch):
    mine = type(sys)("helper")
    monkeypatch.setitem(sys.modules, "helper", mine)
    bench.write("app/helper.py", "WHO = 'function'")
    text = "import helper, time\ndef handler(event, context):\n    time.sleep(1)\n    return helper.WHO"
    assert bench.payload(text) == "function"
    assert sys.modules["helper"] is mine


def test_a_function_can_shadow_rarely_used_modules_of_the_library_but_not_the_sdk(bench):
    import calendar

    import boto3

    bench.write("app/calendar.py", "WHO = 'function'")
    bench.write("app/boto3.py", "WHO = 'function'")
    text = "import calendar, boto3\ndef handler(event, context): return [calendar.WHO, boto3.__file__]"
    assert bench.payload(text) == ["function", boto3.__file__]
    assert sys.modules["calendar"] is calendar


def test_a_module_is_found_where_it_lies_now(bench):
    text = "import helper\ndef handler(event, context): return helper.KIND"
    bench.write("app/helper.py", "KIND = 'module'")
    assert bench.payload(text) == "module"
    bench.write("app/helper/__init__.py", "KIND = 'package'")
    assert bench.payload(text) == "package"
    (bench.folder / "app/helper/__init__.py").unlink()
    assert bench.payload(text) == "module"


def test_the_spec_of_a_module_is_that_of_its_environment_alone(bench):
    text = """
        import sys
        def handler(event, context):
            spec = sys.modules[__name__].__spec__
            seen = vars(spec).setdefault("seen", 0)
            spec.seen = seen + 1
            return seen, spec.loader is __loader__
        """
    first, second = bench.function(text), bench.function(text)
    assert [bench.run(one).payload for one in (first, second, first)] == [[0, True], [0, True], [1, True]]


def test_changed_code_is_compiled_again_and_nothing_is_written(bench):
    assert bench.payload("def handler(event, context): return 1") == 1
    assert bench.payload("def handler(event, context): return 'changed'") == "changed"
    assert sorted(p.name for p in (bench.folder / "app").iterdir()) == ["app.py"]


def test_the_event_is_a_copy(bench):
    event = {"items": [1]}
    bench.payload("def handler(event, context): event['items'].append(2)", event)
    assert event == {"items": [1]}


def test_threads_stand_still_between_invocations(bench):
    environment = bench.function(
        """
        import threading, time
        beats = []

        def beat():
            while True:
                time.sleep(1)
                beats.append(time.time())

        def handler(event, context):
            if not beats:
                threading.Thread(target=beat, daemon=True).start()
            time.sleep(2.5)
            return len(beats)
        """,
        timeout_seconds=5,
    )
    assert bench.run(environment).payload == 2
    assert bench.kernel.settle(10_000)
    bench.kernel.sleep(1000)
    assert bench.run(environment).payload == 5


def test_signals_fork_and_shared_memory(bench):
    before = signal.getsignal(signal.SIGTERM)
    kinds = bench.payload(
        """
        import concurrent.futures, multiprocessing, os, signal

        def stop(*_):
            pass

        def kind(act):
            try:
                act()
            except Exception as error:
                return f"{type(error).__name__}: {error}"[:60]

        def handler(event, context):
            signal.signal(signal.SIGTERM, stop)
            assert signal.getsignal(signal.SIGTERM) is stop
            return [
                kind(lambda: concurrent.futures.ProcessPoolExecutor().submit(print)),
                kind(multiprocessing.Queue),
                kind(multiprocessing.Process(target=print).start),
                kind(os.fork),
            ]
        """
    )
    assert [kind.partition(":")[0] for kind in kinds] == [
        "OSError",
        "OSError",
        "NotImplementedError",
        "OSError",
    ]
    assert signal.getsignal(signal.SIGTERM) is before


def test_child_processes_see_the_functions_variables(bench, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    out = bench.payload(
        """
        import os, subprocess
        os.environ["MINE"] = "1"

        def handler(event, context):
            return subprocess.run(["env"], capture_output=True, text=True).stdout
        """
    )
    assert "AWS_LAMBDA_FUNCTION_NAME=app" in out
    assert "MINE=1" in out
    assert "=real" not in out


def test_the_test_cannot_see_real_credentials_either(bench_of, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    with bench_of():
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["AWS_SECRET_ACCESS_KEY"] == "not-a-secret"
        os.environ["SET_BY_TEST"] = "1"
    assert os.environ["AWS_PROFILE"] == "production"
    assert os.environ["AWS_SECRET_ACCESS_KEY"] == "real"
    assert os.environ.pop("SET_BY_TEST") == "1"


def _bound() -> list[object]:
    names, attributes = replacements()
    return [
        *(namespace[name] for namespace, name in names.places()),
        *(owner.__dict__.get(name, "inherited") for owner, name in attributes.places()),
        *(sys.stdout, sys.stderr, os.environ._data, sys.path, logging.root.handlers, sys.meta_path[:]),
        *(logging.root.level, logging.root.manager.loggerDict, signal.getsignal(signal.SIGURG)),
        *(random.getstate(), os.getcwd(), threading.enumerate(), os.environ.copy()),
    ]


def test_everything_is_put_back(bench_of):
    with bench_of():
        pass
    level = logging.getLogger("botocore").level
    before, modules = _bound(), set(sys.modules)
    with bench_of() as bench:
        environment = bench.function(COUNTER)
        bench.run(environment)
        random.random()
        assert any(a is not b for a, b in zip(before, _bound(), strict=False))
    after = _bound()
    different = [(a, b) for a, b in zip(before, after, strict=True) if a is not b and a != b]
    assert not different
    assert {"app", "helper"}.isdisjoint(sys.modules)
    assert logging.getLogger("botocore").level == level
    assert {name for name in set(sys.modules) - modules if "app" in name} == set()
    assert abs(time.time() - 1_767_225_600) > 1000


def test_names_bound_while_active_are_the_originals_after(bench_of, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "bound_late.py").write_text("from time import sleep, monotonic\nfrom threading import Lock\n")
    with bench_of():
        import bound_late
    del sys.modules["bound_late"]
    assert (bound_late.sleep, bound_late.monotonic, bound_late.Lock) == (
        time.sleep,
        time.monotonic,
        threading.Lock,
    )


def test_foreign_threads_keep_their_own_time_and_network(bench_of):
    seen = {}
    go, done = threading.Event(), threading.Event()

    def look() -> None:
        go.wait()
        began = time.time()
        time.sleep(0.01)
        seen["time"], seen["took"] = began, time.time() - began
        seen["host"] = socket.gethostbyname("localhost")
        done.set()

    thread = threading.Thread(target=look)
    thread.start()
    with bench_of():
        go.set()
        while not seen.get("host"):
            pass
    thread.join()
    assert seen["time"] > 1_767_225_600
    assert 0 < seen["took"] < 5


def test_the_test_reaches_its_own_machine_only(bench):
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    client.close()
    server.close()
    with pytest.raises(RuntimeError, match=r"look up sqs\.eu-west-1\.amazonaws\.com.*Nothing was sent"):
        socket.create_connection(("sqs.eu-west-1.amazonaws.com", 443))
    with pytest.raises(RuntimeError, match=r"connect to 8\.8\.8\.8:53: the simulator is active"):
        socket.socket().connect(("8.8.8.8", 53))
