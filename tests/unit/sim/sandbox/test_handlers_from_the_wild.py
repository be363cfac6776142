"""Handlers run unmodified, as people write them."""

from __future__ import annotations

import asyncio
import datetime
import importlib.metadata
import os
import re
import sys
import time
import uuid

import pytest


def test_time_passes_only_when_a_handler_waits(bench):
    result = bench.payload(
        """
        import time
        from time import sleep, monotonic

        def handler(event, context):
            before, steady, remaining = time.time(), monotonic(), context.get_remaining_time_in_millis()
            time.sleep(1)
            sleep(1)
            took = remaining - context.get_remaining_time_in_millis()
            return [time.time() - before, monotonic() - steady, took]
        """,
        timeout_seconds=10,
    )
    assert result == [2.0, 2.0, 2000]


def test_the_date_is_that_of_the_run(bench):
    result = bench.payload(
        """
        import datetime
        from datetime import datetime as dt, timezone

        def handler(event, context):
            return [dt.now().isoformat(), dt.now(timezone.utc).isoformat(), str(datetime.date.today())]
        """
    )
    assert result == ["2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-01-01"]


def test_a_pool_of_threads_takes_as_long_as_its_longest_thread(bench):
    result = bench.payload(
        """
        import time
        from concurrent.futures import ThreadPoolExecutor, as_completed

        def work(seconds):
            time.sleep(seconds)
            return seconds

        def handler(event, context):
            began = time.time()
            with ThreadPoolExecutor(max_workers=3) as pool:
                ordered = list(pool.map(work, [3, 1, 2]))
                finished = [f.result() for f in as_completed([pool.submit(work, s) for s in (0.3, 0.1)])]
            return [ordered, finished, round(time.time() - began, 6)]
        """,
        timeout_seconds=10,
    )
    assert result == [[3, 1, 2], [0.1, 0.3], 3.3]


def test_asyncio_run_gathers_in_virtual_time(bench):
    result = bench.payload(
        """
        import asyncio, time

        async def work(seconds):
            await asyncio.sleep(seconds)
            return await asyncio.get_running_loop().run_in_executor(None, block, seconds)

        def block(seconds):
            time.sleep(seconds)
            return seconds

        async def main():
            return await asyncio.gather(work(1), work(2), asyncio.to_thread(block, 3))

        def handler(event, context):
            began = time.monotonic()
            return [asyncio.run(main()), time.monotonic() - began]
        """,
        timeout_seconds=10,
    )
    assert result == [[1, 2, 3], 4.0]


def test_a_loop_kept_from_get_event_loop_works_when_warm(bench):
    environment = bench.function(
        """
        import asyncio

        async def main():
            await asyncio.sleep(0.5)
            return "done"

        def handler(event, context):
            loop = asyncio.get_event_loop()
            return [loop.run_until_complete(main()), id(loop)]
        """
    )
    first, second = bench.run(environment), bench.run(environment)
    assert first.payload == second.payload
    assert first.payload[0] == "done"


def test_two_environments_can_be_in_asyncio_run_at_once(bench):
    text = """
        import asyncio, os

        async def main(seconds):
            await asyncio.sleep(seconds)
            asyncio.get_running_loop()
            await asyncio.sleep(seconds)
            return os.environ["AWS_LAMBDA_FUNCTION_NAME"]

        def handler(event, context):
            return asyncio.run(main(event))
        """
    one, two = bench.function(text, name="one"), bench.function(text, name="two")
    ran = bench.together(lambda: bench.run(one, 0.3), lambda: bench.run(two, 0.2))
    assert [r.payload for r in ran] == ["one", "two"]
    assert bench.kernel.elapsed == pytest.approx(0.6, abs=1e-4)


def test_a_blocking_wait_inside_a_coroutine_keeps_the_loop_of_each(bench):
    text = """
        import asyncio, time

        async def main():
            for _ in range(3):
                time.sleep(0.1)
                await asyncio.sleep(0.01)
                assert asyncio.current_task() is not None
            return True

        def handler(event, context):
            return asyncio.run(main())
        """
    one, two = bench.function(text, name="one"), bench.function(text, name="two")
    ran = bench.together(lambda: bench.run(one), lambda: bench.run(two))
    assert [r.outcome for r in ran] == ["ok", "ok"], ran


def test_uuids_and_other_chance_come_from_the_seed(bench_of):
    text = """
        import os, random, secrets, tempfile, uuid
        from random import choice

        OWN = random.Random()

        def handler(event, context):
            return [
                str(uuid.uuid4()), str(uuid.uuid1()), os.urandom(4).hex(), secrets.token_hex(4),
                random.random(), choice(range(10**9)), OWN.random(),
                random.SystemRandom().random(), random.Random().random(), os.path.basename(tempfile.mktemp()),
            ]
        """
    runs = []
    for seed in (1, 1, 2):
        with bench_of(seed=seed) as bench:
            runs.append(bench.payload(text))
    assert runs[0] == runs[1]
    assert all(a != b for a, b in zip(runs[0], runs[2], strict=True))


def test_relative_imports_packages_and_namespaces(bench):
    bench.write("app/orders/__init__.py", "")
    bench.write("app/orders/rules.py", "LIMIT = 7")
    bench.write(
        "app/orders/main.py",
        """
        from .rules import LIMIT
        from . import rules
        from lib.deep import helper
        import orders.rules

        def handler(event, context):
            return [LIMIT, rules is orders.rules, helper.NAME, __file__.endswith("app/orders/main.py")]
        """,
    )
    bench.write("app/lib/deep/helper.py", "NAME = 'in a namespace'")
    for handler in ("orders.main.handler", "orders/main.handler"):
        ran = bench.run(bench.function(handler=handler))
        assert ran.payload == [7, True, "in a namespace", True], ran
    assert not [name for name in sys.modules if name.startswith(("orders", "lib"))]


def test_layers_come_after_the_code(bench):
    layer = bench.folder / "layer" / "python"
    bench.write("layer/python/common.py", "WHO = 'layer'")
    bench.write("layer/python/lib/python3.11/site-packages/deeper.py", "WHO = 'site-packages of the layer'")
    bench.write("layer/python/mine.py", "WHO = 'layer'")
    bench.write("app/mine.py", "WHO = 'code'")
    bench.write(
        "app/app.py",
        "import common, deeper, mine\ndef handler(event, context): return [common.WHO, deeper.WHO, mine.WHO]",
    )
    environment = bench.function(roots=(bench.folder / "app", layer))
    assert bench.run(environment).payload == ["layer", "site-packages of the layer", "code"]


def test_a_files_own_folder_is_the_working_folder(bench):
    before = os.getcwd()
    bench.write("app/config.json", '{"rate": 3}')
    assert bench.payload(
        """
        import json

        with open("config.json") as file:
            CONFIG = json.load(file)

        def handler(event, context):
            return CONFIG
        """
    ) == {"rate": 3}
    assert os.getcwd() == before


def test_folders_put_into_the_path_belong_to_the_function(bench):
    bench.write("app/vendor/thing.py", "NAME = 'vendored'")
    path = list(sys.path)
    assert (
        bench.payload(
            """
            import os, sys
            sys.path.insert(0, os.path.join(os.path.dirname(__file__), "vendor"))
            import thing

            def handler(event, context):
                return thing.NAME
            """
        )
        == "vendored"
    )
    assert "thing" not in sys.modules
    assert sys.path == path


@pytest.mark.parametrize(("version", "whose"), [("0.0.1", "vendored"), ("installed", "shared")])
def test_a_package_that_comes_with_the_function_is_its_own_in_another_version(bench, version, whose):
    """The task's root comes first: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"""
    version = importlib.metadata.version("PyYAML") if version == "installed" else version
    bench.write("app/yaml/__init__.py", "WHOSE = 'vendored'")
    bench.write(f"app/PyYAML-{version}.dist-info/RECORD", "yaml/__init__.py,,\n")
    found = bench.payload(
        """
        import yaml

        def handler(event, context):
            return getattr(yaml, "WHOSE", "shared")
        """
    )
    assert found == whose


def test_environment_variables_are_the_functions_own(bench, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("SECRET_OF_MINE", "x")
    environment = bench.function(
        """
        import os
        SEEN = dict(os.environ)

        def handler(event, context):
            os.environ["LEFT"] = "here"
            return SEEN
        """,
        variables={"TABLE": "Ledger", "AWS_REGION": "nowhere"},
        memory_mb=512,
    )
    seen = bench.run(environment).payload
    assert seen["TABLE"] == "Ledger"
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "us-east-1"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "app"
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    assert seen["LAMBDA_TASK_ROOT"] == seen["PWD"] == "/var/task"
    assert seen["_HANDLER"] == "app.handler"
    assert "SECRET_OF_MINE" not in seen
    assert "AWS_PROFILE" not in seen
    assert "LEFT" not in os.environ


def test_what_it_prints_and_logs_is_its_log(bench, capsys):
    environment = bench.function(
        """
        import logging, sys
        logging.getLogger().setLevel(logging.INFO)
        log = logging.getLogger(__name__)

        def handler(event, context):
            print("printed")
            print("to stderr", file=sys.stderr)
            log.info("logged %s", 1)
            log.debug("not logged")
            sys.stdout.buffer.write(b"bytes\\n")
            context.log("by the context\\n")
        """,
        timeout_seconds=3,
    )
    log = bench.run(environment).log
    for line in (
        "START RequestId: request-1 Version: $LATEST",
        "printed",
        "to stderr",
        "[INFO]\t2026-01-01T00:00:00.0Z\trequest-1\tlogged 1",
        "bytes",
        "by the context",
        "END RequestId: request-1",
    ):
        assert line in log.splitlines(), log
    assert "not logged" not in log
    assert re.search(
        r"REPORT RequestId: request-1\tDuration: 0.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB", log
    )
    assert "Init Duration" in log
    assert "Init Duration" not in bench.run(environment).log
    assert capsys.readouterr() == ("", "")


def test_the_test_itself_lives_in_virtual_time(bench):
    began, steady = time.time(), time.monotonic()
    time.sleep(86_400)
    assert (time.time() - began, time.monotonic() - steady) == (86_400, 86_400)
    assert datetime.datetime.now() == datetime.datetime(2026, 1, 2)
    assert uuid.uuid4().version == 4


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("socket.create_connection(('example.com', 443))", "app wants to look up example.com"),
        ("socket.socket().connect(('10.1.2.3', 6379))", "app wants to connect to 10.1.2.3:6379"),
        ("socket.socket().connect(('192.0.2.1', 6379))", "app wants to connect to 192.0.2.1:6379"),
        (
            "socket.socket(socket.AF_UNIX).connect('/run/docker.sock')",
            "app wants to connect to '/run/docker.sock'",
        ),
        ("urllib.request.urlopen('https://example.com')", "app wants to look up example.com"),
    ],
)
def test_real_sockets_are_refused(bench, statement, says):
    ran = bench.run(
        bench.function(
            f"""
            import socket, urllib.request

            def handler(event, context):
                {statement}
            """
        )
    )
    assert ran.error["errorType"] == "NetworkRefused"
    assert says in ran.error["errorMessage"]


def test_traces_for_the_x_ray_daemon_are_dropped(bench):
    assert (
        bench.payload(
            """
            import os, socket
            host, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].split(":")

            def handler(event, context):
                return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"trace", (host, int(port)))
            """
        )
        == 5
    )


@pytest.mark.asyncio
async def test_a_test_that_is_a_coroutine(bench_of):
    with bench_of() as bench:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(asyncio.sleep(60), asyncio.to_thread(time.sleep, 90))
        assert loop.time() - began == pytest.approx(90, abs=1e-3)
        environment = bench.function(
            """
            import asyncio

            def handler(event, context):
                asyncio.run(asyncio.sleep(1))
                return "own loop"
            """
        )
        assert bench.run(environment).payload == "own loop"
        assert asyncio.get_running_loop() is loop
