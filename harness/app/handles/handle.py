"""A handle: one resource of a deployed app, as tests use it. A class of its own for each type of resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from harness.near import Suggests

if TYPE_CHECKING:
    from harness.app.intrinsics import Created
    from harness.cloud import Cloud


class Handle(Suggests):
    """One resource of a deployed app, made by `app.handle(kind, logical_id)`, `app.queue(…)` and the like.

    A subclass says by which `kind` it is asked for, and of which `types` of CloudFormation a resource may be;
    `built_in` are those that every account has, with their ARNs.
    Its methods call the cloud by boto3: `self._cloud.client("sqs")`.
    """

    kind: ClassVar[str]
    types: ClassVar[tuple[str, ...]]
    built_in: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, cloud: Cloud, logical_id: str, created: Created) -> None:
        self.logical_id = logical_id
        self._cloud = cloud
        self._created = created

    @property
    def physical_id(self) -> str:
        """The value of Ref."""
        return self._created.ref

    @property
    def name(self) -> str:
        """The resource's name in the history."""
        return self._cloud.names.of(self.arn)

    @property
    def arn(self) -> str:
        """The resource's ARN."""
        return self._created.arn


@runtime_checkable
class HoldsEffects(Protocol):
    """An ability of a handle: what handlers have done can be read there."""

    def effects(self) -> list[Any]:
        """The effects there, one item each: a row, a body."""
