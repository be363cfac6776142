"""Operations on tags: of functions, mappings and code signing configurations.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.sim.services.lambda_.errors import invalid, missing
from harness.sim.services.lambda_.model.naming import LATEST, function_id
from harness.sim.services.lambda_.model.registry import FunctionRegistry
from harness.sim.services.service import Caller, Operation, Params

TAGS_MAX = 50

TagsOf = Callable[[str], dict[str, str] | None]
"""Gives the tags of the resource with an ARN, None if it doesn't have that resource."""


def check_tags(tags: Mapping[str, str]) -> None:
    """Raise `ServiceError` for more tags than a resource can have."""
    if len(tags) > TAGS_MAX:
        raise invalid("Number of tags exceeds resource tag limit.")


class TagsApi:
    """`others` have the tags of what isn't a function."""

    def __init__(
        self, registry: FunctionRegistry, new_id: Callable[[], str], others: tuple[TagsOf, ...]
    ) -> None:
        self._registry = registry
        self._new_id = new_id
        self._others = others

    def operations(self) -> Mapping[str, Operation]:
        """By name."""
        return {"TagResource": self.tag, "UntagResource": self.untag, "ListTags": self.list}

    def tag(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html"""
        if not params["Tags"]:
            raise invalid("An error occurred and the request cannot be processed.")
        tags = self._tags(params, caller)
        check_tags(tags | params["Tags"])
        tags.update(params["Tags"])
        self._revise(params, caller)
        return {}

    def untag(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html"""
        tags = self._tags(params, caller)
        for key in params["TagKeys"]:
            tags.pop(key, None)
        self._revise(params, caller)
        return {}

    def list(self, params: Params, caller: Caller) -> Params:
        """https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html"""
        return {"Tags": dict(self._tags(params, caller))}

    def _tags(self, params: Params, caller: Caller) -> dict[str, str]:
        arn = params["Resource"]
        if ":function:" in arn:
            wanted = function_id(arn, caller)
            if wanted.qualifier:
                raise invalid(
                    "Tags on function aliases and versions are not supported. Please specify a function ARN."
                )
            return self._registry.get(wanted).tags
        for tags_of in self._others:
            tags = tags_of(arn)
            if tags is not None:
                return tags
        raise missing()

    def _revise(self, params: Params, caller: Caller) -> None:
        """Tags are part of a function's revision."""
        if ":function:" in params["Resource"]:
            self._registry.find(params["Resource"], caller)[0].revise(LATEST, self._new_id())
