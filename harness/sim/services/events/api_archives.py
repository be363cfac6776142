"""The operations on archives and replays, and replays at work.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from harness.aws.rules.event_targets import Event
from harness.sim.services.events.api_rules import checked_pattern
from harness.sim.services.events.delivery import EventDeliveries
from harness.sim.services.events.errors import exists, invalid, not_found, not_valid, too_many
from harness.sim.services.events.lookup import bus_named, here
from harness.sim.services.events.model import ArchiveState, EventStore, ReplayState
from harness.sim.services.events.pages import page
from harness.sim.services.service import Caller, Operation, Params
from harness.sim.world import World

ACTIVE_REPLAYS_MAX = 10
START_SECONDS = 5.0
"""AWS gives no number: a replay takes a while to begin."""
_FILTERS = ("State", "EventSourceArn", "NamePrefix")
_OTHER_BUS = "Cross event bus replay is not permitted."


class ArchivesApi:
    """One method an operation."""

    def __init__(self, world: World, store: EventStore, deliveries: EventDeliveries) -> None:
        self._world = world
        self._store = store
        self._deliveries = deliveries

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "CancelReplay": self.cancel_replay,
            "CreateArchive": self.create_archive,
            "DeleteArchive": self.delete_archive,
            "DescribeArchive": self.describe_archive,
            "DescribeReplay": self.describe_replay,
            "ListArchives": self.list_archives,
            "ListReplays": self.list_replays,
            "StartReplay": self.start_replay,
            "UpdateArchive": self.update_archive,
        }

    def create_archive(self, params: Params, caller: Caller) -> Params:
        name = params["ArchiveName"]
        arn = here(caller, f"archive/{name}")
        if arn in self._store.archives:
            raise exists(f"Archive {name}")
        bus = bus_named(self._store, params["EventSourceArn"], caller)
        archive = ArchiveState(name, arn, bus.arn, self._world.kernel.now)
        self._change(archive, params)
        self._store.archives[arn] = archive
        return _of_archive(archive)

    def update_archive(self, params: Params, caller: Caller) -> Params:
        archive = self._archive(params, caller)
        self._change(archive, params)
        return _of_archive(archive)

    def delete_archive(self, params: Params, caller: Caller) -> Params:
        del self._store.archives[self._archive(params, caller).arn]
        return {}

    def describe_archive(self, params: Params, caller: Caller) -> Params:
        archive = self._archive(params, caller)
        told = {
            "ArchiveArn": archive.arn,
            "Description": archive.description,
            "EventPattern": archive.pattern_text,
            "KmsKeyIdentifier": archive.kms_key,
        }
        return {**self._listed(archive), **{name: value for name, value in told.items() if value}}

    def list_archives(self, params: Params, caller: Caller) -> Params:
        _check_filters("ListArchives", params)
        found = [
            self._listed(archive)
            for arn, archive in sorted(self._store.archives.items())
            if arn.startswith(here(caller, f"archive/{params.get('NamePrefix') or ''}"))
            and params.get("EventSourceArn") in (None, archive.bus_arn)
            and params.get("State") in (None, "ENABLED")
        ]
        return page("Archives", found, params)

    def start_replay(self, params: Params, caller: Caller) -> Params:
        name, target = params["ReplayName"], params["Destination"]
        arn = here(caller, f"replay/{name}")
        bus = bus_named(self._store, target["Arn"], caller)
        archive = self._store.archives.get(params["EventSourceArn"])
        if archive is None:
            what = params["EventSourceArn"].rpartition("/")[2]
            raise not_valid("EventSourceArn", f"Archive {what} does not exist.")
        if archive.bus_arn != bus.arn:
            raise not_valid("Destination.Arn", _OTHER_BUS)
        if arn in self._store.replays:
            raise exists(f"Replay {name}")
        start, end = params["EventStartTime"], params["EventEndTime"]
        if end <= start:
            raise not_valid("EventEndTime", "EventStartTime must be before EventEndTime.")
        if sum(1 for replay in self._store.replays.values() if replay.active) >= ACTIVE_REPLAYS_MAX:
            raise too_many()
        replay = ReplayState(
            name,
            arn,
            archive.arn,
            bus.arn,
            start.timestamp(),
            end.timestamp(),
            self._world.kernel.now,
            params.get("Description") or "",
            tuple(target.get("FilterArns") or ()),
        )
        self._store.replays[arn] = replay
        kernel = self._world.kernel
        begin = partial(self._replay, replay, archive)
        kernel.call_at(kernel.now + START_SECONDS, begin, name=f"replay {name}")
        return {"ReplayArn": arn, "State": replay.state, "ReplayStartTime": _time(replay.started_at)}

    def cancel_replay(self, params: Params, caller: Caller) -> Params:
        replay = self._replay_named(params, caller)
        if not replay.active:
            raise invalid(f"Replay {replay.name} is not in a valid state for this operation.")
        replay.state, replay.ended_at = "CANCELLED", self._world.kernel.now
        return {"ReplayArn": replay.arn, "State": "CANCELLING"}

    def describe_replay(self, params: Params, caller: Caller) -> Params:
        replay = self._replay_named(params, caller)
        target = {"Arn": replay.bus_arn} | ({"FilterArns": list(replay.rules)} if replay.rules else {})
        described = {"Description": replay.description} if replay.description else {}
        return {**_in_list(replay), "ReplayArn": replay.arn, "Destination": target, **described}

    def list_replays(self, params: Params, caller: Caller) -> Params:
        _check_filters("ListReplays", params)
        found = [
            _in_list(replay)
            for arn, replay in sorted(self._store.replays.items())
            if arn.startswith(here(caller, f"replay/{params.get('NamePrefix') or ''}"))
            and params.get("EventSourceArn") in (None, replay.archive_arn)
            and params.get("State") in (None, replay.state)
        ]
        return page("Replays", found, params)

    def _change(self, archive: ArchiveState, params: Params) -> None:
        if "EventPattern" in params:
            archive.pattern = checked_pattern(params["EventPattern"])
            archive.pattern_text = params["EventPattern"]
        archive.description = params.get("Description", archive.description)
        archive.retention_days = params.get("RetentionDays", archive.retention_days)
        archive.kms_key = params.get("KmsKeyIdentifier", archive.kms_key)

    def _replay(self, replay: ReplayState, archive: ArchiveState) -> None:
        """The events come in again, with the replay's name; they keep their ids and their times."""
        if not replay.active:
            return
        replay.state = "RUNNING"
        archive.forget(self._world.kernel.now)
        for came_at, event in list(archive.events):
            if replay.start <= came_at < replay.end:
                replay.last_event_at = came_at
                self._deliveries.accept(replay.bus_arn, _replayed(event, replay), replay.rules, again=True)
        replay.state, replay.ended_at = "COMPLETED", self._world.kernel.now

    def _archive(self, params: Params, caller: Caller) -> ArchiveState:
        found = self._store.archives.get(here(caller, f"archive/{params['ArchiveName']}"))
        if found is None:
            raise not_found(f"Archive {params['ArchiveName']}")
        return found

    def _replay_named(self, params: Params, caller: Caller) -> ReplayState:
        found = self._store.replays.get(here(caller, f"replay/{params['ReplayName']}"))
        if found is None:
            raise not_found(f"Replay {params['ReplayName']}")
        return found

    def _listed(self, archive: ArchiveState) -> Params:
        archive.forget(self._world.kernel.now)
        return {
            "ArchiveName": archive.name,
            "EventSourceArn": archive.bus_arn,
            "State": "ENABLED",
            "RetentionDays": archive.retention_days,
            "SizeBytes": archive.size,
            "EventCount": len(archive.events),
            "CreationTime": _time(archive.created_at),
        }


def _replayed(event: Event, replay: ReplayState) -> Event:
    return {**event, "replay-name": replay.name}


def _of_archive(archive: ArchiveState) -> Params:
    return {"ArchiveArn": archive.arn, "State": "ENABLED", "CreationTime": _time(archive.created_at)}


def _in_list(replay: ReplayState) -> Params:
    told = {
        "ReplayName": replay.name,
        "EventSourceArn": replay.archive_arn,
        "State": replay.state,
        "EventStartTime": _time(replay.start),
        "EventEndTime": _time(replay.end),
        "ReplayStartTime": _time(replay.started_at),
    }
    if replay.last_event_at is not None:
        told["EventLastReplayedTime"] = _time(replay.last_event_at)
    if replay.ended_at is not None:
        told["ReplayEndTime"] = _time(replay.ended_at)
    return told


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _check_filters(operation: str, params: Params) -> None:
    if sum(1 for name in _FILTERS if params.get(name)) > 1:
        raise invalid(
            f"At most one filter is allowed for {operation}. "
            "Use either : State, EventSourceArn, or NamePrefix."
        )
