"""Requests that steer a served simulator: its clock, its faults, and a look inside."""

from __future__ import annotations

import json
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from harness.app.handle import App
from harness.app.handles import HANDLES
from harness.app.handles.queue import Queue
from harness.cloud import Unsupported
from harness.faults.sites import TEST
from harness.history.failures import failures, told
from harness.near import near
from harness.plan import PlanError, fault_from_data, fault_to_data, like
from harness.serving.messages import CONTROL, Answered, Asked, json_answer
from harness.sim.simulator import Simulator

FAILURES_KEPT = 100
ADVANCE_SECONDS_MAX = 10 * 366 * 86_400

PATHS = {
    "GET state": "queues, functions, failures, faults and the clock",
    "GET history": "everything that happened",
    "POST advance": '{"seconds": 60}: lets virtual time pass at once',
    "POST settle": "lets it pass until nothing is in flight",
    "POST faults": 'switches on a fault as plans have it: {"kind": "slow", "operation": "dynamodb:Query"}',
    "DELETE faults/0": "switches a fault off, by its number",
}


_PLACES = ("resource", "actor", "source", "target", "function", "machine")
"""Members of faults that name places. Hosts outside, which have dots, are known only when they are asked."""


class CannotSteer(ValueError):
    """A request that can't be carried out."""


class Steering:
    """Answers them. `passed` is told of virtual time that passed beside the real one."""

    def __init__(self, cloud: Simulator, app: App, passed: Callable[[float], None]) -> None:
        self._cloud = cloud
        self._app = app
        self._passed = passed

    def answer(self, asked: Asked) -> Answered:
        """Answer one."""
        path = asked.target.removeprefix(CONTROL).partition("?")[0].strip("/")
        name, _, rest = path.partition("/")
        act = getattr(self, f"_{asked.method.lower()}_{name}", None)
        if act is None:
            told = {"message": f"there is no {asked.method} {path}", "there is": PATHS}
            return json_answer(asked.id, 404, told)
        try:
            return json_answer(asked.id, 200, act(rest, asked.body))
        except (CannotSteer, PlanError, Unsupported) as problem:
            return json_answer(asked.id, 400, {"message": str(problem)})
        except Exception as problem:  # a bug of ours must not take the app's state with it
            traceback.print_exc()
            return json_answer(asked.id, 500, {"message": f"a bug in harness: {problem!r}"})

    def _get_state(self, rest: str, body: bytes) -> dict[str, Any]:
        history = self._cloud.history()
        ended = history.of("invocation-ended")
        runs = Counter(event.subject for event in ended)
        failing = failures(history)
        failed = Counter(event.subject for event in ended if event.data["outcome"] != "ok")
        return {
            "app": self._app.name,
            "seconds": round(self._cloud.elapsed, 3),
            "events": len(history),
            "queues": {id_: self._queue(id_) for id_ in self._of(Queue.kind)},
            "functions": {
                id_: {"invocations": runs[id_], "failed": failed[id_]} for id_ in self._of("function")
            },
            "failures": {
                "count": len(failing),
                "last": [f"+{each.at:.3f}s  {told(history, each)}" for each in failing[-FAILURES_KEPT:]],
            },
            "faults": self._faults(),
            "outbox": len(self._cloud.outbox),
        }

    def _of(self, kind: str) -> list[str]:
        return [id_ for id_, type_ in self._app.types.items() if type_ in HANDLES[kind].types]

    def _queue(self, logical_id: str) -> dict[str, int]:
        return dict(Counter(message["State"] for message in self._app.queue(logical_id).messages()))

    def _faults(self) -> list[dict[str, Any]]:
        plan = self._cloud.active_plan
        return [
            {"number": index, **fault_to_data(fault), "fired": plan.fired(index)}
            for index, fault in enumerate(plan.faults)
            if not plan.is_off(index)
        ]

    def _get_history(self, rest: str, body: bytes) -> Any:
        return [json.loads(line) for line in self._cloud.history().to_json().splitlines()]

    def _get_faults(self, rest: str, body: bytes) -> list[dict[str, Any]]:
        return self._faults()

    def _post_faults(self, rest: str, body: bytes) -> list[dict[str, Any]]:
        fault = fault_from_data(_object(body))
        self._check_places(fault_to_data(fault))
        self._cloud.inject(fault)
        return self._faults()

    def _check_places(self, fault: Mapping[str, Any]) -> None:
        """Refuse a fault at a place that isn't there: nothing would ever tell that it has no effect."""
        known = {*self._cloud.names.places, *self._app.types, TEST}
        for name in _PLACES:
            given = str(fault.get(name) or "*").removeprefix("mapping:")
            if "." not in given and not any(like(given, each) for each in known):
                raise CannotSteer(f"{name}: the app has no {given!r}{near(given, known)}")

    def _delete_faults(self, rest: str, body: bytes) -> list[dict[str, Any]]:
        there = [each["number"] for each in self._faults()]
        wanted = [number for number in there if rest in ("", str(number))]
        if not wanted and rest:
            raise CannotSteer(f"there is no fault {rest}; there are: {', '.join(map(str, there)) or 'none'}")
        for number in wanted:
            self._cloud.active_plan.switch_off(number)
        return self._faults()

    def _post_advance(self, rest: str, body: bytes) -> dict[str, Any]:
        seconds = _object(body).get("seconds")
        if (
            isinstance(seconds, bool)
            or not isinstance(seconds, int | float)
            or not 0 <= seconds <= ADVANCE_SECONDS_MAX
        ):
            raise CannotSteer(f'pass seconds up to {ADVANCE_SECONDS_MAX}: {{"seconds": 60}}')
        self._cloud.advance(seconds)
        self._passed(seconds)
        return {"seconds": round(self._cloud.elapsed, 3)}

    def _post_settle(self, rest: str, body: bytes) -> dict[str, Any]:
        before = self._cloud.elapsed
        settled = self._cloud.settle()
        self._passed(self._cloud.elapsed - before)
        return {"settled": settled, "took": round(self._cloud.elapsed - before, 3)}


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError as problem:
        raise CannotSteer(f"the body is no JSON: {problem}") from None
    if not isinstance(found, dict):
        raise CannotSteer("the body must be a JSON object")
    return found
