"""What each kind says, at plain sites."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness import faults
from harness.aws.parcels import FunctionParcel, QueueParcel
from harness.aws.rules.fifo import DEDUPLICATION_SECONDS
from harness.aws.rules.transactions import VALID_SECONDS
from harness.faults.decision import Decision
from harness.faults.redeliver import PAST_DEDUPLICATION_SECONDS
from harness.faults.sites import Call, Hop, Invocation
from harness.plan import PlanError


def call(operation: str, **params) -> Call:
    return Call(operation, "R", "Billing", "us-east-1", params=params)


HOP = Hop("Orders", "BillingQueue", ("m-1",), parcel=QueueParcel(body='{"order": 1}'))
RUN = Invocation("Billing", "r-1")


@pytest.mark.parametrize(
    ("operation", "code", "status"),
    [
        ("dynamodb:PutItem", "ProvisionedThroughputExceededException", 400),
        ("sns:Publish", "Throttling", 400),
        ("sqs:SendMessage", "RequestThrottled", 403),
        ("lambda:Invoke", "TooManyRequestsException", 429),
        ("s3:PutObject", "SlowDown", 503),
        ("events:PutEvents", "ThrottlingException", 400),
    ],
)
def test_each_service_throttles_in_its_own_words(operation, code, status):
    decision = faults.throttle(operation).decide(call(operation))
    assert (decision.action, decision.code, decision.status) == ("refuse", code, status)
    assert decision.message


def test_throttling_is_an_error_that_the_sdk_retries():
    from botocore.retries.standard import ThrottledRetryableChecker

    known = ThrottledRetryableChecker._THROTTLED_ERROR_CODES
    for operation in (
        "dynamodb:PutItem",
        "sns:Publish",
        "sqs:SendMessage",
        "lambda:Invoke",
        "kinesis:PutRecords",
    ):
        assert faults.throttle(operation).decide(call(operation)).code in known


def test_throttling_in_chosen_words():
    decision = faults.throttle("dynamodb:PutItem", code="ThrottlingException").decide(
        call("dynamodb:PutItem")
    )
    assert (decision.code, decision.status) == ("ThrottlingException", 400)


def test_a_pattern_throttles_each_service_in_its_own_words():
    fault = faults.throttle("*:*")
    assert fault.decide(call("s3:PutObject")).code == "SlowDown"
    assert fault.decide(call("sqs:SendMessage")).code == "RequestThrottled"


@pytest.mark.parametrize(
    ("operation", "code", "expected"),
    [
        ("dynamodb:PutItem", None, ("InternalServerError", 500)),
        ("sns:Publish", None, ("InternalError", 500)),
        ("sqs:SendMessage", None, ("InternalFailure", 500)),
        ("lambda:Invoke", None, ("ServiceException", 500)),
        ("lambda:Invoke", "EC2ThrottledException", ("EC2ThrottledException", 502)),
        ("dynamodb:PutItem", "ConditionalCheckFailedException", ("ConditionalCheckFailedException", 400)),
        ("sns:Publish", "EndpointDisabled", ("EndpointDisabled", 400)),
        ("dynamodb:PutItem", "ServiceUnavailable", ("ServiceUnavailable", 503)),
    ],
)
def test_a_service_fails_with_its_own_error_or_with_a_chosen_one(operation, code, expected):
    decision = faults.server_error(operation, code).decide(call(operation))
    assert (decision.code, decision.status) == expected


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: faults.server_error("sqs:SendMessage", "QueueDoesNotExists"),
            "did you mean 'QueueDoesNotExist'?",
        ),
        (lambda: faults.server_error("dynamodb:*", "NoSuch"), "code='NoSuch'"),
        (lambda: faults.throttle("dynamo:PutItem"), "no service 'dynamo'; did you mean 'dynamodb'?"),
        (lambda: faults.throttle("dynamodb:PutItme"), "no operation 'PutItme'; did you mean 'PutItem'?"),
        (lambda: faults.throttle("https:Reqest"), "no operation 'Reqest'; did you mean 'Request'?"),
        (lambda: faults.throttle("https:Get*"), "https has no operation 'Get*'"),
        (lambda: faults.throttle("htps:*"), "no service 'htps'; did you mean 'https'?"),
        (lambda: faults.outage("sqss"), "no service 'sqss'; did you mean 'sqs'?"),
        (lambda: faults.outage("sqs", for_seconds=0), "for_seconds=0"),
        (lambda: faults.slow("sqs:*", 0), "seconds=0"),
        (lambda: faults.slow("sqs:*", "3"), "seconds: expected a number"),
        (lambda: faults.partial_answer("sqs:SendMessage"), "did you mean 'sqs:SendMessageBatch'?"),
        (lambda: faults.partial_answer("sqs:SendMessageBatch", entries=()), "entries=()"),
        (lambda: faults.partial_answer("sqs:SendMessageBatch", entries=(-1,)), "entries=(-1,)"),
        (lambda: faults.redeliver(copies=0), "copies=0"),
        (lambda: faults.redeliver(apart_seconds=-1), "apart_seconds=-1"),
        (lambda: faults.delay_hop(seconds=0), "seconds=0"),
        (lambda: faults.reorder(within_seconds=0), "within_seconds=0"),
        (lambda: faults.refuse_hop(code=""), 'code=""'),
        (lambda: faults.crash("F", when="late"), "when: expected one of 'before', 'after', found 'late'"),
        (lambda: faults.crash("F", after_call=0), "after_call=0"),
        (lambda: faults.time_out("F", "before", after_call=1), "give one of them"),
        (lambda: faults.clock_skew("F", seconds=0), "seconds=0"),
    ],
)
def test_nonsense_is_refused_with_what_is_allowed(make, message):
    with pytest.raises(PlanError) as caught:
        make()
    assert message in str(caught.value)


def test_lost_requests_and_answers():
    assert faults.request_lost("sqs:*").decide(call("sqs:SendMessage")).action == "lose-request"
    assert faults.answer_lost("sqs:*").decide(call("sqs:SendMessage")).action == "lose-answer"


def test_a_slow_call():
    assert faults.slow("sqs:*", 40).decide(call("sqs:SendMessage")) == Decision.delay(40)


def transaction(*tables):
    return [{"Put": {"TableName": f"t-{table}"}} for table in tables]


@pytest.mark.parametrize(
    ("resource", "codes"),
    [
        (None, ["TransactionConflict", "None", "None"]),
        ("R", ["TransactionConflict", "None", "None"]),
        ("Stock", ["None", "None", "TransactionConflict"]),
    ],
)
def test_a_transaction_that_meets_another_is_cancelled_for_the_item_of_that_table(resource, codes):
    site = replace(
        call("dynamodb:TransactWriteItems", TransactItems=transaction("R", "R", "Stock")), others=("Stock",)
    )
    decision = faults.conflict("dynamodb:TransactWriteItems", resource=resource).decide(site)
    assert (decision.code, decision.status) == ("TransactionCanceledException", 400)
    assert decision.message.endswith(f"[{', '.join(codes)}]")
    assert [reason["Code"] for reason in decision.fields["CancellationReasons"]] == codes


def test_only_a_call_that_meets_with_others_can_have_a_conflict():
    with pytest.raises(PlanError, match="no other call conflicts with it"):
        faults.conflict("sqs:SendMessage")


def test_a_late_copy_comes_when_every_memory_of_the_first_is_over():
    assert max(DEDUPLICATION_SECONDS, VALID_SECONDS) < PAST_DEDUPLICATION_SECONDS


def test_a_denied_call_names_who_may_not_do_what():
    decision = faults.access_denied("sqs:SendMessage").decide(call("sqs:SendMessage"))
    assert (decision.code, decision.status) == ("AccessDenied", 403)
    assert "Billing" in decision.message
    assert "sqs:SendMessage" in decision.message


@pytest.mark.parametrize(
    ("operation", "params", "hit"),
    [
        ("sqs:SendMessageBatch", {"Entries": [{}, {}]}, (1,)),
        ("sqs:SendMessageBatch", {"Entries": [{}]}, None),
        ("dynamodb:BatchWriteItem", {"RequestItems": {"A": [{}], "B": [{}]}}, (1,)),
        ("dynamodb:BatchGetItem", {"RequestItems": {"A": {"Keys": [{}, {}]}}}, (1,)),
        ("events:PutEvents", {"Entries": [{}, {}]}, (1,)),
    ],
)
def test_only_entries_that_are_there_fail(operation, params, hit):
    decision = faults.partial_answer(operation, entries=(1, 7)).decide(call(operation, **params))
    assert decision.entries == (hit or ())
    assert decision.action == ("partial" if hit else "pass")


@pytest.mark.parametrize(("table", "hit"), [("A", (0,)), ("B", (2,))])
def test_of_a_batch_over_two_tables_the_entries_of_the_one_that_is_named_fail(table, hit):
    batch = {"RequestItems": {"A": [{}, {}], "B": [{}]}}
    site = replace(call("dynamodb:BatchWriteItem", **batch), resource="A", others=("B",))
    fault = faults.partial_answer("dynamodb:BatchWriteItem", resource=table)
    assert fault.decide(site).entries == hit


def test_hops():
    assert faults.redeliver(copies=2, apart_seconds=5).decide(HOP) == Decision.copies(3, apart_seconds=5)
    assert faults.delay_hop(seconds=30).decide(HOP) == Decision.delay(30)
    assert faults.reorder(within_seconds=9).decide(HOP) == Decision.delay(0, spread_seconds=9)
    assert faults.ack_lost().decide(HOP).action == "lose-answer"
    assert faults.refuse_hop().decide(HOP).retryable
    refused = faults.refuse_hop(retryable=False).decide(HOP)
    assert (refused.retryable, refused.code) == (False, "AccessDenied")


@pytest.mark.parametrize(
    ("fault", "how", "after_call"),
    [
        (faults.crash("F"), "crash", None),
        (faults.crash("F", "before"), "crash", 0),
        (faults.crash("F", after_call=2), "crash", 2),
        (faults.time_out("F"), "timeout", None),
        (faults.out_of_memory("F", when="before"), "oom", 0),
        (faults.init_failure("F"), "init-failure", 0),
        (faults.throttle_invocation("F"), "throttle", 0),
    ],
)
def test_invocations_die_where_they_are_told(fault, how, after_call):
    assert fault.decide(RUN) == Decision.kill(how, after_call=after_call)


def test_a_wrong_clock():
    fault = faults.clock_skew("F", seconds=-30)
    assert fault.decide(RUN) == Decision.skew(-30)
    assert fault.times is None


def test_poison_on_the_way_to_a_queue():
    assert faults.poison("BillingQueue", text="?").decide(HOP).parcel == QueueParcel(body="?")


def test_poison_leaves_the_sns_envelope_whole():
    envelope = {"Type": "Notification", "TopicArn": "arn:aws:sns:r:1:T", "Message": "{}"}
    hop = Hop("T", "Q", ("m",), parcel=QueueParcel(body=json.dumps(envelope)))
    altered = faults.poison("Q").decide(hop).parcel
    assert json.loads(altered.body) == {**envelope, "Message": '{"poison":'}


def test_poison_from_a_topic_to_a_function():
    sent = FunctionParcel(payload={"Records": [{"Sns": {"Message": "{}", "MessageId": "m"}}]})
    altered = faults.poison("F").decide(Hop("T", "F", ("m",), parcel=sent)).parcel
    assert altered.payload["Records"][0]["Sns"] == {"Message": '{"poison":', "MessageId": "m"}
    assert altered.invocation == "Event"


def test_poison_for_a_function_without_records():
    hop = Hop("test", "F", (), parcel=FunctionParcel(payload={"order": 1}))
    assert faults.poison("F", text="?").decide(hop).parcel == FunctionParcel(payload={"text": "?"})


def test_poison_has_nothing_to_say_about_what_has_no_text():
    assert faults.poison("F").decide(Hop("T", "F", ("m",))).action == "pass"


def test_a_list_of_entries_is_as_good_as_a_tuple():
    given = faults.partial_answer("sqs:SendMessageBatch", entries=[0, 2])
    assert given == faults.partial_answer("sqs:SendMessageBatch", entries=(0, 2))
    assert hash(given)
