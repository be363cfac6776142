"""All environments of this LocalStack, and what runs in them now."""

from __future__ import annotations

import threading
from typing import TypedDict

from . import clock
from .environment import ProcessEnvironment
from .invocation import HandlerRun


class RunningInvocation(TypedDict):
    """As an account's state shows it.

    `deadline`: epoch seconds on the account's clock, of the cold start first, then of the handler. `parked`:
    nothing happens in it until then, because a fault lets it hang or its handler sleeps.
    """

    function: str
    request_id: str
    environment: str
    deadline: float
    parked: bool


_environments: dict[str, ProcessEnvironment] = {}
_invocations: dict[str, HandlerRun] = {}
_lock = threading.Lock()


def add(environment: ProcessEnvironment) -> None:
    """An environment that may be used."""
    with _lock:
        _environments[environment.id] = environment


def remove(environment: ProcessEnvironment) -> None:
    """It is gone; what runs in it raises `EnvironmentStopped`."""
    with _lock:
        _environments.pop(environment.id, None)
        invocation = _invocations.get(environment.id)
    if invocation is not None:
        invocation.stop()


def begin(invocation: HandlerRun) -> None:
    """It runs from now on."""
    with _lock:
        _invocations[invocation.environment.id] = invocation


def end(invocation: HandlerRun) -> None:
    """It runs no more."""
    with _lock:
        _invocations.pop(invocation.environment.id, None)


def invocations(account: str) -> list[RunningInvocation]:
    """The running invocations of one account."""
    with _lock:
        running = list(_invocations.values())
    return [_shown(each) for each in running if each.environment.code.account == account]


def _shown(invocation: HandlerRun) -> RunningInvocation:
    deadline = invocation.deadline or 0.0
    wakes = None if invocation.parked else invocation.environment.sleeps_until()
    return {
        "function": invocation.environment.code.arn,
        "request_id": invocation.request.request_id,
        "environment": invocation.environment.id,
        "deadline": deadline if wakes is None else min(wakes, deadline),
        "parked": invocation.parked or wakes is not None,
    }


def kill(environment_id: str, how: str) -> bool:
    """A fault ends what runs in this environment: "crash", "oom" or "timeout". False: nothing runs in it."""
    with _lock:
        invocation = _invocations.get(environment_id)
    if invocation is None:
        return False
    invocation.die(how)
    return True


def kill_all(account: str) -> None:
    """Every process of an account's functions dies: what runs crashes, and what is idle isn't used again."""
    with _lock:
        dying = [each for each in _environments.values() if each.code.account == account]
    for environment in dying:
        environment.kill()


def end_account(account: str) -> None:
    """Kill all environments of an account; what runs in them raises `EnvironmentStopped`."""
    with _lock:
        ending = [each for each in _environments.values() if each.code.account == account]
    for environment in ending:
        remove(environment)
        environment.stop()


def _skipped(account: str) -> None:
    with _lock:
        environments = [each for each in _environments.values() if each.code.account == account]
        running = [_invocations[each.id] for each in environments if each.id in _invocations]
    for environment in environments:
        environment.write_time()
    for invocation in running:
        invocation.wake()


clock.on_skip(_skipped)
