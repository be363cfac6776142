"""The simulator and a test's own mock_aws: one after the other, each for itself, and never both at once."""

import boto3
import pytest
from moto import mock_aws
from moto.core import base_backend, responses
from moto.core.base_backend import AccountSpecificBackend, BackendDict

from harness import Simulator

KEYS = {
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(autouse=True)
def _credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture(autouse=True)
def _nothing_of_others(_credentials):
    """moto keeps what its server took in other tests of this process; the end of a mock clears it."""
    with mock_aws():
        pass


@pytest.fixture
def keeping_mock():
    """A mock that keeps its state while it is stopped, as moto's decorator of classes does after setUp."""
    mock = mock_aws()
    mock.start()
    boto3.client("dynamodb").create_table(TableName="mine", **KEYS)
    mock.stop(remove_data=False)
    yield mock
    mock.start(reset=False)
    mock.stop()


def tables():
    return boto3.client("dynamodb").list_tables()["TableNames"]


def test_the_mock_s_state_does_not_leak_into_a_run(keeping_mock):
    with Simulator():
        assert tables() == []


def test_a_run_leaves_the_mock_s_state_as_it_was(keeping_mock):
    with Simulator():
        boto3.client("dynamodb").create_table(TableName="mine", **KEYS)
        boto3.client("dynamodb").create_table(TableName="other", **KEYS)
        boto3.client("s3").create_bucket(Bucket="bucket")
    keeping_mock.start(reset=False)
    try:
        assert tables() == ["mine"]
        assert boto3.client("s3").list_buckets()["Buckets"] == []
    finally:
        keeping_mock.stop(remove_data=False)


def test_a_run_s_state_does_not_leak_into_a_later_run():
    for _ in range(2):
        with Simulator():
            assert tables() == []
            boto3.client("dynamodb").create_table(TableName="mine", **KEYS)


def test_a_run_s_state_does_not_leak_into_a_mock_that_keeps_what_it_finds():
    with Simulator():
        boto3.client("dynamodb").create_table(TableName="run", **KEYS)
    mock = mock_aws()
    mock.start(reset=False)
    try:
        assert tables() == []
    finally:
        mock.stop()


def test_a_simulator_inside_a_mock_is_refused_with_a_sentence():
    with mock_aws():
        boto3.client("dynamodb").create_table(TableName="mine", **KEYS)
        with pytest.raises(RuntimeError, match="moto's mock_aws and the cloud 'sim' are active at once"):
            Simulator().__enter__()
        assert tables() == ["mine"]


def test_a_mock_inside_a_simulator_is_refused_with_a_sentence_and_harms_nothing():
    with Simulator():
        boto3.client("dynamodb").create_table(TableName="run", **KEYS)
        with pytest.raises(RuntimeError, match="are active at once"):
            mock_aws().start()
        with pytest.raises(RuntimeError, match="are active at once"):
            mock_aws(tables)()
        assert tables() == ["run"]
    with mock_aws():
        assert tables() == []


def test_the_account_of_a_run_is_its_own(monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999999999999")
    with Simulator() as cloud:
        assert boto3.client("sts").get_caller_identity()["Account"] == cloud.account


def test_moto_is_as_it_was_after_a_run():
    def of_moto():
        return (
            responses.method_names_from_class,
            base_backend.uuid4,
            AccountSpecificBackend._generate_regions,
            BackendDict.__eq__,
            BackendDict.__hash__,
            mock_aws().start.__func__,
        )

    before = of_moto()
    with Simulator():
        tables()
    assert of_moto() == before
