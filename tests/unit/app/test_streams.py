"""Streams in templates, and their handle."""

from __future__ import annotations

import pytest

import harness

TEMPLATE = """
Resources:
  Clicks:
    Type: AWS::Kinesis::Stream
    Properties:
      ShardCount: 2
      RetentionPeriodHours: 48
      StreamEncryption: {EncryptionType: KMS, KeyId: alias/aws/kinesis}
      Tags: [{Key: team, Value: shop}]
  Reader:
    Type: AWS::Kinesis::StreamConsumer
    Properties: {StreamARN: !GetAtt Clicks.Arn, ConsumerName: reader}
  Policy:
    Type: AWS::Kinesis::ResourcePolicy
    Properties:
      ResourceArn: !GetAtt Clicks.Arn
      ResourcePolicy: {Version: "2012-10-17", Statement: []}
Outputs:
  Reader: {Value: !GetAtt Reader.ConsumerStatus}
"""


@pytest.fixture
def app(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    with harness.Simulator(seed=1) as cloud:
        yield cloud.deploy(tmp_path / "template.yaml", name="shop")


def test_a_stream_is_made_as_its_template_says(app):
    kinesis, name = app.client("kinesis"), app.physical_id("Clicks")
    found = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert (found["OpenShardCount"], found["RetentionPeriodHours"], found["KeyId"]) == (
        2,
        48,
        "alias/aws/kinesis",
    )
    assert found["StreamStatus"] == "ACTIVE"
    assert kinesis.list_tags_for_stream(StreamName=name)["Tags"] == [{"Key": "team", "Value": "shop"}]
    [consumer] = kinesis.list_stream_consumers(StreamARN=app.arn("Clicks"))["Consumers"]
    assert (consumer["ConsumerARN"], app.outputs["Reader"]) == (app.physical_id("Reader"), "ACTIVE")
    policy = kinesis.get_resource_policy(ResourceARN=app.arn("Clicks"))["Policy"]
    assert policy == '{"Version": "2012-10-17", "Statement": []}'


def test_what_is_put_is_among_the_records(app):
    number = app.stream("Clicks").put({"page": "home"}, key="u-1")
    app.stream("Clicks").put(b"\xff", key="u-2")
    [first] = [each for each in app.stream("Clicks").records() if each["SequenceNumber"] == number]
    assert (first["PartitionKey"], first["Data"]) == ("u-1", b'{"page": "home"}')
    assert sorted(app.stream("Clicks").bodies(), key=str) == [b"\xff", {"page": "home"}]


def test_looking_at_records_is_no_reading(app):
    app.stream("Clicks").put("x", key="u-1")
    for _ in range(20):
        app.stream("Clicks").records()
    assert not app.history().of("received")


def test_records_that_a_shard_has_no_room_for_are_put_again(app):
    app.stream("Clicks").put_all(("u-1", f"{number}") for number in range(1500))
    assert app.stream("Clicks").bodies() == list(range(1500))


def test_a_record_that_always_fails_is_told_in_aws_s_words(app):
    app.cloud.inject(harness.faults.partial_answer("kinesis:PutRecords", entries=(0,), times=9))
    with pytest.raises(ValueError, match="Clicks: InternalError: The service failed"):
        app.stream("Clicks").put_all([("u-1", "x")])


def test_shards_are_split_merged_and_scaled(app):
    stream = app.stream("Clicks")
    stream.split()
    assert [shard.get("ParentShardId") for shard in stream.shards()] == [
        None,
        None,
        "shardId-000000000000",
        "shardId-000000000000",
    ]
    stream.merge("shardId-000000000002", "shardId-000000000003")
    stream.reshard(4)
    opened = [each for each in stream.shards() if "EndingSequenceNumber" not in each["SequenceNumberRange"]]
    assert len(opened) == 4
    with pytest.raises(LookupError, match="Clicks: there is no open shard shardId-000000000000"):
        stream.split("shardId-000000000000")


def test_records_are_effects(app):
    app.stream("Clicks").put({"order": "o-1"}, key="o-1")
    app.settle()
    assert app.effects("Clicks") == ['{"order": "o-1"}']
