"""Alarms at work: every minute they are evaluated, and a change of state is told.

The timer doesn't keep a run from being settled: alarms need time that passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.aws import Role, role_of
from harness.aws.parcels import EventParcel, FunctionParcel, Parcel, TopicParcel
from harness.sim.hops import HopResult
from harness.sim.services.cloudwatch import told
from harness.sim.services.cloudwatch.alarms import Alarm, Point, StateChange
from harness.sim.services.cloudwatch.metrics import MetricStore
from harness.sim.services.cloudwatch.observed import Observed
from harness.sim.services.service import Delivery, Listens
from harness.sim.world import World

EVALUATION_SECONDS = 60
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""


class AlarmWatch:
    """Evaluates alarms, and tells of their changes."""

    def __init__(
        self, world: World, store: MetricStore, alarms: dict[str, Alarm], observed: Observed
    ) -> None:
        self._world = world
        self._store = store
        self._alarms = alarms
        self._observed = observed
        self._read = 0
        self._running = False

    def look(self) -> None:
        """Read what the history tells of metrics since the last time."""
        recorder = self._world.recorder
        for seq in range(self._read, len(recorder)):
            self._observed.read(recorder.event(seq))
        self._read = len(recorder)
        self._observed.sample(self._world.kernel.now)

    def begin(self) -> None:
        """Evaluate from now on, as long as there are alarms."""
        if not self._running:
            self._running = True
            self._plan()

    def change(self, alarm: Alarm, change: StateChange) -> None:
        """An alarm has another state."""
        before = alarm.now
        alarm.history.append(before)
        alarm.now = StateChange(change.state, change.reason, change.data, self._world.kernel.now)
        recorder, place = self._world.recorder, self._world.names.of(alarm.arn)
        what = f"{before.state} → {change.state}: {change.reason}"
        with recorder.caused_by(recorder.timer(place, (), what, actor="cloudwatch"), actor="cloudwatch"):
            self._tell(alarm, before)

    def _plan(self) -> None:
        kernel = self._world.kernel
        due = (kernel.now // EVALUATION_SECONDS + 1) * EVALUATION_SECONDS
        kernel.call_at(due, self._evaluate, background=True, name="alarms")

    def _evaluate(self) -> None:
        if not self._alarms:
            self._running = False
            return
        self.look()
        now = self._world.kernel.now
        for alarm in list(self._alarms.values()):
            change = alarm.evaluate(self._points(alarm, now))
            if change is not None:
                self.change(alarm, change)
        self._plan()

    def _points(self, alarm: Alarm, now: float) -> list[Point]:
        """The latest periods that have ended, the oldest first."""
        period, count = alarm.period, alarm.looked_at
        start = now - period * count
        if self._store.latest < start:
            return [None] * count
        there = dict(
            self._store.points(alarm.metric, alarm.stat, start, now, period, alarm.given.get("Unit"))
        )
        begins = (start + number * period for number in range(count))
        return [(begin, there[begin]) if begin in there else None for begin in begins]

    def _tell(self, alarm: Alarm, before: StateChange) -> None:
        """The default bus if a rule may want it, and the actions of the new state."""
        parcels = list(self._parcels(alarm, before))
        if not parcels:
            return
        recorder, place = self._world.recorder, self._world.names.of(alarm.arn)
        message = self._world.kernel.new_id(f"changes of {alarm.arn}")
        accepted = recorder.accepted(place, message, body=told.payload(alarm, before))
        with recorder.caused_by(accepted):
            for target, parcel in parcels:
                delivery = Delivery(alarm.arn, target, (message,), parcel)
                self._world.hops.send(delivery, partial(self._sent, delivery))

    def _parcels(self, alarm: Alarm, before: StateChange) -> Iterator[tuple[str, Parcel]]:
        _, _, _, region, account, *_ = alarm.arn.split(":")
        bus, event = f"arn:aws:events:{region}:{account}:event-bus/default", told.event(alarm, before)
        owner = self._world.owner(bus)
        if isinstance(owner, Listens) and owner.wants(bus, event):
            yield bus, EventParcel(event=event)
        for arn in alarm.actions(alarm.now.state) if alarm.actions_enabled else ():
            if role_of(arn) is Role.RUNS:
                yield arn, FunctionParcel(payload=told.payload(alarm, before))
            elif role_of(arn) is Role.FANS_OUT:
                yield arn, TopicParcel(message=told.message(alarm, before), subject=told.subject(alarm))

    def _sent(self, delivery: Delivery, result: HopResult) -> None:
        """An action is tried once."""
        if not result.ok:
            names = self._world.names
            self._world.recorder.dropped(
                names.of(delivery.source),
                delivery.messages,
                reason=f"{result.error}: {result.message}",
                target=names.of(delivery.target),
            )
