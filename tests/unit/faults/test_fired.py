"""Fired means: what the fault hit went another way than without it."""

from __future__ import annotations

import json
import textwrap

import pytest

from harness import Simulator, faults

PUTS_TWICE = """
    import boto3, json
    table = boto3.resource("dynamodb").Table("Ledger")

    def handler(event, context):
        for record in event["Records"]:
            order = json.loads(record["body"])["order"]
            table.put_item(Item={"order": order})
            table.put_item(Item={"order": order, "done": True})
"""
FAILS = """
    def handler(event, context):
        raise ValueError("always")
"""
REPORTS = """
    def handler(event, context):
        ids = [record["messageId"] for record in event["Records"]]
        return {"batchItemFailures": [{"itemIdentifier": one} for one in ids]}
"""
LOOKS = """
    import datetime

    def handler(event, context):
        return datetime.datetime.now().isoformat()
"""


@pytest.fixture
def shop(tmp_path):
    """Deploys: Orders → Work → Bill, Work's dead letters in Dead, and a table Ledger."""

    def deploy(cloud, source, **mapping):
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "app.py").write_text(textwrap.dedent(source))
        arn = {"Fn::GetAtt": ["Work", "Arn"]}
        redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 2}
        resources = {
            "Dead": ("AWS::SQS::Queue", {}),
            "Work": ("AWS::SQS::Queue", {"RedrivePolicy": redrive}),
            "Orders": ("AWS::SNS::Topic", {}),
            "Subscription": (
                "AWS::SNS::Subscription",
                {
                    "TopicArn": {"Ref": "Orders"},
                    "Protocol": "sqs",
                    "Endpoint": arn,
                    "RawMessageDelivery": True,
                },
            ),
            "Policy": (
                "AWS::SQS::QueuePolicy",
                {
                    "Queues": [{"Ref": "Work"}],
                    "PolicyDocument": {
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "sns.amazonaws.com"},
                                "Action": "sqs:SendMessage",
                                "Resource": "*",
                            }
                        ]
                    },
                },
            ),
            "Ledger": (
                "AWS::DynamoDB::Table",
                {
                    "TableName": "Ledger",
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [{"AttributeName": "order", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "order", "KeyType": "HASH"}],
                },
            ),
            "Bill": (
                "AWS::Lambda::Function",
                {
                    "Runtime": "python3.12",
                    "Handler": "app.handler",
                    "Code": "src/",
                    "Role": "arn:aws:iam::123456789012:role/r",
                },
            ),
            "Mapping": (
                "AWS::Lambda::EventSourceMapping",
                {"EventSourceArn": arn, "FunctionName": {"Ref": "Bill"}, "BatchSize": 1, **mapping},
            ),
        }
        template = {"Resources": {k: {"Type": t, "Properties": p} for k, (t, p) in resources.items()}}
        (tmp_path / "template.json").write_text(json.dumps(template))
        return cloud.deploy(tmp_path / "template.json")

    return deploy


@pytest.fixture
def run(shop):
    """The history of a run under one fault, which hits something, whether or not it has an effect."""

    def run(fault, source=PUTS_TWICE, orders=1, also=(), **mapping):
        with Simulator(seed=1) as cloud:
            app = shop(cloud, source, **mapping)
            for one in (fault, *also):
                cloud.inject(one)
            for number in range(orders):
                app.topic("Orders").publish({"order": f"o-{number}"})
            app.settle()
            history = cloud.history()
            told = [event.data["fault"] for event in history.of("fault")]
            assert cloud.active_plan.fired(0) == told.count(0)
            assert cloud.active_plan.hits(0) > 0
            return history

    return run


@pytest.mark.parametrize("kill", [faults.crash, faults.time_out, faults.out_of_memory])
def test_a_kill_after_a_call_that_never_comes_has_not_fired(run, kill):
    assert not run(kill("Bill", after_call=3)).of("fault")


@pytest.mark.parametrize("kill", [faults.crash, faults.time_out, faults.out_of_memory])
def test_a_kill_stands_where_it_acted(run, kill):
    history = run(kill("Bill", after_call=2))
    [fault] = history.of("fault")
    assert history[fault.cause].kind == "invocation"
    before = [event.seq for event in history.of("answer") if event.seq < fault.seq and event.actor == "Bill"]
    assert len(before) == 2


def test_an_acknowledgement_of_a_delivery_that_fails_anyway_is_not_lost(run):
    assert not run(faults.ack_lost("Work", "Bill"), FAILS).of("fault")


def test_an_acknowledgement_that_a_function_gives_for_no_message_is_not_lost(run):
    fault = faults.ack_lost("Work", "Bill")
    assert not run(fault, REPORTS, FunctionResponseTypes=["ReportBatchItemFailures"]).of("fault")


def test_a_lost_acknowledgement_brings_the_message_back(run):
    history = run(faults.ack_lost("Work", "Bill"))
    assert len(history.of("fault")) == 1
    assert len(history.of("invocation")) == 2


def test_a_wrong_clock_that_no_handler_looks_at_has_not_fired(run):
    assert not run(faults.clock_skew("Bill", seconds=-3600)).of("fault")


def test_a_wrong_clock_that_a_handler_looks_at_has(run):
    history = run(faults.clock_skew("Bill", seconds=-3600), LOOKS)
    [fault] = history.of("fault")
    assert history[fault.cause].kind == "invocation"


def test_a_reordering_that_let_nothing_overtake_has_not_fired(run):
    assert not run(faults.reorder("Orders", "Work")).of("fault")


def test_a_reordering_hits_the_deliveries_that_were_overtaken(run):
    history = run(faults.reorder("Orders", "Work"), orders=5)
    overtaken = {event.cause for event in history.of("fault")}
    began = [event.seq for event in history.of("hop") if event.data["target"] == "Work"]
    arrived = [event.cause for event in history.of("arrived") if event.data["target"] == "Work"]
    passed = {
        hop
        for hop in began
        if any(arrived.index(later) < arrived.index(hop) for later in began if later > hop)
    }
    assert overtaken
    assert overtaken <= passed


def test_poison_waits_for_a_delivery_that_reaches_the_function(run):
    history = run(faults.poison("Bill"), FAILS, also=[faults.throttle_invocation("Bill")])
    turned_away, reached, *_ = history.of("invocation")
    poisoned = [event for event in history.of("fault") if event.data["kind"] == "poison"]
    assert turned_away.seq < reached.seq == poisoned[0].seq - 1


def test_a_delay_fires_when_it_begins(run):
    history = run(faults.delay_hop("Orders", "Work", seconds=60))
    [fault] = history.of("fault")
    assert fault.at == history[fault.cause].at


def test_a_copy_fires_when_it_reaches_its_target(run):
    history = run(faults.redeliver("Work", "Bill", apart_seconds=10))
    [fault] = history.of("fault")
    assert fault.at > history[fault.cause].at + 10
    assert fault.seq == history.of("invocation")[1].seq + 1


def test_a_batch_that_fails_as_a_whole_is_not_answered_in_part():
    with Simulator(seed=1) as cloud:
        cloud.inject(faults.partial_answer("sqs:SendMessageBatch"))
        sqs = cloud.client("sqs")
        entries = [{"Id": str(n), "MessageBody": "hello"} for n in range(2)]
        with pytest.raises(sqs.exceptions.QueueDoesNotExist):
            sqs.send_message_batch(
                QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/nowhere", Entries=entries
            )
        assert cloud.active_plan.unfired() == [0]
        work = sqs.create_queue(QueueName="work")["QueueUrl"]
        cloud.inject(faults.partial_answer("sqs:SendMessageBatch"))
        answer = sqs.send_message_batch(QueueUrl=work, Entries=entries)
        assert len(answer["Failed"]) == 1
        assert cloud.active_plan.unfired() == [0]


def test_of_two_faults_that_refuse_the_same_call_one_has_fired():
    with Simulator(seed=1) as cloud:
        for fault in (faults.throttle("sqs:ListQueues"), faults.server_error("sqs:ListQueues")):
            cloud.inject(fault)
        cloud.client("sqs").list_queues()
        assert cloud.active_plan.unfired() == [1]
