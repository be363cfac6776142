"""Why Lambda refuses to make an event source mapping, without a cloud to ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.validate import ParamValidator

from harness import wire
from harness.app.resources.shapes import fit
from harness.cloud import Unsupported
from harness.sim.services.lambda_.api.mapping_settings import check_source, first
from harness.sim.services.lambda_.model.mapping import EventSourceMapping
from harness.sim.services.lambda_.model.naming import FunctionId
from harness.sim.services.service import ServiceError
from harness.sim.services.validation import check


def refused(properties: Mapping[str, Any], *, fifo: bool) -> str:
    """Lambda's words about a mapping with these properties of a template; "" if they are none.

    The function, other mappings and the source itself are not looked at; what boto3 wouldn't send is not
    judged.
    """
    shape = wire.service_model("lambda").operation_model("CreateEventSourceMapping").input_shape
    members = shape.members.keys() - {"Tags"}
    params = fit(shape, {name: properties[name] for name in properties if name in members})
    if ParamValidator().validate(params, shape).has_errors():
        return ""
    try:
        check("lambda", "CreateEventSourceMapping", params)
        first(EventSourceMapping("", check_source(params), FunctionId("", "", ""), 0.0), params, fifo=fifo)
    except ServiceError as problem:
        return problem.message
    except Unsupported:
        return ""
    return ""
