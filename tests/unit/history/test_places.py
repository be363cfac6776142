"""Names in the history: the template's logical id, else the last part of the physical name."""

import pytest

from harness.aws import Role
from harness.aws.rules.wiring import links
from harness.history.places import ASYNC, Names


def test_every_physical_form_of_a_resource_goes_by_its_logical_id():
    names = Names("eu-west-1", "123456789012")
    names.add(
        "Work",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/shop-Work",
        "arn:aws:sqs:eu-west-1:123456789012:shop-Work",
    )
    assert names.of("https://sqs.eu-west-1.amazonaws.com/123456789012/shop-Work", "sqs") == "Work"
    assert names.of("http://localhost:4566/000000000000/shop-Work", "sqs", "eu-west-1") == "Work"
    assert names.of("arn:aws:sqs:eu-west-1:123456789012:shop-Work") == "Work"


@pytest.mark.parametrize(
    ("physical", "shown"),
    [
        ("plain", "plain"),
        ("arn:aws:sqs:eu-west-1:123456789012:other", "other"),
        ("arn:aws:dynamodb:eu-west-1:123456789012:table/other", "other"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:other", "other"),
    ],
)
def test_what_no_template_names_goes_by_its_last_part(physical, shown):
    assert Names().of(physical) == shown


def test_a_function_and_a_table_of_one_name_are_two_things():
    names = Names("eu-west-1", "123456789012")
    table, function = names.of("billing", "dynamodb"), names.of("billing", "lambda")
    assert (table, function) == ("billing", "lambda:billing")
    assert (names.place(table).role, names.place(function).role) == (None, Role.RUNS)


def test_one_template_deployed_twice_has_two_of_everything():
    names = Names("eu-west-1", "123456789012")
    names.add("Work", "arn:aws:sqs:eu-west-1:123456789012:shop-Work", app="shop")
    names.add("Work", "arn:aws:sqs:eu-west-1:123456789012:copy-Work", app="copy")
    assert names.of("arn:aws:sqs:eu-west-1:123456789012:copy-Work") == "copy.Work"
    assert [place.app for place in names.places.values()] == ["shop", "copy"]


def test_dead_letters_end_in_queues_also_behind_a_topic():
    names = Names("eu-west-1", "123456789012")
    queue, topic = (f"arn:aws:{service}:eu-west-1:123456789012:" for service in ("sqs", "sns"))
    names.link(links({"RedrivePolicy": {"deadLetterTargetArn": f"{queue}Dead"}}))
    names.link(links({"TopicArn": f"{topic}Failures", "Protocol": "sqs", "Endpoint": f"{queue}Alarms"}))
    names.link(links({"TopicArn": f"{topic}Orders", "Protocol": "sqs", "Endpoint": f"{queue}Billing"}))
    assert names.dead_letter_queues() == ["Dead"]
    names.link(links({"DestinationConfig": {"OnFailure": {"Destination": f"{topic}Failures"}}}))
    assert names.dead_letter_queues() == ["Alarms", "Dead"]


def test_queues_of_two_regions_are_told_apart():
    names = Names("eu-west-1", "123456789012")
    found = [names.of("work", "sqs", region) for region in ("eu-west-1", "us-east-1", "ap-south-1")]
    assert found == ["work", "sqs:work", "sqs:ap-south-1:work"]


def test_no_place_takes_the_name_of_an_actor():
    assert Names("eu-west-1", "123456789012").of("test", "lambda") == "lambda:test"


def test_versions_and_aliases_go_by_the_function_s_name():
    names = Names("eu-west-1", "123456789012")
    names.add("Billing", "arn:aws:lambda:eu-west-1:123456789012:function:shop-Billing")
    assert names.of("arn:aws:lambda:eu-west-1:123456789012:function:shop-Billing:live") == "Billing"
    assert names.of("shop-Billing:3", "lambda") == "Billing"
    waiting = names.of("arn:aws:lambda:eu-west-1:123456789012:function:shop-Billing" + ASYNC)
    assert (waiting, names.place(waiting).role) == ("Billing (async)", Role.HOLDS)
