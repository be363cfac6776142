"""Asynchronous invocation inside LocalStack: attempts are hops, a minute and then two apart."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.localstack_host

FINE = "def handler(event, context): return {'seen': event}"
FAILS = "def handler(event, context): raise ValueError('no')"
OPEN_TO_RULES = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            }
        ],
    }
)


def invoke(account, **payload):
    answer = account.client("lambda").invoke(
        FunctionName="gallery", InvocationType="Event", Payload=json.dumps(payload)
    )
    return answer["ResponseMetadata"]["RequestId"]


def due_times(account):
    """When events that wait are tried again."""
    return [due for one in account.control.state()["asynchronous"] for due in one["due"]]


def test_an_event_is_a_hop_from_the_functions_own_queue(account, gateway):
    function = account.create_function("gallery", FINE)
    request = invoke(account, sheet="a")
    gateway.await_(lambda: gateway.of("arrived"))
    [hop], [invocation] = gateway.of("hop"), gateway.of("invocation")
    assert (hop["source"], hop["target"], hop["messages"]) == (f"{function}#async", function, [request])
    assert hop["parcel"]["payload"] == {"sheet": "a"}
    assert (invocation["request_id"], invocation["messages"]) == (request, [request])
    assert invocation["cause"] == [verb for verb, _ in gateway.heard].index("hop")


def test_after_errors_it_is_tried_again_after_one_minute_and_two_then_dropped(account, gateway):
    account.create_function("gallery", FAILS)
    invoke(account, sheet="a")
    for seconds in (60, 120):
        [due] = gateway.await_(lambda: due_times(account))
        assert seconds - 5 < due - account.control.state()["now"] <= seconds
        account.control.skip(seconds)
        gateway.await_(lambda s=seconds: len(gateway.of("arrived")) == s // 60 + 1)
    [dropped] = gateway.await_(lambda: gateway.events("dropped"))
    assert dropped["reason"] == "RetriesExhausted"
    assert [hop["attempt"] for hop in gateway.of("hop")] == [1, 2, 3]
    assert [timer["what"] for timer in gateway.events("timer")] == ["retry due"] * 2
    gateway.await_(lambda: account.control.state()["asynchronous"] == [])


def test_what_failed_goes_to_the_dead_letter_queue_and_the_destination(account, gateway):
    sqs = account.client("sqs")
    for name in ("dead", "failed"):
        sqs.create_queue(QueueName=name)
    function = account.create_function(
        "gallery", FAILS, DeadLetterConfig={"TargetArn": account.arn("sqs", "dead")}
    )
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="gallery",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": account.arn("sqs", "failed")}},
    )
    request = invoke(account, sheet="a")
    gateway.await_(lambda: len(gateway.events("dead-lettered")) == 2)
    [dead] = account.control.messages(account.arn("sqs", "dead"))
    [failed] = account.control.messages(account.arn("sqs", "failed"))
    assert json.loads(dead["Body"]) == {"sheet": "a"}
    assert dead["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"
    record = json.loads(failed["Body"])
    assert record["requestContext"] == {
        "requestId": request,
        "functionArn": f"{function}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 1,
    }
    assert record["responsePayload"]["errorType"] == "ValueError"
    told = gateway.events("dead-lettered")
    assert [one["reason"] for one in told] == ["RetriesExhausted"] * 2
    assert [one["ids"][0] for one in told] == [dead["MessageId"], failed["MessageId"]]


def test_a_result_goes_to_the_destination_of_success(account, gateway):
    account.client("sqs").create_queue(QueueName="done")
    account.create_function("gallery", FINE)
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="gallery",
        DestinationConfig={"OnSuccess": {"Destination": account.arn("sqs", "done")}},
    )
    invoke(account, sheet="a")
    gateway.await_(lambda: len(gateway.of("arrived")) == 2)
    [done] = account.control.messages(account.arn("sqs", "done"))
    assert json.loads(done["Body"])["responsePayload"] == {"seen": {"sheet": "a"}}
    assert not gateway.events("dead-lettered")


def test_an_event_that_runs_twice_leaves_two_records_of_success(account, gateway):
    account.client("sqs").create_queue(QueueName="done")
    function = account.create_function("gallery", FINE)
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="gallery",
        DestinationConfig={"OnSuccess": {"Destination": account.arn("sqs", "done")}},
    )
    gateway.answers["hop"] = lambda told: {"copies": [0.0] if told["target"] == function else []}
    invoke(account, sheet="a")
    gateway.await_(lambda: len(account.control.messages(account.arn("sqs", "done"))) == 2)
    assert len(gateway.of("invocation")) == 2


def test_a_record_of_success_is_dropped_if_its_destination_is_gone(account, gateway):
    sqs, done = account.client("sqs"), account.arn("sqs", "done")
    url = sqs.create_queue(QueueName="done")["QueueUrl"]
    function = account.create_function("gallery", FINE)
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="gallery", DestinationConfig={"OnSuccess": {"Destination": done}}
    )
    sqs.delete_queue(QueueUrl=url)
    request = invoke(account, sheet="a")
    [dropped] = gateway.await_(lambda: gateway.events("dropped"))
    assert (dropped["place"], dropped["target"], dropped["messages"]) == (function, done, [request])


def test_a_result_for_a_bus_is_put_there_and_goes_on_by_its_rules(account, gateway):
    events, sqs = account.client("events"), account.client("sqs")
    bus = events.create_event_bus(Name="orders")["EventBusArn"]
    sqs.create_queue(QueueName="told", Attributes={"Policy": OPEN_TO_RULES})
    events.put_rule(Name="all", EventBusName="orders", EventPattern='{"source": ["lambda"]}')
    events.put_targets(
        Rule="all", EventBusName="orders", Targets=[{"Id": "0", "Arn": account.arn("sqs", "told")}]
    )
    account.create_function("gallery", FINE)
    account.client("lambda").put_function_event_invoke_config(
        FunctionName="gallery", DestinationConfig={"OnSuccess": {"Destination": bus}}
    )
    invoke(account, sheet="a")
    [message] = gateway.await_(lambda: account.control.messages(account.arn("sqs", "told")))
    assert json.loads(message["Body"])["detail"]["responsePayload"] == {"seen": {"sheet": "a"}}
    assert bus in [accepted["place"] for accepted in gateway.events("accepted")]


def test_a_throttle_is_tried_again_after_a_second(account, gateway):
    gateway.answers["invocation"] = lambda told: {"throttle": told["attempt"] == 1}
    account.create_function("gallery", FINE)
    invoke(account, sheet="a")
    gateway.await_(lambda: due_times(account))
    account.control.skip(1)
    gateway.await_(lambda: gateway.of("arrived"))
    assert [failed["code"] for failed in gateway.of("hop-failed")] == ["TooManyRequestsException"]


def test_without_concurrency_an_event_is_dropped_at_once(account, gateway):
    account.create_function("gallery", FINE)
    account.client("lambda").put_function_concurrency(FunctionName="gallery", ReservedConcurrentExecutions=0)
    invoke(account, sheet="a")
    [dropped] = gateway.await_(lambda: gateway.events("dropped"))
    assert dropped["reason"] == "ZeroReservedConcurrency"
    assert not gateway.of("invocation")


def test_a_topic_hands_its_messages_to_a_function(account, gateway):
    function = account.create_function("gallery", FINE)
    sns = account.client("sns")
    topic = sns.create_topic(Name="sheets")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    sent = sns.publish(TopicArn=topic, Message="a")["MessageId"]
    gateway.await_(lambda: len(gateway.of("arrived")) == 2)
    first, second = gateway.of("hop")
    assert (first["source"], first["target"], first["messages"]) == (topic, function, [sent])
    assert (second["source"], second["messages"]) == (f"{function}#async", [sent])
    assert second["cause"] == [verb for verb, _ in gateway.heard].index("hop")
    assert second["parcel"]["payload"]["Records"][0]["Sns"]["Message"] == "a"


def test_a_function_that_was_only_just_made_can_be_invoked_at_once(account, gateway):
    account.create_function("gallery", FINE, wait=False)
    answer = account.client("lambda").invoke(FunctionName="gallery", Payload=b'{"sheet": "a"}')
    assert json.load(answer["Payload"]) == {"seen": {"sheet": "a"}}


def test_an_archive_that_would_stay_empty_is_refused_with_the_reason(account):
    bus = account.arn("events", "event-bus/default")
    with pytest.raises(ClientError, match="archives of events: nobody sees what they replay") as refused:
        account.client("events").create_archive(ArchiveName="all", EventSourceArn=bus)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
