"""What SQS hands to mappings and takes from deliveries, and what it leaves in the history."""

from __future__ import annotations

import json

import pytest

from harness.sim.services.service import Caller, DeliveryFailed, Mover, Peeks, ServiceError, Source
from harness.sim.services.sqs import model as machine
from tests.unit.sim.sqs.fakes import TOPIC, Cloud, arn_of

ALLOW_ALL = json.dumps(
    {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}}
)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:work"


@pytest.fixture
def cloud():
    made = Cloud()
    yield made
    made.kernel.close()


def with_dead_letters(cloud, name="work", receives=1, dead="dead", **attributes):
    suffix = ".fifo" if name.endswith(".fifo") else ""
    cloud.create(dead + suffix)
    redrive = json.dumps({"deadLetterTargetArn": arn_of(dead + suffix), "maxReceiveCount": receives})
    return cloud.create(name, RedrivePolicy=redrive, **attributes)


def test_it_is_a_mover_a_source_and_lets_look_into_queues(cloud):
    service: Mover = cloud.service
    assert isinstance(service, Source)
    assert isinstance(service, Peeks)
    assert cloud.world.owner(arn_of("gone")) is service
    assert cloud.world.owner(TOPIC) is None


def test_a_mapping_takes_acknowledges_and_releases(cloud):
    url = cloud.create("work", VisibilityTimeout="77")
    sent = [cloud.send(url, f"m{n}") for n in range(3)]
    arn, source = arn_of("work"), cloud.service
    taken = source.take(arn, 10)
    assert [message.id for message in taken] == sent
    assert source.settings(arn)["visibility_timeout"] == 77
    source.ack(arn, [taken[0].receipt_handle])
    source.release(arn, [taken[1].receipt_handle], 0)
    assert [message.id for message in source.take(arn, 10)] == [sent[1]]
    assert cloud.events("deleted")[0].messages == (sent[0],)


def test_a_mapping_is_woken_when_a_message_comes_or_comes_back(cloud):
    url = cloud.create("work", VisibilityTimeout="30")
    arn, woken = arn_of("work"), []

    def poll():
        while cloud.kernel.wait(cloud.service.arrived(arn)):
            if taken := cloud.service.take(arn, 10):
                woken.append((cloud.kernel.elapsed, len(taken)))

    cloud.kernel.spawn("poller", poll)
    cloud.kernel.sleep(5)
    cloud.send(url)
    cloud.send(url, DelaySeconds=3)
    cloud.kernel.sleep(61)
    assert woken == [(5.0, 1), (8.0, 1), (35.0, 1), (38.0, 1), (65.0, 1)]


def test_taking_from_a_queue_that_is_gone_gives_nothing(cloud):
    assert cloud.service.take(arn_of("gone"), 10) == []
    cloud.service.ack(arn_of("gone"), ["x"])
    cloud.service.release(arn_of("gone"), ["x"], 0)


def test_an_acknowledgement_that_comes_too_late_is_in_the_history(cloud):
    url = cloud.create("work")
    sent = cloud.send(url)
    first = cloud.service.take(arn_of("work"), 1)
    cloud.kernel.sleep(31)
    second = cloud.service.take(arn_of("work"), 1)
    cloud.service.ack(arn_of("work"), [first[0].receipt_handle])
    cloud.kernel.sleep(31)
    cloud.service.ack(arn_of("work"), [second[0].receipt_handle])
    assert [event.messages for event in cloud.events("kept")] == [(sent,)]
    [late] = cloud.events("deleted")
    assert (late.messages, late.data) == ((sent,), {"late": True, "by_mover": True})


def test_a_late_acknowledgement_on_a_fifo_queue_keeps_the_message(cloud):
    url = cloud.create("work.fifo")
    sent = cloud.send(url)
    taken = cloud.service.take(arn_of("work.fifo"), 1)
    cloud.kernel.sleep(31)
    cloud.service.ack(arn_of("work.fifo"), [taken[0].receipt_handle])
    assert [event.messages for event in cloud.events("kept")] == [(sent,)]
    assert len(cloud.receive(url)) == 1


def test_a_message_that_is_visible_again_says_which_receive_it_comes_from(cloud):
    url = cloud.create("work", VisibilityTimeout="10")
    sent = cloud.send(url)
    cloud.receive(url)
    cloud.kernel.sleep(11)
    received = cloud.events("received")[0]
    back = cloud.events("timer")[0]
    assert (back.at, back.messages, back.cause, back.actor) == (10.0, (sent,), received.seq, "sqs")
    assert received.data == {"counts": {sent: 1}, "visible_at": 10.0}


def test_a_run_is_settled_once_nothing_is_hidden_whatever_the_retention(cloud):
    url = cloud.create("work", VisibilityTimeout="600")
    cloud.send(url)
    cloud.send(url, DelaySeconds=20)
    assert cloud.kernel.settle(3600)
    assert cloud.kernel.elapsed == 20
    for message in cloud.receive(url):
        cloud.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert cloud.kernel.settle(3600)
    assert cloud.kernel.elapsed == 20


def test_a_message_that_is_dead_lettered_goes_on_under_the_same_id(cloud):
    url = with_dead_letters(cloud, VisibilityTimeout="0")
    sent = cloud.send(url)
    cloud.receive(url)
    assert cloud.receive(url) == []
    event = cloud.events("dead-lettered")[0]
    assert (event.subject, event.messages, event.actor) == ("work", (sent,), "sqs")
    assert event.data == {"to": "dead", "ids": [sent], "reason": "received 1 times"}


def test_a_fifo_dead_letter_has_its_own_id_for_deduplication(cloud):
    url = with_dead_letters(cloud, "work.fifo", VisibilityTimeout="0")
    for seconds in (0, 301):
        cloud.kernel.sleep(seconds)
        cloud.send(url, "same", MessageDeduplicationId="same")
        cloud.receive(url)
        assert cloud.receive(url) == []
    dead = cloud.receive(url.replace("work", "dead"), MessageSystemAttributeNames=["All"])
    assert [m["Attributes"]["MessageDeduplicationId"] for m in dead] == [m["MessageId"] for m in dead]
    assert len(dead) == 2


def test_the_receives_of_a_dead_letter_count_anew_for_its_own_redrive(cloud):
    cloud.create("last")
    url = with_dead_letters(cloud, receives=2, VisibilityTimeout="0")
    policy = json.dumps({"deadLetterTargetArn": arn_of("last"), "maxReceiveCount": 2})
    dead = url.replace("work", "dead")
    cloud.call("SetQueueAttributes", QueueUrl=dead, Attributes={"RedrivePolicy": policy})
    cloud.send(url)
    for _ in range(3):
        cloud.receive(url)
    received = cloud.receive(dead, VisibilityTimeout=0, AttributeNames=["ApproximateReceiveCount"])
    assert received[0]["Attributes"]["ApproximateReceiveCount"] == "3"
    assert len(cloud.receive(dead, VisibilityTimeout=0)) == 1
    assert cloud.receive(dead) == []


def test_too_many_in_flight_is_an_error_on_short_polling_of_a_standard_queue_only(cloud, monkeypatch):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html"""
    monkeypatch.setattr(machine, "IN_FLIGHT_MAX", 2)
    standard, fifo = cloud.create("work"), cloud.create("work.fifo")
    for number in range(3):
        cloud.send(standard, str(number))
        cloud.send(fifo, str(number), MessageGroupId=str(number))
    assert len(cloud.receive(standard)) == len(cloud.receive(fifo)) == 2
    with pytest.raises(ServiceError, match="OverLimit"):
        cloud.receive(standard)
    assert cloud.receive(standard, WaitTimeSeconds=1) == cloud.receive(fifo) == []
    assert cloud.service.take(arn_of("work"), 10) == []


def test_long_polling_ends_when_its_queue_is_deleted(cloud):
    url = cloud.create("work")
    receive = cloud.kernel.spawn("consumer", lambda: cloud.receive(url, WaitTimeSeconds=20))
    cloud.kernel.sleep(3)
    cloud.call("DeleteQueue", QueueUrl=url)
    cloud.kernel.sleep(1)
    assert receive.ended
    assert receive.result == []


def test_of_several_consumers_that_wait_one_gets_the_message(cloud):
    url = cloud.create("work")
    waiting = [
        cloud.kernel.spawn(f"consumer {n}", lambda: cloud.receive(url, WaitTimeSeconds=20)) for n in range(3)
    ]
    cloud.kernel.sleep(3)
    cloud.send(url)
    cloud.kernel.sleep(30)
    assert sorted(len(task.result) for task in waiting) == [0, 0, 1]


def test_while_the_dead_letter_queue_is_gone_messages_stay(cloud):
    url = with_dead_letters(cloud, VisibilityTimeout="0")
    cloud.send(url)
    cloud.call("DeleteQueue", QueueUrl=url.replace("work", "dead"))
    assert [len(cloud.receive(url)) for _ in range(5)] == [1] * 5


def test_retention_of_a_standard_dead_letter_counts_from_when_it_was_sent(cloud):
    url = with_dead_letters(cloud, VisibilityTimeout="0")
    cloud.call(
        "SetQueueAttributes",
        QueueUrl=url.replace("work", "dead"),
        Attributes={"MessageRetentionPeriod": "1000"},
    )
    cloud.send(url)
    cloud.receive(url)
    cloud.kernel.sleep(900)
    cloud.receive(url)
    cloud.kernel.sleep(101)
    expired = cloud.events("expired")[0]
    assert (expired.subject, expired.at) == ("dead", 1000.0)


def test_a_delivery_gets_an_id_of_its_own(cloud):
    cloud.create("work", Policy=ALLOW_ALL)
    first, second = cloud.deliver("work"), cloud.deliver("work")
    assert len({*first.ids, *second.ids}) == 2
    assert not cloud.events("accepted")


def test_a_delivery_keeps_an_id_that_it_brings_unless_it_is_there_already(cloud):
    url = cloud.create("work")
    body = {"id": "kept", "sent_at": cloud.kernel.now - 60}
    assert cloud.deliver("work", FUNCTION, **body).ids == ("kept",)
    assert cloud.deliver("work", FUNCTION, **body).ids != ("kept",)
    sent_at = cloud.receive(url, AttributeNames=["All"])[0]["Attributes"]["SentTimestamp"]
    assert int(sent_at) == (cloud.kernel.now - 60) * 1000


def test_a_delivery_brings_attributes_group_and_trace(cloud):
    url = cloud.create("work.fifo", Policy=ALLOW_ALL)
    attributes = {"a": {"DataType": "String", "StringValue": "x"}}
    cloud.deliver("work.fifo", attributes=attributes, system={"AWSTraceHeader": "t"}, group="g", dedup="d")
    cloud.deliver("work.fifo", body="other", group="g", dedup="d")
    messages = cloud.receive(url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])
    assert [message["MessageAttributes"] for message in messages] == [attributes]
    system = messages[0]["Attributes"]
    assert (system["AWSTraceHeader"], system["MessageGroupId"], system["MessageDeduplicationId"]) == (
        "t",
        "g",
        "d",
    )


@pytest.mark.parametrize(
    ("source", "policy", "fine"),
    [
        (TOPIC, None, False),
        (TOPIC, ALLOW_ALL, True),
        (TOPIC + ":6f0e5a7e-0000-4000-8000-000000000000", ALLOW_ALL, True),
        ("arn:aws:events:us-east-1:123456789012:rule/r", None, False),
        (FUNCTION, None, True),
        ("arn:aws:scheduler:us-east-1:123456789012:schedule/default/s", None, True),
    ],
)
def test_a_service_that_sends_on_its_own_needs_the_policy_of_the_queue(cloud, source, policy, fine):
    """https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"""
    cloud.create("work", **({"Policy": policy} if policy else {}))
    if fine:
        assert cloud.deliver("work", source).ids
        return
    with pytest.raises(DeliveryFailed, match="AccessDenied") as refused:
        cloud.deliver("work", source)
    assert not refused.value.retryable


def test_a_subscription_is_judged_as_its_topic(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html"""
    statement = json.loads(ALLOW_ALL)["Statement"] | {"Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}}}
    cloud.create("work", Policy=json.dumps({"Statement": [statement]}))
    assert cloud.deliver("work", TOPIC + ":6f0e5a7e-0000-4000-8000-000000000000").ids


@pytest.mark.parametrize(
    ("queue", "body", "code"),
    [
        ("gone", {}, "AWS.SimpleQueueService.NonExistentQueue"),
        ("work.fifo", {}, "MissingParameter"),
        ("work", {"body": "x" * 2000}, "InvalidParameterValue"),
        ("work", {"body": "\x00"}, "InvalidMessageContents"),
    ],
)
def test_a_delivery_that_the_queue_cannot_take_is_not_tried_again(cloud, queue, body, code):
    cloud.create("work.fifo")
    cloud.create("work", MaximumMessageSize="1024")
    with pytest.raises(DeliveryFailed) as refused:
        cloud.deliver(queue, FUNCTION, **body)
    assert (refused.value.code, refused.value.retryable) == (code, False)


def test_what_is_sent_is_accepted_once_whatever_the_duplicates(cloud):
    url = cloud.create("work.fifo")
    first = cloud.send(url, "a")
    assert cloud.send(url, "a") == first
    (event,) = cloud.events("accepted")
    assert (event.subject, event.messages, event.data["group"]) == ("work.fifo", (first,), "g")


def test_purged_moved_and_deleted_queues_are_in_the_history(cloud):
    url = with_dead_letters(cloud, VisibilityTimeout="0")
    dead = url.replace("work", "dead")
    sent = cloud.send(url)
    cloud.receive(url)
    cloud.receive(url)
    cloud.call("StartMessageMoveTask", SourceArn=arn_of("dead"))
    assert cloud.kernel.settle(60)
    moved = cloud.events("moved")[0]
    assert (moved.subject, moved.messages, moved.data["to"]) == ("dead", (sent,), "work")
    cloud.call("PurgeQueue", QueueUrl=url)
    cloud.send(url)
    cloud.call("DeleteQueue", QueueUrl=url)
    cloud.call("DeleteQueue", QueueUrl=dead)
    [purged], [removed] = cloud.events("purged"), cloud.events("removed")
    assert (purged.subject, purged.messages) == ("work", tuple(moved.data["ids"]))
    assert (removed.subject, len(removed.messages)) == ("work", 1)


def test_peek_sees_everything_and_receives_nothing(cloud):
    url = cloud.create("work")
    cloud.send(url, "a")
    cloud.receive(url)
    cloud.send(url, "b")
    cloud.send(url, "c", DelaySeconds=9)
    seen = cloud.service.peek(arn_of("work"))
    assert [(m["Body"], m["State"]) for m in seen] == [("a", "in flight"), ("b", "visible"), ("c", "delayed")]
    assert len(cloud.events("received")) == 1


def test_the_same_seed_gives_the_same_order_and_a_strict_world_the_order_of_sending():
    def order(seed, **how):
        cloud = Cloud(seed, **how)
        url = cloud.create("work")
        for number in range(100):
            cloud.send(url, str(number))
        found = [int(body) for _ in range(10) for body in cloud.bodies(url)]
        cloud.kernel.close()
        return found

    plain = list(range(100))
    light = order(1, strict_order=False)
    assert order(1, strict_order=True) == plain
    assert light == order(1, strict_order=False) != order(2, strict_order=False)
    assert sorted(light) == plain
    assert light != plain
    assert max(abs(place - number) for place, number in enumerate(light)) <= 6


def test_queues_of_two_regions_are_two(cloud):
    url = cloud.create("work")
    there = Caller("test", "eu-west-1", "123456789012")
    with pytest.raises(ServiceError, match="InvalidAddress"):
        cloud.service.operations["SendMessage"]({"QueueUrl": url, "MessageBody": "x"}, there)
    cloud.service.operations["CreateQueue"]({"QueueName": "work"}, there)
    assert cloud.service.operations["ListQueues"]({}, there)["QueueUrls"] == [
        "https://sqs.eu-west-1.amazonaws.com/123456789012/work"
    ]
