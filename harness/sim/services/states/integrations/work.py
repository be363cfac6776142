"""The kinds of work: a function by its ARN, an activity, and a service.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from harness.sim.services.sdk_shapes import from_sdk
from harness.sim.services.states.integrations import http, metadata, nested, sdk
from harness.sim.services.states.integrations import resource as resources
from harness.sim.services.states.integrations.failures import CallFailed
from harness.sim.services.states.integrations.job import Job, TimedOut
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.interpreter.strand import input_details, output_details
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model.document import Document, parsed
from harness.sim.services.states.model.history import NOT_TRUNCATED
from harness.sim.services.states.model.tokens import TaskReport

_LAMBDA = resources.parse("arn:aws:states:::lambda:invoke")


def run_function(job: Job) -> Document:
    """A function that the task names by its ARN; its payload is the result."""
    details = {"resource": job.resource.arn, **input_details(job.given), **job.scheduled}
    job.write("LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails", details)
    job.write("LambdaFunctionStarted")
    try:
        params = {"FunctionName": job.resource.arn, "Payload": job.given.text}
        _, answer = job.timed(lambda: sdk.call(_LAMBDA, params, job.region))
        text = answer["Payload"].read().decode()
        _check_function(answer, text)
    except TimedOut as late:
        job.write("LambdaFunctionTimedOut", "lambdaFunctionTimedOutEventDetails", {"error": errors.TIMEOUT})
        raise late.as_failure() from None
    except CallFailed as failed:
        told = {"error": failed.error, "cause": failed.cause}
        job.write("LambdaFunctionFailed", "lambdaFunctionFailedEventDetails", told)
        raise StateFailed(failed.error, failed.cause) from None
    output = parsed(text)
    job.write("LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails", output_details(output))
    return output


def run_activity(job: Job) -> Document:
    """An activity: a worker takes the task and reports how it ended."""
    activity = job.strand.run.engine.activities.get(job.resource.arn)
    if activity is None:
        raise StateError(errors.RUNTIME, f"The activity {job.resource.arn} does not exist.")
    details = {"resource": job.resource.arn, **input_details(job.given), **job.scheduled}
    job.write("ActivityScheduled", "activityScheduledEventDetails", details)
    waiting = job.waiting(job.given.text)
    waiting.on_taken = lambda: job.write(
        "ActivityStarted", "activityStartedEventDetails", {"workerName": waiting.worker}
    )
    activity.tasks.append(waiting)
    activity.arrived.notify()
    try:
        reported = job.wait_for(waiting)
    except TimedOut as late:
        job.write("ActivityTimedOut", "activityTimedOutEventDetails", {"error": errors.TIMEOUT})
        raise late.as_failure() from None
    if reported.failed:
        told = {"error": reported.error, "cause": reported.cause}
        job.write("ActivityFailed", "activityFailedEventDetails", told)
        raise StateFailed(reported.error, reported.cause)
    output = Document(reported.output, reported.text)
    job.write("ActivitySucceeded", "activitySucceededEventDetails", output_details(output))
    return output


def run_service(job: Job) -> Document:
    """A call of a service, and a wait for what it started where the task asks for that."""
    told = {"resourceType": job.resource.type_shown, "resource": job.resource.shown}
    if not job.resource.sdk and job.resource.service in http.SERVICES:
        http.check(job)
    else:
        sdk.check_types(job.resource, job.given, job.region)
    details = {**told, "region": job.region, "parameters": job.given.text, **job.scheduled}
    job.write("TaskScheduled", "taskScheduledEventDetails", details)
    job.write("TaskStarted", "taskStartedEventDetails", told)
    try:
        output = _served(job, told)
    except TimedOut as late:
        job.write("TaskTimedOut", "taskTimedOutEventDetails", {**told, "error": errors.TIMEOUT})
        raise late.as_failure() from None
    except StateFailed as failed:
        job.write(
            "TaskFailed", "taskFailedEventDetails", {**told, "error": failed.error, "cause": failed.cause}
        )
        raise
    except CallFailed as failed:
        details = {**told, "error": failed.error, "cause": failed.cause}
        job.write("TaskFailed", "taskFailedEventDetails", details)
        raise StateFailed(failed.error, failed.cause) from None
    job.write("TaskSucceeded", "taskSucceededEventDetails", {**told, **output_details(output)})
    return output


def _served(job: Job, told: Mapping[str, Any]) -> Document:
    waiting = job.waiting() if job.resource.waits_for_token else None
    result = job.timed(lambda: _called(job))
    if job.resource.is_sync or waiting is not None:
        submitted = {**told, "output": to_json(result), "outputDetails": dict(NOT_TRUNCATED)}
        job.write("TaskSubmitted", "taskSubmittedEventDetails", submitted)
    if waiting is not None:
        return _reported(job.wait_for(waiting))
    if job.resource.is_sync:
        return nested.wait_for(job, result)
    return Document(result)


def _called(job: Job) -> Any:
    """The result of the call, as the state gets it."""
    resource, params = job.resource, job.given.value
    if not resource.sdk and resource.service in http.SERVICES:
        return http.call(job)
    if not isinstance(params, Mapping):
        raise CallFailed(
            errors.RUNTIME, f"The Parameters '{job.given.text}' could not be used to start the Task"
        )
    sent = _shaped(job, params)
    model, answer = sdk.call(resource, sent, job.region)
    about = answer.pop("ResponseMetadata", {})
    if resource.service == "lambda" and resource.action.lower() == "invoke":
        return _of_function(job, answer, about)
    result = from_sdk(model.output_shape, answer)
    if resource.sdk:
        return result
    if resource.service == "events":
        return _put(result)
    length = metadata.length(resource.service, model.name, result)
    told = {**answer, "ResponseMetadata": about}
    added = metadata.added(resource.service, resource.action, told, length, _now(job), "")
    return dict(sorted({**result, **added}.items()))


def _shaped(job: Job, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameters as the service takes them, with what an optimised integration adds."""
    resource = job.resource
    if resource.sdk:
        return (
            _typed(params) if (resource.service, resource.action.lower()) == ("s3", "putobject") else params
        )
    if resource.service == "lambda" and params.get("Payload") is not None:
        return {**params, "Payload": _payload(params["Payload"])}
    if resource.service == "events" and isinstance(params.get("Entries"), list):
        execution = job.strand.run.execution
        told = [execution.machine.arn, execution.arn]
        entries = [{**each, "Resources": [*each.get("Resources", ()), *told]} for each in params["Entries"]]
        return {**params, "Entries": entries}
    if resource.service == "states" and params.get("Input") is not None:
        given = params["Input"]
        return {**params, "Input": given if isinstance(given, str) else to_json(given)}
    return params


def _typed(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a state puts into a bucket is text, unless it says otherwise. Recorded on AWS, November 2025."""
    is_told = any(name.lower() == "contenttype" for name in params)
    return params if is_told else {**params, "ContentType": "text/plain; charset=UTF-8"}


def _put(result: dict[str, Any]) -> dict[str, Any]:
    """The entries of PutEvents. Raises `CallFailed` if one was refused.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html
    """
    if result.get("FailedEntryCount"):
        raise CallFailed("EventBridge.FailedEntry", to_json(result))
    return result


def _payload(given: Any) -> str:
    """A payload as JSON; a text that is JSON already goes as it is."""
    if isinstance(given, str):
        try:
            json.loads(given)
        except ValueError:
            return to_json(given)
        return given
    return to_json(given)


def _of_function(job: Job, answer: Mapping[str, Any], about: Mapping[str, Any]) -> Any:
    text = answer["Payload"].read().decode()
    _check_function(answer, text, compact=True)
    if job.resource.sdk:
        shown = {name: value for name, value in answer.items() if name != "Payload"}
        return {**shown, "Payload": text}
    payload = json.loads(text) if text else {}
    result = {
        "ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"),
        "Payload": payload,
        "StatusCode": answer.get("StatusCode", 200),
    }
    trace = (about.get("HTTPHeaders") or {}).get("x-amzn-trace-id") or _trace(job)
    told = {**result, "ResponseMetadata": about}
    added = metadata.added("lambda", "invoke", told, len(text), _now(job), trace)
    return dict(sorted({**result, **added}.items()))


def _check_function(answer: Mapping[str, Any], text: str, *, compact: bool = False) -> None:
    """Raises `CallFailed` for a function that failed, named after its error."""
    if not answer.get("FunctionError"):
        return
    told = json.loads(text)
    error = told.get("errorType") if isinstance(told, dict) else None
    raise CallFailed(str(error or "Lambda.Unknown"), to_json(told) if compact else text)


def _reported(reported: TaskReport) -> Document:
    if reported.failed:
        raise StateFailed(reported.error, reported.cause)
    return Document(reported.output, reported.text)


def _now(job: Job) -> float:
    return job.strand.run.world.kernel.now


def _trace(job: Job) -> str:
    return f"Root=1-{int(_now(job)):08x}-{job.strand.run.chance.getrandbits(96):024x};Sampled=0"


KINDS: Mapping[str, Callable[[Job], Document]] = {
    resources.FUNCTION: run_function,
    resources.ACTIVITY: run_activity,
    resources.SERVICE: run_service,
}
