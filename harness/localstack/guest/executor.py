"""LocalStack's runtime executor `harness`: functions run as processes beside LocalStack, without Docker.

LocalStack makes one executor for each of its execution environments. The process behind it starts with
its first invocation, so that a cold start is part of an invocation, as the plan sees it, and another one
follows when it died.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import shutil
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from localstack import config
from localstack.aws.api.lambda_ import TooManyRequestsException
from localstack.services.lambda_.invocation.assignment import AssignmentService
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from ...aws.rules.batches import failed_in
from . import accounts, clock, context, doors, log_groups, metrics, patching, processes, running
from .environment import ProcessEnvironment
from .invocation import DEADLY, HandlerRun, Kill, RunRequest, RunResult
from .log_groups import WrittenLog
from .variables import UnpackedFunction

LOG = logging.getLogger(__name__)

INJECTED_THROTTLE = "FunctionInvocationRateLimitExceeded"

_INIT_START = re.compile(r"\AINIT_START .*\n")
"""The environment's line, which is in the log group and not in the tail of an invocation's log."""


class HarnessExecutorPlugin(RuntimeExecutorPlugin):
    """The executor of `LAMBDA_RUNTIME_EXECUTOR=harness`."""

    name = "harness"

    def load(self, *args: Any, **kwargs: Any) -> type[HarnessExecutor]:
        """The executor's class."""
        _prepare_localstack()
        processes.prepare()
        return HarnessExecutor


class HarnessExecutor(RuntimeExecutor):
    """Runs the invocations of one of LocalStack's execution environments.

    `spares`: the exception that `invoke` raised says nothing about the environment, which stays.
    """

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self.client_context = ""
        self.spares = False
        self._started: dict[str, str] = {}
        self._environment: ProcessEnvironment | None = None
        self._lock = threading.Lock()
        self._busy = False
        self._is_last = False

    def start(self, env_vars: dict[str, str]) -> None:
        """LocalStack's variables are not passed on, but they name the log."""
        self._started = env_vars
        if env_vars.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "provisioned-concurrency":
            self._provision()

    def stop(self) -> None:
        """End the process; an invocation that runs in it may end first, as when a function is updated."""
        with self._lock:
            self._is_last = self._busy
        if not self._is_last:
            self._drop()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run the function once, as the plan says. Raises `TooManyRequestsException` if the plan says so."""
        with self._lock:
            self._busy = True
        try:
            return self._invoke(payload)
        finally:
            with self._lock:
                self._busy = False
            if self._is_last:
                self._drop()

    def _invoke(self, payload: dict[str, str]) -> InvocationResult:
        request = RunRequest(
            request_id=payload["invoke-id"],
            function_arn=payload["invoked-function-arn"],
            payload=payload["payload"].encode(),
            trace_id=payload["trace-id"],
            client_context=self.client_context,
        )
        environment = self._environment
        if environment is None or not environment.usable:
            environment = self._new_environment()
        told = self._ask(environment, request)
        if told.get("throttle"):
            raise self._throttled(told)
        kill = _kill_of(told.get("kill"))
        if kill is not None and kill.how == "init-failure" and not environment.cold:
            environment = self._new_environment()
        environment.set_skew(float(told.get("skew_seconds") or 0.0))
        ran, ended = self._run(HandlerRun(environment, request, kill), told)
        is_error = ran.outcome != "ok"
        tail = _INIT_START.sub("", ran.log)
        result = InvocationResult(request.request_id, ran.payload, is_error=is_error, logs=tail)
        result.harness_ended = ended
        return result

    def get_logs(self) -> str:
        """Nothing: each invocation hands over its own log."""
        return ""

    def get_address(self) -> str:
        """The host of the processes."""
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        """LocalStack's address for the processes."""
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        """Unused: the processes speak the Runtime API."""
        return "http://127.0.0.1"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the code and merge the layers; all environments of the version share them."""
        settings = function_version.config
        if settings.code:
            settings.code.prepare_for_execution()
        if settings.layers:
            _merge_layers(function_version)

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Remove what was merged. LocalStack itself removes the code once nothing refers to it."""
        shutil.rmtree(_opt(function_version), ignore_errors=True)

    def _drop(self) -> None:
        environment, self._environment = self._environment, None
        if environment is not None:
            running.remove(environment)
            environment.stop()

    def _new_environment(self) -> ProcessEnvironment:
        self._drop()
        self._environment = ProcessEnvironment(_code_of(self.function_version, self._started), self._endpoint)
        running.add(self._environment)
        return self._environment

    def _endpoint(self) -> str:
        account = accounts.get(self.function_version.id.account)
        return account["gateway"] if account else f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}"

    def _ask(self, environment: ProcessEnvironment, request: RunRequest) -> Mapping[str, Any]:
        why, version = context.current(), self.function_version.id
        question = {
            "function": version.unqualified_arn(),
            "version": version.qualifier,
            "request_id": request.request_id,
            "environment": environment.id,
            "cold": environment.cold,
            "cause": why.cause,
            "source": why.source,
            "messages": list(why.messages),
            "attempt": why.attempt,
            "timeout": self.function_version.config.timeout,
            "actor": why.actor,
            "payload": None if why.messages else json.loads(request.payload or b"{}"),
        }
        if accounts.get(version.account) is None:
            return {}
        return doors.ask(version.account, "invocation", question)

    def _run(self, invocation: HandlerRun, told: Mapping[str, Any]) -> tuple[RunResult, int | None]:
        """The result, and the event of the end."""
        running.begin(invocation)
        try:
            ran = invocation.run()
            self._keep_log(invocation.environment.code, ran)
            if ran.outcome in DEADLY:
                self._drop()
            how = {"outcome": ran.outcome, "error": ran.error, "acted": list(ran.acted), "log": ran.log}
            ended = self._tell_ended(told, **how, **_reported(ran))
        finally:
            running.end(invocation)
        return ran, ended

    def _keep_log(self, code: UnpackedFunction, ran: RunResult) -> None:
        at = clock.now(code.account)
        log_groups.keep(
            WrittenLog(code.account, code.region, code.log_group, code.log_stream, at, ran.entries)
        )

    def _throttled(self, told: Mapping[str, Any]) -> TooManyRequestsException:
        self.spares = True
        self._tell_ended(told, outcome="throttled", error="TooManyRequestsException: Rate Exceeded.")
        return TooManyRequestsException(
            "Rate Exceeded.", Reason=INJECTED_THROTTLE, Type="User", retryAfterSeconds="1"
        )

    def _tell_ended(self, told: Mapping[str, Any], **how: Any) -> int | None:
        if "invocation" not in told:
            return None
        ended = {"invocation": told["invocation"], "failed": [], "log": "", **how}
        seq = doors.tell(self.function_version.id.account, "invocation-ended", ended).get("event")
        return seq if isinstance(seq, int) else None

    def _provision(self) -> None:
        """Start the process before anybody asks for it. Raises what LocalStack expects if that fails."""
        failure = HandlerRun.warm_up(self._new_environment())
        if failure is not None:
            self._drop()
            raise StatusErrorException("the environment's start failed", payload=failure)


def _reported(ran: RunResult) -> dict[str, list[str]]:
    """The messages that were reported as failed: to a mapping that reads it, or to one that doesn't."""
    why = context.current()
    if ran.outcome != "ok" or not why.by_mover:
        return {}
    failed = sorted(failed_in(ran.payload, why.messages, in_order=why.in_order))
    if why.reports_failures:
        return {"failed": failed}
    return {"unread": failed} if _reports(ran.payload) else {}


def _reports(payload: bytes) -> bool:
    """Does an answer name failures?"""
    try:
        told = json.loads(payload or b"null")
    except ValueError:
        return False
    return isinstance(told, dict) and bool(told.get("batchItemFailures"))


def _code_of(function_version: FunctionVersion, started: dict[str, str]) -> UnpackedFunction:
    settings, version = function_version.config, function_version.id
    return UnpackedFunction(
        arn=version.unqualified_arn(),
        name=version.function_name,
        account=version.account,
        region=version.region,
        runtime=settings.runtime,
        handler=settings.handler or "",
        root=settings.code.get_unzipped_code_location() if settings.code else Path(tempfile.gettempdir()),
        opt=_opt(function_version) if settings.layers else None,
        version=version.qualifier,
        memory_mb=settings.memory_size,
        timeout_seconds=float(settings.timeout),
        variables=settings.environment or {},
        log_group=settings.logging_config.get("LogGroup") or started.get("AWS_LAMBDA_LOG_GROUP_NAME", ""),
        log_stream=started.get("AWS_LAMBDA_LOG_STREAM_NAME", ""),
        initialization=started.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    )


def _opt(function_version: FunctionVersion) -> Path:
    """The folder of a version's merged layers."""
    revision: str = function_version.config.internal_revision
    return Path(tempfile.gettempdir()) / "harness-layers" / revision


def _merge_layers(function_version: FunctionVersion) -> None:
    """Each layer is laid over those before it, as Lambda does in /opt."""
    target = _opt(function_version)
    target.mkdir(parents=True, exist_ok=True)
    for layer in function_version.config.layers:
        layer.code.prepare_for_execution()
        shutil.copytree(layer.code.get_unzipped_code_location(), target, symlinks=True, dirs_exist_ok=True)


def _kill_of(told: Mapping[str, Any] | None) -> Kill | None:
    if not told:
        return None
    return Kill(how=told["how"], when=told.get("when") or "before", nth=told.get("nth") or 1)


@cache
def _prepare_localstack() -> None:
    """Let LocalStack tell the executor what it drops, and keep an environment that was only throttled."""
    patching.wrap(ExecutionEnvironment, "invoke", _with_client_context, "invocation")
    patching.wrap(ExecutionEnvironment, "get_credentials", _no_credentials)
    metrics.of_functions()
    log_groups.apply()
    patching.wrap(AssignmentService, "stop_environment", _unless_spared, "environment")


def _no_credentials(get: Any, environment: Any) -> Any:
    """A process of ours has those of its account, so LocalStack needn't ask STS for each environment."""
    if isinstance(environment.runtime_executor, HarnessExecutor):
        return {"AccessKeyId": "", "SecretAccessKey": "", "SessionToken": ""}
    return get(environment)


def _with_client_context(invoke: Any, environment: Any, invocation: Any) -> Any:
    executor = environment.runtime_executor
    if isinstance(executor, HarnessExecutor):
        executor.client_context = _plain_context(invocation.client_context)
    return invoke(environment, invocation)


def _plain_context(sent: str | None) -> str:
    """The caller's base64 in the runtime's form: JSON that fits into a header."""
    if not sent:
        return ""
    try:
        return json.dumps(json.loads(base64.b64decode(sent)))
    except ValueError:
        return ""


def _unless_spared(stop: Any, assignments: Any, environment: Any) -> None:
    executor = environment.runtime_executor
    if isinstance(executor, HarnessExecutor) and executor.spares:
        executor.spares = False
        environment.release()
    else:
        stop(assignments, environment)
