"""Executions of workflows inside of the emulator: their calls are known by them, and their ends are told."""

from __future__ import annotations

from typing import Any

from harness.gateway.memory import KnownEnvironment, Memory
from harness.gateway.verbs import BadRequest, Fields
from harness.history import Event
from harness.history.executions import ExecutionEnd, record_end


class ExecutionDoor:
    """Two verbs of the guest: an execution is about to begin, and has ended.

    To whoever makes calls for it, it is an environment: `environment` is the name that calls bear.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._running: dict[int, tuple[Event, KnownEnvironment]] = {}

    async def begin(self, fields: Fields) -> dict[str, Any]:
        """Record it; gives the number of that event."""
        memory, recorder = self._memory, self._memory.recorder
        name = memory.name_of(fields.text("machine"))
        messages, payload = fields.texts("messages"), fields.any("payload")
        execution, environment = fields.text("name"), fields.text("environment")
        cause = memory.seq(fields, "cause")
        with recorder.caused_by(cause, actor=memory.actor(fields, cause)):
            begun = recorder.execution(name, messages, name=execution, source=name, payload=payload)
        known = KnownEnvironment(environment, name)
        known.begin(begun, None)
        memory.environments[environment] = known
        self._running[begun.seq] = begun, known
        return {"execution": begun.seq}

    async def end(self, fields: Fields) -> dict[str, Any]:
        """It has ended; gives the number of that event."""
        seq = fields.number("execution")
        end = ExecutionEnd(
            status=fields.text("status"),
            error=fields.optional_text("error"),
            cause=fields.optional_text("why"),
            meant=fields.flag("meant"),
            waited_for=fields.flag("waited_for"),
            express=fields.flag("express"),
        )
        if seq not in self._running:
            raise BadRequest(f"execution {seq}: no execution of this number is running")
        begun, environment = self._running.pop(seq)
        environment.finish(deadly=True)
        with self._memory.recorder.caused_by(begun, actor=begun.actor):
            ended, _ = record_end(self._memory.recorder, begun, end, actor=fields.text("actor"))
        return {"event": ended.seq}
