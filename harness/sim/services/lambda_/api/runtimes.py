"""The runtimes of Lambda: those that functions may have, and those that they may have no more.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

from harness import wire
from harness.sim.services.lambda_.errors import invalid

SUPPORTED = (
    *("nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x"),
    *("java25", "python3.10", "python3.11", "java21", "ruby3.3", "ruby3.4", "ruby3.2", "python3.8"),
    *("python3.9", "java17", "nodejs16.x", "dotnet10", "dotnet8", "java11", "dotnet6", "nodejs18.x"),
    *("provided.al2", "java8.al2"),
)
"""In the order in which answers list them."""

WITH_SNAP_START = frozenset(
    {"java11", "java17", "java21", "java25", "python3.12", "python3.13", "python3.14", "dotnet8", "dotnet10"}
)
"""https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-runtimes"""


def check(runtime: str) -> None:
    """Raise `ServiceError` for a runtime that a function can't be given."""
    if runtime in SUPPORTED:
        return
    if runtime in wire.service_model("lambda").shape_for("Runtime").enum:
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
            "functions. We recommend you use a supported runtime while creating or updating functions."
        )
    raise invalid(
        f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        f"[{', '.join(SUPPORTED)}] or be a valid ARN"
    )
