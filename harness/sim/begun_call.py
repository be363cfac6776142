"""A call that the cloud has received: its parameters, its facts, the faults that hit it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from random import Random

from botocore.awsrequest import AWSResponse

from harness.aws import Does, Operation
from harness.faults.active import Hit
from harness.faults.sites import Call
from harness.history import Event
from harness.sim.implied import Implied
from harness.sim.services.service import AnswersLate, Caller, Mover, Params, Watches
from harness.wire import Stamp, Wire


@dataclass(slots=True)
class Begun:
    """A call that the cloud has received. `response`: the answer, once it was carried out.
    `implied`: the facts that follow from its parameters, if they were known before. `deadline`: the time at
    which the client gives up; `given_up`: it has, or will before the answer arrives."""

    stamp: Stamp
    how: Wire
    params: Params
    known: KnownOperation
    call: Call
    does: Does
    event: Event
    caller: Caller
    hits: list[Hit]
    chance: Random
    implied: Implied | None = None
    response: AWSResponse | None = None
    deadline: float = inf
    given_up: bool = False


class GoesOn(Exception):
    """A call that began on the direct path goes on over the wire."""

    def __init__(self, begun: Begun) -> None:
        super().__init__(begun.call.operation)
        self.begun = begun


@dataclass(frozen=True, slots=True)
class Directly:
    """An operation on the direct path: where it goes, and the wire that it would go over otherwise.

    `give` turns its result into the SDK's; every response has `status` and `headers`; `copy` makes
    parameters that others may keep. `read_timeout`: the seconds that the client waits.
    """

    stamp: Stamp
    how: Wire
    give: Callable[[Params], Params]
    copy: Callable[[Params], Params]
    status: int
    headers: Mapping[str, str]
    read_timeout: float | None = None


@dataclass(frozen=True, slots=True)
class KnownOperation:
    """The facts that depend only on the operation of a call.

    `mover` carries it out by `act`; None: moto does, if it can, and informs `watcher`. `find` returns
    the resources that the call is about. `late`: the operation may wait for something.
    """

    facts: Operation
    mover: Mover | None
    act: Callable[[Params, Caller], Params] | None
    watcher: Watches | None
    find: Callable[[str, Params], tuple[str, ...]]
    late: AnswersLate | None


class Rendered(Exception):
    """An operation was carried out, and only the SDK can tell what its response means."""

    def __init__(self, response: AWSResponse, error: str | None) -> None:
        super().__init__(error)
        self.response = response
        self.error = error
