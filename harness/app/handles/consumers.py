"""Events for those who take from a queue, a stream or a table: each filter of theirs lets only some pass.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.app.handles.samples import matching
from harness.cloud import Cloud


def wanted_events(cloud: Cloud, arn: str) -> list[Mapping[str, Any]]:
    """For each filter of the mappings and pipes of a source the smallest event that it lets pass, in the form
    in which filters see events; an empty one where there is no filter."""
    with cloud.recorder.looking():
        criteria = [*_of_mappings(cloud, arn), *_of_pipes(cloud, arn)] or [None]
    texts = [
        each["Pattern"] for one in criteria for each in (one or {}).get("Filters") or [{"Pattern": "{}"}]
    ]
    return [matching(json.loads(text)) for text in dict.fromkeys(texts)]


def _of_mappings(cloud: Cloud, arn: str) -> Iterator[Any]:
    pages = cloud.client("lambda").get_paginator("list_event_source_mappings").paginate(EventSourceArn=arn)
    for mapping in (each for page in pages for each in page["EventSourceMappings"]):
        yield mapping.get("FilterCriteria")


def _of_pipes(cloud: Cloud, arn: str) -> Iterator[Any]:
    pipes = cloud.client("pipes")
    for pipe in pipes.list_pipes(SourcePrefix=arn)["Pipes"]:
        if pipe["Source"] == arn:
            yield pipes.describe_pipe(Name=pipe["Name"]).get("SourceParameters", {}).get("FilterCriteria")
