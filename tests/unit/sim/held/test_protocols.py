"""The protocols that SDKs of different years speak with services that moto holds."""

import subprocess
import sys
from datetime import UTC, datetime

import boto3
import botocore.model
import pytest
from botocore.exceptions import ClientError

from harness import Simulator
from harness.sim.patches import cold_starts

ORDERS = {
    "today's": None,
    "cbor first": ("smithy-rpc-v2-cbor", "json", "rest-json", "rest-xml", "query", "ec2"),
    "query first": ("query", "json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "ec2"),
}


@pytest.fixture(params=ORDERS)
def cloud(request, monkeypatch):
    """A simulator whose clients speak as an SDK that prefers these protocols."""
    order = ORDERS[request.param]

    def resolved(model):
        return next(protocol for protocol in order if protocol in (model.protocols or [model.protocol]))

    if order is not None:
        monkeypatch.setattr(cold_starts, "_prepared", {})  # an SDK of another year makes its own
        monkeypatch.setattr(botocore.model.ServiceModel, "resolved_protocol", property(resolved))
    with Simulator() as cloud:
        yield cloud


def client(service):
    return boto3.client(service, region_name="us-east-1")


def test_metrics_are_put_and_read(cloud):
    metrics, at = client("cloudwatch"), datetime(2026, 1, 1, tzinfo=UTC)
    data = [{"MetricName": "orders", "Value": 2.5, "Timestamp": at}]
    metrics.put_metric_data(Namespace="shop", MetricData=data)
    assert [metric["MetricName"] for metric in metrics.list_metrics()["Metrics"]] == ["orders"]
    found = metrics.get_metric_statistics(
        Namespace="shop", MetricName="orders", StartTime=at, EndTime=at.replace(hour=1), Period=60,
        Statistics=["Sum"],
    )  # fmt: skip
    assert [(point["Sum"], point["Timestamp"]) for point in found["Datapoints"]] == [(2.5, at)]


def test_namespaces_are_created_and_found(cloud):
    discovery = client("servicediscovery")
    discovery.create_http_namespace(Name="shop")
    assert [found["Name"] for found in discovery.list_namespaces()["Namespaces"]] == ["shop"]


def test_errors_have_their_code_and_message(cloud):
    with pytest.raises(ClientError) as caught:
        client("servicediscovery").get_namespace(Id="ns-gone")
    assert caught.value.response["Error"]["Code"] == "NamespaceNotFound"
    assert "ns-gone" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("name", ["localstack-orders", "localhost-orders", "orders"])
def test_a_bucket_may_be_named_like_a_host(cloud, name):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a/b.txt", Body=b"hello")
    assert s3.get_object(Bucket=name, Key="a/b.txt")["Body"].read() == b"hello"
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [name]


def test_tags_are_found_by_resource(cloud):
    client("secretsmanager").create_secret(
        Name="key", SecretString="x", Tags=[{"Key": "team", "Value": "blue"}]
    )
    found = client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    assert [each["Tags"] for each in found] == [[{"Key": "team", "Value": "blue"}]]


WITHOUT_EXTRA = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "openapi_spec_validator":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import boto3, harness
for _ in range(2):
    with harness.Simulator():
        try:
            boto3.client("apigateway", region_name="us-east-1").get_rest_apis()
        except harness.Unsupported as problem:
            print(problem)
        print(boto3.client("dynamodb", region_name="us-east-1").list_tables()["TableNames"])
"""


def test_a_service_whose_packages_are_missing_says_which_and_harms_no_other():
    done = subprocess.run([sys.executable, "-c", WITHOUT_EXTRA], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told, tables = done.stdout.splitlines()[:2]
    assert told.startswith("apigateway: ")
    assert "pip install 'moto[apigateway]' (No module named 'openapi_spec_validator')" in told
    assert done.stdout.splitlines() == [told, tables] * 2
    assert tables == "[]"
