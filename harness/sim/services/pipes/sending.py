"""The inputs of a pipe: what its enrichment and its target get of each record.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from harness import aws
from harness.aws.parcels import REQUEST_RESPONSE, EventParcel, FunctionParcel, Text
from harness.aws.rules.pipe_input import text_of, transformed, value_at
from harness.cloud import Unsupported
from harness.sim.hops import HopResult
from harness.sim.services.pipes.model import PipeState
from harness.sim.services.retrying import Addressed, addressed
from harness.sim.world import World


class PipeInputs:
    """Fills in the templates of one pipe. `kind` is the `eventSource` of its records."""

    def __init__(self, world: World, pipe: PipeState, kind: str) -> None:
        self._world = world
        self._pipe = pipe
        self._kind = kind

    def of_function(self, of: str, items: Any) -> Any:
        """The payload of a function: each item of a list is transformed on its own."""
        if not self._pipe.template(of):
            return items
        if isinstance(items, list):
            return [self._value(of, each) for each in items]
        return self._value(of, items)

    def enrichment(self, items: Any) -> Addressed:
        """The place and the parcel for a batch on its way to the enrichment."""
        pipe, payload = self._pipe, self.of_function("Enrichment", items)
        http = (pipe.given.get("EnrichmentParameters") or {}).get("HttpParameters") or {}
        leaving = addressed(self._world, pipe.enrichment, Text(text=text_of(payload)), _http(http, items))
        parcel = FunctionParcel(payload=payload, invocation=REQUEST_RESPONSE, enriches=True)
        return leaving or Addressed(pipe.enrichment, parcel)

    def answer(self, result: HopResult) -> Mapping[str, Any]:
        """The answer of the enrichment, as functions give one. Raises `Unsupported` if there is none."""
        if isinstance(result.value, Mapping):
            return result.value
        if result.value is None:
            place = self._world.names.of(self._pipe.enrichment)
            raise Unsupported(
                f"{self._world.names.of(self._pipe.arn)}: nothing answers for {place}, which enriches its "
                "messages; answer for its host with app.stub_http(…)"
            )
        body = result.value[2].decode(errors="replace")
        return {"error": None, "payload": _json_or_text(body), "ended": self._world.recorder.cause}

    def addressed(self, item: Any) -> Addressed:
        """The place and the parcel for one item. Paths in the target's parameters are paths into the item."""
        pipe, text = self._pipe, self._text("Target", item)
        queue, bus = pipe.of_target("SqsQueueParameters"), pipe.of_target("EventBridgeEventBusParameters")
        key = pipe.of_target("KinesisStreamParameters").get("PartitionKey")
        told = Text(
            text=text,
            group=value_at(key or queue.get("MessageGroupId") or "", item) or None,
            dedup=value_at(queue.get("MessageDeduplicationId") or "", item) or None,
            source=value_at(bus.get("Source") or f"Pipe {pipe.name}", item),
            detail_type=value_at(bus.get("DetailType") or f"Event from {self._kind}", item),
        )
        leaving = addressed(self._world, pipe.target, told, _http(pipe.of_target("HttpParameters"), item))
        if leaving is not None:
            return leaving
        parcel = aws.parcel(pipe.target, told)
        assert parcel is not None, "CreatePipe lets only targets pass that take something"
        if isinstance(parcel, EventParcel) and bus.get("Resources"):
            resources = [value_at(each, item) for each in bus["Resources"]]
            parcel = replace(parcel, event={**parcel.event, "resources": resources})
        return Addressed(pipe.target, parcel)

    def _value(self, of: str, item: Any) -> Any:
        return _json_or_text(self._text(of, item))

    def _text(self, of: str, item: Any) -> str:
        template = self._pipe.template(of)
        if not template:
            return text_of(item)
        moment = f"{datetime.fromtimestamp(self._world.kernel.now, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
        known = {**self._pipe.variables(), "aws.pipes.event.ingestion-time": moment}
        return transformed(template, item, known)


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _http(given: Any, item: Any) -> dict[str, Any]:
    """HttpParameters with the values of paths."""
    shown: dict[str, Any] = {
        name: {key: value_at(value, item) for key, value in (given.get(name) or {}).items()}
        for name in ("HeaderParameters", "QueryStringParameters")
    }
    shown["PathParameterValues"] = [value_at(value, item) for value in given.get("PathParameterValues") or ()]
    return shown
