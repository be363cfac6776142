"""SNS: what it sends out of the cloud, to HTTP endpoints, mail addresses and phones."""

from __future__ import annotations

import json

import pytest

from tests.conformance.lambda_helpers import create_function, create_queue, told
from tests.conformance.sns_helpers import create_topic, listen, publish, refusal, sent, subscribe, texts

HOOK = "https://example.com/hook"
DAY = 86_400


def confirm(cloud, topic):
    """Confirm with the token that the endpoint was sent last; gives the subscription's ARN."""
    token = json.loads(sent(cloud, "https")[-1].body)["Token"]
    arn = cloud.client("sns").confirm_subscription(TopicArn=topic, Token=token)["SubscriptionArn"]
    return arn


def hook(cloud, topic, **attributes):
    """An HTTPS endpoint that has confirmed its subscription; gives the subscription's ARN."""
    subscribe(cloud, topic, HOOK, "https", **attributes)
    return confirm(cloud, topic)


def test_an_https_endpoint_gets_nothing_until_it_confirms_with_the_token(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html"""
    topic = create_topic(cloud)
    sns = cloud.client("sns")
    answer = sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=HOOK)
    assert answer["SubscriptionArn"] == "pending confirmation"
    publish(cloud, topic, "too early")
    (asked,) = sent(cloud, "https")
    confirmation = json.loads(asked.body)
    assert confirmation["Type"] == "SubscriptionConfirmation"
    assert confirmation["TopicArn"] == topic
    assert confirmation["Token"] in confirmation["SubscribeURL"]
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    arn = sns.confirm_subscription(TopicArn=topic, Token=confirmation["Token"])["SubscriptionArn"]
    assert arn.startswith(topic)
    publish(cloud, topic, "now")
    _, notification = sent(cloud, "https")
    assert json.loads(notification.body)["Message"] == "now"


@pytest.mark.parametrize("token", ["0" * 288, "no token"])
def test_a_token_that_is_not_the_endpoints_confirms_nothing(cloud, token):
    """https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html"""
    topic = create_topic(cloud)
    subscribe(cloud, topic, HOOK, "https")
    assert (
        refusal(cloud.client("sns").confirm_subscription, TopicArn=topic, Token=token)[0]
        == "InvalidParameter"
    )


def test_a_token_expires_after_two_days(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""
    topic = create_topic(cloud)
    subscribe(cloud, topic, HOOK, "https")
    (asked,) = sent(cloud, "https")
    cloud.advance(2 * DAY + 60)
    token = json.loads(asked.body)["Token"]
    assert (
        refusal(cloud.client("sns").confirm_subscription, TopicArn=topic, Token=token)[0]
        == "InvalidParameter"
    )


def test_raw_delivery_to_an_https_endpoint_sends_the_bare_message(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html"""
    topic = create_topic(cloud)
    subscribe(cloud, topic, HOOK, "https", RawMessageDelivery="true")
    confirm(cloud, topic)
    publish(cloud, topic, "hello")
    request = sent(cloud, "https")[-1]
    assert request.body == "hello"
    assert request.headers["x-amz-sns-rawdelivery"] == "true"


def test_mail_is_sent_once_its_address_has_confirmed(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html"""
    topic = create_topic(cloud)
    subscribe(cloud, topic, "jo@example.com", "email")
    (asked,) = sent(cloud, "email")
    token = asked.body.partition("&Token=")[2].split()[0]
    cloud.client("sns").confirm_subscription(TopicArn=topic, Token=token)
    publish(cloud, topic, "hello", Subject="An order")
    _, mail = sent(cloud, "email")
    assert (mail.endpoint, mail.subject, mail.body) == ("jo@example.com", "An order", "hello")


def test_text_messages_go_to_subscribed_phones_and_to_numbers(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html"""
    topic = create_topic(cloud)
    subscribe(cloud, topic, "+15551230001", "sms")
    publish(cloud, topic, "to all")
    cloud.client("sns").publish(PhoneNumber="+15551230002", Message="to one")
    found = {(message.endpoint, message.body) for message in sent(cloud, "sms")}
    assert found == {("+15551230001", "to all"), ("+15551230002", "to one")}


def test_a_subscription_that_nobody_confirms_is_deleted_after_two_days(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html"""
    topic = create_topic(cloud)
    subscribe(cloud, topic, HOOK, "https")
    sns = cloud.client("sns")
    cloud.advance(2 * DAY - 60)
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    cloud.advance(120)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_confirmed_subscription_stays(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html"""
    topic = create_topic(cloud)
    hook(cloud, topic)
    cloud.advance(3 * DAY)
    publish(cloud, topic, "hello")
    assert json.loads(sent(cloud, "https")[-1].body)["Message"] == "hello"


def test_headers_of_a_request_tell_what_it_is(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/http-header.html"""
    topic = create_topic(cloud)
    arn = hook(cloud, topic)
    message_id = publish(cloud, topic)
    asked, notification = sent(cloud, "https")
    assert asked.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation"
    assert notification.headers["x-amz-sns-message-type"] == "Notification"
    assert notification.headers["x-amz-sns-message-id"] == message_id
    assert notification.headers["x-amz-sns-topic-arn"] == topic
    assert notification.headers["x-amz-sns-subscription-arn"] == arn
    assert notification.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert notification.headers["Accept-Encoding"] == "gzip,deflate"


def test_a_request_policy_sets_the_content_type(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/creating-delivery-policy.html"""
    topic = create_topic(cloud)
    policy = {"requestPolicy": {"headerContentType": "application/json"}}
    hook(cloud, topic, DeliveryPolicy=json.dumps(policy))
    publish(cloud, topic)
    assert sent(cloud, "https")[-1].headers["Content-Type"] == "application/json"


def test_a_throttle_policy_spreads_deliveries_over_time(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/creating-delivery-policy.html"""
    topic = create_topic(cloud)
    hook(cloud, topic, DeliveryPolicy=json.dumps({"throttlePolicy": {"maxReceivesPerSecond": 2}}))
    for number in range(5):
        publish(cloud, topic, str(number))
    requests = sent(cloud, "https")[1:]
    assert len(requests) == 5
    assert requests[-1].at - requests[0].at > 1.8


@pytest.mark.parametrize(
    "policy",
    [
        {"healthyRetryPolicy": {"numRetries": 101}},
        {"healthyRetryPolicy": {"numRetries": 3, "minDelayTarget": 1800, "maxDelayTarget": 1800}},
        {"throttlePolicy": {"maxReceivesPerSecond": 0}},
        {"requestPolicy": {"headerContentType": "smoke/signals"}},
    ],
    ids=["too many retries", "more than an hour in all", "no delivery at all", "unknown content type"],
)
def test_a_delivery_policy_beyond_the_limits_is_refused(cloud, policy):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html"""
    topic = create_topic(cloud)
    settings = {"Protocol": "https", "Endpoint": HOOK, "Attributes": {"DeliveryPolicy": json.dumps(policy)}}
    assert refusal(cloud.client("sns").subscribe, TopicArn=topic, **settings)[0] == "InvalidParameter"


def test_an_endpoint_that_is_unsubscribed_is_told_and_can_restore_its_subscription(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/http-unsubscribe-confirmation-json.html"""
    topic = create_topic(cloud)
    arn = hook(cloud, topic)
    cloud.client("sns").unsubscribe(SubscriptionArn=arn)
    request = sent(cloud, "https")[-1]
    told = json.loads(request.body)
    assert request.headers["x-amz-sns-message-type"] == told["Type"] == "UnsubscribeConfirmation"
    assert told["TopicArn"] == topic
    assert told["Message"].startswith(f"You have chosen to deactivate subscription {arn}.\n")
    assert told["Token"] in told["SubscribeURL"]
    publish(cloud, topic, "to nobody")
    assert confirm(cloud, topic) == arn
    publish(cloud, topic, "to the hook again")
    assert json.loads(sent(cloud, "https")[-1].body)["Message"] == "to the hook again"
    assert len(sent(cloud, "https")) == 3


def test_a_queue_that_is_unsubscribed_is_not_told(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    sns = cloud.client("sns")
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    assert texts(cloud, url) == []


def test_mail_in_json_holds_the_envelope(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html"""
    topic = create_topic(cloud)
    subscribe(cloud, topic, "jo@example.com", "email-json")
    (asked,) = sent(cloud, "email-json")
    cloud.client("sns").confirm_subscription(TopicArn=topic, Token=json.loads(asked.body)["Token"])
    publish(cloud, topic, "hello")
    envelope = json.loads(sent(cloud, "email-json")[-1].body)
    assert (envelope["Type"], envelope["Message"]) == ("Notification", "hello")


@pytest.mark.parametrize("phone", ["0", "15551230001", "+1555123000a", "nobody"])
def test_a_phone_number_is_written_as_e_164_says(cloud, phone):
    """https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html"""
    assert refusal(cloud.client("sns").publish, PhoneNumber=phone, Message="hello")[0] == "InvalidParameter"


def test_settings_of_text_messages_are_kept(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html"""
    sns = cloud.client("sns")
    sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional", "DefaultSenderID": "orders"})
    assert sns.get_sms_attributes(attributes=["DefaultSMSType"])["attributes"] == {
        "DefaultSMSType": "Transactional"
    }
    assert sns.get_sms_attributes()["attributes"]["MonthlySpendLimit"] == "1"
    assert sns.check_if_phone_number_is_opted_out(phoneNumber="+15551230001")["isOptedOut"] is False


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Other", "x", "Other is not a valid attribute"),
        ("DefaultSMSType", "Loud", "DefaultSMSType is invalid"),
        ("DefaultSenderID", "testSenderID", "DefaultSenderID is invalid"),
        (
            "DeliveryStatusSuccessSamplingRate",
            "101",
            "DeliveryStatusSuccessSamplingRate is not an integer between 0-100",
        ),
    ],
)
def test_a_setting_of_text_messages_that_is_refused(cloud, name, value, message):
    """https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html"""
    found = refusal(cloud.client("sns").set_sms_attributes, attributes={name: value})
    assert found == ("InvalidParameter", message)


def test_a_number_that_never_opted_out_can_opt_in(cloud):
    """Recorded on AWS, December 2025."""
    cloud.client("sns").opt_in_phone_number(phoneNumber="+4411111111")


def test_an_event_of_a_function_says_version_one_of_the_signature_always(cloud):
    """Recorded on AWS, January 2024."""
    seen, _ = create_queue(cloud, "seen")
    topic = create_topic(cloud, SignatureVersion="2")
    function = create_function(cloud, "def handler(event, context): tell(event)", seen=seen)
    cloud.client("lambda").add_permission(
        FunctionName="work",
        StatementId="sns",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    subscribe(cloud, topic, function, "lambda")
    publish(cloud, topic)
    cloud.settle()
    (event,) = told(cloud, seen)
    assert event["Records"][0]["Sns"]["SignatureVersion"] == "1"


@pytest.mark.clouds("sim", reason="LocalStack's SNS sends to delivery streams that exist")
@pytest.mark.parametrize("raw", ["false", "true"])
def test_a_delivery_stream_gets_the_message_as_a_record_without_a_signature(cloud, raw):
    """https://docs.aws.amazon.com/sns/latest/dg/firehose-archived-message-format-S3.html"""
    topic = create_topic(cloud)
    stream = f"arn:aws:firehose:{cloud.region}:{cloud.account}:deliverystream/archive"
    role = f"arn:aws:iam::{cloud.account}:role/archive"
    subscribe(cloud, topic, stream, "firehose", SubscriptionRoleArn=role, RawMessageDelivery=raw)
    publish(cloud, topic, "hello")
    cloud.settle()
    (record,) = sent(cloud, "firehose")
    if raw == "true":
        assert record.body == "hello"
    else:
        told = json.loads(record.body)
        assert (told["Message"], told["TopicArn"]) == ("hello", topic)
        assert not {name for name in told if name.startswith("Sign")}
