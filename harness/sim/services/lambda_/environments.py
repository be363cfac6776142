"""Execution environments: reused while warm, started when none is idle, lost after idling.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.sim.sandbox.runtimes import check_runs
from harness.sim.sandbox.shapes import FunctionCode
from harness.sim.services.lambda_ import runtimes
from harness.sim.services.lambda_.functions import FunctionState, Version
from harness.sim.services.lambda_.registry import FunctionRegistry

if TYPE_CHECKING:
    from harness.sim.sandbox import Environment

IDLE_SECONDS_MAX = 600.0
"""AWS promises no figure; after some minutes without an invocation an environment is gone."""

ON_DEMAND, PROVISIONED = "on-demand", "provisioned-concurrency"
"""The origin of an environment, in the words of AWS_LAMBDA_INITIALIZATION_TYPE."""

Start = Callable[[FunctionCode], "Environment"]


_Key = tuple[str, str, str]


class Environments:
    """The idle environments of one cloud, by version, build and how they came to be."""

    def __init__(self, start: Start, registry: FunctionRegistry) -> None:
        self._start = start
        self._registry = registry
        self._idle: dict[_Key, list[tuple[float, Environment]]] = {}
        self._codes: dict[_Key, FunctionCode] = {}

    def take(
        self, function: FunctionState, version: Version, now: float, kind: str = ON_DEMAND
    ) -> Environment:
        """The environment that was used last, or a new one."""
        idle = self._idle.get(_key(function, version, kind))
        if idle:
            since, environment = idle.pop()
            if now - since <= IDLE_SECONDS_MAX:
                return environment
            environment.dispose()
            _dispose_all(idle)
        return self.start(function, version, kind)

    def start(self, function: FunctionState, version: Version, kind: str = ON_DEMAND) -> Environment:
        """A new one."""
        key = _key(function, version, kind)
        if key not in self._codes:
            self._codes[key] = self._code(function, version, kind)
        return self._start(self._codes[key])

    def give_back(
        self, function: FunctionState, version: Version, environment: Environment, now: float
    ) -> None:
        """It is idle now, unless it died or the function runs other code by now."""
        key = _key(function, version, environment.code.initialization)
        if not environment.alive:
            return
        if key in self._codes:
            self._idle.setdefault(key, []).append((now, environment))
        else:
            environment.dispose()

    def forget(self, arn: str) -> None:
        """No idle environment of this version is used again."""
        for key in [key for key in self._codes if key[0] == arn]:
            _dispose_all(self._idle.pop(key, []))
            del self._codes[key]

    def _code(self, function: FunctionState, version: Version, kind: str) -> FunctionCode:
        configuration = version.configuration
        check_runs(configuration.runtime)
        logging = configuration.others.get("LoggingConfig", {})
        return FunctionCode(
            roots=self._registry.roots(version),
            handler=configuration.handler,
            name=function.id.name,
            variables=configuration.variables or {},
            memory_mb=configuration.memory_mb,
            timeout_seconds=configuration.timeout_seconds,
            version=version.number,
            arn=function.id.arn,
            log_group=logging.get("LogGroup", f"/aws/lambda/{function.id.name}"),
            layers=self._registry.layers_of(version),
            runtime=configuration.runtime,
            runtime_arn=runtimes.version_arn(configuration.runtime, function.id.region),
            initialization=kind,
        )


def _dispose_all(idle: list[tuple[float, Environment]]) -> None:
    while idle:
        idle.pop()[1].dispose()


def _key(function: FunctionState, version: Version, kind: str) -> _Key:
    return function.arn_of(version), version.configuration.build, kind
