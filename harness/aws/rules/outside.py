"""Messages that SNS sends out of the cloud: addresses, headers, and the mail that asks to confirm.

https://docs.aws.amazon.com/sns/latest/dg/http-header.html
https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html
"""

from __future__ import annotations

from urllib.parse import quote

EMAIL_SUBJECT = "AWS Notification Message"
CONFIRMATION_SUBJECT = "AWS Notification - Subscription Confirmation"
CONTENT_TYPE = "text/plain; charset=UTF-8"
NOTIFICATION, TO_CONFIRM, ENDED = "Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"
"""Types of messages to HTTP endpoints."""


def address_of(protocol: str, endpoint: str) -> str:
    """The place to which the hops of a subscription go: an ARN, a URL, or an address.

    >>> address_of("email", "jo@example.com")
    'mailto:jo@example.com'
    """
    if protocol in ("email", "email-json"):
        return f"mailto:{endpoint}"
    return f"sms:{endpoint}" if protocol == "sms" else endpoint


def headers(
    kind: str,
    message_id: str,
    topic_arn: str,
    subscription_arn: str,
    *,
    content_type: str = "",
    raw: bool = False,
) -> dict[str, str]:
    """The headers of a request to an HTTP endpoint. `content_type` and `raw`: its subscription's settings."""
    found = {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": topic_arn,
        "Content-Type": CONTENT_TYPE,
        "Accept-Encoding": "gzip,deflate",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    if kind != TO_CONFIRM:
        found["x-amz-sns-subscription-arn"] = subscription_arn
    if kind == NOTIFICATION:
        found["Content-Type"] = content_type or CONTENT_TYPE
        if raw:
            found["x-amz-sns-rawdelivery"] = "true"
    return found


def subscribe_url(topic_arn: str, token: str) -> str:
    """Confirms a subscription when visited."""
    query = f"Action=ConfirmSubscription&TopicArn={quote(topic_arn, ':')}&Token={token}"
    return f"{service_url(topic_arn)}/?{query}"


def unsubscribe_url(topic_arn: str, subscription_arn: str) -> str:
    """Ends a subscription when visited."""
    return f"{service_url(topic_arn)}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"


def service_url(topic_arn: str) -> str:
    """SNS in the region of a topic."""
    return f"https://sns.{topic_arn.split(':')[3]}.amazonaws.com"


def confirmation_mail(topic_arn: str, token: str) -> str:
    """The mail that asks for a confirmation."""
    return (
        f"You have chosen to subscribe to the topic:\n{topic_arn}\n\n"
        "To confirm this subscription, click or visit the link below (If this was in error no action is "
        f"necessary):\n{subscribe_url(topic_arn, token)}\n"
    )
