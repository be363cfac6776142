"""ItemReader: the items of a distributed map, from S3.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.cloud import Unsupported
from harness.sim.services.sdk_shapes import from_sdk
from harness.sim.services.states.integrations import resource as resources
from harness.sim.services.states.integrations import sdk
from harness.sim.services.states.integrations.failures import CallFailed
from harness.sim.services.states.interpreter import flow
from harness.sim.services.states.interpreter.failure import StateFailed
from harness.sim.services.states.interpreter.items import whole_number
from harness.sim.services.states.interpreter.strand import Strand
from harness.sim.services.states.language import errors
from harness.sim.services.states.language.definition import StateDefinition
from harness.sim.services.states.model.document import Document
from harness.sim.services.validation import in_java_order

_LIST, _GET = "listobjectsv2", "getobject"
_OBJECT = resources.parse("arn:aws:states:::aws-sdk:s3:getObject")


def read(state: StateDefinition, effective: Document, strand: Strand) -> list[Any]:
    """The items. Raises `StateFailed`."""
    written = state.raw["ItemReader"]
    resource = resources.parse(written["Resource"])
    member = "Arguments" if flow.is_jsonata(state) else "Parameters"
    params = flow.evaluated(state, written.get(member) or {}, effective.value, strand, f"ItemReader/{member}")
    config = written.get("ReaderConfig") or {}
    inner = replace(state, raw=config)
    most = whole_number(inner, "MaxItems", effective, strand)
    try:
        items = _items(resource, params, config, strand)
    except CallFailed as failed:
        raise StateFailed(errors.ITEM_READER_FAILED, failed.cause) from None
    return items[:most] if most else items


def _items(
    resource: resources.TaskResource, params: Mapping[str, Any], config: Mapping[str, Any], strand: Strand
) -> list[Any]:
    action = resource.action.lower()
    region = strand.run.execution.arn.split(":")[3]
    if action == _LIST:
        objects = list(_objects(resource, params, region))
        if config.get("Transformation") != "LOAD_AND_FLATTEN":
            return objects
        found = ({"Bucket": params.get("Bucket"), "Key": each["Key"]} for each in objects)
        return [item for each in found for item in _content(each, config, region)]
    if action != _GET:
        raise Unsupported(f"{resource.arn}: the simulator reads items with S3's listObjectsV2 and getObject")
    if config.get("ManifestType") == "ATHENA_DATA":
        return list(_athena(params, config, region))
    if config.get("InputType") == "MANIFEST" or "ManifestType" in config:
        return list(_inventory(params, region))
    return _content(params, config, region)


def _content(params: Mapping[str, Any], config: Mapping[str, Any], region: str) -> list[Any]:
    """The items in one object."""
    _, answer = sdk.call(_OBJECT, params, region)
    return items_in(answer["Body"].read(), config, f"The object {params.get('Key')}")


def _athena(params: Mapping[str, Any], config: Mapping[str, Any], region: str) -> Iterator[Any]:
    """The items in the files that a manifest of Athena's UNLOAD names, one a line.

    https://docs.aws.amazon.com/athena/latest/ug/unload.html
    """
    _, answer = sdk.call(_OBJECT, params, region)
    for line in answer["Body"].read().decode("utf-8", "replace").split():
        bucket, _, key = line.strip('"').removeprefix("s3://").partition("/")
        yield from _content({"Bucket": bucket, "Key": key}, config, region)


def _inventory(params: Mapping[str, Any], region: str) -> Iterator[Any]:
    """The objects that an inventory of S3 lists; its manifest names the files of the list.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
    """
    _, answer = sdk.call(_OBJECT, params, region)
    try:
        manifest = json.loads(answer["Body"].read())
        kind, schema = manifest["fileFormat"], manifest["fileSchema"]
        bucket = manifest["destinationBucket"].rpartition(":")[2]
        keys = [each["key"] for each in manifest["files"]]
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        told = f"The object {params.get('Key')} is no manifest of an inventory: {problem}"
        raise StateFailed(errors.ITEM_READER_FAILED, told) from None
    if kind != "CSV":
        raise Unsupported(f"an inventory in {kind}: the simulator reads only CSV")
    headers = [name.strip() for name in schema.split(",")]
    config = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": headers}
    for key in keys:
        _, answer = sdk.call(_OBJECT, {"Bucket": bucket, "Key": key}, region)
        content = answer["Body"].read()
        try:
            text = gzip.decompress(content) if key.endswith(".gz") else content
        except OSError as problem:
            told = f"The object {key} can't be read: {problem}"
            raise StateFailed(errors.ITEM_READER_FAILED, told) from None
        yield from items_in(text, config, f"The object {key}")


def items_in(content: bytes, config: Mapping[str, Any], source: str) -> list[Any]:
    """The items in the content of an object. Raises `StateFailed`."""
    kind = config.get("InputType", "JSON")
    if kind not in _READ:
        raise Unsupported(f"InputType {kind}: the simulator reads {', '.join(_READ)}")
    try:
        return _READ[kind](content.decode("utf-8-sig"), config)
    except (ValueError, LookupError, csv.Error) as problem:
        told = f"{source} can't be read as {kind}: {problem}"
        raise StateFailed(errors.ITEM_READER_FAILED, told) from None


def _objects(resource: resources.TaskResource, params: Mapping[str, Any], region: str) -> Iterator[Any]:
    """Every object, page after page."""
    token = None
    while True:
        given = {**params, "ContinuationToken": token} if token else params
        model, answer = sdk.call(resource, given, region)
        shown = from_sdk(model.output_shape, answer)
        for each in shown.get("Contents") or ():
            yield {("Etag" if name == "ETag" else name): value for name, value in each.items()}
        token = answer.get("NextContinuationToken")
        if not token:
            return


def _json(text: str, config: Mapping[str, Any]) -> list[Any]:
    found = json.loads(text)
    for name in str(config.get("ItemsPointer", "")).split("/")[1:]:
        if not isinstance(found, dict) or name not in found:
            raise LookupError(f"there is nothing at {config['ItemsPointer']}")
        found = found[name]
    if isinstance(found, dict):
        return [{"Key": key, "Value": value} for key, value in found.items()]
    if not isinstance(found, list):
        told = "Attempting to map over non-iterable node."
        raise StateFailed(errors.ITEM_READER_FAILED, told)
    return found


def _csv(text: str, config: Mapping[str, Any]) -> list[Any]:
    """The lines as objects with members in the order of a hash map. Recorded on AWS, September 2023."""
    delimiters = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
    delimiter = delimiters[config.get("CSVDelimiter", "COMMA")]
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if config.get("CSVHeaderLocation") == "GIVEN":
        headers = list(config["CSVHeaders"])
    else:
        headers, rows = (rows[0], rows[1:]) if rows else ([], [])
    order = in_java_order(list(dict.fromkeys(headers)), buckets=16)
    lines = (dict(zip(headers, [*row, *[""] * (len(headers) - len(row))], strict=False)) for row in rows)
    return [{name: line[name] for name in order} for line in lines]


def _jsonl(text: str, config: Mapping[str, Any]) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


_READ: Mapping[str, Callable[[str, Mapping[str, Any]], list[Any]]] = {
    "JSON": _json,
    "CSV": _csv,
    "JSONL": _jsonl,
}
