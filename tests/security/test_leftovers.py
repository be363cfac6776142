"""A handler can change its process in many ways. Nothing of it reaches the next function or test."""

from __future__ import annotations

import os
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.app.handles.function import FunctionError


@dataclass(frozen=True)
class Change:
    """A change that a handler makes, and an expression that tells whether it is there."""

    makes: str
    looks: str


OF_PROCESS = {
    "warning filters": Change("warnings.simplefilter('error')", "len(warnings.filters)"),
    "how warnings are shown": Change("warnings.showwarning = print", "warnings.showwarning is print"),
    "decimal precision": Change("decimal.getcontext().prec = 3", "decimal.getcontext().prec"),
    "decimal context": Change("decimal.setcontext(decimal.Context(5))", "decimal.getcontext().prec"),
    "logging level": Change("logging.getLogger().setLevel(5)", "logging.root.level"),
    "logging off": Change("logging.disable(50)", "logging.root.manager.disable"),
    "class of loggers": Change(
        "logging.setLoggerClass(type('Mine', (logging.Logger,), {}))", "logging.getLoggerClass().__name__"
    ),
    "log records": Change("logging.setLogRecordFactory(print)", "logging.getLogRecordFactory() is print"),
    "name of a level": Change("logging.addLevelName(10, 'NOISE')", "logging.getLevelName(10)"),
    "captured warnings": Change("logging.captureWarnings(True)", "logging._warnings_showwarning is None"),
    "last resort": Change("logging.lastResort = None", "logging.lastResort is None"),
    "arguments": Change("sys.argv.append('x')", "'x' in sys.argv"),
    "import path": Change("sys.path.append('/x')", "'/x' in sys.path"),
    "exception hook": Change("sys.excepthook = print", "sys.excepthook is print"),
    "display hook": Change("sys.displayhook = print", "sys.displayhook is print"),
    "unraisable hook": Change("sys.unraisablehook = print", "sys.unraisablehook is print"),
    "breakpoint hook": Change("sys.breakpointhook = print", "sys.breakpointhook is print"),
    "standard output": Change("sys.stdout = None", "sys.stdout is None"),
    "standard input": Change("sys.stdin = io.StringIO('x')", "isinstance(sys.stdin, io.StringIO)"),
    "bytecode": Change("sys.dont_write_bytecode ^= 7", "sys.dont_write_bytecode"),
    "exceptions of threads": Change("threading.excepthook = print", "threading.excepthook is print"),
    "built-in print": Change("import builtins; builtins.print = len", "print is len"),
    "built-in input": Change("import builtins; builtins.input = len", "input is len"),
    "temporary folder": Change("tempfile.tempdir = '/x'", "tempfile.tempdir == '/x'"),
    "names of temporary files": Change("tempfile.template = 'x'", "tempfile.template"),
    "certificates": Change(
        "ssl._create_default_https_context = ssl._create_unverified_context",
        "ssl._create_default_https_context is ssl._create_unverified_context",
    ),
    "URL opener": Change(
        "urllib.request.install_opener(urllib.request.OpenerDirector())",
        "type(urllib.request._opener).__name__ == 'OpenerDirector' and not urllib.request._opener.handlers",
    ),
    "JSON": Change("json.dumps = lambda *a, _f=json.dumps, **k: _f(*a, **k)", "json.dumps.__name__"),
    "calls of all clients": Change(
        "botocore.client.BaseClient._make_api_call = print",
        "botocore.client.BaseClient._make_api_call is print",
    ),
    "HTTP debugging": Change(
        "http.client.HTTPConnection.debuglevel = 3", "http.client.HTTPConnection.debuglevel"
    ),
    "variables": Change("os.environ['LEFT'] = 'x'", "os.environ.get('LEFT')"),
    "working folder": Change("os.chdir('/')", "os.getcwd() == '/'"),
    "random": Change("random.seed(4); random.random()", "random.getstate()[1][:3] == random.Random(4)"),
    "signals": Change("signal.signal(signal.SIGTERM, print)", "signal.getsignal(signal.SIGTERM) is print"),
    "open files": Change(
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))", "resource.getrlimit(resource.RLIMIT_NOFILE)"
    ),
    "time of the processor": Change(
        "resource.prlimit(0, resource.RLIMIT_CPU, (1, 1))", "resource.getrlimit(resource.RLIMIT_CPU)"
    ),
    "blocked signals": Change(
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])",
        "sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))",
    ),
    "niceness": Change("os.nice(3)", "os.nice(0)"),
    "priority": Change("os.setpriority(os.PRIO_PROCESS, 0, 4)", "os.getpriority(os.PRIO_PROCESS, 0)"),
    "processors": Change("os.sched_setaffinity(0, [0])", "len(os.sched_getaffinity(0)) > 1"),
    "session of the system": Change("os.setsid()", "os.getsid(0) == os.getpid()"),
    "standard output of the system": Change(
        "os.close(1); os.dup2(os.open('/dev/null', os.O_WRONLY), 1)", "os.readlink('/proc/self/fd/1')"
    ),
    "descriptors of files": Change("os.closerange(0, 64)", "os.path.exists('/proc/self/fd/0')"),
    "tracebacks of crashes": Change("faulthandler.disable()", "faulthandler.is_enabled()"),
    "objects that are kept": Change("gc.freeze()", "gc.get_freeze_count() > 0"),
    "sleep": Change("time.sleep = print", "time.sleep is print"),
    "identifiers": Change("uuid.uuid4 = print", "uuid.uuid4 is print"),
    "sockets": Change("socket.socket = print", "socket.socket is print"),
    "connections": Change("socket.create_connection = print", "socket.create_connection is print"),
    "all variables": Change("os.environ = {}", "type(os.environ).__name__"),
    "first standard output": Change("sys.__stdout__.close()", "sys.__stdout__.closed"),
    "default session": Change(
        "boto3.setup_default_session(region_name='x')", "boto3.DEFAULT_SESSION is None"
    ),
    "event loop policy": Change(
        "asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())",
        "asyncio.events._event_loop_policy is None",
    ),
    "/tmp": Change("open('/tmp/marker', 'w').close()", "os.listdir('/tmp') if __name__ == 'app' else []"),
    "$TMPDIR": Change(
        "tempfile.mkdtemp(prefix='marker')",
        "glob.glob(tempfile.gettempdir() + '/marker*')",
    ),
    "a database in /tmp": Change(
        "sqlite3.connect('/tmp/left.db').execute('create table t (x)')", "os.path.exists('/tmp/left.db')"
    ),
}
"""Changes that no other function sees either."""

OF_RUN = {
    "functions of the standard library": Change(
        "subprocess.run = os.getenv = os.path.exists = asyncio.run = print",
        "print in (subprocess.run, os.getenv, os.path.exists, asyncio.run)",
    ),
    "built-in functions": Change("__import__('builtins').any = print", "any is print"),
    "threads": Change("threading.Thread.run = print", "threading.Thread.run is print"),
    "traces of threads": Change("threading.settrace(print)", "threading.__dict__['_trace_hook'] is print"),
    "loggers": Change("logging.Logger.info = print", "logging.Logger.info is print"),
    "formats of logs": Change("logging.Formatter.converter = print", "logging.Formatter.converter is print"),
    "filters of libraries": Change(
        "logging.getLogger('botocore').addFilter(print)", "logging.getLogger('botocore').filters"
    ),
    "a module that is replaced": Change("sys.modules['csv'] = json", "sys.modules['csv'] is json"),
    "a module that is gone": Change("del sys.modules['jmespath']", "'jmespath' in sys.modules"),
    "tracebacks": Change("sys.tracebacklimit = 0", "hasattr(sys, 'tracebacklimit')"),
    "exit": Change("sys.exit = print", "sys.exit is print"),
    "origins of coroutines": Change(
        "sys.set_coroutine_origin_tracking_depth(5)", "sys.get_coroutine_origin_tracking_depth()"
    ),
    "handlers of the SDK": Change(
        "botocore.handlers.BUILTIN_HANDLERS.append(('before-call.x', print))",
        "len(botocore.handlers.BUILTIN_HANDLERS)",
    ),
    "functions of the SDK": Change("boto3.client = print", "boto3.client is print"),
    "numbers of DynamoDB": Change(
        "boto3.dynamodb.types.DYNAMODB_CONTEXT.traps[decimal.Inexact] = False",
        "boto3.dynamodb.types.DYNAMODB_CONTEXT.traps[decimal.Inexact]",
    ),
    "requests": Change("requests.Session.request = print", "requests.Session.request is print"),
    "importers": Change(
        "sys.meta_path.append(type('Mine', (), {'find_spec': lambda *_: None, '__module__': 'app'}))",
        "[each for each in sys.meta_path if getattr(each, '__name__', '') == 'Mine']",
    ),
    "path hooks": Change(
        "hook = lambda path: 1 / 0; hook.__module__ = 'app'; sys.path_hooks.append(hook)",
        "[each for each in sys.path_hooks if each.__module__ == 'app']",
    ),
    "a module under another name": Change("import app; sys.modules['left'] = app", "'left' in sys.modules"),
    "recursion limit": Change("sys.setrecursionlimit(4321)", "sys.getrecursionlimit()"),
    "switch interval": Change("sys.setswitchinterval(0.5)", "sys.getswitchinterval()"),
    "digits": Change("sys.set_int_max_str_digits(9999)", "sys.get_int_max_str_digits()"),
    "trace function": Change("sys.settrace(None)", "sys.gettrace()"),
    "profile function": Change("sys.setprofile(lambda *_: None)", "sys.getprofile()"),
    "garbage collector": Change("gc.disable()", "gc.isenabled()"),
    "its thresholds": Change("gc.set_threshold(7, 7, 7)", "gc.get_threshold()"),
    "its debugging": Change("gc.set_debug(gc.DEBUG_STATS)", "gc.get_debug()"),
    "its callbacks": Change("gc.callbacks.append(lambda *_: None)", "len(gc.callbacks)"),
    "socket timeout": Change("socket.setdefaulttimeout(3)", "socket.getdefaulttimeout()"),
    "locale": Change("locale.setlocale(locale.LC_ALL, 'C.UTF-8')", "locale.setlocale(locale.LC_ALL)"),
    "umask": Change("os.umask(0o077)", "[mask := os.umask(0), os.umask(mask)][0]"),
    "tracemalloc": Change("tracemalloc.start()", "tracemalloc.is_tracing()"),
    "default decimal context": Change("decimal.DefaultContext.prec = 3", "decimal.DefaultContext.prec"),
    "CSV fields": Change("csv.field_size_limit(9)", "csv.field_size_limit()"),
    "pickle functions": Change("copyreg.pickle(memoryview, print)", "memoryview in copyreg.dispatch_table"),
    "types of files": Change("mimetypes.add_type('a/b', '.zzz')", "mimetypes.guess_type('a.zzz')"),
    "a new built-in": Change("import builtins; builtins.left = 1", "'left' in vars(__import__('builtins'))"),
    "JSON's classes": Change("json.JSONEncoder.default = print", "json.JSONEncoder.default is print"),
    "HTTP": Change(
        "http.client.HTTPConnection.request = print", "http.client.HTTPConnection.request is print"
    ),
    "sessions": Change("boto3.session.Session.client = print", "boto3.session.Session.client is print"),
    "levels of libraries": Change(
        "logging.getLogger('botocore').setLevel(1)", "logging.getLogger('botocore').level"
    ),
    "boto3's logger": Change("boto3.set_stream_logger('boto3')", "len(logging.getLogger('boto3').handlers)"),
}
"""Changes that are put back when the run is over."""

IMPORTS = """
    import asyncio, copyreg, csv, decimal, faulthandler, gc, glob, http.client, io, json, locale
    import logging, mimetypes, os, random, resource, signal, socket, sqlite3, ssl, sys, tempfile
    import subprocess, threading, time, tracemalloc, urllib.request, uuid, warnings
    import boto3, boto3.dynamodb.types, botocore.client, botocore.handlers, requests
"""

CHANGES = (
    IMPORTS
    + """
    def handler(event, context):
        exec(event["makes"])
        return repr(eval(event["looks"]))
"""
)

LOOKS = (
    IMPORTS
    + """
    def handler(event, context):
        return repr(eval(event["looks"]))
"""
)


def look(change: Change) -> str:
    names: dict[str, Any] = {"__name__": "test"}
    exec(textwrap.dedent(IMPORTS), names)
    return repr(eval(change.looks, names))


@pytest.mark.parametrize("name", [*OF_PROCESS, *OF_RUN])
def test_a_change_is_gone_after_the_run(deployed, name):
    change = (OF_PROCESS | OF_RUN)[name]
    harness.Simulator().__enter__().__exit__(None, None, None)
    before = look(change)
    with harness.Simulator() as cloud:
        app = deployed(cloud, F=CHANGES)
        made = app.function("F").invoke({"makes": change.makes, "looks": change.looks})
    assert look(change) == before
    assert made != before or name in UNSEEN


UNSEEN = {
    *(
        "random",
        "trace function",
        "default session",
        "event loop policy",
        "processors",
        "objects that are kept",
    ),
    *(
        "session of the system",
        "standard output of the system",
        "descriptors of files",
        "tracebacks of crashes",
    ),
}
"""What the expression can't tell apart where the change was made."""


@pytest.mark.parametrize("name", OF_PROCESS)
def test_a_change_is_not_seen_by_the_next_function(deployed, name):
    change = OF_PROCESS[name]
    asked = {"makes": change.makes, "looks": change.looks}
    with harness.Simulator() as cloud:
        app = deployed(cloud, F=CHANGES, G=LOOKS, H=LOOKS)
        before = app.function("G").invoke(asked)
        app.function("F").invoke(asked)
        assert app.function("H").invoke(asked) == before
        assert app.function("G").invoke(asked) == before


def test_tmp_is_kept_while_its_environment_is_warm_and_removed_with_it(deployed):
    code = """
        import os, pathlib, shutil, tempfile

        def handler(event, context):
            file = pathlib.Path("/tmp/work/marker")
            if os.path.exists("/tmp/work"):
                return "warm"
            file.parent.mkdir()
            file.write_text("x")
            with tempfile.NamedTemporaryFile(dir="/tmp") as named, tempfile.TemporaryDirectory() as folder:
                assert named.name.startswith("/tmp/") and folder.startswith("/tmp/")
                shutil.copy(file, folder)
                os.rename(file, "/tmp/work/renamed")
            os.symlink("/tmp/work/renamed", file)
            os.chdir("/tmp/work")
            return [os.getcwd(), sorted(os.listdir("/tmp")), file.read_text()]
    """

    def folders():
        return set(Path("/tmp").glob(f"harness-tmp-{os.getpid()}-*/*"))

    before = folders()
    with harness.Simulator() as cloud:
        function = deployed(cloud, F=code).function("F")
        assert function.invoke() == ["/tmp/work", ["work"], "x"]
        assert function.invoke() == "warm"
        assert len(folders() - before) == 1
    assert folders() == before


def test_a_file_that_the_test_names_is_reached_where_pytest_has_it(deployed, tmp_path):
    file = tmp_path / "given"
    file.write_text("by the test")
    with harness.Simulator() as cloud:
        app = deployed(cloud, F="def handler(event, context): return open(event).read()")
        reached = app.function("F").invoke(str(file))
    assert (reached == "by the test") == str(file).startswith("/tmp/pytest-of-")


@pytest.mark.parametrize(
    "act",
    [
        *("os.setuid(1)", "os.seteuid(1)", "os.setgroups([1])", "os.chroot('/')", "socket.sethostname('x')"),
        "time.clock_settime(time.CLOCK_REALTIME, 0)",
    ],
)
def test_a_function_runs_as_nobody_special(deployed, act):
    code = f"import os, socket, time\ndef handler(event, context): {act}"
    with harness.Simulator() as cloud, pytest.raises(FunctionError, match="PermissionError"):
        deployed(cloud, F=code).function("F").invoke()


def test_standard_output_of_the_system_is_the_functions_log(deployed, capfd):
    code = "import os\ndef handler(event, context): os.write(1, b'by its number')"
    with harness.Simulator() as cloud:
        function = deployed(cloud, F=code).function("F")
        function.invoke()
        assert "by its number" in function.logs()
    assert capfd.readouterr().out == ""


def test_a_double_that_the_test_takes_away_during_a_run_does_not_come_back(monkeypatch):
    real = subprocess.run
    harness.Simulator().__enter__().__exit__(None, None, None)
    monkeypatch.setattr(subprocess, "run", print)
    with harness.Simulator():
        monkeypatch.undo()
    assert subprocess.run is real


def test_hooks_of_the_apps_clients_end_with_the_run():
    seen = []
    for _ in range(2):
        with harness.Simulator() as cloud:
            client = cloud.client("sqs")
            client.list_queues()
            client.meta.events.register("before-parameter-build.sqs", lambda **_: seen.append(1))
            client.left = 1
            client.list_queues()
    assert len(seen) == 2
    with harness.Simulator() as cloud:
        assert not hasattr(cloud.client("sqs"), "left")


def test_what_x_ray_patches_is_gone_after_the_run(deployed):
    code = """
        from aws_xray_sdk.core import patch_all
        patch_all()
        import botocore.client
        def handler(event, context):
            return type(botocore.client.BaseClient._make_api_call).__name__
    """
    kinds = []
    for _ in range(2):
        with harness.Simulator() as cloud:
            kinds.append(deployed(cloud, F=code).function("F").invoke())
    import botocore.client

    assert kinds == ["BoundFunctionWrapper"] * 2
    assert type(botocore.client.BaseClient.__dict__["_make_api_call"]).__name__ == "function"
    assert Path(botocore.client.__file__).exists()
