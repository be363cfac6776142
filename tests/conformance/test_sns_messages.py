"""SNS: attributes of messages and entries of batches, and what AWS answers to those it doesn't take."""

from __future__ import annotations

import json

import pytest

from tests.conformance.sns_helpers import bodies, create_topic, listen, publish, refusal, text, texts

NAMES = [
    (".name", "Invalid message attribute name starting with character '.' was found."),
    ("name.", "Invalid message attribute name ending with character '.' was found."),
    ("na..me", "Message attribute name can not have successive '.' character."),
    (
        "na me",
        "Invalid non-alphanumeric character '#x20' was found in the message attribute name. Can only include "
        "alphanumeric characters, hyphens, underscores, or dots.",
    ),
    ("n" * 257, "Length of message attribute name must be less than 256 bytes."),
]
TYPE = (
    "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is "
    "Binary, Number, and String."
)


@pytest.mark.parametrize(("name", "message"), NAMES)
def test_the_name_of_an_attribute_has_rules(cloud, name, message):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html"""
    found = refusal(publish, cloud, create_topic(cloud), MessageAttributes={name: text("x")})
    assert found == ("ParameterValueInvalid", message)


@pytest.mark.parametrize("kind", ["String.", "Stringprefixed", "Text", "string"])
def test_a_type_that_an_attribute_can_not_have(cloud, kind):
    """Recorded on AWS, August 2023."""
    attribute = {"DataType": kind, "StringValue": "x"}
    found = refusal(publish, cloud, create_topic(cloud), MessageAttributes={"a": attribute})
    assert found == ("ParameterValueInvalid", TYPE)


@pytest.mark.parametrize("kind", ["String.prefixed", "String.  prefixed.", "Number.int", "Binary.gif"])
def test_a_type_may_have_a_label(cloud, kind):
    """Recorded on AWS, August 2023."""
    value = {"BinaryValue": b"x"} if kind.startswith("Binary") else {"StringValue": "1"}
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    publish(cloud, topic, MessageAttributes={"a": {"DataType": kind, **value}})
    (body,) = bodies(cloud, url)
    assert json.loads(body)["MessageAttributes"]["a"]["Type"] == kind


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        (
            {"DataType": "String", "StringValue": ""},
            "must contain non-empty message attribute value for message attribute type 'String'.",
        ),
        ({"DataType": "String", "BinaryValue": b"x"}, "with type 'String' must use field 'String'."),
        ({"DataType": "Binary", "StringValue": "x"}, "with type 'Binary' must use field 'Binary'."),
    ],
)
def test_an_attribute_has_a_value_of_its_type(cloud, attribute, message):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html"""
    found = refusal(publish, cloud, create_topic(cloud), MessageAttributes={"a": attribute})
    assert found == ("ParameterValueInvalid", f"The message attribute 'a' {message}")


def test_attributes_for_text_messages_have_names_of_awss_own(cloud):
    """https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html"""
    attributes = {"AWS.SNS.SMS.SMSType": text("Transactional")}
    cloud.client("sns").publish(PhoneNumber="+15551230001", Message="hello", MessageAttributes=attributes)
    found = refusal(publish, cloud, create_topic(cloud), MessageAttributes={"AWS.x": text("x")})
    assert found[0] == "ParameterValueInvalid"


@pytest.mark.parametrize("number_text", ["1", "-1.5", "+.5", "1e3", "12345678901234567890.5"])
def test_numbers_are_taken_as_they_are_written(cloud, number_text):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html"""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    attribute = {"DataType": "Number", "StringValue": number_text}
    publish(cloud, topic, MessageAttributes={"n": attribute})
    (body,) = bodies(cloud, url)
    assert json.loads(body)["MessageAttributes"]["n"] == {"Type": "Number", "Value": number_text}


@pytest.mark.parametrize("number_text", ["nan", "inf", "1_000", " 1", "0x10", "ten"])
def test_what_is_no_number_is_refused(cloud, number_text):
    """https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html"""
    topic = create_topic(cloud)
    attribute = {"DataType": "Number", "StringValue": number_text}
    found = refusal(publish, cloud, topic, MessageAttributes={"n": attribute})
    assert found == ("ParameterValueInvalid", "Could not cast message attribute 'n' value to number.")


@pytest.mark.parametrize(
    ("entry_id", "message"),
    [
        ("message.id", "contains an impermissible character: message.id"),
        ("msg@123#test", "contains an impermissible character: msg@123#test"),
        ("a" * 81, f"is too long: {'a' * 81}"),
    ],
)
def test_an_id_that_an_entry_can_not_have(cloud, entry_id, message):
    """Recorded on AWS, December 2025."""
    entries = [{"Id": "good", "Message": "x"}, {"Id": entry_id, "Message": "x"}]
    sns, topic = cloud.client("sns"), create_topic(cloud)
    assert refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries) == (
        "InvalidBatchEntryId",
        f"The Id of a batch entry in the batch request {message}",
    )


def test_an_attribute_that_sns_does_not_take_fails_its_whole_batch(cloud):
    """https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html#API_PublishBatch_Errors"""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    bad = {"a": {"DataType": "Text", "StringValue": "x"}}
    entries = [
        {"Id": "good", "Message": "x"},
        {"Id": "bad", "Message": "x", "MessageAttributes": bad},
    ]
    found = refusal(cloud.client("sns").publish_batch, TopicArn=topic, PublishBatchRequestEntries=entries)
    assert found == ("ParameterValueInvalid", TYPE)
    assert texts(cloud, url) == []


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ('{"default": "x"} }', "JSON message body failed to parse"),
        ('{"default": {"object": "x"}}', "No default entry in JSON message body"),
    ],
)
def test_a_structured_message_has_a_default_text(cloud, message, complaint):
    """Recorded on AWS, August 2023."""
    found = refusal(publish, cloud, create_topic(cloud), message, MessageStructure="json")
    assert found == ("InvalidParameter", f"Invalid parameter: Message Structure - {complaint}")


def test_of_a_text_given_twice_the_last_counts(cloud):
    """Recorded on AWS, August 2023, as far as it is accepted."""
    topic = create_topic(cloud)
    url = listen(cloud, topic)
    publish(cloud, topic, '{"default": "first", "default": "second"}', MessageStructure="json")
    assert texts(cloud, url) == ["second"]
