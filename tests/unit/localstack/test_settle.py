"""What is pending in a LocalStack, and how time passes there: judged from snapshots written by hand."""

from dataclasses import dataclass, field

import pytest

from harness.localstack.settle import Pending, Settling, Snapshot, pending_in, schedules_in, with_held

QUEUE = "arn:aws:sqs:us-east-1:111111111111:work"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:bill"
MACHINE = "arn:aws:states:us-east-1:111111111111:stateMachine:Saga"


def name_of(arn):
    return arn.rpartition(":")[2]


def state(**what):
    empty = {"now": 1000.0, "activity": 0, "deliveries": 0, "moves": 0, "provisioning": 0}
    names = ("queues", "mappings", "invocations", "asynchronous", "timers", "schedules", "executions")
    lists = {name: [] for name in names}
    return empty | lists | what


def queue(**what):
    return {"arn": QUEUE, "visible": 0, "in_flight": [], "delayed": [], "consumed": True} | what


def invocation(*, parked):
    run = {"function": f"{FUNCTION}:$LATEST", "request_id": "r", "environment": "e"}
    return run | {"deadline": 1010.0, "parked": parked}


def pending(**what):
    return pending_in(state(**what), name_of)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({}, []),
        ({"queues": [queue(visible=1)]}, [Pending("messages in work")]),
        ({"queues": [queue(visible=1, consumed=False)]}, []),
        (
            {"queues": [queue(in_flight=[{"id": "m", "due": 1060.0}])]},
            [Pending("messages hidden in work", 60.0)],
        ),
        ({"queues": [queue(delayed=[{"id": "m", "due": 990.0}])]}, [Pending("messages hidden in work", 0.0)]),
        ({"invocations": [invocation(parked=False)]}, [Pending("invocation of $LATEST")]),
        ({"invocations": [invocation(parked=True)]}, [Pending("invocation of $LATEST", 10.0)]),
        ({"timers": [{"what": "retry of Orders", "due": 1001.0}]}, [Pending("retry of Orders", 1.0)]),
        ({"deliveries": 2}, [Pending("2 deliveries")]),
        ({"provisioning": 1}, [Pending("environments of provisioned concurrency")]),
        ({"executions": [MACHINE]}, [Pending("execution of Saga")]),
        ({"moves": 1}, [Pending("messages on their way back from a dead-letter queue")]),
        (
            {"asynchronous": [{"function": FUNCTION, "visible": 1, "running": 0, "due": [1060.0]}]},
            [Pending("events for bill"), Pending("retry of bill", 60.0)],
        ),
    ],
)
def test_what_is_pending_is_read_off_the_state_of_an_account(what, expected):
    assert pending(**what) == expected


def test_a_mapping_whose_function_hangs_waits_for_nothing_but_the_functions_timeout():
    mapping = {"uuid": "u", "source": QUEUE, "function": FUNCTION, "state": "Enabled", "moving": 1}
    assert Pending("mapping of bill") in pending(mappings=[mapping])
    parked = pending(mappings=[mapping], invocations=[invocation(parked=True)])
    assert [one.due for one in parked] == [10.0]


def test_a_second_batch_that_goes_on_beside_one_that_hangs_is_seen():
    mapping = {"uuid": "u", "source": QUEUE, "function": FUNCTION, "state": "Enabled", "moving": 2}
    assert Pending("mapping of bill") in pending(mappings=[mapping], invocations=[invocation(parked=True)])


@pytest.mark.parametrize(("held", "due"), [(3.0, 3.0), (30.0, 10.0)])
def test_a_function_whose_call_is_held_waits_for_that_or_for_its_own_timeout(held, due):
    found = with_held(state(invocations=[invocation(parked=False)]), {"e": held})
    assert pending_in(found, name_of) == [Pending("invocation of $LATEST", due)]


@dataclass
class World:
    """A cloud without a cloud: `due` are its timers, `runs` how many looks something is still going on.
    `every`: the seconds from one run of a schedule to the next, 0 without one."""

    due: list[float] = field(default_factory=list)
    every: float = 0.0
    runs: int = 0
    now: float = 0.0
    activity: int = 0
    skipped: list[float] = field(default_factory=list)

    def elapsed(self):
        return self.now

    def look(self):
        self.now += 0.001
        if self.runs:
            self.runs, self.activity = self.runs - 1, self.activity + 1
            return Snapshot(self.activity, (Pending("an invocation"),))
        fired = [due for due in self.due if due <= self.now]
        self.due = [due for due in self.due if due > self.now]
        self.activity += len(fired)
        timers = tuple(Pending("a timer", due - self.now) for due in self.due)
        next_run = self.every - self.now % self.every if self.every else None
        return Snapshot(self.activity, timers, (Pending("a schedule", next_run),) if self.every else ())

    def skip(self, seconds):
        self.skipped.append(seconds)
        self.now += seconds


def test_settle_skips_from_timer_to_timer_until_none_is_left():
    world = World(due=[60.0, 180.0])
    assert Settling(world, world.look, world.skip).settle(3600)
    assert [round(seconds) for seconds in world.skipped] == [60, 120]


def test_settle_never_skips_while_something_is_going_on():
    world = World(due=[60.0], runs=5)
    settling = Settling(world, world.look, world.skip)
    assert settling.settle(3600)
    assert world.runs == 0
    assert len(world.skipped) == 1


def test_settle_says_what_still_moves_when_the_time_is_up():
    world = World(due=[500.0])
    settling = Settling(world, world.look, world.skip)
    assert not settling.settle(100)
    assert settling.moving == ["a timer"]


def test_advance_stops_at_timers_on_the_way_and_then_goes_on_to_its_end():
    world = World(due=[60.0, 500.0])
    Settling(world, world.look, world.skip).advance(100)
    assert world.now == pytest.approx(100, abs=1)
    assert world.due == [500.0]
    assert len(world.skipped) == 2


def test_nobody_waits_for_the_next_run_of_a_schedule():
    world = World(every=60.0)
    assert Settling(world, world.look, world.skip).settle(3600)
    assert world.skipped == []


@pytest.mark.parametrize("passes", ["settle", "advance"])
def test_a_schedule_runs_at_its_time_while_time_passes(passes):
    world = World(due=[150.0], every=60.0)
    getattr(Settling(world, world.look, world.skip), passes)(150.5)
    assert [round(seconds) for seconds in world.skipped[:3]] == [60, 60, 30]


def test_a_schedule_that_is_due_runs_right_now():
    schedules = [{"what": "schedule of Hourly", "due": due} for due in (1000.0, 1060.0)]
    found = schedules_in(state(schedules=schedules))
    assert found == [Pending("schedule of Hourly"), Pending("schedule of Hourly", 60.0)]


def test_where_time_is_real_nothing_is_skipped():
    world = World(due=[0.05])
    assert Settling(world, world.look, None).settle(10)
    assert world.skipped == []
