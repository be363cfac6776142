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


@pytest.fixture
def suspended(s3):
    """A bucket that has the object `a` from when it kept versions, and keeps none any more; its version."""
    s3.put_bucket_versioning(Bucket="scans", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="scans", Key="a", Body=b"first")["VersionId"]
    s3.put_bucket_versioning(Bucket="scans", VersioningConfiguration={"Status": "Suspended"})
    return version


def test_a_bucket_whose_versioning_is_suspended_keeps_the_versions_it_has(s3, suspended):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html"""
    for body in (b"second", b"third"):
        assert "VersionId" not in s3.put_object(Bucket="scans", Key="a", Body=body)
    versions = s3.list_object_versions(Bucket="scans")["Versions"]
    assert [each["VersionId"] for each in versions] == ["null", suspended]
    assert s3.get_object(Bucket="scans", Key="a")["Body"].read() == b"third"
    assert s3.get_object(Bucket="scans", Key="a", VersionId=suspended)["Body"].read() == b"first"


def test_a_deletion_where_versioning_is_suspended_leaves_a_marker_that_is_the_version_null(s3, suspended):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectsfromVersionSuspendedBuckets.html"""
    s3.put_object(Bucket="scans", Key="a", Body=b"second")
    answer = s3.delete_object(Bucket="scans", Key="a")
    assert (answer["DeleteMarker"], answer["VersionId"]) == (True, "null")
    listed = s3.list_object_versions(Bucket="scans")
    assert [each["VersionId"] for each in listed["Versions"]] == [suspended]
    assert [each["VersionId"] for each in listed["DeleteMarkers"]] == ["null"]


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_a_deletion_says_that_it_was_a_marker_that_it_deleted(s3, status):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html"""
    s3.put_bucket_versioning(Bucket="scans", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="scans", Key="a", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket="scans", Key="a")["VersionId"]
    s3.put_bucket_versioning(Bucket="scans", VersioningConfiguration={"Status": status})
    assert s3.delete_object(Bucket="scans", Key="a", VersionId=marker)["DeleteMarker"] is True
    assert "DeleteMarker" not in s3.delete_object(Bucket="scans", Key="a", VersionId=version)
