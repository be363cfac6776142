"""Revisions, states and versions of functions, and code from buckets."""

from __future__ import annotations

from tests.conformance.lambda_helpers import ROLE, archive, create_function, invoke, refused

ECHO = "def handler(event, context): return event"


def create(cloud, **settings):
    settings = {
        "FunctionName": "work",
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "app.handler",
        "Code": {"ZipFile": archive(ECHO)},
    } | settings
    return cloud.client("lambda").create_function(**settings)


def revision(cloud, **qualifier):
    return cloud.client("lambda").get_function_configuration(FunctionName="work", **qualifier)["RevisionId"]


def test_a_revision_ends_when_the_state_changes(cloud):
    """Recorded on AWS, November 2025."""
    functions = cloud.client("lambda")
    created = create(cloud)
    functions.get_waiter("function_active_v2").wait(FunctionName="work")
    active = revision(cloud)
    updated = functions.update_function_configuration(FunctionName="work", Description="changed")
    functions.get_waiter("function_updated_v2").wait(FunctionName="work")
    seen = [created["RevisionId"], active, updated["RevisionId"], revision(cloud)]
    assert len(set(seen)) == 4


def test_tags_are_part_of_the_revision(cloud):
    """Recorded on AWS, November 2025."""
    functions = cloud.client("lambda")
    arn = create_function(cloud, ECHO)
    before = revision(cloud)
    functions.tag_resource(Resource=arn, Tags={"a": "1"})
    tagged = revision(cloud)
    functions.untag_resource(Resource=arn, TagKeys=["a"])
    assert len({before, tagged, revision(cloud)}) == 3


def test_a_version_keeps_its_revision(cloud):
    """Recorded on AWS, November 2025."""
    functions = cloud.client("lambda")
    create_function(cloud, ECHO)
    published = functions.publish_version(FunctionName="work")
    assert published["RevisionId"] == revision(cloud, Qualifier="1")
    functions.update_function_configuration(FunctionName="work", Description="changed")
    assert published["RevisionId"] == revision(cloud, Qualifier="1")
    assert published["RevisionId"] != revision(cloud)


def test_a_version_is_published_when_only_the_description_has_changed(cloud):
    """Recorded on AWS, November 2025."""
    functions = cloud.client("lambda")
    create_function(cloud, ECHO)
    first = functions.publish_version(FunctionName="work", Description="the first")
    again = functions.publish_version(FunctionName="work", Description="not taken")
    functions.update_function_configuration(FunctionName="work", Description="changed")
    functions.get_waiter("function_updated_v2").wait(FunctionName="work")
    second = functions.publish_version(FunctionName="work")
    assert (first["Version"], again["Version"], again["Description"]) == ("1", "1", "the first")
    assert (second["Version"], second["Description"]) == ("2", "changed")


def test_a_function_published_as_it_is_created_answers_its_version_under_its_own_arn(cloud):
    """Recorded on AWS, November 2025."""
    created = create(cloud, Publish=True)
    assert (created["Version"], created["State"]) == ("1", "Pending")
    assert created["FunctionArn"].endswith(":function:work")


def test_an_answer_names_the_version_of_the_runtime(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_RuntimeVersionConfig.html"""
    created = create(cloud)["RuntimeVersionConfig"]["RuntimeVersionArn"]
    assert created.startswith(f"arn:aws:lambda:{cloud.region}::runtime:")
    updated = cloud.client("lambda").update_function_configuration(FunctionName="work", Runtime="python3.13")
    assert updated["RuntimeVersionConfig"]["RuntimeVersionArn"] != created


def test_lists_say_nothing_of_states(cloud):
    """Recorded on AWS, November 2025."""
    functions = cloud.client("lambda")
    create_function(cloud, ECHO)
    listed = [
        functions.list_functions()["Functions"][0],
        functions.list_versions_by_function(FunctionName="work")["Versions"][0],
    ]
    for each in listed:
        assert not {"State", "LastUpdateStatus", "RuntimeVersionConfig"} & set(each)


def test_deleting_a_function_answers_204(cloud):
    """Recorded on AWS, November 2025."""
    create_function(cloud, ECHO)
    answer = cloud.client("lambda").delete_function(FunctionName="work")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_the_latest_version_goes_with_its_function_only(cloud):
    """Recorded on AWS, November 2025."""
    functions = cloud.client("lambda")
    assert refused(functions.delete_function, FunctionName="absent", Qualifier="$LATEST") == (
        "InvalidParameterValueException",
        "$LATEST version cannot be deleted without deleting the function.",
    )


def test_code_comes_from_a_bucket(cloud):
    """https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html"""
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="packages")
    s3.put_object(Bucket="packages", Key="work.zip", Body=archive(ECHO))
    create(cloud, Code={"S3Bucket": "packages", "S3Key": "work.zip"})
    cloud.client("lambda").get_waiter("function_active_v2").wait(FunctionName="work")
    assert invoke(cloud, {"a": 1})[0] == {"a": 1}


def test_code_that_is_not_in_the_bucket_is_told_in_the_words_of_s3(cloud):
    """Recorded on AWS, November 2025."""
    cloud.client("s3").create_bucket(Bucket="packages")
    assert refused(lambda **_: create(cloud, Code={"S3Bucket": "packages", "S3Key": "absent.zip"})) == (
        "InvalidParameterValueException",
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
        "S3 Error Message: The specified key does not exist.",
    )
    assert refused(lambda **_: create(cloud, Code={"S3Bucket": "no-such-bucket-1", "S3Key": "x.zip"})) == (
        "InvalidParameterValueException",
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. "
        "S3 Error Message: The specified bucket does not exist",
    )
