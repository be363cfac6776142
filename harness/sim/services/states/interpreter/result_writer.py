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
from harness.sim.services.states.model.document import Document
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
        return Document(_lines(map_run.children, transform))
    folder = f"{str(params.get('Prefix') or '').rstrip('/')}/{map_run.arn.rpartition(':')[2]}".lstrip("/")
    region = strand.run.execution.arn.split(":")[3]
    kind = config.get("OutputType", "JSON")
    files: dict[str, list[Any]] = {"SUCCEEDED": [], "FAILED": [], "PENDING": []}
    try:
        for status in (executions.SUCCEEDED, executions.FAILED):
            children = [
                each
                for each in map_run.children
                if (each.status == executions.SUCCEEDED) == (status == executions.SUCCEEDED)
            ]
            if children:
                key = f"{folder}/{status}_0.{kind.lower()}"
                body = _written(_lines(children, transform), kind).encode()
                sdk.call(_PUT, {"Bucket": bucket, "Key": key, "Body": body}, region)
                files[status].append({"Key": key, "Size": len(body)})
        manifest = {"DestinationBucket": bucket, "MapRunArn": map_run.arn, "ResultFiles": files}
        key = f"{folder}/manifest.json"
        sdk.call(_PUT, {"Bucket": bucket, "Key": key, "Body": to_json(manifest).encode()}, region)
    except CallFailed as failed:
        raise StateFailed(errors.RESULT_WRITER_FAILED, failed.cause) from None
    map_run.items["resultsWritten"] = map_run.executions["resultsWritten"] = len(map_run.children)
    return Document({"MapRunArn": map_run.arn, "ResultWriterDetails": {"Bucket": bucket, "Key": key}})


def _written(lines: list[Any], kind: str) -> str:
    return "\n".join(map(to_json, lines)) if kind == "JSONL" else to_json(lines)


def _lines(children: list[Execution], transform: str) -> list[Any]:
    """The results; those of executions that failed are told whole, whatever the transformation."""
    return [line for each in children for line in _lines_of(each, transform)]


def _lines_of(execution: Execution, transform: str) -> list[Any]:
    if transform == "NONE" or execution.output is None:
        return [_shown(execution)]
    output = execution.output.value
    return output if transform == "FLATTEN" and isinstance(output, list) else [output]


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
