"""Runs that start at a snapshot are the runs that they would be from the beginning, event for event."""

import os
from contextlib import nullcontext
from dataclasses import replace
from multiprocessing import Pipe

import pytest

from harness import faults
from harness.explore import Outcome, Processes, Search, campaign, child, points_of, tasks
from harness.explore.sweep import singles
from harness.faults.active import ActivePlan
from harness.history import first_difference
from harness.plan import Plan
from harness.plugin import snapshots as snapshots_module
from harness.plugin.scripted import ScriptRun
from harness.plugin.snapshots import LATELY, WARMING_UP, PlanToCome, Snapshots, Starts
from tests.corpus.corpus import HERE, TWINS, bugs

ROOT = HERE.parents[1]
EACH = int(os.environ.get("HARNESS_SNAPSHOT_RUNS", "2"))
"""Runs of each app that are compared; of each there are some hundred."""

APP = """
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}
  Done:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Work:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: work.handler
      Role: arn:aws:iam::123456789012:role/r
      Code: src/
      Environment: {Variables: {TABLE: !Ref Done}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Work, BatchSize: 1}
"""
HANDLER = """
import os, boto3
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
def handler(event, context):
    for record in event["Records"]:
        table.put_item(Item={"id": record["body"]})
"""
SCENARIO = """
from harness import expect, faults
def scenario(app):
    for n in range(3):
        app.queue("Jobs").send(str(n))
        app.settle()
    expect(app).nothing_lost()
def injects(app):
    app.queue("Jobs").send("0")
    app.cloud.inject(faults.slow("dynamodb:PutItem", seconds=2, optional=True))
    app.queue("Jobs").send("1")
    app.settle()
    expect(app).nothing_lost()
def counts(app):
    import os
    made_by = []
    for n in range(4):
        app.queue("Jobs").send(str(n))
        app.settle()
        made_by.append(os.getpid())
    raise AssertionError(f"the first message was handled by {made_by[0]}")
def dies(app):
    import os
    app.queue("Jobs").send("0")
    app.settle()
    if app.cloud.history().of("fault"):
        os._exit(3)
def hangs(app):
    import re
    app.queue("Jobs").send("0")
    app.settle()
    re.match("(a+)+$", "a" * 60 + "b")
def compares(app):
    app.queue("Jobs").send("0")
    app.settle()
    expect(app).effects_once("Done", key="id")
    app.cloud.control_history()
"""


@pytest.fixture
def script(tmp_path):
    """`run(plan)` of one of the functions."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/work.py").write_text(HANDLER)
    (tmp_path / "template.yaml").write_text(APP)
    (tmp_path / "scenario.py").write_text(SCENARIO)
    return lambda name: ScriptRun(str(tmp_path / "template.yaml"), str(tmp_path / "scenario.py"), name)


@pytest.fixture
def snapshots():
    """Make snapshots of a scenario, which end with the test."""
    made = []

    def snapshots(run):
        made.append(Snapshots(run.at_snapshot))
        return made[-1]

    yield snapshots
    for each in made:
        each.close()


def plans_of(run):
    """The plans of a sweep; none if the scenario fails without faults."""
    control = run(Plan())
    points = points_of(control.history) if control.status == "recovered" else ()
    return [one.plan for one in singles(points, 0, lambda candidate: True)]


def assert_same(run, made, plan):
    """A run at the snapshot is the run from the beginning."""
    whole = run(plan)
    outcome = made.outcome(tasks.with_history, plan)
    assert outcome is not None
    assert first_difference(whole.history, outcome.history) is None, plan
    assert whole.history.to_json() == outcome.history.to_json()
    assert (whole.status, whole.why, whole.hits) == (outcome.status, outcome.why, outcome.hits)


@pytest.mark.parametrize("twin", TWINS)
@pytest.mark.parametrize("bug", bugs(), ids=lambda bug: bug.name)
def test_the_corpus(bug, twin, snapshots):
    run = ScriptRun(str(bug.template(twin)), str(HERE / bug.name / "scenario.py"))
    plans = plans_of(run)
    made = snapshots(run)
    for plan in [*plans[:: max(len(plans) // EACH, 1)][:EACH], bug.shown_by]:
        assert_same(run, made, plan)


APPS = {
    "orders": """
    for n in range(3):
        app.topic("Orders").publish({"order": f"o-{n}", "total": 42})
""",
    "saga": """
    app.queue("Orders").send({"order": "o-1", "goods": "tea"})
""",
    "documents": """
    app.bucket("Letters").put("letter", "Dear Ada,\\fthank you for\\fthe engine")
""",
    "ledger": """
    for n in range(1, 4):
        app.topic("Postings").publish(
            {"posting": f"a-{n}", "account": "alice", "number": n, "amount": n}, group="alice"
        )
""",
}


@pytest.mark.parametrize("name", APPS)
def test_apps_of_several_services(name, tmp_path, snapshots):
    script = tmp_path / "scenario.py"
    settles = "    app.settle()\n    expect(app).nothing_lost()\n"
    script.write_text(f"from harness import expect\n\ndef scenario(app):{APPS[name]}{settles}")
    run = ScriptRun(str(ROOT / f"fixtures/apps/{name}/template.yaml"), str(script))
    plans = plans_of(run)
    assert plans
    made = snapshots(run)
    for plan in plans[len(plans) // 7 :: max(len(plans) // EACH, 1)][:EACH]:
        assert_same(run, made, plan)


def test_plans_in_any_order(script, snapshots):
    run = script("scenario")
    plans = plans_of(run)
    made = snapshots(run)
    for plan in (plans[-1], plans[0], plans[len(plans) // 2], plans[1]):
        assert_same(run, made, plan)


def test_one_process_serves_plans_in_the_order_of_their_points(script, snapshots):
    run = script("scenario")
    made = snapshots(run)
    used = set()
    for plan in plans_of(run)[::9]:
        made.outcome(tasks.outcome_of, plan)
        used.add(id(made._told))
    assert len(used) == 1


def test_a_plan_that_never_has_a_say(script, snapshots):
    run = script("scenario")
    nowhere = (faults.throttle("dynamodb:PutItem", nth=90), faults.throttle("sqs:SendMessage", nth=91))
    optional = faults.slow("sqs:*", seconds=1, nth=92, optional=True)
    plans = [Plan(0, nowhere[:1]), Plan(0, nowhere[1:]), Plan(0, (optional,))]
    made = snapshots(run)
    for plan in [*plans, *reversed(plans)]:
        assert_same(run, made, plan)


def test_faults_that_the_test_injects_itself(script, snapshots):
    run = script("injects")
    made = snapshots(run)
    plans = [Plan(0, (faults.crash("Work", nth=nth),)) for nth in (1, 2, 1)]
    for plan in [*plans, Plan(0, (faults.throttle("dynamodb:PutItem", nth=80),))]:
        assert_same(run, made, plan)


def test_windows_of_time_and_pairs(script, snapshots):
    run = script("scenario")
    made = snapshots(run)
    window = faults.outage("dynamodb", after_seconds=0.05, for_seconds=90)
    pair = (faults.crash("Work", nth=2), faults.ack_lost("Jobs", "Work", nth=3))
    for plan in (Plan(0, (window,)), Plan(0, pair), Plan(0, pair[::-1]), Plan(0, (*pair, window))):
        assert_same(run, made, plan)


FIRSTS = (
    faults.crash("Work"),
    faults.throttle("dynamodb:PutItem", nth=2),
    faults.slow("sqs:SendMessage", seconds=1, nth=2),
)
SECONDS = (
    faults.ack_lost("Jobs", "Work", nth=2),
    faults.crash("Work", nth=3),
    faults.outage("dynamodb", after_seconds=30, for_seconds=90),
    faults.throttle("dynamodb:PutItem", nth=90),
    faults.slow("sqs:*", seconds=1, nth=92, optional=True),
    faults.crash("Work"),
)


def test_pairs_that_begin_with_the_same_fault(script, snapshots):
    run = script("scenario")
    made = snapshots(run)
    for first in FIRSTS:
        for second in SECONDS:
            assert_same(run, made, Plan(0, (first, second)))


def test_pairs_that_begin_with_the_same_fault_start_from_the_run_under_it(script, snapshots):
    made = snapshots(script("counts"))
    pairs = [Plan(0, (faults.crash("Work"), faults.crash("Work", nth=nth))) for nth in (3, 3, 4, 4)]
    seen = [made.outcome(tasks.outcome_of, plan).why for plan in pairs]
    assert seen[0] != seen[1] == seen[2] == seen[3]


def test_three_faults_of_which_the_next_plan_shares_two(script, snapshots):
    run = script("scenario")
    made = snapshots(run)
    two = (faults.crash("Work"), faults.ack_lost("Jobs", "Work", nth=2))
    for nth in (3, 4, 3):
        assert_same(run, made, Plan(0, (*two, faults.crash("Work", nth=nth))))


def test_a_run_under_shared_faults_that_ends_its_process(script, snapshots):
    made = snapshots(script("dies"))
    for nth in (1, 2):
        pair = (faults.slow("sqs:SendMessage", seconds=1), faults.crash("Work", nth=nth, optional=True))
        assert made.outcome(tasks.outcome_of, Plan(0, pair)) is None
    never = Plan(0, (faults.crash("Work", nth=9, optional=True),))
    assert made.outcome(tasks.outcome_of, never) is not None


def test_other_seeds(script, snapshots):
    run = script("scenario")
    made = snapshots(run)
    for seed in (1, 0, 2):
        plan = Plan(seed, (faults.crash("Work", nth=2),))
        assert_same(run, made, plan)


def test_a_run_that_asks_for_its_control_run_has_to_be_made_from_the_beginning(script, snapshots):
    run = script("compares")
    made = snapshots(run)
    plan = Plan(0, (faults.crash("Work"),))
    assert made.outcome(tasks.outcome_of, plan) is None
    run(plan)  # now it is known
    assert_same(run, made, plan)


def test_a_run_that_ends_its_process_has_no_outcome_and_the_next_one_has(script, snapshots):
    made = snapshots(script("dies"))
    assert made.outcome(tasks.outcome_of, Plan(0, (faults.crash("Work"),))) is None
    never = Plan(0, (faults.crash("Work", nth=9, optional=True),))
    assert made.outcome(tasks.outcome_of, never) is not None


def test_a_run_that_overran_its_limit_is_not_made_at_a_snapshot_again(script, monkeypatch):
    begun, begin = [], Snapshots._begin
    monkeypatch.setattr(Snapshots, "_begin", lambda made, seed: begun.append(seed) or begin(made, seed))
    made = Snapshots(script("hangs").at_snapshot, limit_seconds=0.5)
    assert made.outcome(tasks.outcome_of, Plan(0, (faults.crash("Work"),))) is None
    made.close()
    assert begun == [0, 0]  # the second one waits for another plan


def with_process(run, plan):
    """A task that tells which process it was done in."""
    return replace(run(plan), why=str(os.getpid()))


def test_outside_of_a_worker_all_runs_are_made_here(script):
    run = script("scenario")
    starts = Starts(run.at_snapshot, run.whole)
    pids = {starts.done(with_process, Plan(0, (faults.crash("Work"),))).why for _ in range(9)}
    assert pids == {str(os.getpid())}


def test_a_worker_measures_both_and_its_outcomes_are_the_same(script):
    run = script("scenario")
    here = campaign(run, Search(kinds=frozenset({"crash"})))
    engine = Processes(1)
    try:
        there = campaign(run, Search(kinds=frozenset({"crash"})), engine=engine)
    finally:
        engine.close()
    assert [found.outcome for found in here.results] == [found.outcome for found in there.results]


def test_a_worker_starts_at_snapshots(script, monkeypatch):
    monkeypatch.setattr(child, "_serving", True)
    run = script("scenario")
    starts = Starts(run.at_snapshot, run.whole)
    first = WARMING_UP + LATELY
    pids = [starts.done(with_process, Plan(0, (faults.crash("Work"),))).why for _ in range(first + 3)]
    starts.close()
    assert pids[:first] == [str(os.getpid())] * first
    assert str(os.getpid()) not in pids[first:]


@pytest.mark.parametrize(("whole", "part", "faster"), [(1, 2, "whole"), (2, 1, "part")])
def test_a_worker_keeps_to_the_faster_way_however_long_its_first_runs_took(whole, part, faster, monkeypatch):
    seconds, ways = [0], []

    def took(way, how_long):
        def outcome(task, plan):
            ways.append(way)
            seconds[0] += how_long if len(ways) > WARMING_UP else 100
            return Outcome(plan=plan, status="recovered")

        return outcome

    monkeypatch.setattr(child, "_serving", True)
    monkeypatch.setattr(snapshots_module, "perf_counter", lambda: seconds[0])
    starts = Starts(None, took("whole", whole))
    monkeypatch.setattr(starts._snapshots, "outcome", took("part", part))
    for _ in range(WARMING_UP + 2 * LATELY + 20):
        starts.done(tasks.outcome_of, Plan(0, (faults.crash("Work"),)))
    assert ways[-20:] == [faster] * 20


def test_whatever_can_be_hit_is_asked_of_the_plan_to_come():
    doors = {name for name in vars(ActivePlan) if name.startswith("on_")}
    assert all("_judge" in getattr(ActivePlan, door).__code__.co_names for door in doors)
    assert "_judge" in vars(PlanToCome)
    assert doors.isdisjoint(vars(PlanToCome))


def test_a_fault_of_the_plan_to_come_can_be_told_as_it_was_given():
    plan = Plan(0, (faults.throttle("dynamodb:PutItem", nth=90), faults.crash("Work", nth=91)))
    ours, theirs = Pipe()
    theirs.send((None, plan, 1))
    to_come = PlanToCome(0, ours, lambda _: None).placed(nullcontext)
    to_come._next()
    assert [to_come.as_given(index) for index in range(2)] == list(plan.faults) == to_come.faults
