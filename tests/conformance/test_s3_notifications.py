"""S3: notifications of what happens to objects."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.events_helpers import open_queue as open_to_rules
from tests.conformance.events_helpers import received, refusal, rule
from tests.conformance.lambda_helpers import create_function, create_queue, messages

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": "*",
            }
        ],
    }
)


@pytest.fixture
def s3(cloud):
    return cloud.client("s3")


@pytest.fixture
def bucket(cloud, s3):
    name = f"uploads-{cloud.account}"
    s3.create_bucket(Bucket=name)
    return name


def notify(s3, bucket, **configuration):
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


def watched(cloud, s3, bucket, *events, **how):
    """A queue that is notified of these events; the test event is taken out."""
    url, arn = create_queue(cloud, "work", Policy=POLICY)
    entry = {"QueueArn": arn, "Events": list(events), **how}
    notify(s3, bucket, QueueConfigurations=[entry])
    cloud.advance(2)
    for message in messages(cloud, url):
        cloud.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return url


def events_in(cloud, url):
    return [record for body in received(cloud, url) for record in body["Records"]]


def test_an_object_that_is_put_is_told_to_a_queue(cloud, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
    url = watched(cloud, s3, bucket, "s3:ObjectCreated:*")
    s3.put_object(Bucket=bucket, Key="my file+ä.txt", Body=b"hello")
    [record] = events_in(cloud, url)
    assert (record["eventName"], record["eventSource"], record["eventVersion"]) == (
        "ObjectCreated:Put",
        "aws:s3",
        "2.1",
    )
    assert record["s3"]["bucket"]["name"] == bucket
    told = record["s3"]["object"]
    assert (told["key"], told["size"]) == ("my+file%2B%C3%A4.txt", 5)
    assert told["eTag"] == "5d41402abc4b2a76b9719d911017c592"


def test_a_queue_gets_a_test_event_when_it_is_configured(cloud, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
    url, arn = create_queue(cloud, "work", Policy=POLICY)
    notify(s3, bucket, QueueConfigurations=[{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}])
    [body] = received(cloud, url)
    assert (body["Service"], body["Event"], body["Bucket"]) == ("Amazon S3", "s3:TestEvent", bucket)


def test_a_queue_must_let_the_bucket_send(cloud, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html"""
    _, arn = create_queue(cloud, "closed")
    code, message = refusal(
        s3,
        "put_bucket_notification_configuration",
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    assert (code, message) == (
        "InvalidArgument",
        "Unable to validate the following destination configurations",
    )


@pytest.mark.clouds("sim", reason="LocalStack's errors have one argument")
def test_every_target_that_is_out_of_reach_is_named_with_the_reason(cloud, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html"""
    _, closed = create_queue(cloud, "closed")
    missing = f"arn:aws:sns:{cloud.region}:{cloud.account}:missing"
    entries = {
        "TopicConfigurations": [{"TopicArn": missing, "Events": ["s3:ObjectRemoved:*"]}],
        "QueueConfigurations": [{"Id": "new", "QueueArn": closed, "Events": ["s3:ObjectCreated:*"]}],
    }
    with pytest.raises(ClientError) as refused:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=entries)
    error = refused.value.response["Error"]
    told = {error[f"ArgumentName{n}"]: error[f"ArgumentValue{n}"] for n in (1, 2)}
    assert told.pop(f"{missing}, null") == "The destination topic does not exist"
    assert told.pop(f"{closed}, new").startswith("Permissions on the destination queue do not allow S3 to")


def test_only_keys_that_the_filter_lets_pass_are_told(cloud, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html"""
    rules = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]
    url = watched(cloud, s3, bucket, "s3:ObjectCreated:*", Filter={"Key": {"FilterRules": rules}})
    for key in ("in/a.jpg", "in/a.png", "out/a.jpg"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    assert [record["s3"]["object"]["key"] for record in events_in(cloud, url)] == ["in/a.jpg"]


def test_each_way_to_create_an_object_has_its_name(cloud, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html"""
    url = watched(cloud, s3, bucket, "s3:ObjectCreated:Copy", "s3:ObjectCreated:CompleteMultipartUpload")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="c")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="c", UploadId=upload, PartNumber=1, Body=b"x")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(Bucket=bucket, Key="c", UploadId=upload, MultipartUpload={"Parts": parts})
    found = {record["s3"]["object"]["key"]: record["eventName"] for record in events_in(cloud, url)}
    assert found == {"b": "ObjectCreated:Copy", "c": "ObjectCreated:CompleteMultipartUpload"}


def test_to_delete_what_is_not_there_is_an_event_too(cloud, s3, bucket):
    """Recorded on AWS, 2023."""
    url = watched(cloud, s3, bucket, "s3:ObjectRemoved:*")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    s3.delete_object(Bucket=bucket, Key="c")
    found = {record["s3"]["object"]["key"]: record["eventName"] for record in events_in(cloud, url)}
    assert found == dict.fromkeys("abc", "ObjectRemoved:Delete")


def test_a_delete_marker_is_told_apart_from_a_deletion(cloud, s3, bucket):
    """Recorded on AWS, 2023."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    url = watched(cloud, s3, bucket, "s3:ObjectRemoved:*")
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="a")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="a", VersionId=version)
    found = {record["eventName"]: record["s3"]["object"]["versionId"] for record in events_in(cloud, url)}
    assert found == {"ObjectRemoved:DeleteMarkerCreated": marker, "ObjectRemoved:Delete": version}


def test_tags_are_told_without_size_and_sequencer(cloud, s3, bucket):
    """Recorded on AWS, 2023."""
    url = watched(cloud, s3, bucket, "s3:ObjectTagging:Put")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    [record] = events_in(cloud, url)
    assert record["eventVersion"] == "2.3"
    assert set(record["s3"]["object"]) == {"key", "eTag"}


def test_a_function_is_invoked_asynchronously(cloud, s3, bucket):
    """https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html"""
    code = """
import boto3
def handler(event, context):
    key = event["Records"][0]["s3"]["object"]["key"]
    boto3.client("sqs").send_message(QueueUrl="%s", MessageBody=key)
"""
    url, _ = create_queue(cloud, "seen")
    create_function(cloud, code % url, name="F")
    arn = cloud.client("lambda").get_function(FunctionName="F")["Configuration"]["FunctionArn"]
    cloud.client("lambda").add_permission(
        FunctionName="F",
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceAccount=cloud.account,
    )
    entry = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    notify(s3, bucket, LambdaFunctionConfigurations=[entry])
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    cloud.settle()
    assert [message["Body"] for message in messages(cloud, url)] == ["a"]


def test_all_events_go_to_event_bridge_if_it_is_on(cloud, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    url, arn = open_to_rules(cloud)
    rule(cloud, {"Arn": arn}, EventPattern='{"source": ["aws.s3"]}')
    notify(s3, bucket, EventBridgeConfiguration={})
    s3.put_object(Bucket=bucket, Key="my file.txt", Body=b"hello")
    [event] = received(cloud, url)
    assert (event["detail-type"], event["resources"]) == ("Object Created", [f"arn:aws:s3:::{bucket}"])
    detail = event["detail"]
    assert (detail["bucket"], detail["reason"]) == ({"name": bucket}, "PutObject")
    assert (detail["object"]["key"], detail["object"]["size"]) == ("my file.txt", 5)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            [{"QueueArn": "arn:aws:sqs:us-east-1:123456789012:work", "Events": ["s3:ObjectCreated:*"]}] * 2,
            "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
        ),
        ([{"QueueArn": "work", "Events": ["s3:ObjectCreated:*"]}], "The ARN could not be parsed"),
        (
            [{"QueueArn": "arn:aws:sqs:us-east-1:123456789012:work", "Events": ["s3:Nothing"]}],
            "A specified event is not supported for notifications",
        ),
    ],
    ids=["overlapping", "no ARN", "no event"],
)
def test_a_configuration_that_makes_no_sense_is_refused(cloud, s3, bucket, entries, message):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html"""
    told = refusal(
        s3,
        "put_bucket_notification_configuration",
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": entries},
        SkipDestinationValidation=True,
    )
    assert told == ("InvalidArgument", message)


def test_a_configuration_is_shown_with_ids_and_takes_the_place_of_the_one_before(cloud, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html"""
    _, arn = create_queue(cloud, "work", Policy=POLICY)
    notify(s3, bucket, QueueConfigurations=[{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}])
    shown = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert shown["QueueConfigurations"][0]["Id"]
    notify(s3, bucket)
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)


def test_a_restore_is_told_when_it_begins_and_when_it_is_complete(cloud, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html"""
    url = watched(cloud, s3, bucket, "s3:ObjectRestore:*")
    s3.put_object(Bucket=bucket, Key="old", Body=b"x", StorageClass="GLACIER")
    s3.restore_object(Bucket=bucket, Key="old", RestoreRequest={"Days": 1})
    cloud.advance(2)
    first, then = sorted(events_in(cloud, url), key=lambda record: record["s3"]["object"]["sequencer"])
    assert (first["eventName"], then["eventName"]) == ("ObjectRestore:Post", "ObjectRestore:Completed")
    assert "glacierEventData" not in first
    restored = then["glacierEventData"]["restoreEventData"]
    assert restored["lifecycleRestoreStorageClass"] == "GLACIER"
    assert restored["lifecycleRestorationExpiryTime"] > then["eventTime"]


@pytest.mark.clouds("sim", reason="LocalStack's errors have one argument")
@pytest.mark.parametrize("qualifier", ["", ":live", ":7"])
def test_a_function_that_is_not_there_cannot_be_notified(cloud, s3, bucket, qualifier):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html"""
    arn = create_function(cloud, "def handler(event, context): pass")
    missing = f"{arn}{qualifier}" if qualifier else f"{arn}s"
    entry = {"LambdaFunctionArn": missing, "Events": ["s3:ObjectCreated:*"]}
    with pytest.raises(ClientError) as caught:
        notify(s3, bucket, LambdaFunctionConfigurations=[entry])
    told = caught.value.response["Error"]
    assert (told["Code"], told["ArgumentName1"]) == ("InvalidArgument", f"{missing}, null")
