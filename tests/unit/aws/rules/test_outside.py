"""Addresses, headers and the mail that SNS sends out of the cloud."""

from __future__ import annotations

import pytest

from harness.aws.rules.outside import (
    ENDED,
    NOTIFICATION,
    TO_CONFIRM,
    address_of,
    confirmation_mail,
    headers,
    subscribe_url,
    unsubscribe_url,
)

TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"
SUBSCRIPTION = f"{TOPIC}:1"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "target"),
    [
        ("sqs", "arn:aws:sqs:eu-west-1:123456789012:work", "arn:aws:sqs:eu-west-1:123456789012:work"),
        ("https", "https://example.com", "https://example.com"),
        ("email", "a@example.com", "mailto:a@example.com"),
        ("email-json", "a@example.com", "mailto:a@example.com"),
        ("sms", "+447911123456", "sms:+447911123456"),
    ],
)
def test_hops_go_to_the_endpoint(protocol, endpoint, target):
    assert address_of(protocol, endpoint) == target


def test_a_notification_says_whose_it_is_and_in_which_form():
    sent = headers(NOTIFICATION, "m-1", TOPIC, SUBSCRIPTION, content_type="text/csv", raw=True)
    assert sent["x-amz-sns-message-type"] == "Notification"
    assert sent["x-amz-sns-subscription-arn"] == SUBSCRIPTION
    assert (sent["Content-Type"], sent["x-amz-sns-rawdelivery"]) == ("text/csv", "true")


def test_a_confirmation_is_plain_text_and_of_no_subscription_yet():
    asked = headers(TO_CONFIRM, "m-1", TOPIC, SUBSCRIPTION, content_type="text/csv", raw=True)
    assert "x-amz-sns-subscription-arn" not in asked
    assert asked["Content-Type"] == "text/plain; charset=UTF-8"
    assert headers(ENDED, "m-1", TOPIC, SUBSCRIPTION)["x-amz-sns-subscription-arn"] == SUBSCRIPTION


def test_a_subscription_is_confirmed_and_ended_in_its_own_region():
    assert subscribe_url(TOPIC, "t-1") == (
        f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t-1"
    )
    assert unsubscribe_url(TOPIC, SUBSCRIPTION).startswith(
        "https://sns.eu-west-1.amazonaws.com/?Action=Unsub"
    )
    assert subscribe_url(TOPIC, "t-1") in confirmation_mail(TOPIC, "t-1")
