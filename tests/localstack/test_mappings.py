"""Event source mappings inside LocalStack: batches are hops, and the queue follows what came of them."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.localstack_host

FINE = "def handler(event, context): return None"
FAILS = "def handler(event, context): raise ValueError('no')"
FAILS_AT_FIRST = """
def handler(event, context):
    counts = [int(record["attributes"]["ApproximateReceiveCount"]) for record in event["Records"]]
    if max(counts) < 2: raise ValueError("once")
"""
ONE_FAILS = """
def handler(event, context):
    failed = [record for record in event["Records"] if record["body"] == "bad"]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}
"""


@pytest.fixture
def mapped(account):
    """Make a queue and a function that is mapped to it; gives the queue's URL."""

    def make(code, *, queue="work", attributes=None, **settings):
        sqs = account.client("sqs")
        given = {"VisibilityTimeout": "60", **(attributes or {})}
        if queue.endswith(".fifo"):
            given |= {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        url = sqs.create_queue(QueueName=queue, Attributes=given)["QueueUrl"]
        account.create_function("billing", code, Timeout=20)
        account.client("lambda").create_event_source_mapping(
            EventSourceArn=account.arn("sqs", queue), FunctionName="billing", **settings
        )
        return url

    return make


def waits(account):
    """Nothing goes on in the account but waiting for time to pass."""
    state = account.control.state()
    goes_on = [mapping for mapping in state["mappings"] if mapping["busy"]]
    goes_on += state["invocations"]
    goes_on += [queue for queue in state["queues"] if queue["visible"] and queue["consumed"]]
    return not goes_on


def test_a_batch_is_received_delivered_and_deleted(account, gateway, mapped):
    url = mapped(FINE)
    sent = account.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")["MessageId"]
    gateway.await_(lambda: gateway.events("deleted"))
    queue, function = account.arn("sqs", "work"), account.arn("lambda", "function:billing")
    [received], [hop] = gateway.events("received"), gateway.of("hop")
    assert (received["place"], received["actor"]) == (queue, f"mapping:{function}")
    assert received["counts"] == {sent: 1}
    assert (hop["source"], hop["target"], hop["messages"], hop["attempt"]) == (queue, function, [sent], 1)
    assert hop["parcel"]["payload"]["Records"][0]["body"] == "o-1"
    [invocation] = gateway.of("invocation")
    assert (invocation["source"], invocation["messages"], invocation["attempt"]) == (queue, [sent], 1)
    order = [told["kind"] if verb == "event" else verb for verb, told in gateway.heard]
    assert order == ["accepted", "received", "hop", "invocation", "invocation-ended", "arrived", "deleted"]
    assert account.control.messages(queue) == []


def test_after_an_error_the_batch_comes_again_when_its_visibility_timeout_is_over(account, gateway, mapped):
    url = mapped(FAILS_AT_FIRST)
    account.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")
    gateway.await_(lambda: gateway.of("arrived") and waits(account))
    account.control.skip(60)
    gateway.await_(lambda: gateway.events("deleted"))
    assert [hop["attempt"] for hop in gateway.of("hop")] == [1, 2]
    [timer] = gateway.events("timer")
    assert timer["what"] == "visible again"


def test_a_message_that_always_fails_is_dead_lettered(account, gateway, mapped):
    account.client("sqs").create_queue(QueueName="dead")
    policy = {"deadLetterTargetArn": account.arn("sqs", "dead"), "maxReceiveCount": 2}
    url = mapped(FAILS, attributes={"RedrivePolicy": json.dumps(policy)})
    account.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")
    for times in (1, 2):
        gateway.await_(lambda times=times: len(gateway.of("arrived")) == times and waits(account))
        account.control.skip(60)
    gateway.await_(lambda: account.control.messages(account.arn("sqs", "dead")))
    assert len(gateway.events("dead-lettered")) == 1
    assert len(gateway.of("invocation")) == 2


def test_a_batch_whose_copy_alone_succeeds_is_deleted(account, gateway, mapped):
    crash = {"how": "crash", "when": "before"}
    gateway.answers["hop"] = lambda told: {"copies": [30.0]}
    gateway.answers["invocation"] = lambda told: {
        "kill": None if len(gateway.of("invocation")) > 1 else crash
    }
    url = mapped(FINE)
    account.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")
    gateway.await_(lambda: gateway.of("arrived") and waits(account))
    account.control.skip(30)
    gateway.await_(lambda: gateway.events("deleted"))
    assert account.control.messages(account.arn("sqs", "work")) == []


def test_only_the_failed_items_of_a_batch_return(account, gateway, mapped):
    url = mapped(
        ONE_FAILS, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumBatchingWindowInSeconds=20
    )
    entries = [{"Id": body, "MessageBody": body} for body in ("good", "bad", "fine")]
    account.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    gateway.await_(lambda: account.control.state()["timers"])
    account.control.skip(20)
    gateway.await_(lambda: len(gateway.events("deleted")) == 2)
    [left] = account.control.messages(account.arn("sqs", "work"))
    assert left["Body"] == "bad"
    [ended] = gateway.of("invocation-ended")
    assert ended["failed"] == [left["MessageId"]]


def test_a_refused_batch_stays_hidden_until_its_visibility_timeout(account, gateway, mapped):
    refusal = {"code": "ServiceException", "message": "no", "retryable": True}
    gateway.answers["hop"] = lambda told: {"refuse": refusal if told["attempt"] == 1 else None}
    url = mapped(FINE)
    account.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")
    gateway.await_(lambda: gateway.of("hop-failed") and waits(account))
    assert not gateway.of("invocation")
    account.control.skip(60)
    gateway.await_(lambda: gateway.events("deleted"))


def test_a_throttled_batch_is_tried_again_before_its_messages_return(account, gateway, mapped):
    gateway.answers["invocation"] = lambda told: {"throttle": told["attempt"] == 1}
    url = mapped(FINE)
    account.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")
    gateway.await_(lambda: account.control.state()["timers"])
    account.control.skip(1)
    gateway.await_(lambda: gateway.events("deleted"))
    assert [failed["code"] for failed in gateway.of("hop-failed")] == ["TooManyRequestsException"]
    assert len(gateway.events("received")) == 1


def test_a_lost_answer_brings_the_batch_again(account, gateway, mapped):
    gateway.answers["hop"] = lambda told: {"lose_answer": told["attempt"] == 1}
    url = mapped(FINE)
    account.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")
    gateway.await_(lambda: gateway.of("hop-failed") and waits(account))
    account.control.skip(60)
    gateway.await_(lambda: gateway.events("deleted"))
    assert len(gateway.of("invocation")) == 2


def test_a_copy_of_a_batch_runs_beside_it(account, gateway, mapped):
    gateway.answers["hop"] = lambda told: {"copies": [0]}
    url = mapped(FINE)
    account.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")
    gateway.await_(lambda: len(gateway.of("arrived")) == 2 and gateway.events("deleted"))
    assert sorted(arrived["copy"] for arrived in gateway.of("arrived")) == [False, True]
    assert len(gateway.events("deleted")) == 1


def test_what_a_filter_leaves_out_is_told_and_deleted(account, gateway, mapped):
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["big"]}})}]}
    url = mapped(FINE, FilterCriteria=criteria)
    for body in ('{"kind": "small"}', '{"kind":  "big"}'):
        account.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    gateway.await_(lambda: len(gateway.events("deleted")) == 2)
    assert len(gateway.events("filtered")) == 1
    [hop] = gateway.of("hop")
    assert [record["body"] for record in hop["parcel"]["payload"]["Records"]] == ['{"kind":  "big"}']


def test_a_failing_message_blocks_its_group_and_no_other(account, gateway, mapped):
    code = """
def handler(event, context):
    record = event["Records"][0]
    if record["body"] == "a-1" and record["attributes"]["ApproximateReceiveCount"] == "1":
        raise ValueError("once")
"""
    url = mapped(code, queue="work.fifo", BatchSize=1)
    for body in ("a-1", "a-2", "b-1", "b-2"):
        account.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])
    gateway.await_(lambda: len(gateway.events("deleted")) == 2 and waits(account))
    account.control.skip(60)
    gateway.await_(lambda: len(gateway.events("deleted")) == 4)
    ran = [hop["parcel"]["payload"]["Records"][0]["body"] for hop in gateway.of("hop")]
    assert [body for body in ran if body[0] == "a"] == ["a-1", "a-1", "a-2"]
    assert [body for body in ran if body[0] == "b"] == ["b-1", "b-2"]
    assert ran.index("b-2") < ran.index("a-2")


def test_batches_run_side_by_side(account, gateway, mapped):
    url = mapped("import time\ndef handler(event, context): time.sleep(3)", BatchSize=1)
    for body in "abc":
        account.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    gateway.await_(lambda: len(account.control.state()["invocations"]) == 3)
    gateway.await_(lambda: len(gateway.events("deleted")) == 3)


def test_a_disabled_mapping_leaves_messages_alone(account, gateway, mapped):
    url = mapped(FINE)
    functions = account.client("lambda")
    [mapping] = functions.list_event_source_mappings()["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    gateway.await_(lambda: not account.control.state()["queues"][0]["consumed"])
    account.client("sqs").send_message(QueueUrl=url, MessageBody="o-1")
    assert account.control.state()["queues"][0]["visible"] == 1
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    gateway.await_(lambda: gateway.events("deleted"))
