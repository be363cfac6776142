"""Every clock is virtual and every source of chance seeded: two runs with one seed can't be told apart."""

from __future__ import annotations

import importlib.util
import os
import ssl
import time

import pytest

import harness


def twice(deployed, code):
    answers = []
    for seed in (1, 1, 2):
        with harness.Simulator(seed=seed) as cloud:
            answers.append(deployed(cloud, F=code).function("F").invoke())
    return answers


@pytest.mark.parametrize(
    "draws",
    [
        "os.getrandom(8).hex()",
        "os.urandom(8).hex()",
        "ssl.RAND_bytes(8).hex()",
        "secrets.token_hex()",
        "str(uuid.uuid4())",
        "random.random()",
        "tempfile.mkdtemp()",
    ],
)
def test_chance_is_the_seeds(deployed, draws):
    code = f"""
        import os, random, secrets, ssl, tempfile, uuid
        def handler(event, context):
            return {draws}
    """
    first, again, other = twice(deployed, code)
    assert first == again != other


@pytest.mark.skipif(importlib.util.find_spec("numpy") is None, reason="numpy isn't installed")
def test_numpys_generator_is_the_seeds_and_goes_on_afterwards(deployed):
    import numpy

    numpy.random.seed(9)
    expected = numpy.random.RandomState(9).rand()
    first, again, other = twice(
        deployed, "import numpy\ndef handler(event, context): return float(numpy.random.rand())"
    )
    assert first == again != other
    assert numpy.random.rand() == expected


@pytest.mark.parametrize(
    "clock", ["MONOTONIC", "MONOTONIC_RAW", "BOOTTIME", "PROCESS_CPUTIME_ID", "THREAD_CPUTIME_ID", "REALTIME"]
)
def test_every_clock_is_virtual(deployed, clock):
    code = f"""
        import time
        def handler(event, context):
            began = time.clock_gettime(time.CLOCK_{clock}), time.clock_gettime_ns(time.CLOCK_{clock})
            time.sleep(5)
            return [time.clock_gettime(time.CLOCK_{clock}) - began[0],
                    (time.clock_gettime_ns(time.CLOCK_{clock}) - began[1]) / 1e9]
    """
    with harness.Simulator() as cloud:
        passed = deployed(cloud, F=code).function("F").invoke()
    assert passed == pytest.approx([5, 5])


def test_the_times_of_files_are_virtual(deployed):
    code = """
        import os, time
        def handler(event, context):
            if not os.path.exists("/tmp/cache"):
                open("/tmp/cache", "w").close()
                return time.ctime(os.path.getmtime("/tmp/cache")) == time.ctime() == time.asctime()
            age = time.time() - os.path.getmtime("/tmp/cache")
            with open("/tmp/cache", "w") as file:
                file.write("new")
            return [round(age), round(time.time() - os.path.getmtime("/tmp/cache"))]
    """
    with harness.Simulator() as cloud:
        function = deployed(cloud, F=code).function("F")
        assert function.invoke() is True
        cloud.advance(100)
        assert function.invoke() == [100, 0]


def test_a_function_is_the_same_process_on_each_machine(deployed):
    code = """
        import logging, os, platform, resource, socket, threading, time
        from concurrent.futures import ThreadPoolExecutor
        def handler(event, context):
            began = os.times().elapsed
            time.sleep(2)
            return [
                os.getpid(), os.getppid(), logging.makeLogRecord({}).process or os.getpid(),
                socket.gethostname(), platform.node(), os.uname().nodename,
                threading.get_native_id(), os.cpu_count(), ThreadPoolExecutor()._max_workers,
                os.times().elapsed - began,
                resource.getrusage(resource.RUSAGE_SELF).ru_utime == time.process_time(),
            ]
    """
    with harness.Simulator() as cloud:
        told = deployed(cloud, F=code).function("F").invoke()
        assert os.getpid() != 8
    host = "169.254.76.1"
    assert told == [8, 1, 8, host, host, host, 8, 2, 6, 2, True]


def test_sets_of_futures_and_tasks_have_an_order(deployed):
    code = """
        import asyncio, concurrent.futures, time

        async def work(n):
            await asyncio.sleep(0.01)
            return n

        async def main():
            done, _ = await asyncio.wait([asyncio.ensure_future(work(n)) for n in range(40)])
            return [task.result() for task in done]

        def handler(event, context):
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                futures = [pool.submit(lambda n=n: n) for n in range(40)]
                done, _ = concurrent.futures.wait(futures)
            return [[future.result() for future in done], asyncio.run(main())]
    """
    with harness.Simulator() as cloud:
        of_threads, of_tasks = deployed(cloud, F=code).function("F").invoke()
    assert of_threads == of_tasks == list(range(40))


def test_real_clocks_and_chance_are_back_afterwards():
    with harness.Simulator():
        pass
    assert ssl.RAND_bytes(8) != ssl.RAND_bytes(8)
    assert abs(time.clock_gettime(time.CLOCK_MONOTONIC) - time.monotonic()) < 5
