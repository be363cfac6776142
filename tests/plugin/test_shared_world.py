"""Scenarios that use more than the memory of a process go from the beginning, and end as they would there."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading

import pytest

from harness import faults
from harness.explore import child, tasks
from harness.plan import Plan
from harness.plugin.shared_world import SharedWorld
from harness.plugin.snapshots import Starts
from tests.helpers.billing import ONCE, SCENARIO, shop
from tests.plugin.test_snapshots import script, snapshots

__all__ = ["script", "shop", "snapshots"]

SCENARIOS = """
import os, pathlib, sqlite3, tempfile
from harness import expect

HERE = pathlib.Path(__file__).parent

def send(app, body):
    app.queue("Jobs").send(str(body))
    app.settle()

def reads_rows(app):
    with (HERE / "rows.csv").open() as rows:
        sent = 0
        for row in rows:
            send(app, f"{row[:4]} {len(row)}")
            sent += 1
    assert sent == 4

def appends_to_a_log(app):
    log = HERE / "log.txt"
    log.unlink(missing_ok=True)
    with log.open("a") as lines:
        for n in range(4):
            send(app, n)
            print(n, file=lines, flush=True)
    assert log.read_text().split() == list("0123")

def writes_a_temporary_file(app):
    with tempfile.NamedTemporaryFile("w+") as file:
        for n in range(4):
            send(app, n)
            print(n, file=file, flush=True)
        file.seek(0)
        assert file.read().split() == list("0123")

def fills_a_temporary_folder(app):
    with tempfile.TemporaryDirectory() as folder:
        for n in range(4):
            pathlib.Path(folder, str(n)).touch()
            send(app, n)
        assert len(os.listdir(folder)) == 4

def keeps_a_database(app):
    (HERE / "kept.db").unlink(missing_ok=True)
    kept = sqlite3.connect(HERE / "kept.db")
    kept.execute("create table sent (n)")
    for n in range(4):
        send(app, n)
        with kept:
            kept.execute("insert into sent values (?)", (n,))
    assert [n for n, in kept.execute("select n from sent")] == [0, 1, 2, 3]
    kept.close()

def leaves_a_marker(app):
    marker = HERE / "marker"
    marker.unlink(missing_ok=True)
    for n in range(3):
        send(app, n)
    send(app, "again" if marker.exists() else "first")
    marker.touch()
    assert app.cloud.history()

def marks_only_under_a_fault(app):
    for n in range(4):
        send(app, n)
    marker = HERE / "marker"
    if app.cloud.history().of("fault"):
        marker.touch()

def reads_and_closes(app):
    for n in range(4):
        (HERE / "rows.csv").read_text()
        send(app, n)

def keeps_nothing_outside(app):
    kept = sqlite3.connect(":memory:")
    with open(os.devnull, "w") as nothing:
        for n in range(4):
            send(app, n)
            print(n, file=nothing)
    kept.close()
"""

KEEPS_A_FILE = """
import os, boto3
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
def handler(event, context):
    for record in event["Records"]:
        with open("/tmp/seen", "a") as seen:
            seen.write(record["body"])
        table.put_item(Item={"id": record["body"], "seen": open("/tmp/seen").read()})
"""

SHARE = (
    "reads_rows",
    "appends_to_a_log",
    "writes_a_temporary_file",
    "fills_a_temporary_folder",
    "keeps_a_database",
    "leaves_a_marker",
)
PLAN = Plan(0, (faults.crash("Work", nth=3),))


@pytest.fixture
def scenario(script, tmp_path):
    """`run(plan)` of one of the scenarios."""
    (tmp_path / "scenario.py").write_text(SCENARIOS)
    (tmp_path / "rows.csv").write_text("".join(f"{n:04d} {'x' * 9000}\n" for n in range(4)))
    return script


@pytest.fixture
def start(monkeypatch):
    """Do a task with a run of the plan as a worker does that finds snapshots faster."""
    monkeypatch.setattr(child, "_serving", True)
    monkeypatch.setattr(Starts, "_is_faster", lambda starts: True)
    made = []

    def start(run):
        made.append(Starts(run.at_snapshot, run.whole))
        made[0].done(tasks.outcome_of, Plan(0))
        return lambda plan: made[0].done(tasks.with_history, plan)

    yield start
    made[0].close()


def assert_same(run, done):
    """Runs that are started by a worker are the run from the beginning."""
    whole = run(PLAN)
    for _ in range(2):
        outcome = done(PLAN)
        assert (outcome.status, outcome.why) == (whole.status, whole.why)
        assert outcome.history.to_json() == whole.history.to_json()


@pytest.mark.parametrize("name", SHARE)
def test_a_worker_makes_the_runs_that_would_be_made_from_the_beginning(name, scenario, start):
    run = scenario(name)
    assert_same(run, start(run))


@pytest.mark.parametrize("name", SHARE)
def test_what_shares_more_than_memory_has_no_snapshot(name, scenario, snapshots):
    made = snapshots(scenario(name))
    assert made.outcome(tasks.outcome_of, PLAN) is None
    assert made.are_impossible


@pytest.mark.parametrize("name", ["reads_and_closes", "keeps_nothing_outside"])
def test_what_only_reads_has_snapshots(name, scenario, snapshots):
    made = snapshots(scenario(name))
    assert made.outcome(tasks.outcome_of, PLAN) is not None
    assert not made.are_impossible


def test_files_that_a_handler_keeps_are_shared_too(scenario, start, tmp_path):
    (tmp_path / "src/work.py").write_text(KEEPS_A_FILE)
    run = scenario("reads_and_closes")
    assert_same(run, start(run))


def test_a_run_that_leaves_something_is_the_last_one_at_a_snapshot(scenario, snapshots):
    made = snapshots(scenario("marks_only_under_a_fault"))
    assert made.outcome(tasks.outcome_of, PLAN) is not None
    assert made.outcome(tasks.outcome_of, PLAN) is None


def test_runs_before_that_changed_something_are_enough(scenario, start, monkeypatch):
    run = scenario("leaves_a_marker")
    done = start(run)
    monkeypatch.setattr("harness.plugin.snapshots.forked", None)
    assert done(PLAN).status == run(PLAN).status


CHANGES = {
    "a file is written": lambda folder: (folder / "f").write_text("x"),
    "a folder is made": lambda folder: (folder / "d").mkdir(),
    "a file goes": lambda folder: (folder / "there").unlink(),
    "a file gets another name": lambda folder: (folder / "there").rename(folder / "f"),
    "a temporary file": lambda folder: os.close(tempfile.mkstemp(dir=folder)[0]),
    "a database": lambda folder: sqlite3.connect(folder / "db").close(),
    "a process": lambda folder: subprocess.run([sys.executable, "-c", ""], check=True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changes(change, tmp_path):
    (tmp_path / "there").touch()
    world = SharedWorld()
    CHANGES[change](tmp_path)
    assert world.is_changed
    assert world.is_shared


def test_an_open_file_is_shared_until_it_is_closed():
    world = SharedWorld()
    with open(__file__):
        assert world.is_shared
    assert not world.is_shared


def test_an_open_pipe_is_shared():
    world = SharedWorld()
    ends = os.pipe()
    assert world.is_shared
    for end in ends:
        os.close(end)


def test_a_thread_is_shared_until_it_ends():
    world, go_on = SharedWorld(), threading.Event()
    thread = threading.Thread(target=go_on.wait)
    thread.start()
    assert world.is_shared
    go_on.set()
    thread.join()
    assert not world.is_shared


def test_folders_that_pytest_makes_are_harmless_as_long_as_they_are_not_written_to(tmp_path_factory):
    world = SharedWorld()
    folder = tmp_path_factory.mktemp("unused")
    assert not world.is_shared
    (folder / "used").touch()
    assert world.is_shared


def test_where_the_system_does_not_tell_nothing_is_forked(monkeypatch):
    monkeypatch.setattr("harness.plugin.shared_world._FILES", "/no/such/folder")
    assert SharedWorld().is_shared


WITH_FOLDER = SCENARIO.replace("(app):", "(app, tmp_path):")
WITH_SERVER = """
import http.server, threading, urllib.request
import pytest

@pytest.fixture
def server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
""" + SCENARIO.replace("(app):", "(server, app):")


def test_a_scenario_that_uses_tmp_path_is_explored(shop):
    shop(ONCE, WITH_FOLDER)("--explore-faults", "ack_lost").assert_outcomes(passed=1)


def test_a_scenario_whose_fixture_has_a_thread_comes_to_its_end(shop, pytester):
    shop(ONCE, WITH_SERVER)
    options = ("--engine", "processes=1", "--explore", "--explore-faults", "crash,throttle")
    result = pytester.runpytest_subprocess("-p", "no:randomly", *options, timeout=120)
    result.assert_outcomes(passed=1)
