"""Types of resources that AWS doesn't have."""

from __future__ import annotations

from collections.abc import Iterator

from harness.app.resources import type_of, types
from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Wiring
from harness.near import did_you_mean


def unknown_type(app: Wiring) -> Iterator[Problem]:
    """A resource is of a type that AWS doesn't have.

    CloudFormation refuses such a template. Correct the type; the page lists those that there are. Custom
    resources and types that others have published are not judged.
    """
    for resource in app.resources:
        if resource.type.startswith("AWS::") and type_of(resource.type) is None:
            meant = did_you_mean(resource.type, types())
            what = f"AWS has no type {resource.type}"
            yield Problem(resource, what, meant.removeprefix("; ") or "name one that there is")


RULE = Rule(
    "unknown-type",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html",
    unknown_type,
)
