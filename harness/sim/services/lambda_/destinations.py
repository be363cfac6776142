"""Where Lambda sends what came of asynchronous events, and in which form each target takes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.cloud import Unsupported
from harness.sim.services.lambda_.validation import invalid


def body_for(target: str, content: Any, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery's body as the service of the target takes it. `content` is JSON, or its text."""
    text = content if isinstance(content, str) else json.dumps(content)
    service = target.split(":")[2]
    if service == "lambda":
        return {"payload": content, "invocation": "Event"}
    if service == "sns":
        return {"message": text, "body": text, "attributes": dict(attributes), "subject": None}
    return {"body": text, "attributes": dict(attributes), "system": {}, "group": None, "dedup": None}


def check_destination(arn: str, function_arn: str) -> None:
    """Raise `ServiceError` for what is no destination, `Unsupported` for one that sim doesn't have."""
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service in ("s3", "events"):
        raise Unsupported(
            f"the destination {arn}: sim delivers to SQS, SNS and Lambda; localstack to {service}"
        )
    if service not in ("sqs", "sns", "lambda") or arn.endswith(".fifo"):
        raise invalid(f"The provided destination config DestinationConfig is invalid: {arn}")
    if arn == function_arn:
        raise invalid("You can't specify the function as a destination for itself.")
