"""Step Functions: what distributed maps read from S3 and write there."""

from __future__ import annotations

import gzip
import json

import pytest
from botocore.exceptions import ClientError

from tests.conformance.states_helpers import ran

pytestmark = pytest.mark.clouds("sim", reason="LocalStack interprets state machines by itself")

ODD = {
    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    "StartAt": "It",
    "States": {
        "It": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericEquals": 0, "Next": "Bad"}],
            "Default": "Good",
        },
        "Bad": {"Type": "Fail", "Error": "Oops"},
        "Good": {"Type": "Pass", "OutputPath": "$.list", "End": True},
    },
}
PASS = {**ODD, "States": {"It": {"Type": "Pass", "End": True}}}
ITEMS = [{"n": 1, "list": [1, 2]}, {"n": 0}, {"n": 2, "list": [3]}]


@pytest.fixture
def s3(cloud):
    client = cloud.client("s3")
    client.create_bucket(Bucket="items")
    return client


def result_of(cloud, writer):
    """The output of a map of which one item fails, as it is tolerated."""
    each = {"Type": "Map", "ToleratedFailureCount": 1, "ItemProcessor": ODD, "ResultWriter": writer}
    return ran(cloud, {"Each": each}, ITEMS)["output"]


@pytest.mark.parametrize(
    ("transformation", "good"),
    [("COMPACT", [[1, 2], [3]]), ("FLATTEN", [1, 2, 3])],
)
def test_results_that_no_bucket_takes_are_the_output(cloud, transformation, good):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html

    An execution that failed is told whole.
    """
    found = result_of(cloud, {"WriterConfig": {"Transformation": transformation}})
    [failed] = [each for each in found if isinstance(each, dict)]
    assert (failed["Status"], failed["Error"], json.loads(failed["Input"])) == ("FAILED", "Oops", {"n": 0})
    assert [each for each in found if each != failed] == good


def test_results_are_written_as_lines_of_json(cloud, s3):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"""
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "items", "Prefix": "results"},
        "WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSONL"},
    }
    key = result_of(cloud, writer)["ResultWriterDetails"]["Key"]
    manifest = json.loads(s3.get_object(Bucket="items", Key=key)["Body"].read())
    [file] = manifest["ResultFiles"]["SUCCEEDED"]
    assert file["Key"].endswith("SUCCEEDED_0.jsonl")
    assert s3.get_object(Bucket="items", Key=file["Key"])["Body"].read() == b"1\n2\n3"
    [file] = manifest["ResultFiles"]["FAILED"]
    assert json.loads(s3.get_object(Bucket="items", Key=file["Key"])["Body"].read())["Error"] == "Oops"


def items_of(cloud, action, config, **params):
    """What a distributed map reads."""
    reader = {"Resource": f"arn:aws:states:::s3:{action}", "ReaderConfig": config, "Parameters": params}
    each = {"Type": "Map", "ItemReader": reader, "ItemProcessor": PASS}
    return ran(cloud, {"Each": each})


def test_objects_that_are_listed_can_be_read(cloud, s3):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""
    s3.put_object(Bucket="items", Key="in/1.jsonl", Body='{"n":1}\n{"n":2}')
    s3.put_object(Bucket="items", Key="in/2.jsonl", Body='{"n":3}')
    config = {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"}
    found = items_of(cloud, "listObjectsV2", config, Bucket="items", Prefix="in/")
    assert found["output"] == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_an_inventory_lists_objects(cloud, s3):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""
    s3.put_object(Bucket="items", Key="list.csv.gz", Body=gzip.compress(b'"shop","a.json","3"\n'))
    manifest = {
        "destinationBucket": "arn:aws:s3:::items",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "list.csv.gz", "size": 1}],
    }
    s3.put_object(Bucket="items", Key="manifest.json", Body=json.dumps(manifest))
    found = items_of(cloud, "getObject", {"InputType": "MANIFEST"}, Bucket="items", Key="manifest.json")
    assert found["output"] == [{"Bucket": "shop", "Key": "a.json", "Size": "3"}]


def test_a_manifest_of_athena_lists_files(cloud, s3):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html"""
    s3.put_object(Bucket="items", Key="out/1", Body='{"n":1}\n')
    s3.put_object(Bucket="items", Key="out/2", Body='{"n":2}\n')
    s3.put_object(Bucket="items", Key="manifest.csv", Body="s3://items/out/1\ns3://items/out/2\n")
    config = {"InputType": "JSONL", "ManifestType": "ATHENA_DATA"}
    assert items_of(cloud, "getObject", config, Bucket="items", Key="manifest.csv")["output"] == [
        {"n": 1},
        {"n": 2},
    ]


def test_an_inventory_has_a_manifest(cloud, s3):
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"""
    s3.put_object(Bucket="items", Key="manifest.json", Body="[]")
    found = items_of(cloud, "getObject", {"InputType": "MANIFEST"}, Bucket="items", Key="manifest.json")
    assert found["error"] == "States.ItemReaderFailed"


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            {"Transformation": "SORT"},
            "Value is not one of [NONE, COMPACT, FLATTEN] at "
            "/States/Each/ResultWriter/WriterConfig/Transformation",
        ),
        (
            {"OutputType": "XML"},
            "Value is not one of [JSON, JSONL] at /States/Each/ResultWriter/WriterConfig/OutputType",
        ),
    ],
)
def test_a_writer_has_a_transformation_and_a_type_that_there_are(cloud, config, told):
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html"""
    with pytest.raises(ClientError) as refused:
        result_of(cloud, {"WriterConfig": config})
    assert told in refused.value.response["Error"]["Message"]
