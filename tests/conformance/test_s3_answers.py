"""S3: what its answers say of an object beside its content."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.clouds("sim", reason="LocalStack's S3 is its own")


@pytest.fixture
def s3(cloud):
    client = cloud.client("s3")
    client.create_bucket(Bucket="scans")
    return client


def test_every_object_is_encrypted(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html"""
    answers = [
        s3.put_object(Bucket="scans", Key="a", Body=b"x"),
        s3.copy_object(Bucket="scans", Key="b", CopySource="scans/a"),
        s3.get_object(Bucket="scans", Key="a"),
        s3.head_object(Bucket="scans", Key="a"),
    ]
    assert [answer["ServerSideEncryption"] for answer in answers] == ["AES256"] * 4


def test_an_encryption_that_was_asked_for_is_the_one_that_is_told(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""
    answer = s3.put_object(Bucket="scans", Key="a", Body=b"x", ServerSideEncryption="aws:kms")
    assert answer["ServerSideEncryption"] == "aws:kms"


def test_the_checksum_of_an_object_that_was_put_at_once_is_that_of_the_whole(s3):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""
    assert s3.put_object(Bucket="scans", Key="a", Body=b"x")["ChecksumType"] == "FULL_OBJECT"
