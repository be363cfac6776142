"""Runs LocalStack's functions inside the process, as hops and asynchronous events do.

Also mended for accounts that have begun: an invocation of a function that was only just made waits until it
is active, as CloudFormation does before it says that a stack is there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from werkzeug.datastructures import Headers

from ... import aws
from ...aws import arns, lambda_
from ...aws.arns import Arn
from ...aws.parcels import TopicParcel
from . import accounts, context, patching, providers, under_way
from .account_time import acting_for
from .context import Context
from .doors import TargetRefused
from .queues import as_failure
from .under_way import Ended

THROTTLED = lambda_.SERVICE.errors.throttled.code
PROVISIONING = "provisioning"
ACTIVE_WITHIN_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.01


@dataclass(frozen=True)
class FunctionResult:
    """A run that took place. `text`: its payload as it is; `error`: an error's, None if it succeeded.

    `ended`: the event of its end.
    """

    payload: Any
    text: bytes
    version: str
    error: dict[str, Any] | None = None
    ended: int | None = None


def plain(arn: str) -> str:
    """A function's ARN without version or alias."""
    return aws.unqualified(arn)


def parts_of(arn: str) -> Arn:
    """The parts of an ARN. Raises `ValueError` for anything else."""
    found = arns.parse(arn)
    if found is None:
        raise ValueError(f"{arn} is no ARN")
    return found


def account_of(arn: str) -> str:
    """The account of an ARN. Raises `ValueError` for anything else."""
    return parts_of(arn).account


def apply() -> None:
    """Patch LocalStack's Lambda."""
    from localstack.services.lambda_.invocation.lambda_service import LambdaService
    from localstack.services.lambda_.invocation.version_manager import LambdaVersionManager

    patching.wrap(LambdaService, "get_lambda_version_manager", _when_active, "function_arn")
    patching.wrap(LambdaVersionManager, "update_provisioned_concurrency_config", _provision)


def _when_active(original: Callable[..., Any], service: Any, function_arn: str) -> Any:
    if accounts.get(account_of(function_arn)) is None:
        return original(service, function_arn)
    until = time.monotonic() + ACTIVE_WITHIN_SECONDS
    while function_arn not in service.lambda_running_versions and time.monotonic() < until:
        with service.lambda_version_manager_lock:
            if function_arn not in service.lambda_starting_versions:
                break
        time.sleep(LOOK_EVERY_SECONDS)
    with service.lambda_version_manager_lock:
        return original(service, function_arn)


def _provision(original: Callable[..., Any], manager: Any, *args: Any, **kwargs: Any) -> Any:
    """The start of environments before anybody asks for them goes on until they are there."""
    account = manager.function_version.id.account
    if accounts.get(account) is None:
        return original(manager, *args, **kwargs)
    place = under_way.of(account)
    work = place.begin(PROVISIONING, plain(manager.function_arn))
    try:
        done = original(manager, *args, **kwargs)
    except BaseException:
        place.finish(work)
        raise
    done.add_done_callback(lambda _: place.finish(work))
    return done


def service() -> Any:
    """LocalStack's `LambdaService`."""
    return providers.get("lambda").lambda_service


def run(arn: str, payload: Any, why: Context) -> FunctionResult:
    """Run a function and wait. Raises `TargetRefused` if it couldn't be reached."""
    result = _invoke(arn, payload, why, "RequestResponse")
    return ran(result)


def accept(arn: str, payload: Any, why: Context) -> None:
    """Put an event into the function's queue. Raises `TargetRefused`."""
    _invoke(arn, payload, why, "Event")


def run_again(qualified_arn: str, invocation: Any, payload: bytes, why: Context) -> FunctionResult:
    """Run an event that was accepted before; the version may have been updated since."""
    with context.using(why), acting_for(account_of(qualified_arn)):
        try:
            manager = service().get_lambda_version_manager(qualified_arn)
            return ran(manager.invoke(invocation=replace(invocation, payload=payload)))
        except ValueError as problem:  # what LocalStack raises for a version that isn't running
            raise TargetRefused("ResourceNotFoundException", str(problem), retryable=False) from problem
        except Ended:
            raise
        except Exception as problem:
            raise as_failure(problem) from problem


def ran(result: Any) -> FunctionResult:
    """LocalStack's `InvocationResult`, read."""
    text = result.payload or b""
    text = text if isinstance(text, bytes) else str(text).encode()
    payload, version = _read(text), result.executed_version or "$LATEST"
    ended = getattr(result, "harness_ended", None)
    if not result.is_error:
        return FunctionResult(payload, text, version, ended=ended)
    error = payload if isinstance(payload, dict) else {"errorMessage": str(payload)}
    return FunctionResult(payload, text, version, error, ended)


def _invoke(arn: str, payload: Any, why: Context, how: str) -> Any:
    there = parts_of(arn)
    _, name, *qualifier = there.resource.split(":")
    with context.using(why), acting_for(there.account):
        try:
            return service().invoke(
                function_name=name,
                qualifier=qualifier[0] if qualifier else None,
                region=there.region,
                account_id=there.account,
                invocation_type=how,
                client_context=None,
                request_id=str(uuid4()),
                payload=json.dumps(payload, default=str).encode(),
                trace_context=_trace(),
            )
        except Ended:
            raise
        except Exception as problem:
            raise as_failure(problem) from problem


def publish(topic_arn: str, parcel: TopicParcel, why: Context) -> None:
    """Publish to a topic. Raises `TargetRefused`."""
    with context.using(why), acting_for(account_of(topic_arn)):
        try:
            providers.get("sns").publish(
                SimpleNamespace(
                    account_id=account_of(topic_arn),
                    region=parts_of(topic_arn).region,
                    request=SimpleNamespace(headers=Headers()),
                ),
                message=parcel.message,
                topic_arn=topic_arn,
                subject=parcel.subject,
                message_attributes=dict(parcel.attributes) or None,
                message_group_id=parcel.group,
                message_deduplication_id=parcel.dedup,
            )
        except Ended:
            raise
        except Exception as problem:
            raise as_failure(problem) from problem


def _trace() -> dict[str, Any]:
    from localstack.utils.xray.trace_header import TraceHeader

    return {"aws_trace_header": TraceHeader().ensure_root_exists()}


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace") or None
