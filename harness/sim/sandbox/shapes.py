"""Inputs and results of an execution environment: plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from harness.frozen import quickly_made
from harness.sim.skew import Skew

Outcome = Literal["ok", "error", "timeout", "crash", "oom", "init-error", "hung"]
DEADLY = frozenset({"timeout", "crash", "oom", "init-error", "hung"})
"""After one of these an environment has no process any more."""


@dataclass(frozen=True, kw_only=True)
class FunctionCode:
    """A function as its environments need it.

    `roots`: the folder of the code, then the `python/` folder of each layer, in order of precedence.
    `layers`: the folders of the layers themselves, the last one first.
    `handler`: "module.function"; the module may be "pkg.mod" or "pkg/mod".
    `log_level`: of its JSON logs, "" for text.
    `variables`: the function's own environment variables. `runtime`: its name, this Python's if empty.
    `tenant`: the only one that its environments run for, if the function keeps tenants apart.
    """

    roots: tuple[Path, ...]
    handler: str
    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int = 128
    timeout_seconds: float = 3.0
    version: str = "$LATEST"
    arn: str = ""
    log_group: str = ""
    log_level: str = ""
    layers: tuple[Path, ...] = ()
    runtime: str = ""
    runtime_arn: str = ""
    initialization: str = "on-demand"
    tenant: str = ""


@dataclass(frozen=True, kw_only=True)
class ContextData:
    """The contents of one invocation's context object.

    `deadline`: epoch seconds; None: the function's timeout from the start of the handler.
    `client_context`: as the caller sent it, decoded (keys client, custom, env).
    """

    request_id: str
    function_arn: str = ""
    deadline: float | None = None
    client_context: Mapping[str, Any] | None = None
    identity: Mapping[str, str] | None = None
    trace_id: str = ""
    skew: Skew | None = None


@dataclass(frozen=True, kw_only=True)
class KillOrder:
    """The end that a fault has decided for an invocation.

    `how`: "crash" (the process exits), "oom", "timeout" (it does nothing until its deadline, and goes
    on for `overrun_seconds` then) or "init-error" (its environment fails to start). `when`: "before" the
    handler begins, after its `nth` API "call" was answered, or "after" the handler returned and before
    anybody hears of it. `acted` is called when that has come.
    """

    how: Literal["crash", "oom", "timeout", "init-error"]
    when: Literal["before", "call", "after"] = "before"
    nth: int = 1
    overrun_seconds: float = 0.0
    acted: Callable[[], object] = field(default=lambda: None, compare=False)


@quickly_made
@dataclass(frozen=True, slots=True)
class LogLine:
    """An entry of a function's log group. `at`: epoch seconds."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Ran:
    """The end of one invocation.

    `payload`: what the handler returned, as JSON values (outcome "ok" only). `error`: errorType,
    errorMessage and, where Lambda gives them, stackTrace and requestId. `log`: what Lambda would have
    written to the function's log, `lines` the same as its log group gets it. `calls`: API calls it made.
    `unanswered`: hosts that it wanted to reach and that nothing answers for.
    `init_seconds`: virtual time its cold start took; None for a warm one.
    """

    outcome: Outcome
    payload: Any = None
    error: Mapping[str, Any] | None = None
    log: str = ""
    lines: tuple[LogLine, ...] = ()
    calls: int = 0
    unanswered: tuple[str, ...] = ()
    init_seconds: float | None = None
    duration_seconds: float = 0.0
