"""The queues of a cloud: found by URL, ARN or name, kept up to date with time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from math import inf

from harness.sim.activities import Signal, Timer
from harness.sim.services.service import Caller, ServiceError
from harness.sim.services.sqs.errors import missing
from harness.sim.services.sqs.model import QueueState
from harness.sim.services.sqs.order import overtaken_by_none
from harness.sim.services.sqs.settings import settings_of
from harness.sim.world import World

DELETED_RECENTLY_SECONDS = 60.0
OVERTAKEN_ONE_IN = 8
OVERTAKEN_BY_MAX = 3

_URL = re.compile(r"https?://([^/]+)/(?:(\d{12})|queue)/([^/]+)/?")
_NAME = re.compile(r"[a-zA-Z0-9_-]+(?:\.fifo)?")
_HOST = re.compile(r"sqs(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com|([a-z0-9-]+)\.queue\.amazonaws\.com")


@dataclass(eq=False)
class QueueRecord:
    """One queue, its identity and its timers. Nothing happens in it by itself before `due`."""

    name: str
    arn: str
    url: str
    attributes: dict[str, str]
    tags: dict[str, str]
    queue: QueueState
    created_at: float
    modified_at: float
    arrived: Signal = field(default_factory=Signal)
    purged_at: float | None = None
    sequence: int = 0
    due: float = inf
    visible_timer: Timer | None = None
    expiry_timer: Timer | None = None


class QueueStore:
    """All queues, by ARN."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queues: dict[str, QueueRecord] = {}
        self._by_url: dict[tuple[str, str, str], QueueRecord] = {}
        self._deleted_at: dict[str, float] = {}

    def __iter__(self) -> Iterator[QueueRecord]:
        return iter(self._queues.values())

    def create(
        self, name: str, attributes: dict[str, str], tags: dict[str, str], caller: Caller
    ) -> QueueRecord:
        """A new, empty queue. Raises QueueDeletedRecently within a minute of its namesake's deletion."""
        now = self._world.kernel.now
        arn = arn_of(name, caller)
        if now - self._deleted_at.get(arn, -DELETED_RECENTLY_SECONDS) < DELETED_RECENTLY_SECONDS:
            raise ServiceError(
                "QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue before you can create another with the "
                "same name.",
            )
        url = f"https://sqs.{caller.region}.amazonaws.com/{caller.account}/{name}"
        queue = QueueState(settings_of(attributes), arn, self._overtaken_by(arn))
        record = QueueRecord(name, arn, url, attributes, tags, queue, now, now)
        self._queues[arn] = record
        return record

    def delete(self, record: QueueRecord) -> None:
        """The queue and its messages are gone."""
        self._world.kernel.cancel(record.visible_timer)
        self._world.kernel.cancel(record.expiry_timer)
        del self._queues[record.arn]
        self._by_url.clear()
        self._deleted_at[record.arn] = self._world.kernel.now
        record.arrived.notify()

    def named(self, name: str, caller: Caller) -> QueueRecord | None:
        """The queue of this name in the caller's region and account."""
        return self._queues.get(arn_of(name, caller))

    def at(self, url: str, caller: Caller) -> QueueRecord:
        """The queue of a URL or of a name, up to date. Raises InvalidAddress, QueueDoesNotExist."""
        key = url, caller.region, caller.account
        record = self._by_url.get(key)
        if record is None:
            record = self._by_url[key] = self._found(url, caller)
        self.bring_up_to_date(record)
        return record

    def of(self, arn: str) -> QueueRecord:
        """The queue of an ARN, up to date. Raises QueueDoesNotExist."""
        record = self.find(arn)
        if record is None:
            raise missing()
        return record

    def find(self, arn: str) -> QueueRecord | None:
        """The queue of an ARN, up to date; None if there is none."""
        record = self._queues.get(arn)
        if record is not None and (record.queue.changed or self._world.kernel.now >= record.due):
            self.bring_up_to_date(record)
        return record

    def has(self, arn: str) -> bool:
        """Is there such a queue?"""
        return arn in self._queues

    def bring_up_to_date(self, record: QueueRecord) -> None:
        """Let lapse and expire what is due, wake who waits for it, and plan when to look again."""
        if record.queue.changed or self._world.kernel.now >= record.due:
            self._look(record)

    def _look(self, record: QueueRecord) -> None:
        now, queue = self._world.kernel.now, record.queue
        visible_at, expires_at = queue.next_visible_at(), queue.next_expiry()
        if (visible_at is not None and visible_at <= now) or (expires_at is not None and expires_at <= now):
            recorder, name = self._world.recorder, self._world.names.of(record.arn)
            for message in queue.lapse(now):
                with recorder.caused_by(message.received_in, actor="sqs"):
                    recorder.timer(name, (message.id,), "visible again")
            for message in queue.expire(now):
                with recorder.caused_by(None, actor="sqs"):
                    recorder.expired(name, message.id, reason="retention period")
            visible_at, expires_at = queue.next_visible_at(), queue.next_expiry()
        if queue.news:
            queue.news = False
            record.arrived.notify()
        queue.changed = False
        record.due = min(inf if visible_at is None else visible_at, inf if expires_at is None else expires_at)
        if _is_late(record.visible_timer, visible_at):
            record.visible_timer = self._replan(record, record.visible_timer, visible_at, background=False)
        if _is_late(record.expiry_timer, expires_at):
            record.expiry_timer = self._replan(record, record.expiry_timer, expires_at, background=True)

    def _found(self, url: str, caller: Caller) -> QueueRecord:
        if _NAME.fullmatch(url):
            return self._named_here(url, caller)
        match = _URL.fullmatch(url)
        host = _HOST.fullmatch(match[1]) if match else None
        if match is None or (host is not None and caller.region not in host.groups()):
            raise ServiceError("InvalidAddress", f"The address {url} is not valid for this endpoint.", 404)
        owner = Caller(caller.actor, caller.region, match[2] or caller.account)
        return self._named_here(match[3], owner)

    def _named_here(self, name: str, owner: Caller) -> QueueRecord:
        record = self.named(name, owner)
        if record is None:
            raise missing()
        return record

    def _overtaken_by(self, arn: str) -> Callable[[], int]:
        """The number of others that may overtake a message of a standard queue: mostly none."""
        if self._world.strict_order:
            return overtaken_by_none
        chance, of, among = self._world.kernel.chance, f"order in {arn}", OVERTAKEN_ONE_IN * OVERTAKEN_BY_MAX

        def overtaken_by() -> int:
            drawn = int(chance(of).random() * among)
            return drawn + 1 if drawn < OVERTAKEN_BY_MAX else 0

        return overtaken_by

    def _replan(
        self, record: QueueRecord, timer: Timer | None, due: float | None, *, background: bool
    ) -> Timer | None:
        self._world.kernel.cancel(timer)
        if due is None:
            return None
        what = "retention of" if background else "messages hidden in"
        with self._world.recorder.caused_by(None, actor="sqs"):
            return self._world.kernel.call_at(
                due,
                partial(self._look, record),
                background=background,
                name=f"{what} {record.name}",
            )


def _is_late(timer: Timer | None, due: float | None) -> bool:
    """Must it be planned anew? One that fires early does no harm: it looks, and is planned again."""
    if timer is None or not timer.planned:
        return due is not None
    return due is None or timer.due > due


def arn_of(name: str, caller: Caller) -> str:
    """The ARN of a queue in the caller's region and account."""
    return f"arn:aws:sqs:{caller.region}:{caller.account}:{name}"
