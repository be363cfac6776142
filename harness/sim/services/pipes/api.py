"""The operations on pipes.

https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from harness import aws
from harness.aws import Role
from harness.aws.rules.filter_criteria import Filter, read_filter
from harness.aws.rules.http.targets import is_api
from harness.aws.rules.patterns import PIPES, PatternError
from harness.aws.rules.pipe_input import bad_paths
from harness.cloud import Unsupported
from harness.sim.services import pages
from harness.sim.services.pipes.delivery import PipeRun
from harness.sim.services.pipes.from_streams import StreamPipeRun
from harness.sim.services.pipes.model import RUNNING, STOPPED, PipeState, PipeStore, batch_size_max
from harness.sim.services.retrying import takes
from harness.sim.services.service import Caller, Operation, Params, ServiceError
from harness.sim.world import World

PAGE = 100
BATCH_SIZE_MAX_WITHOUT_WINDOW = 10
_SHOWN = (
    *("Description", "Source", "SourceParameters", "Enrichment", "EnrichmentParameters"),
    *("Target", "TargetParameters", "RoleArn", "LogConfiguration", "KmsKeyIdentifier"),
)


class PipesApi:
    """One method an operation. States settle at once; answers show the way there."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._store = PipeStore()
        self._runs: dict[str, PipeRun | StreamPipeRun] = {}

    def operations(self) -> dict[str, Operation]:
        """By their names."""
        return {
            "CreatePipe": self.create_pipe,
            "DeletePipe": self.delete_pipe,
            "DescribePipe": self.describe_pipe,
            "ListPipes": self.list_pipes,
            "ListTagsForResource": self.list_tags_for_resource,
            "StartPipe": self.start_pipe,
            "StopPipe": self.stop_pipe,
            "TagResource": self.tag_resource,
            "UntagResource": self.untag_resource,
            "UpdatePipe": self.update_pipe,
        }

    def create_pipe(self, params: Params, caller: Caller) -> Params:
        name = params["Name"]
        arn = _here(caller, name)
        if arn in self._store.pipes:
            raise _conflict(f"Pipe {name} already exists.", name)
        now = self._world.kernel.now
        pipe = PipeState(arn, name, params, _patterns(params), now, now, dict(params.get("Tags") or {}))
        self._check(pipe)
        self._store.pipes[arn] = pipe
        made = StreamPipeRun if pipe.reads_stream else PipeRun
        self._runs[arn] = made(self._world, pipe)
        self._begin(pipe)
        return _changed(pipe, "CREATING")

    def update_pipe(self, params: Params, caller: Caller) -> Params:
        pipe = self._pipe(params, caller)
        given = {**pipe.given, **{name: value for name, value in params.items() if value is not None}}
        _keep_start(pipe, given)
        changed = PipeState(pipe.arn, pipe.name, given, _patterns(given), 0.0, 0.0)
        self._check(changed)
        pipe.given, pipe.patterns = given, changed.patterns
        return self._go_on(pipe, "UPDATING")

    def delete_pipe(self, params: Params, caller: Caller) -> Params:
        pipe = self._pipe(params, caller)
        self._runs.pop(pipe.arn).stop()
        del self._store.pipes[pipe.arn]
        return _changed(pipe, "DELETING", desired="DELETED")

    def start_pipe(self, params: Params, caller: Caller) -> Params:
        return self._turn(params, caller, RUNNING, "STARTING")

    def stop_pipe(self, params: Params, caller: Caller) -> Params:
        return self._turn(params, caller, STOPPED, "STOPPING")

    def describe_pipe(self, params: Params, caller: Caller) -> Params:
        pipe = self._pipe(params, caller)
        given = {name: pipe.given[name] for name in _SHOWN if pipe.given.get(name) is not None}
        shown = dict(given.get("SourceParameters") or {})
        source = {"BatchSize": pipe.batch_size, "MaximumBatchingWindowInSeconds": pipe.window_seconds}
        shown[pipe.source_member] = {**(shown.get(pipe.source_member) or {}), **source}
        reason = self._runs[pipe.arn].problem
        return {
            **_changed(pipe, pipe.state),
            **given,
            "SourceParameters": shown,
            "Tags": dict(pipe.tags),
            **({"StateReason": reason} if reason else {}),
        }

    def list_pipes(self, params: Params, caller: Caller) -> Params:
        found = [
            {
                **_changed(pipe, pipe.state),
                "Source": pipe.source,
                "Target": pipe.target,
                **({"Enrichment": pipe.enrichment} if pipe.enrichment else {}),
            }
            for pipe in self._store.under(_here(caller, params.get("NamePrefix") or ""))
            if pipe.source.startswith(params.get("SourcePrefix") or "")
            and pipe.target.startswith(params.get("TargetPrefix") or "")
            and params.get("DesiredState") in (None, pipe.state)
            and params.get("CurrentState") in (None, pipe.state)
        ]
        return pages.page("Pipes", found, params.get("NextToken"), params.get("Limit") or PAGE, _bad_token)

    def tag_resource(self, params: Params, caller: Caller) -> Params:
        self._tagged(params).tags.update(params["tags"])
        return {}

    def untag_resource(self, params: Params, caller: Caller) -> Params:
        pipe = self._tagged(params)
        for key in params["tagKeys"]:
            pipe.tags.pop(key, None)
        return {}

    def list_tags_for_resource(self, params: Params, caller: Caller) -> Params:
        return {"tags": dict(self._tagged(params).tags)}

    def _turn(self, params: Params, caller: Caller, desired: str, passing: str) -> Params:
        pipe = self._pipe(params, caller)
        if pipe.state == desired:
            raise _conflict(f"Pipe {pipe.name} is already {desired}.", pipe.name)
        pipe.given = {**pipe.given, "DesiredState": desired}
        return self._go_on(pipe, passing)

    def _go_on(self, pipe: PipeState, passing: str) -> Params:
        pipe.changed_at = self._world.kernel.now
        self._runs[pipe.arn].stop()
        self._begin(pipe)
        return _changed(pipe, passing)

    def _begin(self, pipe: PipeState) -> None:
        if pipe.state == RUNNING:
            self._runs[pipe.arn].start()

    def _pipe(self, params: Params, caller: Caller) -> PipeState:
        return self._found(_here(caller, params["Name"]), params["Name"])

    def _tagged(self, params: Params) -> PipeState:
        return self._found(params["resourceArn"], params["resourceArn"].rpartition("/")[2])

    def _found(self, arn: str, name: str) -> PipeState:
        found = self._store.pipes.get(arn)
        if found is None:
            raise _not_found(f"Pipe {name} does not exist.")
        return found

    def _check(self, pipe: PipeState) -> None:
        """Raises `ServiceError`, and `Unsupported` for sources, enrichments and targets of other services."""
        fifo = self._check_source(pipe)
        self._check_enrichment(pipe.enrichment)
        self._check_target(pipe.target)
        _check_batching(pipe, fifo=fifo)
        for path in bad_paths(
            _texts((pipe.given.get("EnrichmentParameters"), pipe.given.get("TargetParameters")))
        ):
            raise _invalid(f"Invalid JSON path {path}.")

    def _check_source(self, pipe: PipeState) -> bool:
        """Is it a queue that keeps order?"""
        arn = pipe.source
        if arn.split(":")[2:3] != ["sqs"] and not pipe.reads_stream:
            raise Unsupported(f"the source {arn}: the simulator's pipes read queues of SQS and streams")
        if pipe.reads_stream and pipe.of_stream("StartingPosition") is None:
            raise _invalid(f"{pipe.source_member}.StartingPosition is required for this source.")
        try:
            if pipe.reads_stream:
                self._world.streams(arn).shards(arn)
                return False
            return bool(self._world.source(arn).settings(arn).get("fifo"))
        except (LookupError, ServiceError):
            raise _not_found(f"Source {arn} does not exist.") from None

    def _check_enrichment(self, arn: str) -> None:
        if arn and aws.role_of(arn) is not Role.RUNS and ":api-destination/" not in arn and not is_api(arn):
            raise Unsupported(
                f"the enrichment {arn}: the simulator's pipes are enriched by functions, state machines, "
                "APIs and API destinations"
            )

    def _check_target(self, arn: str) -> None:
        if not is_api(arn) and not takes(self._world, arn):
            raise Unsupported(
                f"the target {arn}: the simulator's pipes have functions, queues, topics, buses, streams, "
                "log groups, APIs, API destinations and delivery streams"
            )


def _check_batching(pipe: PipeState, *, fifo: bool) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeSourceSqsQueueParameters.html"""
    most = batch_size_max(pipe.target)
    if pipe.batch_size > most:
        raise _invalid(f"BatchSize must be at most {most} for this target.")
    if pipe.reads_stream:
        return
    if pipe.batch_size > BATCH_SIZE_MAX_WITHOUT_WINDOW and (fifo or not pipe.window_seconds):
        raise _invalid(
            "BatchSize must be at most 10 for FIFO queues."
            if fifo
            else "MaximumBatchingWindowInSeconds must be greater than 0 if BatchSize is greater than 10."
        )
    if fifo and pipe.window_seconds:
        raise _invalid("MaximumBatchingWindowInSeconds is not supported for FIFO queues.")


def _keep_start(pipe: PipeState, given: dict[str, Any]) -> None:
    """An update can't say where reading begins: that stays."""
    if pipe.reads_stream and given.get("SourceParameters"):
        member = pipe.source_member
        before = {
            name: value
            for name in ("StartingPosition", "StartingPositionTimestamp")
            if (value := pipe.of_stream(name)) is not None
        }
        changed = (given["SourceParameters"].get(member) or {}) | before
        given["SourceParameters"] = {**given["SourceParameters"], member: changed}


def _patterns(params: Params) -> tuple[Filter, ...]:
    criteria = (params.get("SourceParameters") or {}).get("FilterCriteria") or {}
    data = "data" if params["Source"].split(":")[2:3] == ["kinesis"] else "body"
    try:
        return tuple(
            read_filter(each["Pattern"], data=data, dialect=PIPES)
            for each in criteria.get("Filters") or ()
            if each.get("Pattern")
        )
    except PatternError as error:
        raise _invalid(f"Event pattern is not valid. Reason: {error}") from None


def _texts(value: Any) -> Iterator[str]:
    """All texts in parameters."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _here(caller: Caller, name: str) -> str:
    return f"arn:aws:pipes:{caller.region}:{caller.account}:pipe/{name}"


def _changed(pipe: PipeState, current: str, *, desired: str = "") -> Params:
    return {
        "Arn": pipe.arn,
        "Name": pipe.name,
        "DesiredState": desired or pipe.state,
        "CurrentState": current,
        "CreationTime": datetime.fromtimestamp(pipe.created_at, UTC),
        "LastModifiedTime": datetime.fromtimestamp(pipe.changed_at, UTC),
    }


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def _bad_token() -> ServiceError:
    return _invalid("Invalid NextToken.")


def _conflict(message: str, name: str) -> ServiceError:
    return ServiceError("ConflictException", message, 409, resourceId=name, resourceType="Pipe")


def _not_found(message: str) -> ServiceError:
    return ServiceError("NotFoundException", message, 404)
