"""Patterns and sets of values as Lambda's answers quote them.

botocore's model follows the service with some delay and says a few things in another way, so what an answer
says would depend on the version that is installed.
"""

from __future__ import annotations

from harness.sim.services.validation import Wording

_REGION = r"(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}"
_ARN = rf"arn:(aws[a-zA-Z-]*)?:lambda:{_REGION}:\d{{12}}"
_LONG = rf"(arn:(aws[a-zA-Z-]*)?:lambda:)?({_REGION}:)?(\d{{12}}:)?(function:)?"
_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

_PATTERNS = {
    "FunctionName": _LONG + r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
    "NamespacedFunctionName": _LONG + r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
    "FunctionUrlFunctionName": _LONG + r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
    "UnqualifiedFunctionName": _LONG + "([a-zA-Z0-9-_]+)",
    "NumericLatestPublishedOrAliasQualifier": r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
    "Qualifier": r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
    "FunctionUrlQualifier": r"((?!^\d+$)^[0-9a-zA-Z-_]+$)",
    "LayerName": rf"({_ARN}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
    "LayerNameOrArn": rf"({_ARN}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
    "LayerVersionArn": rf"({_ARN}:layer:[a-zA-Z0-9-_]+:[0-9]+)"
    "|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)",
    "DestinationArn": r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:"
    rf"({_REGION})?:(\d{{12}})?:(.*)",
    "TaggableResource": rf"arn:(aws[a-zA-Z-]*):lambda:{_REGION}:\d{{12}}:"
    r"(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)"
    rf"|code-signing-config:csc-[a-z0-9]{{17}}|event-source-mapping:{_UUID}"
    "|capacity-provider:[a-zA-Z0-9-_]+)",
    "CodeSigningConfigArn": rf"{_ARN}:code-signing-config:csc-[a-z0-9]{{17}}",
}
"""By the name of the shape."""

_LIMITS = {"LayerVersionArn": {"min": 1, "max": 2048}}
"""Of lengths, by the name of the shape."""

_COMPARED = {"RevisionId", "UUIDString"}
"""Answers say of these values that nothing matches them, not that they are badly formed."""

_ORDERS = {
    "Architecture": ["x86_64", "arm64"],
    "EventSourcePosition": ["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"],
}
"""Of the values of enumerations, where answers list them in an order of their own."""

WORDING = Wording(
    patterns=_PATTERNS,
    limits=_LIMITS,
    compared=frozenset(_COMPARED),
    orders=_ORDERS,
    nulls_allowed=frozenset({"SubnetIds", "SecurityGroupIds"}),
    silent_on_size=frozenset({"NamespacedFunctionName"}),
)
