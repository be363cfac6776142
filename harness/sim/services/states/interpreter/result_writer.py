"""ResultWriter: the results of a map run, in S3.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

from __future__ import annotations

from typing import Any

from harness.sim.services.states.integrations import resource as resources
from harness.sim.services.states.integrations import sdk
from harness.sim.services.states.integrations.failures import CallFailed
from harness.sim.services.states.interpreter import flow
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.language.text import to_json
from harness.sim.services.states.model import executions
from harness.sim.services.states.model.document import Document, listed
from harness.sim.services.states.model.executions import Execution, MapRun
from harness.sim.services.states.texts import timestamp

_PUT = resources.parse("arn:aws:states:::aws-sdk:s3:putObject")


def write(state: StateDefinition, effective: Document, strand: Strand, map_run: MapRun) -> Document:
    """Write a file for each status, and a manifest; the result tells where. Raises `StateFailed`."""
    written = state.raw["ResultWriter"]
    member = "Arguments" if flow.is_jsonata(state) else "Parameters"
    given = written.get(member) or {}
    params = flow.evaluated(state, given, effective.value, strand, f"ResultWriter/{member}")
    config = written.get("WriterConfig") or {}
    transform = config.get("Transformation", "NONE" if "Bucket" in params else "COMPACT")
    bucket = params.get("Bucket")
    if not bucket:
        return listed([each.output for each in map_run.children if each.output is not None])
    folder = f"{str(params.get('Prefix') or '').rstrip('/')}/{map_run.arn.rpartition(':')[2]}".lstrip("/")
    region = strand.run.execution.arn.split(":")[3]
    files: dict[str, list[Any]] = {"SUCCEEDED": [], "FAILED": [], "PENDING": []}
    try:
        for status in (executions.SUCCEEDED, executions.FAILED):
            children = [
                each
                for each in map_run.children
                if (each.status == executions.SUCCEEDED) == (status == executions.SUCCEEDED)
            ]
            if children:
                key = f"{folder}/{status}_0.json"
                body = to_json(_lines(children, transform)).encode()
                sdk.call(_PUT, {"Bucket": bucket, "Key": key, "Body": body}, region)
                files[status].append({"Key": key, "Size": len(body)})
        manifest = {"DestinationBucket": bucket, "MapRunArn": map_run.arn, "ResultFiles": files}
        key = f"{folder}/manifest.json"
        sdk.call(_PUT, {"Bucket": bucket, "Key": key, "Body": to_json(manifest).encode()}, region)
    except CallFailed as failed:
        raise StateFailed(errors.RESULT_WRITER_FAILED, failed.cause) from None
    map_run.items["resultsWritten"] = map_run.executions["resultsWritten"] = len(map_run.children)
    return Document({"MapRunArn": map_run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}})


def _lines(children: list[Execution], transform: str) -> list[Any]:
    if transform == "NONE":
        return [_shown(each) for each in children]
    outputs = [each.output.value for each in children if each.output is not None]
    if transform == "FLATTEN":
        return [item for each in outputs for item in (each if isinstance(each, list) else [each])]
    return outputs


def _shown(execution: Execution) -> dict[str, Any]:
    """An execution as DescribeExecution gives it, with capitals."""
    found: dict[str, Any] = {
        "ExecutionArn": execution.arn,
        "Input": execution.input.text,
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "StartDate": timestamp(execution.started_at),
        "StateMachineArn": execution.machine.arn,
        "Status": execution.status,
        "StopDate": timestamp(execution.stopped_at or execution.started_at),
    }
    if execution.output is not None:
        found |= {"Output": execution.output.text, "OutputDetails": {"Included": True}}
    found |= {name: told for name, told in (("Error", execution.error), ("Cause", execution.cause)) if told}
    return found
