"""Faults of the container in plans: it is paused, restarted and killed; the network to it is cut or slow."""

import subprocess
import sys

import pytest

from harness import Simulator, expect, faults
from harness.cloud import Unsupported
from harness.expectations import Broken
from harness.localstack.cloud import LocalStack
from harness.localstack.sharing import shared
from tests.docker.test_runs import variables
from tests.helpers import works
from tests.helpers.works import colds, outcomes, told

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def running():
    """A container that the tests of this module may stop: each leaves it running."""
    with shared("localstack", exclusive=True) as running:
        yield running


@pytest.fixture
def run(running, tmp_path):
    """The app after some orders under a plan, at rest."""
    clouds = []

    def run(*faults_of_plan, cloud="localstack", orders=2):
        plan = faults.Plan.from_json(faults.Plan(1, faults_of_plan).to_json())
        if cloud == "sim":
            active = Simulator(plan=plan)
        else:
            active = LocalStack(running=running, exclusive=True, plan=plan)
        clouds.append(active)
        active.__enter__()
        app = active.deploy(works.written(tmp_path))
        for number in range(orders):
            app.queue("Work").send({"order": f"o-{number}"})
        app.settle()
        return app

    yield run
    for active in clouds:
        active.__exit__(None, None, None)


@pytest.fixture
def stopped(running, monkeypatch):
    """What Docker says of the container while time passes in a stop."""
    from harness.localstack.stops import Stops

    seen, passes = [], Stops._pass

    def look(stops, seconds):
        seen.append((running.container.status, seconds))
        return passes(stops, seconds)

    monkeypatch.setattr(Stops, "_pass", look)
    return seen


@pytest.mark.parametrize("cloud", ["sim", "localstack"])
def test_a_plan_with_a_pause_means_the_same_on_both_clouds(cloud, run, stopped):
    app = run(faults.pause(on="dynamodb:PutItem", nth=2, for_seconds=15), cloud=cloud)
    history = app.cloud.history()
    [fault] = history.of("fault")
    assert told(app) == [("pause", "stop", "dynamodb:PutItem Ledger")]
    [answer] = [answer for answer in history.of("answer") if answer.cause == fault.cause]
    assert answer.at >= fault.at + 15
    assert stopped == ([("paused", 15)] if cloud == "localstack" else [])
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")


@pytest.mark.parametrize("cloud", ["sim", "localstack"])
def test_a_plan_with_a_restart_means_the_same_on_both_clouds(cloud, run, stopped):
    app = run(faults.restart(on="dynamodb:PutItem", nth=2, for_seconds=10), cloud=cloud, orders=1)
    assert told(app) == [("restart", "stop", "dynamodb:PutItem Ledger")]
    assert outcomes(app) == ["crash", "ok"]
    assert colds(app) == [True, True]
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")


@pytest.mark.parametrize("cloud", ["sim", "localstack"])
def test_a_plan_with_a_cut_and_a_slow_network_means_the_same_on_both_clouds(cloud, run):
    cut = faults.cut("Bill", on="dynamodb:PutItem", nth=2, for_seconds=4)
    app = run(cut, faults.slow_network("Bill", seconds=0.5), cloud=cloud, orders=1)
    assert {kind for kind, _, _ in told(app)} == {"cut", "slow_network"}
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (faults.kill(on="dynamodb:PutItem"), "the container was killed, and kept nothing"),
        (
            faults.restart(on="dynamodb:PutItem", keep_state=False),
            "the container was restarted, and kept nothing",
        ),
    ],
    ids=["kill", "empty restart"],
)
def test_what_a_container_held_is_lost_and_the_invariants_tell_so(fault, why, run, stopped):
    app = run(fault)
    assert stopped == [("exited", 5.0)]
    with pytest.raises(Broken, match=f"2 of 2 lost(.|\n)*{why}"):
        expect(app).nothing_lost()
    with pytest.raises(Broken, match=f"had no effect(.|\n)*{why}"):
        expect(app).effects_once("Ledger", key="order")


def test_a_container_that_others_use_is_not_harmed(running):
    from harness.localstack.container import attach

    container = attach(running.container.id, running.container.network_id, running.container.port)
    for harm in (container.kill, container.pause, container.restart, container.disconnect):
        with pytest.raises(
            Unsupported, match=r"^(kill|pause|restart|disconnect): other tests use this container"
        ):
            harm()
    assert container.status == "running"
    container.close()
    with LocalStack(running=running) as cloud, pytest.raises(Unsupported, match=r"mark\.exclusive"):
        cloud.inject(faults.kill())


MARKED = """
import pytest
from harness import faults

@pytest.mark.exclusive
def test_alone(cloud):
    cloud.client("sqs").create_queue(QueueName="a")
    cloud.inject(faults.pause(on="sqs:*", for_seconds=9))
    before = cloud.elapsed
    cloud.client("sqs").create_queue(QueueName="b")
    assert cloud.elapsed - before >= 9
"""


def test_a_marked_test_has_a_container_of_its_own(runtime, tmp_path):
    (tmp_path / "test_marked.py").write_text(MARKED)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--cloud",
        "localstack",
        "test_marked.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, env=variables(), capture_output=True, text=True)
    assert "1 passed" in done.stdout, done.stdout
    assert list(runtime.glob("*/users")) == []
