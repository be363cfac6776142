"""EventBridge: buses, rules and targets."""

from __future__ import annotations

import json

import pytest

from tests.conformance.events_helpers import PATTERN, open_queue, put, received, refusal, rule


@pytest.fixture
def events(cloud):
    return cloud.client("events")


def test_a_rule_gives_its_target_the_events_that_its_pattern_picks(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html"""
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn})
    id_ = put(cloud, {"order": "o-1"})
    put(cloud, {"order": "o-2"}, source="warehouse")
    [event] = received(cloud, url)
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "id": id_,
        "detail-type": "Order",
        "source": "shop",
        "account": cloud.account,
        "region": "us-east-1",
        "resources": [],
        "detail": {"order": "o-1"},
    }


def test_each_rule_that_wants_an_event_gets_it_with_the_same_id(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html"""
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn}, name="one")
    rule(cloud, {"Arn": arn}, name="other")
    id_ = put(cloud)
    assert [event["id"] for event in received(cloud, url)] == [id_, id_]


def test_buses_do_not_see_the_events_of_others(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html"""
    events.create_event_bus(Name="shop")
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn}, bus="shop")
    put(cloud, {"order": "o-1"})
    put(cloud, {"order": "o-2"}, bus="shop")
    assert [event["detail"] for event in received(cloud, url)] == [{"order": "o-2"}]


def test_events_for_a_bus_that_does_not_exist_are_accepted_and_reach_nobody(cloud):
    """Recorded on AWS, 2024."""
    assert put(cloud, bus="nowhere")


def test_a_disabled_rule_picks_nothing_until_it_is_enabled(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html"""
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn})
    events.disable_rule(Name="rule")
    put(cloud, {"order": "o-1"})
    cloud.settle()
    events.enable_rule(Name="rule")
    put(cloud, {"order": "o-2"})
    assert [event["detail"] for event in received(cloud, url)] == [{"order": "o-2"}]


@pytest.mark.parametrize(
    ("how", "body"),
    [
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"InputPath": "$.detail.order"}, "o-1"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"order": "$.detail.order", "lines": "$.detail.lines"},
                    "InputTemplate": '{"of": "order <order>", "lines": <lines>}',
                }
            },
            {"of": "order o-1", "lines": [1, 2]},
        ),
    ],
    ids=["Input", "InputPath", "InputTransformer"],
)
def test_a_target_gets_the_input_that_it_asks_for(cloud, how, body):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn, **how})
    put(cloud, {"order": "o-1", "lines": [1, 2]})
    assert received(cloud, url) == [body]


def test_a_topic_gets_the_event_as_its_message(cloud):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html"""
    topic = cloud.client("sns").create_topic(Name="orders")["TopicArn"]
    url, arn = open_queue(cloud)
    policy = {
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]
    }
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    rule(cloud, {"Arn": topic, "InputPath": "$.detail"})
    put(cloud, {"order": "o-1"})
    assert received(cloud, url) == [{"order": "o-1"}]


def test_a_bus_passes_events_on_to_another_with_their_ids(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html"""
    second = events.create_event_bus(Name="second")["EventBusArn"]
    url, arn = open_queue(cloud)
    rule(cloud, {"Arn": second, "RoleArn": "arn:aws:iam::123456789012:role/bus"}, name="on")
    rule(cloud, {"Arn": arn}, bus="second")
    id_ = put(cloud, {"order": "o-1"})
    assert [event["id"] for event in received(cloud, url)] == [id_]


def test_a_fifo_queue_needs_a_group(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html"""
    _, arn = open_queue(cloud, "work.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    rule(cloud)
    code, _ = refusal(events, "put_targets", Rule="rule", Targets=[{"Id": "1", "Arn": arn}])
    assert code == "ValidationException"
    target = {"Id": "1", "Arn": arn, "SqsParameters": {"MessageGroupId": "g"}}
    assert events.put_targets(Rule="rule", Targets=[target])["FailedEntryCount"] == 0


def test_a_rule_has_five_targets_at_most(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"""
    _, arn = open_queue(cloud)
    rule(cloud, *[{"Arn": arn}] * 5)
    code, _ = refusal(events, "put_targets", Rule="rule", Targets=[{"Id": "6", "Arn": arn}])
    assert code == "LimitExceededException"


def test_a_rule_with_targets_cannot_be_deleted(cloud, events):
    """Recorded on AWS, 2024."""
    _, arn = open_queue(cloud)
    rule(cloud, {"Arn": arn})
    assert refusal(events, "delete_rule", Name="rule") == (
        "ValidationException",
        "Rule can't be deleted since it has targets.",
    )
    events.remove_targets(Rule="rule", Ids=["0"])
    events.delete_rule(Name="rule")
    assert refusal(events, "describe_rule", Name="rule") == (
        "ResourceNotFoundException",
        "Rule rule does not exist on EventBus default.",
    )


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        (
            {},
            "ValidationException",
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ),
        (
            {"EventPattern": '["no", "pattern"]'},
            "InvalidEventPatternException",
            "Event pattern is not valid. Reason: Filter is not an object\n"
            ' at [Source: (String)"["no", "pattern"]"; line: 1, column: 2]',
        ),
        (
            {"EventPattern": json.dumps({"source": [{"wildcard": "*a*a*a*a*a*"}]})},
            "InvalidEventPatternException",
            "Event pattern is not valid. Reason: Rule is too complex - try using fewer wildcard characters "
            "or fewer repeating character sequences after a wildcard character",
        ),
        (
            {"ScheduleExpression": "rate(1 minutes)"},
            "ValidationException",
            "Parameter ScheduleExpression is not valid.",
        ),
        (
            {"EventPattern": json.dumps(PATTERN), "EventBusName": "gone"},
            "ResourceNotFoundException",
            "Event bus gone does not exist.",
        ),
    ],
    ids=["neither pattern nor schedule", "no pattern", "too many wildcards", "no schedule", "no bus"],
)
def test_what_is_no_rule_is_refused(events, params, code, message):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html"""
    assert refusal(events, "put_rule", Name="rule", **params) == (code, message)


def test_a_schedule_is_only_for_the_default_bus(events):
    """Recorded on AWS, 2024."""
    events.create_event_bus(Name="shop")
    assert refusal(
        events, "put_rule", Name="r", EventBusName="shop", ScheduleExpression="rate(1 minute)"
    ) == (
        "ValidationException",
        "ScheduleExpression is supported only on the default event bus.",
    )


def test_one_kind_of_input_is_enough(cloud, events):
    """Recorded on AWS, 2024."""
    _, arn = open_queue(cloud)
    rule(cloud)
    target = {"Id": "t", "Arn": arn, "Input": "{}", "InputPath": "$.detail"}
    assert refusal(events, "put_targets", Rule="rule", Targets=[target]) == (
        "ValidationException",
        "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
    )


def test_a_template_has_only_placeholders_that_are_defined(cloud, events):
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html"""
    _, arn = open_queue(cloud)
    rule(cloud)
    transformer = {
        "InputPathsMap": {"state": "$.detail.state"},
        "InputTemplate": '"<state> of <aws.events.rule-name> at <time>"',
    }
    target = {"Id": "t", "Arn": arn, "InputTransformer": transformer}
    assert refusal(events, "put_targets", Rule="rule", Targets=[target]) == (
        "ValidationException",
        "InputTemplate for target t contains invalid placeholder time.",
    )


TWICE = [{"Key": "stage", "Value": "one"}, {"Key": "stage", "Value": "two"}]


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("put_rule", {"Name": "tagged", "EventPattern": '{"source": ["shop"]}'}),
        ("create_event_bus", {"Name": "tagged"}),
        ("tag_resource", {"ResourceARN": "…:event-bus/default"}),
    ],
    ids=["rule", "bus", "tag"],
)
def test_a_tag_has_one_value(events, operation, params):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html"""
    arn = events.describe_event_bus()["Arn"]
    given = {name: value.replace("…:event-bus/default", arn) for name, value in params.items()}
    assert refusal(events, operation, **given, Tags=TWICE) == (
        "ValidationException",
        "Invalid parameter: Duplicated keys are not allowed.",
    )
    assert events.list_rules()["Rules"] == []
    assert len(events.list_event_buses()["EventBuses"]) == 1


def test_only_buses_and_rules_have_tags(events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html"""
    arn = events.describe_event_bus()["Arn"].replace("event-bus/default", "archive/x")
    assert refusal(events, "list_tags_for_resource", ResourceARN=arn) == (
        "ValidationException",
        f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.",
    )


@pytest.mark.parametrize(
    ("operation", "name"), [("list_archives", "ListArchives"), ("list_replays", "ListReplays")]
)
def test_archives_and_replays_are_found_by_one_thing(events, operation, name):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListArchives.html"""
    arn = events.describe_event_bus()["Arn"]
    assert refusal(events, operation, NamePrefix="x", EventSourceArn=arn) == (
        "ValidationException",
        f"At most one filter is allowed for {name}. Use either : State, EventSourceArn, or NamePrefix.",
    )


def test_the_default_bus_stays(events):
    """Recorded on AWS, 2024."""
    assert refusal(events, "delete_event_bus", Name="default") == (
        "ValidationException",
        "Cannot delete event bus default.",
    )


def test_a_bus_of_that_name_is_there_already(events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html"""
    events.create_event_bus(Name="shop")
    assert refusal(events, "create_event_bus", Name="shop") == (
        "ResourceAlreadyExistsException",
        "Event bus shop already exists.",
    )


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"Source": "shop", "DetailType": "Order", "Detail": "no json"}, "MalformedDetail"),
        ({"Source": "shop", "DetailType": "Order", "Detail": "[]"}, "MalformedDetail"),
        ({"Source": "shop", "DetailType": "Order", "Detail": '{"total": NaN}'}, "MalformedDetail"),
        ({"DetailType": "Order", "Detail": "{}"}, "InvalidArgument"),
        ({"Source": "shop", "Detail": "{}"}, "InvalidArgument"),
        ({"Source": "shop", "DetailType": "Order"}, "InvalidArgument"),
    ],
)
def test_entries_fail_one_by_one(events, entry, code):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html"""
    good = {"Source": "shop", "DetailType": "Order", "Detail": "{}"}
    answer = events.put_events(Entries=[entry, good])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code
    assert "EventId" in answer["Entries"][1]


def test_a_pattern_can_be_tried(events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html"""
    event = {
        "id": "1",
        "source": "shop",
        "detail-type": "Order",
        "account": "123456789012",
        "region": "us-east-1",
        "time": "2026-01-01T00:00:00Z",
        "detail": {"total": 12},
    }
    for pattern, wanted in (
        ({"detail": {"total": [{"numeric": [">", 10]}]}}, True),
        ({"source": ["x"]}, False),
    ):
        answer = events.test_event_pattern(Event=json.dumps(event), EventPattern=json.dumps(pattern))
        assert answer["Result"] is wanted
    assert refusal(events, "test_event_pattern", Event="{}", EventPattern='{"source": ["x"]}') == (
        "ValidationException",
        "Parameter Event is not valid.",
    )


def _policy(events):
    shown = events.describe_event_bus().get("Policy")
    return [each["Sid"] for each in json.loads(shown)["Statement"]] if shown else []


def test_a_policy_takes_the_place_of_the_one_before(events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html"""
    for account, sid in (("111111111111", "one"), ("222222222222", "other")):
        events.put_permission(Action="events:PutEvents", Principal=account, StatementId=sid)
    assert _policy(events) == ["one", "other"]
    statement = {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"}
    events.put_permission(Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert _policy(events) == ["all"]


def test_a_permission_is_for_putting_events(events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html"""
    asked = {"Action": "events:PutRule", "Principal": "111111111111", "StatementId": "one"}
    assert refusal(events, "put_permission", **asked) == (
        "ValidationException",
        "Provided value in parameter 'action' is not supported.",
    )


def test_a_statement_that_is_not_there_cannot_be_removed(events):
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemovePermission.html"""
    assert refusal(events, "remove_permission", StatementId="none") == (
        "ResourceNotFoundException",
        "Statement with the provided id does not exist.",
    )
