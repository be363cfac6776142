"""The operations on topics and their tags: each takes botocore's parameters and gives botocore's result.

https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.sim.services.service import Caller, Params, ServiceError
from harness.sim.services.sns.errors import check_arn, invalid, missing, out_of_length
from harness.sim.services.sns.lookup import topic_named
from harness.sim.services.sns.model import TopicState, TopicStore
from harness.sim.services.sns.pages import page
from harness.sim.services.sns.subscription_attributes import apply
from harness.sim.services.sns.topic_attributes import (
    DEFAULTS,
    check_topic_attribute,
    check_topic_attributes,
    shown,
)
from harness.sim.services.sns.topic_policy import allow, disallow

TAGS_MAX = 50
TAG_KEY_CHARACTERS_MAX = 128
TAG_VALUE_CHARACTERS_MAX = 256
_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo")
_TAG = re.compile(r"[\w\s.:/=+\-@]*")


class TopicsApi:
    """One method an operation."""

    def __init__(self, store: TopicStore) -> None:
        self._store = store

    def create_topic(self, params: Params, caller: Caller) -> Params:
        name: str = params["Name"]
        given = params.get("Attributes") or {}
        fifo = str(given.get("FifoTopic", "false")).lower() == "true"
        if not (_FIFO_NAME if fifo else _NAME).fullmatch(name):
            raise invalid("Topic Name")
        tags = _tags(params.get("Tags") or [])
        _check_number(tags)
        attributes = check_topic_attributes(given, fifo=fifo)
        arn = f"arn:aws:sns:{caller.region}:{caller.account}:{name}"
        existing = self._store.find(arn)
        if existing is None:
            policy = params.get("DataProtectionPolicy") or ""
            self._store.add(
                TopicState(arn, name, caller.account, attributes, tags, data_protection_policy=policy)
            )
        else:
            _check_same(existing, attributes, tags)
        return {"TopicArn": arn}

    def delete_topic(self, params: Params, caller: Caller) -> Params:
        check_arn(params["TopicArn"], caller.region)
        topic = self._store.find(params["TopicArn"])
        if topic is not None:
            self._store.delete(topic)
        return {}

    def get_topic_attributes(self, params: Params, caller: Caller) -> Params:
        return {"Attributes": shown(topic_named(self._store, params["TopicArn"], caller.region))}

    def set_topic_attributes(self, params: Params, caller: Caller) -> Params:
        topic = topic_named(self._store, params["TopicArn"], caller.region)
        name = params["AttributeName"]
        topic.attributes[name] = check_topic_attribute(
            name, params.get("AttributeValue", ""), fifo=topic.fifo
        )
        for subscription in topic.subscriptions.values():
            apply(subscription, topic)
        return {}

    def list_topics(self, params: Params, caller: Caller) -> Params:
        here = f"arn:aws:sns:{caller.region}:{caller.account}:"
        topics = [{"TopicArn": topic.arn} for topic in self._store.topics_below(here)]
        return page("Topics", topics, params.get("NextToken"))

    def add_permission(self, params: Params, caller: Caller) -> Params:
        topic = topic_named(self._store, params["TopicArn"], caller.region)
        for member in ("AWSAccountId", "ActionName"):
            if not params.get(member):
                raise missing(f"{member[:1].lower()}{member[1:]}")
        allow(topic, params["Label"], params["AWSAccountId"], params["ActionName"])
        return {}

    def remove_permission(self, params: Params, caller: Caller) -> Params:
        disallow(topic_named(self._store, params["TopicArn"], caller.region), params["Label"])
        return {}

    def get_data_protection_policy(self, params: Params, caller: Caller) -> Params:
        topic = topic_named(self._store, params["ResourceArn"], caller.region, "ResourceArn")
        policy = topic.data_protection_policy
        return {"DataProtectionPolicy": policy} if policy else {}

    def put_data_protection_policy(self, params: Params, caller: Caller) -> Params:
        topic = topic_named(self._store, params["ResourceArn"], caller.region, "ResourceArn")
        topic.data_protection_policy = params["DataProtectionPolicy"]
        return {}

    def tag_resource(self, params: Params, caller: Caller) -> Params:
        topic = self._tagged(params, caller)
        if not params.get("Tags"):
            raise missing("tags")
        tags = topic.tags | _tags(params["Tags"])
        _check_number(tags)
        topic.tags = tags
        return {}

    def untag_resource(self, params: Params, caller: Caller) -> Params:
        topic = self._tagged(params, caller)
        gone = params.get("TagKeys") or ()
        topic.tags = {key: value for key, value in topic.tags.items() if key not in gone}
        return {}

    def list_tags_for_resource(self, params: Params, caller: Caller) -> Params:
        tags = self._tagged(params, caller).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tagged(self, params: Params, caller: Caller) -> TopicState:
        topic = self._store.find(params["ResourceArn"])
        if topic is None or topic.region != caller.region:
            raise ServiceError("ResourceNotFound", "Resource does not exist", 404)
        return topic


def _check_same(topic: TopicState, attributes: Mapping[str, str], tags: Mapping[str, str]) -> None:
    current = DEFAULTS | topic.attributes
    if any(current.get(name) != value for name, value in attributes.items()):
        raise invalid("Attributes", "Topic already exists with different attributes")
    if tags and any(topic.tags.get(key) != value for key, value in tags.items()):
        raise invalid("Tags", "Topic already exists with different tags")


def _tags(given: list[dict[str, str]]) -> dict[str, str]:
    """https://docs.aws.amazon.com/sns/latest/api/API_Tag.html"""
    for number, tag in enumerate(given, start=1):
        _check_length(tag["Key"], f"tags.{number}.member.key", TAG_KEY_CHARACTERS_MAX)
        _check_length(tag["Value"], f"tags.{number}.member.value", TAG_VALUE_CHARACTERS_MAX)
        if not tag["Key"]:
            raise out_of_length("", f"tags.{number}.member.key", "greater than or equal to 1")
    if not all(_TAG.fullmatch(text) for tag in given for text in (tag["Key"], tag["Value"])):
        raise invalid("Tags", "The given tag(s) contain invalid characters")
    tags = {tag["Key"]: tag["Value"] for tag in given}
    if len(tags) < len(given):
        raise invalid("Duplicated keys are not allowed.")
    return tags


def _check_length(text: str, member: str, limit: int) -> None:
    if len(text) > limit:
        raise out_of_length(text, member, f"less than or equal to {limit}")


def _check_number(tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS_MAX:
        raise ServiceError(
            "TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded"
        )
