"""The whole cloud stands still or is started anew; the network to it is cut or slow."""

from contextlib import suppress

import pytest
from botocore.exceptions import ConnectionClosedError

from harness import Simulator, expect, faults
from harness.cloud import Unsupported
from harness.plan import PlanError
from tests.helpers import works
from tests.helpers.works import colds, outcomes, told

MACHINE = """
  Saga:
    Type: AWS::Serverless::StateMachine
    Properties:
      Policies: [AmazonDynamoDBFullAccess]
      DefinitionSubstitutions: {Table: !Ref Ledger}
      Definition:
        StartAt: Put
        States:
          Put:
            Type: Task
            Resource: arn:aws:states:::dynamodb:putItem
            Parameters: {TableName: "${Table}", Item: {order: {S: o-1}}}
            Retry: [{ErrorEquals: [DynamoDB.SdkClientException], MaxAttempts: 1}]
            End: true
"""


@pytest.fixture
def run(tmp_path):
    """The app after some orders under one fault, at rest, and its cloud."""
    clouds = []

    def run(fault=None, orders=3):
        cloud = Simulator(seed=1)
        cloud.__enter__()
        clouds.append(cloud)
        app = cloud.deploy(works.written(tmp_path))
        if fault is not None:
            cloud.inject(fault)
        for number in range(orders):
            app.queue("Work").send({"order": f"o-{number}"})
        app.settle()
        return app

    yield run
    for cloud in clouds:
        cloud.__exit__(None, None, None)


def test_while_the_cloud_is_paused_nothing_happens(run):
    app = run(faults.pause(on="dynamodb:PutItem", nth=2, for_seconds=15))
    history = app.cloud.history()
    [fault] = history.of("fault")
    later = [event.at for event in history if event.at > fault.at]
    assert min(later) >= fault.at + 15
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")


def test_a_pause_without_a_call_begins_with_the_first_thing_that_the_app_does(run):
    app = run(faults.pause(for_seconds=15))
    assert told(app) == [("pause", "stop", "Work → Bill")]


def test_a_pause_begins_no_earlier_than_it_should(run):
    app = run(faults.pause(after_seconds=3600, optional=True))
    assert told(app) == []


def test_a_function_whose_time_is_used_up_by_a_pause_times_out_and_runs_again(run):
    app = run(faults.pause(on="dynamodb:PutItem", nth=2, for_seconds=25), orders=1)
    assert outcomes(app) == ["timeout", "ok"]
    expect(app).effects_once("Ledger", key="order")


def test_the_test_itself_waits_while_the_cloud_is_paused(run):
    app = run()
    before = app.cloud.elapsed
    app.cloud.inject(faults.pause(on="sqs:SendMessage", for_seconds=40))
    app.queue("Work").send({"order": "late"})
    assert app.cloud.elapsed - before >= 40


def test_a_restart_kills_what_runs_and_leaves_no_environment_warm(run):
    app = run(faults.restart(on="dynamodb:PutItem", nth=2, for_seconds=10), orders=1)
    assert outcomes(app) == ["crash", "ok"]
    assert colds(app) == [True, True]
    assert told(app) == [("restart", "stop", "dynamodb:PutItem Ledger")]
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")


def test_environments_that_are_idle_are_lost_in_a_restart_too(run):
    app = run(orders=1)
    app.cloud.inject(faults.restart(on="sqs:SendMessage"))
    app.queue("Work").send({"order": "next"})
    app.settle()
    assert colds(app) == [True, True]


def test_a_call_at_hand_is_lost_in_a_restart_and_made_again_by_the_sdk(run):
    app = run(faults.restart(on="sqs:SendMessage"), orders=1)
    sent = [event for event in app.cloud.history().of("call") if event.subject == "sqs:SendMessage Work"]
    assert [event.data["attempt"] for event in sent] == [1, 2]
    expect(app).nothing_lost()


@pytest.mark.parametrize("stop", [faults.pause, faults.restart], ids=["pause", "restart"])
def test_the_time_to_recover_begins_when_the_cloud_is_back(run, stop):
    app = run(stop(on="dynamodb:PutItem", for_seconds=300), orders=1)
    [fault] = app.cloud.history().of("fault")
    assert fault.data["until"] == pytest.approx(fault.at + 300)
    expect(app).recovered_within(seconds=35)


def test_a_task_of_a_state_machine_whose_call_is_lost_in_a_restart_fails_and_may_be_retried(machine):
    app = machine(faults.restart(on="dynamodb:PutItem", for_seconds=10))
    [execution] = app.state_machine("Saga").executions()
    assert execution.status == "SUCCEEDED"
    assert told(app) == [("restart", "stop", "dynamodb:PutItem Ledger")]
    puts = [event for event in app.cloud.history().of("call") if event.subject == "dynamodb:PutItem Ledger"]
    assert len(puts) == 2


@pytest.fixture
def machine(tmp_path):
    """The app after an execution of a state machine under a fault."""
    with Simulator(seed=1) as cloud:
        template = works.written(tmp_path)
        template.write_text(works.TEMPLATE + MACHINE)
        app = cloud.deploy(template)

        def run(fault):
            cloud.inject(fault)
            app.state_machine("Saga").start({})
            app.settle()
            return app

        yield run


def test_a_state_machine_is_in_the_cloud_and_no_network_is_cut_there(machine):
    app = machine(faults.cut(for_seconds=60))
    assert [execution.status for execution in app.state_machine("Saga").executions()] == ["SUCCEEDED"]
    assert told(app) == []


def test_a_cut_of_what_is_in_the_cloud_is_refused(machine):
    with pytest.raises(Unsupported, match=r"cut: Saga is in the cloud, and no network is between; name a f"):
        machine(faults.cut("Saga", for_seconds=10))


@pytest.mark.parametrize(
    "fault",
    [
        faults.cut("test", for_seconds=0.5),
        faults.slow_network("test", seconds=9),
        faults.cut("test", on="sqs:*"),
        faults.pause(on="sqs:*", for_seconds=9),
        faults.request_lost("sqs:*"),
    ],
    ids=["cut", "slow", "cut on", "pause on", "request lost"],
)
def test_faults_begin_when_the_app_is_deployed(tmp_path, fault):
    with Simulator(plan=faults.Plan(1, (fault,))) as cloud:
        app = cloud.deploy(works.written(tmp_path))
        assert told(app) == []
        with suppress(ConnectionClosedError):
            app.queue("Work").send({"order": "o-1"})
        assert {subject for _, _, subject in told(app)} == {"sqs:SendMessage Work"}


@pytest.mark.parametrize(
    "fault", [faults.kill(), faults.restart(keep_state=False)], ids=["kill", "empty restart"]
)
def test_the_simulator_loses_nothing_and_says_what_does(fault):
    with Simulator() as cloud, pytest.raises(Unsupported, match=r"^(kill|restart): .*use restart\(\)"):
        cloud.inject(fault)
    with (
        pytest.raises(Unsupported, match="keeps what it has accepted"),
        Simulator(plan=faults.Plan(1, (fault,))),
    ):
        pass


def test_a_cut_network_lets_no_call_of_the_app_through_and_those_of_the_test(run):
    app = run(faults.cut(for_seconds=60), orders=1)
    history = app.cloud.history()
    cut = {event.cause for event in history.of("fault")}
    during = [event for event in history.of("call") if event.actor == "Bill" and event.at < 60]
    assert {event.seq for event in during} == cut
    assert outcomes(app)[-1] == "ok"
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")


def test_a_cut_that_begins_with_a_call_takes_that_with_it(run):
    app = run(faults.cut("Bill", on="dynamodb:PutItem", nth=2, for_seconds=5), orders=1)
    calls = [event.seq for event in app.cloud.history().of("call") if event.actor == "Bill"]
    assert app.cloud.history().of("fault")[0].cause == calls[1]
    expect(app).effects_once("Ledger", key="order")


def test_a_cut_between_the_cloud_and_another_function_hits_nothing(run):
    assert told(run(faults.cut("Other", for_seconds=300))) == []


def test_a_cut_network_can_be_the_tests(run):
    app = run()
    app.cloud.inject(faults.cut("test", for_seconds=0.05))
    app.queue("Work").send({"order": "o-9"})
    assert told(app) == [("cut", "lose-request", "sqs:SendMessage Work")] * len(told(app)) != []


def test_a_slow_network_makes_each_call_of_the_app_late(run):
    fast, slow = run(orders=1), None
    took = _seconds_of_the_function(fast)
    fast.cloud.__exit__(None, None, None)
    slow = run(faults.slow_network(seconds=2), orders=1)
    assert _seconds_of_the_function(slow) == pytest.approx(took + 2 * 2, abs=0.1)
    assert [what for _, what, _ in told(slow)] == ["delay", "delay"]


def _seconds_of_the_function(app):
    history = app.cloud.history()
    [begun], [ended] = history.of("invocation"), history.of("invocation-ended")
    return ended.at - begun.at


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: faults.pause(for_seconds=0), "for_seconds=0: must be more than 0"),
        (lambda: faults.pause(times=None), "times=None: a cloud that stops at every call"),
        (lambda: faults.kill(on="sqs"), 'on="sqs": expected "service:Operation"'),
        (lambda: faults.pause(on="https:Request"), 'on="https:Request": a third party is not in the cloud'),
        (lambda: faults.cut(on="https:*"), r'on="https:\*": a third party is not in the cloud'),
        (lambda: faults.cut(nth=2), "nth=2: nth= counts calls of on="),
        (lambda: faults.cut(on="sqs:SendMessage", nth=0), "nth=0: the first call is 1"),
        (lambda: faults.cut(for_seconds=-1), "for_seconds=-1: must be more than 0, or None"),
        (lambda: faults.slow_network(seconds=0), "seconds=0: must be more than 0"),
    ],
    ids=[
        "no time",
        "for ever",
        "no operation",
        "third party",
        "third parties",
        "no call",
        "nth",
        "no length",
        "no delay",
    ],
)
def test_what_makes_no_sense_is_refused(make, why):
    with pytest.raises(PlanError, match=why):
        make()


def test_only_what_comes_back_with_its_state_passes():
    assert [fault.passes for fault in (faults.pause(), faults.restart(), faults.cut(for_seconds=1))] == [
        True
    ] * 3
    assert not any(fault.passes for fault in (faults.kill(), faults.restart(keep_state=False), faults.cut()))
