"""Buckets for HTTP clients that aren't SDKs: presigned URLs and forms."""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.conformance.events_helpers import open_queue
from tests.conformance.lambda_helpers import create_function, invoke, messages

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's buckets have addresses of their own")

FORM = (
    b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nin/${filename}\r\n'
    b'--b\r\nContent-Disposition: form-data; name="Content-Type"\r\n\r\ntext/csv\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n1,2\r\n--b--\r\n'
)


@pytest.fixture
def s3(cloud):
    client = cloud.client("s3")
    client.create_bucket(Bucket="scans")
    return client


def presigned(s3, operation, key="a b/c"):
    return s3.generate_presigned_url(operation, Params={"Bucket": "scans", "Key": key})


def test_an_object_is_put_and_got_by_presigned_urls(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/PresignedUrlUploadObject.html"""
    put = Request(presigned(s3, "put_object"), b"hello", {"Content-Type": "text/plain"}, method="PUT")
    with urlopen(put) as answer:
        assert answer.status == 200
    assert s3.head_object(Bucket="scans", Key="a b/c")["ContentType"] == "text/plain"
    with urlopen(presigned(s3, "get_object")) as answer:
        assert answer.read() == b"hello"


def test_an_object_that_is_not_there_is_404(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html"""
    with pytest.raises(HTTPError) as refused:
        urlopen(presigned(s3, "get_object"))
    assert refused.value.code == 404
    assert b"NoSuchKey" in refused.value.read()


def test_a_function_uses_a_presigned_url(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html"""
    s3.put_object(Bucket="scans", Key="a", Body=b"hello")
    create_function(
        cloud,
        "from urllib.request import urlopen\n"
        "def handler(event, context): return urlopen(event['url']).read().decode()",
    )
    assert invoke(cloud, {"url": presigned(s3, "get_object", "a")})[0] == "hello"


def test_a_form_is_posted_to_a_bucket_and_told_as_that(cloud, s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html"""
    url, arn = open_queue(cloud)
    policy = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    cloud.client("sqs").set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [policy]})}
    )
    configuration = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="scans", NotificationConfiguration={"QueueConfigurations": [configuration]}
    )
    target = s3.generate_presigned_post("scans", "in/${filename}")["url"]
    post = Request(target, FORM, {"Content-Type": "multipart/form-data; boundary=b"}, method="POST")
    with urlopen(post) as answer:
        assert answer.status == 204
    found = s3.get_object(Bucket="scans", Key="in/a.csv")
    assert (found["Body"].read(), found["ContentType"]) == (b"1,2", "text/csv")
    bodies = [json.loads(message["Body"]) for message in messages(cloud, url)]
    names = [record["eventName"] for body in bodies for record in body.get("Records", ())]
    assert names == ["ObjectCreated:Post"]
