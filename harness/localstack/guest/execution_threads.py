"""The threads of LocalStack's interpreter of state machines: for whom they work, and what they wait for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import accounts, clock, patching, running_executions, under_way
from .running_executions import TIMER, Executing

FOREVER_SECONDS = 99_999_999
"""The timeout of a task that states none: no timer."""

_thread = threading.local()


def current() -> Executing | None:
    """The execution for which this thread works."""
    found: Executing | None = getattr(_thread, "executing", None)
    return found


def apply() -> None:
    """Patch LocalStack's interpreter."""
    from localstack.services.stepfunctions.asl.component import eval_component
    from localstack.services.stepfunctions.asl.component.common.retry import retrier_decl
    from localstack.services.stepfunctions.asl.component.program import program
    from localstack.services.stepfunctions.asl.component.state.state_execution import execute_state
    from localstack.services.stepfunctions.asl.component.state.state_execution.state_task.service import (
        state_task_service_callback as callbacks,
    )
    from localstack.services.stepfunctions.asl.component.state.state_wait.wait_function import wait_function
    from localstack.services.stepfunctions.asl.eval import environment
    from localstack.services.stepfunctions.asl.eval.callback import callback
    from localstack.services.stepfunctions.asl.utils import boto_client

    patching.wrap(callbacks.StateTaskServiceCallback, "_eval_integration_pattern", _waiting_again, "env")
    for owner in (eval_component.EvalComponent, program.Program):
        patching.wrap(owner, "eval", _noting, "env")
    patching.put(boto_client, "connect_to", _Connecting(boto_client.connect_to))
    patching.put(callback, "Event", WaitingEvent)
    patching.put(environment, "threading", _Threading(WaitingEvent))
    patching.put(execute_state, "threading", _Threading(LimitingEvent))
    patching.put(program, "threading", _Threading(LimitingEvent))
    for module in (retrier_decl, wait_function):
        patching.put(module, "time", _Time())


def _noting(original: Callable[..., Any], component: Any, env: Any) -> Any:
    about = env.states.context_object.context_object_data.get("Execution") or {}
    _thread.executing = running_executions.find(str(about.get("Id")))
    return original(component, env)


def _waiting_again(original: Callable[..., Any], task: Any, env: Any, *args: Any, **kwargs: Any) -> Any:
    """A task that is tried again waits for its token again: the end of the first try has woken who waits."""
    token = (env.states.context_object.context_object_data.get("Task") or {}).get("Token")
    endpoint = env.callback_pool_manager.get(token) if token else None
    if endpoint is not None and endpoint.get_outcome() is None:
        endpoint._notify_event.clear()
    return original(task, env, *args, **kwargs)


class LimitingEvent(threading.Event):
    """Somebody waits for it with a limit, on the account's clock; whoever works on it meanwhile moves.

    `times`: so often it was set, as it may be cleared before somebody who waits looks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def wait(self, timeout: float | None = None) -> bool:
        executing = current()
        if executing is None or accounts.get(executing.account) is None:
            return super().wait(timeout)
        with _limited(executing, timeout):
            return self._wait(executing, timeout)

    def set(self) -> None:
        self.times += 1
        super().set()
        clock.notify()

    def _wait(self, executing: Executing, timeout: float | None) -> bool:
        over = _Over(self, under_way.of(executing.account).ended)
        clock.wait(executing.account, FOREVER_SECONDS if timeout is None else timeout, over)
        return self.is_set()


class WaitingEvent(LimitingEvent):
    """Nothing else goes on in the thread that waits for it: time passes, or a token comes back."""

    def _wait(self, executing: Executing, timeout: float | None) -> bool:
        with executing.waiting():
            return super()._wait(executing, timeout)


class _Over(threading.Event):
    """Set once an event was set, or the account has ended."""

    def __init__(self, event: LimitingEvent, ended: threading.Event) -> None:
        super().__init__()
        self._event, self._times, self._ended = event, event.times, ended

    def is_set(self) -> bool:
        return self._event.is_set() or self._event.times > self._times or self._ended.is_set()


@contextmanager
def _limited(executing: Executing, timeout: float | None) -> Iterator[None]:
    """A timer while the block runs, where there is a limit."""
    if timeout is None or timeout >= FOREVER_SECONDS:
        yield
        return
    place = under_way.of(executing.account)
    timer = place.begin(TIMER, executing.about)
    timer.due, timer.what = clock.now(executing.account) + timeout, "a state's timer"
    try:
        yield
    finally:
        place.finish(timer)


class _LimitedThread(threading.Thread):
    """A thread for which somebody waits on the account's clock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._over = LimitingEvent()

    def run(self) -> None:
        try:
            super().run()
        finally:
            self._over.set()

    def join(self, timeout: float | None = None) -> None:
        if timeout is None or self._over.wait(timeout):
            super().join()


class _Threading:
    """Stands in for the module `threading`."""

    Thread = _LimitedThread

    def __init__(self, event: type[threading.Event]) -> None:
        self.Event = event

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)


class _Time:
    """Stands in for the module `time`: by the account's clock."""

    @staticmethod
    def time() -> float:
        executing = current()
        return time.time() if executing is None else clock.now(executing.account)

    @staticmethod
    def sleep(seconds: float) -> None:
        WaitingEvent().wait(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class _Connecting:
    """Stands in for LocalStack's clients: those of an execution's tasks ask the gateway, in its name."""

    def __init__(self, usual: Any) -> None:
        self._usual = usual

    def with_assumed_role(self, **how: Any) -> Any:
        executing = current()
        entry = None if executing is None else accounts.get(executing.account)
        if executing is None or entry is None:
            return self._usual.with_assumed_role(**how)
        from localstack.aws.connect import connect_externally_to

        factory = connect_externally_to(
            region_name=how["region_name"],
            aws_access_key_id=executing.account,
            aws_secret_access_key="test",
            aws_session_token=f"harness.env.{executing.execution}",
            endpoint_url=entry["gateway"],
            config=how["config"],
        )
        return _Asking(factory, executing)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._usual, name)


class _Asking:
    """Gives clients whose calls count as waiting, as each shows by itself."""

    def __init__(self, factory: Any, executing: Executing) -> None:
        self._factory = factory
        self._executing = executing

    def get_client(self, service: str) -> Any:
        """A client of a service."""
        return _WaitingClient(self._factory.get_client(service=service), self._executing)


class _WaitingClient:
    def __init__(self, client: Any, executing: Executing) -> None:
        self._client = client
        self._executing = executing

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def asked(*args: Any, **kwargs: Any) -> Any:
            with self._executing.asking():
                return found(*args, **kwargs)

        return asked
