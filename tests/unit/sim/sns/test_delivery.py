"""Retries, order, dead-letter queues and the history of deliveries."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from harness.aws.parcels import TopicParcel
from harness.aws.rules import delivery_policy
from harness.aws.rules.delivery_policy import Schedule
from harness.faults import refuse_hop
from harness.sim.services.service import Delivery, DeliveryFailed
from tests.unit.sim.sns.clouds import DEAD_QUEUE, FIFO_QUEUE, FUNCTION, QUEUE, Cloud

HOOK = "https://example.com/hook"
DOWN = DeliveryFailed("ServiceUnavailable", "down for a moment", retryable=True)
GONE = DeliveryFailed("QueueDoesNotExist", "the queue does not exist", retryable=False)
REDRIVE = json.dumps({"deadLetterTargetArn": DEAD_QUEUE})


@pytest.fixture
def cloud():
    made = Cloud()
    yield made
    made.kernel.close()


def test_a_message_is_accepted_and_its_hops_follow_from_that(cloud):
    topic = cloud.topic()
    cloud.subscribe(topic, QUEUE)
    cloud.subscribe(topic, FUNCTION, "lambda")
    message = cloud.call("Publish", TopicArn=topic, Message="hello")["MessageId"]
    assert cloud.settle()
    (accepted,) = cloud.events("accepted")
    assert (accepted.actor, accepted.subject, accepted.messages) == ("test", "orders", (message,))
    assert accepted.data == {"body": "hello"}
    hops = cloud.events("hop")
    assert [hop.subject for hop in hops] == ["orders → work", "orders → lambda:work"]
    assert {(hop.cause, hop.actor, hop.messages) for hop in hops} == {(accepted.seq, "sns", (message,))}
    assert cloud.targets.at(FUNCTION)[0].parcel.invocation == "Event"


def test_failures_that_may_pass_are_retried_on_schedule(cloud):
    topic = cloud.topic()
    cloud.subscribe(topic, QUEUE)
    cloud.targets.failures[QUEUE] = [DOWN] * 6
    cloud.call("Publish", TopicArn=topic, Message="hello")
    assert cloud.settle()
    assert [hop.data["attempt"] for hop in cloud.events("hop")] == [1, 2, 3, 4, 5, 6, 7]
    waits = [after - before for before, after in pairwise(cloud.targets.tried_at)]
    assert [round(wait) for wait in waits] == [0, 0, 0, 1, 1, 1]
    assert [event.data["what"] for event in cloud.events("timer")] == ["retry due"] * 3
    assert len(cloud.targets.at(QUEUE)) == 1


def test_after_the_last_retry_a_message_is_dropped(cloud, monkeypatch):
    monkeypatch.setattr(delivery_policy, "AWS_MANAGED", Schedule(5, 1, 20, no_delay=3, min_delay=2))
    topic = cloud.topic()
    cloud.subscribe(topic, QUEUE)
    cloud.targets.lasting[QUEUE] = DOWN
    message = cloud.call("Publish", TopicArn=topic, Message="hello")["MessageId"]
    assert cloud.settle()
    (dropped,) = cloud.events("dropped")
    assert (dropped.subject, dropped.messages, dropped.actor) == ("orders", (message,), "sns")
    assert dropped.data == {"reason": "ServiceUnavailable: down for a moment", "target": "work"}
    assert len(cloud.events("hop")) == 6


def test_what_can_not_succeed_goes_to_the_dead_letter_queue_at_once(cloud):
    topic = cloud.topic()
    cloud.subscribe(topic, QUEUE, RedrivePolicy=REDRIVE)
    cloud.targets.lasting[QUEUE] = GONE
    message = cloud.call("Publish", TopicArn=topic, Message="hello")["MessageId"]
    assert cloud.settle()
    (dead,) = cloud.targets.at(DEAD_QUEUE)
    assert json.loads(dead.parcel.body)["Message"] == "hello"
    assert dead.parcel.attributes == {}
    (event,) = cloud.events("dead-lettered")
    assert (event.subject, event.messages, event.actor) == ("orders", (message,), "sns")
    assert event.data == {
        "to": "dead",
        "ids": ["copy-1"],
        "reason": "QueueDoesNotExist: the queue does not exist",
        "target": "work",
    }
    assert not cloud.events("dropped")


def test_a_dead_letter_queue_that_fails_too_loses_the_message(cloud):
    topic = cloud.topic()
    cloud.subscribe(topic, QUEUE, RedrivePolicy=REDRIVE)
    cloud.targets.lasting |= {QUEUE: GONE, DEAD_QUEUE: GONE}
    cloud.call("Publish", TopicArn=topic, Message="hello")
    assert cloud.settle()
    (dropped,) = cloud.events("dropped")
    assert dropped.data["to"] == "dead"
    assert not cloud.events("dead-lettered")


def test_a_deleted_subscription_is_not_tried_again(cloud):
    topic = cloud.topic()
    arn = cloud.subscribe(topic, QUEUE)
    cloud.targets.lasting[QUEUE] = DOWN
    cloud.call("Publish", TopicArn=topic, Message="hello")
    cloud.kernel.sleep(60)
    cloud.call("Unsubscribe", SubscriptionArn=arn)
    assert cloud.settle()
    (dropped,) = cloud.events("dropped")
    assert dropped.data["reason"] == "the subscription was deleted"


def test_a_line_of_a_deleted_subscription_is_given_up(cloud):
    topic = cloud.topic("orders.fifo", ContentBasedDeduplication="true")
    arn = cloud.subscribe(topic, FIFO_QUEUE)
    cloud.targets.lasting[FIFO_QUEUE] = DOWN
    for number in range(2000):
        cloud.call("Publish", TopicArn=topic, Message=str(number), MessageGroupId="a")
    cloud.kernel.sleep(60)
    cloud.call("Unsubscribe", SubscriptionArn=arn)
    assert cloud.settle()
    dropped = cloud.events("dropped")
    assert {event.data["reason"] for event in dropped} == {"the subscription was deleted"}
    assert len(dropped) == 2000


def test_a_throttle_policy_spaces_deliveries_and_keeps_their_order(cloud):
    topic = cloud.topic()
    policy = json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 1}})
    cloud.subscribe(topic, HOOK, "https", DeliveryPolicy=policy)
    cloud.settle()
    (asked,) = cloud.outside.outbox
    cloud.call("ConfirmSubscription", TopicArn=topic, Token=json.loads(asked.body)["Token"])
    for number in range(4):
        cloud.call("Publish", TopicArn=topic, Message=str(number))
    assert cloud.settle()
    requests = cloud.outside.outbox[1:]
    assert [json.loads(request.body)["Message"] for request in requests] == ["0", "1", "2", "3"]
    assert all(0.9 < after.at - before.at < 1.1 for before, after in pairwise(requests))


def test_deliveries_that_a_throttle_policy_holds_back_end_with_the_subscription(cloud):
    topic = cloud.topic()
    policy = json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 1}})
    arn = cloud.subscribe(topic, HOOK, "https", DeliveryPolicy=policy)
    cloud.settle()
    cloud.call("ConfirmSubscription", TopicArn=topic, Token=json.loads(cloud.outside.outbox[0].body)["Token"])
    for number in range(3):
        cloud.call("Publish", TopicArn=topic, Message=str(number))
    cloud.kernel.sleep(0.5)
    cloud.call("Unsubscribe", SubscriptionArn=arn)
    assert cloud.settle()
    types = [request.headers["x-amz-sns-message-type"] for request in cloud.outside.outbox]
    assert types == ["SubscriptionConfirmation", "Notification", "UnsubscribeConfirmation"]
    assert len(cloud.events("dropped")) == 2


def test_an_endpoint_that_fails_is_tried_by_its_delivery_policy_and_then_given_up(cloud):
    topic = cloud.topic()
    policy = {"numRetries": 3, "numNoDelayRetries": 1, "minDelayTarget": 5, "maxDelayTarget": 30}
    arn = cloud.subscribe(topic, HOOK, "https", RedrivePolicy=REDRIVE)
    cloud.call(
        "SetSubscriptionAttributes",
        SubscriptionArn=arn,
        AttributeName="DeliveryPolicy",
        AttributeValue=json.dumps({"healthyRetryPolicy": policy}),
    )
    cloud.settle()
    cloud.call("ConfirmSubscription", TopicArn=topic, Token=json.loads(cloud.outside.outbox[0].body)["Token"])
    cloud.plan.add(refuse_hop(target=HOOK, times=None), cloud.kernel.elapsed)
    cloud.call("Publish", TopicArn=topic, Message="hello")
    assert cloud.settle()
    hops = [event for event in cloud.events("hop") if event.data["target"] == HOOK][1:]
    waits = [round(after.at - before.at) for before, after in pairwise(hops)]
    assert waits == [0, 5, 30]
    (dead,) = cloud.targets.at(DEAD_QUEUE)
    assert json.loads(dead.parcel.body)["Message"] == "hello"


def test_a_letter_that_asks_to_confirm_carries_no_message_of_the_topic(cloud):
    topic = cloud.topic()
    cloud.plan.add(refuse_hop(target=HOOK, times=None), cloud.kernel.elapsed)
    cloud.subscribe(topic, HOOK, "https", RedrivePolicy=REDRIVE)
    assert cloud.settle()
    hops = cloud.events("hop")
    assert [hop.subject for hop in hops] == [f"orders → {HOOK}"] * 4
    (dropped,) = cloud.events("dropped")
    assert {event.messages for event in [*hops, dropped]} == {()}
    assert cloud.targets.at(DEAD_QUEUE) == []


def test_filtered_messages_are_noted_with_source_and_target(cloud):
    topic = cloud.topic()
    cloud.subscribe(topic, QUEUE, FilterPolicy='{"store": ["a"]}')
    message = cloud.call("Publish", TopicArn=topic, Message="hello")["MessageId"]
    assert cloud.settle()
    (filtered,) = cloud.events("filtered")
    assert (filtered.actor, filtered.messages) == ("sns", (message,))
    assert filtered.data == {"source": "orders", "target": "work"}


def test_a_fifo_topic_holds_a_group_until_its_message_is_through(cloud):
    topic = cloud.topic("orders.fifo", ContentBasedDeduplication="true")
    cloud.subscribe(topic, FIFO_QUEUE, RawMessageDelivery="true")
    cloud.targets.failures[FIFO_QUEUE] = [DOWN] * 5
    for text, group in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b")):
        cloud.call("Publish", TopicArn=topic, Message=text, MessageGroupId=group)
    assert cloud.settle()
    arrived = [delivery.parcel.body for delivery in cloud.targets.at(FIFO_QUEUE)]
    assert [text for text in arrived if text != "b1"] == ["a1", "a2", "a3"]
    delivery = cloud.targets.at(FIFO_QUEUE)[0]
    assert delivery.parcel.group in ("a", "b")
    assert delivery.parcel.dedup


def test_a_fifo_group_goes_on_after_a_message_was_given_up(cloud):
    topic = cloud.topic("orders.fifo", ContentBasedDeduplication="true")
    cloud.subscribe(topic, FIFO_QUEUE, RawMessageDelivery="true")
    cloud.targets.failures[FIFO_QUEUE] = [GONE]
    for text in ("a1", "a2"):
        cloud.call("Publish", TopicArn=topic, Message=text, MessageGroupId="a")
    assert cloud.settle()
    assert [delivery.parcel.body for delivery in cloud.targets.at(FIFO_QUEUE)] == ["a2"]
    assert len(cloud.events("dropped")) == 1


def test_a_hop_to_a_topic_publishes_there(cloud):
    topic = cloud.topic()
    cloud.subscribe(topic, QUEUE, RawMessageDelivery="true")
    attributes = {"ErrorCode": {"DataType": "Number", "StringValue": "200"}}
    parcel = TopicParcel(message="failed", attributes=attributes)
    cloud.world.hops.send(Delivery(FUNCTION, topic, ("event-1",), parcel))
    assert cloud.settle()
    (delivery,) = cloud.targets.at(QUEUE)
    assert (delivery.parcel.body, delivery.parcel.attributes) == ("failed", attributes)
    (accepted,) = cloud.events("accepted")
    assert delivery.messages == accepted.messages


def test_a_hop_to_a_topic_that_is_not_there_fails_for_good(cloud):
    seen = []
    gone = "arn:aws:sns:us-east-1:123456789012:gone"
    cloud.world.hops.send(Delivery(FUNCTION, gone, ("event-1",), TopicParcel(message="x")), seen.append)
    assert cloud.settle()
    assert (seen[0].ok, seen[0].error, seen[0].retryable) == (False, "NotFound", False)


def test_the_same_seed_gives_the_same_history():
    def history() -> list[object]:
        cloud = Cloud(seed=7)
        topic = cloud.topic()
        cloud.subscribe(topic, QUEUE)
        cloud.subscribe(topic, "jo@example.com", "email")
        cloud.call("Publish", TopicArn=topic, Message="hello")
        cloud.settle()
        return list(cloud.recorder.history())

    assert history() == history()
