"""Any sequence of sends, receives, deletes and time: compared with a queue that is as simple as can be.

Nothing is lost, nothing is handed out twice at one time, and groups keep their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import takewhile

import pytest
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from harness.sim.services.sqs.message import Message, State
from harness.sim.services.sqs.model import (
    BeyondLimit,
    Gone,
    HandleExpired,
    QueueState,
)
from harness.sim.services.sqs.settings import defaults, settings_of

RETENTION = 200.0
MAX_RECEIVES = 3


@dataclass
class Known:
    """What the oracle knows of a message. `hidden_until` is None while it is visible.

    `lapsed`: the handles whose visibility timeout has passed.
    """

    id: str
    group: str | None
    sent_at: float
    hidden_until: float | None
    in_flight: bool = False
    receives: int = 0
    handle: str = ""
    lapsed: set[str] = field(default_factory=set)
    earlier: set[str] = field(default_factory=set)
    received_at: float = 0.0

    def of(self, handle: str) -> bool:
        """Is it a handle of this message, the latest or an earlier one?"""
        return handle in self.earlier or handle == self.handle


class Sequences(RuleBasedStateMachine):
    """A queue beside a plain list, in the order in which messages came."""

    fifo = False
    handles = Bundle("handles")

    @initialize()
    def begin(self):
        given = settings_of(defaults(self.fifo))
        self.queue = QueueState(replace(given, retention_seconds=RETENTION))
        self.all: list[Known] = []
        self.dead: list[str] = []
        self.now = 0.0
        self.sent = 0

    @rule(group=st.sampled_from("xxxyz"), delay=st.sampled_from([0.0, 0.0, 7.0]))
    def send(self, group, delay):
        if self.fifo:
            delay = 0.0
        self.sent += 1
        group = group if self.fifo else None
        message = Message(f"m{self.sent}", "", "", self.now, group=group)
        self.queue.add(message, self.now, delay)
        self.all.append(Known(message.id, group, self.now, self.now + delay if delay else None))

    @rule(target=handles, limit=st.integers(1, 4), hidden_for=st.sampled_from([0.0, 5.0, 30.0]))
    def receive(self, limit, hidden_for):
        handed = self.queue.hand_out(limit, self.now, hidden_for, MAX_RECEIVES)
        for message in handed.failed:
            known = self._known(message.id)
            assert known.receives == MAX_RECEIVES
            assert known.hidden_until is None
            self.all.remove(known)
            self.dead.append(message.id)
        given = [self._known(message.id) for message in handed.out]
        self._check(given, limit)
        for known, message in zip(given, handed.out, strict=True):
            known.receives += 1
            known.earlier.add(known.handle)
            known.handle, known.received_at = message.handle(), self.now
            if hidden_for:
                known.hidden_until, known.in_flight = self.now + hidden_for, True
        return multiple(*(message.handle() for message in handed.out))

    @rule(handle=handles)
    def delete(self, handle):
        known = next((known for known in self.all if known.of(handle)), None)
        try:
            done = self.queue.delete(handle)
        except HandleExpired:
            assert self.fifo
            assert not known.in_flight or handle in known.lapsed
            return
        if known is None:
            assert not done.deleted
            return
        assert not self.fifo or known.in_flight
        assert done.late == (not known.in_flight or handle != known.handle)
        assert done.deleted == (handle == known.handle or handle not in known.lapsed)
        if done.deleted:
            self.all.remove(known)

    @rule(handle=handles, seconds=st.sampled_from([0.0, 3.0, 60.0, 43_200.0]))
    def change_visibility(self, handle, seconds):
        known = next((known for known in self.all if known.of(handle)), None)
        changes = known is not None and known.in_flight and handle not in known.lapsed
        try:
            self.queue.change_visibility(handle, seconds, self.now)
        except Gone:
            assert known is None
        except HandleExpired:
            assert self.fifo
            assert not changes
        except BeyondLimit:
            assert changes
            assert self.now + seconds - known.received_at > 43_200
        else:
            assert known is not None
            if not changes:
                assert not self.fifo
                return
            known.hidden_until, known.in_flight = (self.now + seconds, True) if seconds else (None, False)

    @rule(seconds=st.sampled_from([1.0, 5.0, 31.0, 90.0]))
    def pass_time(self, seconds):
        self.now += seconds
        self.queue.lapse(self.now)
        expired = {message.id for message in self.queue.expire(self.now)}
        assert expired == {known.id for known in self.all if known.sent_at + RETENTION <= self.now}
        self.all = [known for known in self.all if known.id not in expired]
        for known in self.all:
            if known.hidden_until is not None and known.hidden_until <= self.now:
                if known.in_flight:
                    known.lapsed |= {known.handle, *known.earlier}
                known.hidden_until, known.in_flight = None, False

    @invariant()
    def counts_and_messages_agree(self):
        if not hasattr(self, "all"):
            return
        assert sorted(message.id for message in self.queue) == sorted(known.id for known in self.all)
        visible = [known for known in self.all if known.hidden_until is None]
        assert self.queue.count(State.VISIBLE) == len(visible)
        assert self.queue.count(State.IN_FLIGHT) == sum(known.in_flight for known in self.all)

    @invariant()
    def the_next_moment_is_known(self):
        if not hasattr(self, "all"):
            return
        hidden = [known.hidden_until for known in self.all if known.hidden_until is not None]
        assert self.queue.next_visible_at() == min(hidden, default=None)
        assert self.queue.next_expiry() == min((k.sent_at + RETENTION for k in self.all), default=None)

    def _known(self, id):
        return next(known for known in self.all if known.id == id)

    def _check(self, given, limit):
        """What is given is what came first of what is visible."""
        assert given == [known for known in self.all if known.hidden_until is None][:limit]


class FifoSequences(Sequences):
    """Groups are served one after the other, and none twice while another one waits."""

    fifo = True

    @initialize()
    def nobody_was_served(self):
        self.receives = 0
        self.served_in: dict[str, int] = {}
        self.waits_since: dict[str, int] = {}

    @invariant()
    def groups_wait_as_long_as_they_have_something_to_give(self):
        if not hasattr(self, "all") or not hasattr(self, "receives"):
            return
        for group in "xyz":
            if self._ready(group):
                self.waits_since.setdefault(group, self.receives)
            else:
                self.waits_since.pop(group, None)

    def _check(self, given, limit):
        """Each group gives what it has before its first hidden message."""
        served = list(dict.fromkeys(known.group for known in given))
        assert given == [k for group in served for k in self._ready(group)][:limit]
        assert len(given) == min(limit, sum(len(self._ready(group)) for group in "xyz"))
        self.receives += 1
        for group in served:
            for other in self.waits_since.keys() - set(served):
                assert self.waits_since[other] >= self.served_in.get(group, 0)
        for group in served:
            self.served_in[group] = self.receives
            del self.waits_since[group]

    def _ready(self, group):
        return list(takewhile(is_visible, (known for known in self.all if known.group == group)))


def is_visible(known):
    return known.hidden_until is None


@pytest.mark.parametrize("machine", [Sequences, FifoSequences])
def test_any_sequence_agrees_with_the_oracle(machine):
    case = machine.TestCase
    case.settings = how(max_examples=150, stateful_step_count=40)
    case("runTest").runTest()
