"""The operations on tags and policies.

https://docs.aws.amazon.com/streams/latest/dev/tagging.html
"""

from __future__ import annotations

import json

from harness.aws.rules.kinesis.model import StreamState
from harness.sim.services.kinesis.errors import invalid, not_found, too_much
from harness.sim.services.kinesis.lookups import Lookups
from harness.sim.services.service import Caller, Params

TAGS_MAX = 50
TAG_PAGE = 50


class SettingApi:
    """One method an operation."""

    def __init__(self, find: Lookups) -> None:
        self._find = find

    def add_tags_to_stream(self, params: Params, caller: Caller) -> Params:
        return _add(self._find.stream(params, caller).tags, params["Tags"])

    def remove_tags_from_stream(self, params: Params, caller: Caller) -> Params:
        return _remove(self._find.stream(params, caller).tags, params["TagKeys"])

    def list_tags_for_stream(self, params: Params, caller: Caller) -> Params:
        tags, after = self._find.stream(params, caller).tags, params.get("ExclusiveStartTagKey") or ""
        found = [tag for tag in _listed(tags) if tag["Key"] > after]
        limit = params.get("Limit") or TAG_PAGE
        return {"Tags": found[:limit], "HasMoreTags": len(found) > limit}

    def tag_resource(self, params: Params, caller: Caller) -> Params:
        return _add(self._tags(params), params["Tags"])

    def untag_resource(self, params: Params, caller: Caller) -> Params:
        return _remove(self._tags(params), params["TagKeys"])

    def list_tags_for_resource(self, params: Params, caller: Caller) -> Params:
        return {"Tags": _listed(self._tags(params))}

    def get_resource_policy(self, params: Params, caller: Caller) -> Params:
        policies, arn = self._policies(params)
        return {"Policy": policies.get(arn, "{}")}

    def put_resource_policy(self, params: Params, caller: Caller) -> Params:
        policies, arn = self._policies(params)
        try:
            is_policy = isinstance(json.loads(params["Policy"]), dict)
        except (ValueError, RecursionError):
            is_policy = False
        if not is_policy:
            raise invalid("The policy is not valid JSON.")
        policies[arn] = params["Policy"]
        return {}

    def delete_resource_policy(self, params: Params, caller: Caller) -> Params:
        policies, arn = self._policies(params)
        if policies.pop(arn, None) is None:
            raise not_found(f"No resource policy found for resource ARN {arn}.")
        return {}

    def _policies(self, params: Params) -> tuple[dict[str, str], str]:
        """The policies of a stream and its consumers, and the resource that is asked about."""
        stream, _ = self._resource(params)
        return stream.policies, params["ResourceARN"]

    def _tags(self, params: Params) -> dict[str, str]:
        return self._resource(params)[1]

    def _resource(self, params: Params) -> tuple[StreamState, dict[str, str]]:
        """The stream, and the tags of the stream or of its consumer."""
        arn = params["ResourceARN"]
        if "/consumer/" in arn:
            stream, consumer = self._find.consumer({"ConsumerARN": arn})
            return stream, consumer.tags
        stream = self._find.by_arn(arn)
        return stream, stream.tags


def _add(tags: dict[str, str], added: Params) -> Params:
    if len({*tags, *added}) > TAGS_MAX:
        raise too_much(f"Failed to add tags. A resource can't have more than {TAGS_MAX} tags.")
    tags.update(added)
    return {}


def _remove(tags: dict[str, str], keys: list[str]) -> Params:
    for key in keys:
        tags.pop(key, None)
    return {}


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
