"""Queues of SQS: making them, their attributes, their tags, and their end."""

from __future__ import annotations

import json

import pytest

from tests.conformance.sqs_helpers import (
    arn_of,
    attributes_of,
    create_queue,
    receive,
    redrive_to,
    refused,
    send,
    set_attributes,
    with_dead_letters,
)


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def test_a_new_queue_has_the_documented_defaults(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    found = attributes_of(cloud, create_queue(cloud))
    created = found.pop("CreatedTimestamp")
    assert found.pop("LastModifiedTimestamp") == created
    assert found.pop("QueueArn").endswith(":work")
    assert found == {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    }


def test_a_new_fifo_queue_has_the_documented_defaults(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    found = attributes_of(cloud, create_queue(cloud, "work.fifo"))
    assert {name: found[name] for name in found if "Fifo" in name or "Dedup" in name} == {
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "queue",
        "FifoQueue": "true",
        "FifoThroughputLimit": "perQueue",
    }


def test_creating_a_queue_again_with_the_same_attributes_gives_its_url(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"""
    url = create_queue(cloud, VisibilityTimeout=10)
    assert create_queue(cloud, VisibilityTimeout=10) == url
    assert create_queue(cloud) == url


def test_creating_a_queue_again_with_other_attributes_is_refused(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"""
    create_queue(cloud, DelaySeconds=1)
    with refused("QueueAlreadyExists", "different value for attribute DelaySeconds"):
        create_queue(cloud, DelaySeconds=2)


def test_the_error_for_a_name_that_exists_is_caught_by_its_own_class(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"""
    create_queue(cloud, DelaySeconds=1)
    with pytest.raises(sqs.exceptions.QueueNameExists):
        create_queue(cloud, DelaySeconds=2)


def test_a_name_can_be_used_again_a_minute_after_its_queue_was_deleted(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html"""
    url = create_queue(cloud)
    sqs.delete_queue(QueueUrl=url)
    with refused("QueueDeletedRecently", "60 seconds"):
        create_queue(cloud)
    cloud.advance(60)
    assert create_queue(cloud) == url


@pytest.mark.parametrize("name", ["", "a b", "a.b", "é", "x" * 81, "work.fifo"])
def test_a_name_has_80_letters_digits_hyphens_and_underscores_at_most(cloud, name):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html"""
    with refused("InvalidParameterValue", "1 to 80 in length"):
        cloud.client("sqs").create_queue(QueueName=name)


@pytest.mark.parametrize("name", ["work", "x" * 76 + ".fifo", "a b.fifo"])
def test_the_name_of_a_fifo_queue_ends_with_fifo(cloud, sqs, name):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html"""
    with refused("InvalidParameterValue", "must end with .fifo suffix"):
        sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("DelaySeconds", 0, 900),
        ("MaximumMessageSize", 1024, 1_048_576),
        ("MessageRetentionPeriod", 60, 1_209_600),
        ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ("VisibilityTimeout", 0, 43_200),
        ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
    ],
)
def test_an_attribute_has_its_range(cloud, name, lowest, highest):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    url = create_queue(cloud)
    for value in (lowest, highest):
        set_attributes(cloud, url, **{name: value})
        assert attributes_of(cloud, url, name) == {name: str(value)}
    for value in (lowest - 1, highest + 1, "x"):
        with refused("InvalidAttributeValue", name):
            set_attributes(cloud, url, **{name: value})
        with refused("InvalidAttributeValue", name):
            create_queue(cloud, "other", **{name: value})


def test_only_the_attributes_that_are_asked_for_come_back(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html"""
    url = create_queue(cloud)
    assert set(attributes_of(cloud, url, "QueueArn", "DelaySeconds", "Policy")) == {
        "QueueArn",
        "DelaySeconds",
    }
    assert "Attributes" not in cloud.client("sqs").get_queue_attributes(QueueUrl=url)


def test_an_unknown_attribute_is_refused(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html"""
    url = create_queue(cloud)
    with refused("InvalidAttributeName", "Unknown Attribute Nonsense."):
        attributes_of(cloud, url, "Nonsense")
    with refused("InvalidAttributeName", "Unknown Attribute Nonsense."):
        set_attributes(cloud, url, Nonsense=1)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ContentBasedDeduplication", "true", "Unknown Attribute ContentBasedDeduplication."),
        ("FifoQueue", "false", "Unknown Attribute FifoQueue."),
        (
            "DeduplicationScope",
            "queue",
            "You can specify the DeduplicationScope only when FifoQueue is set to true.",
        ),
        (
            "FifoThroughputLimit",
            "perQueue",
            "You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
        ),
    ],
)
def test_standard_queues_have_no_attributes_of_fifo_queues(cloud, name, value, words):
    """Recorded on AWS, May 2024."""
    with refused("InvalidAttributeName", words):
        create_queue(cloud, **{name: value})
    with refused("InvalidAttributeName", words):
        set_attributes(cloud, create_queue(cloud), **{name: value})


@pytest.mark.parametrize("yes", ["true", "True", "TRUE"])
def test_a_boolean_is_taken_in_any_case_and_comes_back_in_lower_case(cloud, yes):
    """Recorded on AWS, October 2025."""
    names = ("FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled")
    url = create_queue(cloud, "work.fifo", **dict.fromkeys(names, yes))
    assert attributes_of(cloud, url, *names) == dict.fromkeys(names, "true")
    assert create_queue(cloud, "work.fifo", ContentBasedDeduplication="true") == url
    set_attributes(cloud, url, ContentBasedDeduplication="False")
    assert attributes_of(cloud, url, names[1]) == {names[1]: "false"}
    with refused("InvalidAttributeValue", "Invalid value for the parameter ContentBasedDeduplication."):
        set_attributes(cloud, url, ContentBasedDeduplication="yes")


def test_the_type_of_a_queue_cannot_be_changed(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"""
    with refused("InvalidAttributeName"):
        set_attributes(cloud, create_queue(cloud), FifoQueue="true")
    with refused("InvalidAttributeName"):
        create_queue(cloud, "other", FifoQueue="false")
    fifo = create_queue(cloud, "work.fifo")
    set_attributes(cloud, fifo, FifoQueue="true")
    with refused("InvalidAttributeValue", "Modifying queue type is not supported."):
        set_attributes(cloud, fifo, FifoQueue="false")


def test_a_throughput_limit_per_group_needs_deduplication_per_group(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html"""
    url = create_queue(cloud, "work.fifo")
    with refused("InvalidAttributeValue", "messageGroup"):
        set_attributes(cloud, url, FifoThroughputLimit="perMessageGroupId")
    set_attributes(cloud, url, FifoThroughputLimit="perMessageGroupId", DeduplicationScope="messageGroup")
    assert attributes_of(cloud, url, "FifoThroughputLimit") == {"FifoThroughputLimit": "perMessageGroupId"}


def test_a_queue_is_encrypted_in_one_way_at_a_time(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html"""
    url = create_queue(cloud, KmsMasterKeyId="alias/aws/sqs")
    assert attributes_of(cloud, url, "SqsManagedSseEnabled") == {"SqsManagedSseEnabled": "false"}
    with refused("InvalidAttributeName", "one type of server-side encryption"):
        set_attributes(cloud, url, KmsMasterKeyId="alias/aws/sqs", SqsManagedSseEnabled="true")


def test_the_default_reuse_of_a_key_shows_while_there_is_a_key(cloud):
    """Recorded on AWS, December 2025."""
    url = create_queue(cloud)
    period, key, sse = "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "SqsManagedSseEnabled"
    set_attributes(cloud, url, **{key: "alias/aws/sqs", period: 6000})
    found = attributes_of(cloud, url, period, key, sse)
    assert found == {key: "alias/aws/sqs", period: "6000", sse: "false"}
    set_attributes(cloud, url, **{key: "", period: 300})
    assert attributes_of(cloud, url, period, key, sse) == {sse: "false"}


def test_an_empty_value_removes_a_policy(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    url, _ = with_dead_letters(cloud)
    set_attributes(cloud, url, RedrivePolicy="")
    assert attributes_of(cloud, url, "RedrivePolicy") == {}


def test_a_redrive_policy_comes_back_as_it_was_given(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    url, dead = with_dead_letters(cloud, receives=7)
    found = json.loads(attributes_of(cloud, url, "RedrivePolicy")["RedrivePolicy"])
    assert found == redrive_to(cloud, dead, 7)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"deadLetterTargetArn": "dummy"}, "Invalid value for deadLetterTargetArn"),
        ({"deadLetterTargetArn": None}, "mandatory attribute: deadLetterTargetArn"),
        ({"maxReceiveCount": None}, "mandatory attribute: maxReceiveCount"),
        ({"maxReceiveCount": 0}, "valid values are from 1 to 1000 both inclusive"),
        ({"maxReceiveCount": 1001}, "valid values are from 1 to 1000 both inclusive"),
    ],
)
def test_a_redrive_policy_that_makes_no_sense_is_refused(cloud, changes, words):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    policy = redrive_to(cloud, create_queue(cloud, "dead"), 3) | changes
    policy = {key: value for key, value in policy.items() if value is not None}
    with refused("InvalidParameterValue", words):
        create_queue(cloud, RedrivePolicy=policy)


def test_a_dead_letter_queue_must_exist(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"""
    url = create_queue(cloud)
    policy = redrive_to(cloud, url, 3)
    policy["deadLetterTargetArn"] = policy["deadLetterTargetArn"].replace("work", "none")
    with refused("InvalidParameterValue", "Dead letter target does not exist"):
        set_attributes(cloud, url, RedrivePolicy=policy)


def test_the_dead_letter_queue_of_a_fifo_queue_is_a_fifo_queue(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html"""
    policy = redrive_to(cloud, create_queue(cloud, "dead"), 3)
    with refused("InvalidParameterValue"):
        create_queue(cloud, "work.fifo", RedrivePolicy=policy)


@pytest.mark.parametrize(
    ("policy", "fine"),
    [
        ({"redrivePermission": "allowAll"}, True),
        ({"redrivePermission": "denyAll"}, False),
        ({"redrivePermission": "byQueue", "sourceQueueArns": ["work"]}, True),
        ({"redrivePermission": "byQueue", "sourceQueueArns": ["other"]}, False),
    ],
)
def test_a_dead_letter_queue_says_whose_it_may_be(cloud, policy, fine):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    dead = create_queue(cloud, "dead")
    own = arn_of(cloud, dead)
    names = [own.replace(":dead", f":{name}") for name in policy.get("sourceQueueArns", ())]
    if names:
        policy = policy | {"sourceQueueArns": names}
    set_attributes(cloud, dead, RedriveAllowPolicy=policy)
    if fine:
        create_queue(cloud, RedrivePolicy=redrive_to(cloud, dead, 3))
        return
    with refused("InvalidParameterValue"):
        create_queue(cloud, RedrivePolicy=redrive_to(cloud, dead, 3))


def test_the_url_of_a_queue_is_found_by_its_name(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html"""
    url = create_queue(cloud)
    assert sqs.get_queue_url(QueueName="work")["QueueUrl"] == url
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="none")


def test_a_queue_may_be_named_instead_of_its_url(cloud, sqs):
    """Recorded on AWS, undated."""
    url = create_queue(cloud)
    send(cloud, "work")
    assert attributes_of(cloud, "work", "QueueArn") == attributes_of(cloud, url, "QueueArn")
    (message,) = receive(cloud, "work")
    sqs.delete_message(QueueUrl="work", ReceiptHandle=message["ReceiptHandle"])
    assert receive(cloud, url, VisibilityTimeout=0) == []
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        send(cloud, "none")


def test_queues_are_listed_by_prefix(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html"""
    first, second = create_queue(cloud, "a-1"), create_queue(cloud, "a-2")
    create_queue(cloud, "b-1")
    assert sorted(sqs.list_queues(QueueNamePrefix="a-")["QueueUrls"]) == [first, second]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="c-")


def test_queues_are_listed_in_pages_if_a_page_size_is_given(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html"""
    urls = sorted(create_queue(cloud, f"work-{number}") for number in range(5))
    pages = list(sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["QueueUrls"]) for page in pages] == [2, 2, 1]
    assert [url for page in pages for url in page["QueueUrls"]] == urls
    assert "NextToken" not in sqs.list_queues()


def test_a_deleted_queue_does_not_exist(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html"""
    url = create_queue(cloud)
    send(cloud, url)
    sqs.delete_queue(QueueUrl=url)
    cloud.advance(60)
    for act in (send, receive, attributes_of):
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            act(cloud, url)


def test_tags_are_added_changed_and_removed(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html"""
    url = sqs.create_queue(QueueName="work", tags={"a": "1", "b": "2"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"b": "3", "c": ""})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a", "none"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"b": "3", "c": ""}
    sqs.untag_queue(QueueUrl=url, TagKeys=["b", "c"])
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=url)


def test_permissions_are_statements_of_the_policy(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html"""
    url = create_queue(cloud)
    sqs.add_permission(
        QueueUrl=url, Label="one", AWSAccountIds=["111111111111"], Actions=["SendMessage", "ReceiveMessage"]
    )
    policy = json.loads(attributes_of(cloud, url, "Policy")["Policy"])
    assert policy["Version"] == "2008-10-17"
    assert policy["Statement"] == [
        {
            "Sid": "one",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
            "Action": ["SQS:SendMessage", "SQS:ReceiveMessage"],
            "Resource": arn_of(cloud, url),
        }
    ]
    with refused("InvalidParameterValue", "Already exists."):
        sqs.add_permission(QueueUrl=url, Label="one", AWSAccountIds=["111111111111"], Actions=["*"])
    sqs.remove_permission(QueueUrl=url, Label="one")
    assert attributes_of(cloud, url, "Policy") == {}
    with refused("InvalidParameterValue", "can't find label"):
        sqs.remove_permission(QueueUrl=url, Label="one")


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("Nonsense", "Please refer to the appropriate WSDL for a list of valid actions."),
        ("SendMessageBatch", "Please refer to the appropriate WSDL for a list of valid actions."),
        ("DeleteQueue", "Only the queue owner is allowed to invoke this action."),
    ],
)
def test_some_actions_cannot_be_shared(cloud, sqs, action, words):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html

    Words as in https://github.com/awsdocs/iam-user-guide/issues/181.
    """
    url = create_queue(cloud)
    with refused(
        "InvalidParameterValue", f"Value SQS:{action} for parameter ActionName is invalid. Reason: {words}"
    ):
        sqs.add_permission(QueueUrl=url, Label="one", AWSAccountIds=["111111111111"], Actions=[action])


def test_a_statement_names_seven_actions_at_most(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html"""
    actions = ["SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueUrl"] * 2
    with refused("OverLimit"):
        sqs.add_permission(
            QueueUrl=create_queue(cloud), Label="one", AWSAccountIds=["111111111111"], Actions=actions
        )


def test_the_queues_that_share_a_dead_letter_queue_are_listed(cloud, sqs):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html"""
    dead = create_queue(cloud, "dead")
    policy = redrive_to(cloud, dead, 3)
    urls = sorted(create_queue(cloud, f"work-{number}", RedrivePolicy=policy) for number in range(3))
    assert sorted(sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]) == urls
    page = sqs.list_dead_letter_source_queues(QueueUrl=dead, MaxResults=2)
    rest = sqs.list_dead_letter_source_queues(QueueUrl=dead, MaxResults=2, NextToken=page["NextToken"])
    assert sorted(page["queueUrls"] + rest["queueUrls"]) == urls
    assert sqs.list_dead_letter_source_queues(QueueUrl=urls[0])["queueUrls"] == []


def test_changes_show_in_the_time_of_the_last_modification(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html"""
    url = create_queue(cloud)
    cloud.advance(10)
    set_attributes(cloud, url, DelaySeconds=1)
    found = attributes_of(cloud, url)
    assert int(found["LastModifiedTimestamp"]) >= int(found["CreatedTimestamp"]) + 10


def test_shortening_the_retention_expires_messages_that_are_older(cloud):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html"""
    url = create_queue(cloud)
    send(cloud, url)
    cloud.advance(120)
    set_attributes(cloud, url, MessageRetentionPeriod=60)
    cloud.advance(900)
    assert receive(cloud, url) == []
