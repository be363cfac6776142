"""Every clock is virtual and every source of chance seeded: two runs with one seed can't be told apart."""

from __future__ import annotations

import os
import ssl
import sys
import time
import types
from datetime import datetime

import numpy
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
        "str(uuid.uuid1())",
        "email.utils.make_msgid()",
        "random.random()",
        "tempfile.mkdtemp()",
    ],
)
def test_chance_is_the_seeds(deployed, draws):
    code = f"""
        import email.utils, os, random, secrets, ssl, tempfile, uuid
        def handler(event, context):
            return {draws}
    """
    first, again, other = twice(deployed, code)
    assert first == again != other


def test_numpys_generator_is_the_seeds_and_goes_on_afterwards(deployed):
    numpy.random.seed(9)
    expected = numpy.random.RandomState(9).rand()
    first, again, other = twice(
        deployed, "import numpy\ndef handler(event, context): return float(numpy.random.rand())"
    )
    assert first == again != other
    assert numpy.random.rand() == expected


def test_numpys_generator_is_the_seeds_where_a_handler_imports_it_late(deployed, monkeypatch):
    draws = "def handler(event, context):\n    import numpy.random\n    return float(numpy.random.rand())"
    drawn = []
    for _ in range(2):
        for name in [name for name in sys.modules if name.startswith("numpy.random")]:
            monkeypatch.delitem(sys.modules, name)
        with harness.Simulator(seed=1) as cloud:
            drawn.append(deployed(cloud, F=draws).function("F").invoke())
    assert drawn[0] == drawn[1]


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


WAITS = {
    "select": "select.select([], [], [], 25)",
    "select of sockets": "select.select([one], [], [], 25)",
    "poll": "poll = select.poll(); poll.register(one); poll.unregister(one); poll.poll(25000)",
    "epoll": "select.epoll().poll(25)",
    "selectors": "selectors.DefaultSelector().select(25)",
    "a selector of sockets": "find = selectors.SelectSelector(); find.register(one, 1); find.select(25)",
    "a socket": "one.settimeout(25); late(one.recv, 1)",
    "a socket that is read into": "one.settimeout(25); late(one.recv_into, bytearray(1))",
    "a file of a socket": "one.settimeout(25); late(one.makefile('rb').readline)",
    "datagrams": "one.settimeout(25); late(one.recvfrom, 1)",
    "a server": "server.settimeout(25); late(server.accept)",
    "a pipe": "ends = multiprocessing.Pipe(); ends[0].poll(25)",
    "a scheduler": "plan = sched.scheduler(); plan.enter(25, 1, print); plan.run()",
    "an event": "threading.Event().wait(25)",
    "a queue": "late(queue.Queue().get, True, 25)",
    "a timer": "timer = threading.Timer(25, print); timer.start(); timer.join()",
    "a task": "asyncio.run(asyncio.wait_for(asyncio.sleep(25), 60))",
}


@pytest.mark.parametrize("name", WAITS)
def test_every_wait_takes_virtual_time(deployed, name):
    code = f"""
        import asyncio, multiprocessing, queue, sched, select, selectors, socket, threading, time

        def late(act, *given):
            try:
                act(*given)
            except (TimeoutError, queue.Empty):
                return
            raise AssertionError("something came")

        def handler(event, context):
            one, other = socket.socketpair()
            server = socket.create_server(("127.0.0.1", 0))
            began = time.monotonic()
            {WAITS[name]}
            return time.monotonic() - began
    """
    began = time.perf_counter()
    with harness.Simulator() as cloud:
        assert deployed(cloud, F=code).function("F").invoke() == pytest.approx(25, abs=0.01)
    assert time.perf_counter() - began < 20


def test_defaults_and_classes_of_modules_that_deal_with_time_are_virtual(monkeypatch):
    module = types.ModuleType("deals_with_time")
    exec(
        "import time\n"
        "def nap(seconds, sleep=time.sleep): sleep(seconds)\n"
        "class Cache:\n"
        "    clock = time.monotonic\n"
        "    def age(self, clock=time.monotonic): return clock()\n",
        vars(module),
    )
    monkeypatch.setitem(sys.modules, "deals_with_time", module)
    with harness.Simulator() as cloud:
        began = cloud.elapsed
        module.nap(50)
        assert cloud.elapsed - began == pytest.approx(50)
        assert module.Cache().clock() == module.Cache().age() == time.monotonic()
        virtual = time.monotonic
    assert module.Cache.age.__defaults__[0] is vars(module.Cache)["clock"] is time.monotonic
    assert time.monotonic is not virtual


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


ZONE = """
    import os, time
    from datetime import datetime, timezone

    def handler(event, context):
        if event:
            os.environ["TZ"] = event
            time.tzset()
        time.sleep(1)
        return [datetime.now().hour, time.tzname[0]]
"""


def test_a_functions_time_zone_is_its_own(deployed):
    ours = time.tzname
    with harness.Simulator() as cloud:
        app = deployed(cloud, InUtc=ZONE, InTokyo=ZONE)
        tokyo = app.physical_id("InTokyo")
        variables = {"Variables": {"TZ": "JST-9"}}
        cloud.client("lambda").update_function_configuration(FunctionName=tokyo, Environment=variables)
        app.settle()
        for _ in range(2):
            assert app.function("InTokyo").invoke("") == [9, "JST"]
            assert app.function("InUtc").invoke("") == [0, "UTC"]
            assert datetime.now().hour == 0
        assert app.function("InUtc").invoke("EST5") == [19, "EST"]
        assert app.function("InUtc").invoke("") == [19, "EST"], "in the same environment"
        assert app.function("InTokyo").invoke("") == [9, "JST"]
    assert time.tzname == ours


FOLDER = """
    import glob, os, pathlib, time

    def handler(event, context):
        os.makedirs("/tmp/a", exist_ok=True)
        names = [f"{number * 7919 % 101:03}" for number in range(101)]
        for name in names:
            pathlib.Path("/tmp/a", name).write_text(name)
        with os.scandir("/tmp/a") as entries:
            times = {entry.stat().st_mtime for entry in entries}
        with open("/tmp/a/000") as file:
            times.add(os.fstat(file.fileno()).st_mtime)
        assert times == {time.time()}, times
        assert next(os.scandir(os.open("/tmp/a", os.O_RDONLY))).name == "000"
        return [
            os.listdir("/tmp/a"),
            [path.name for path in pathlib.Path("/tmp/a").iterdir()],
            [entry.name for entry in os.scandir("/tmp/a")],
            [os.path.basename(path) for path in glob.glob("/tmp/a/*")],
            next(os.walk("/tmp/a"))[2],
        ]
"""


def test_folders_have_one_order_and_files_virtual_times(deployed):
    with harness.Simulator() as cloud:
        found = deployed(cloud, F=FOLDER).function("F").invoke()
    assert found == [sorted(found[0])] * 5
    assert len(found[0]) == 101


def test_tasks_of_asyncio_are_counted_anew_in_each_run(deployed):
    code = """
        import asyncio
        async def name():
            return asyncio.current_task().get_name()
        async def main():
            return [await name(), *await asyncio.gather(name(), name())]
        def handler(event, context):
            return asyncio.run(main())
    """
    for _ in range(2):
        with harness.Simulator() as cloud:
            assert deployed(cloud, F=code).function("F").invoke() == ["Task-1", "Task-2", "Task-3"]
