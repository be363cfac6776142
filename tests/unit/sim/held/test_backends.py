"""What moto holds is gone when a run ends, whichever run a service was first used in."""

import subprocess
import sys

SCRIPT = """
import boto3, harness
from moto import mock_aws

KEYS = {"AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
USES = [
    lambda: boto3.client("dynamodb").create_table(TableName="t", **KEYS),
    lambda: boto3.client("logs").create_log_group(logGroupName="l"),
    lambda: boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}"),
    lambda: boto3.client("s3").create_bucket(Bucket="bucket"),
]
for use in USES:
    with harness.Simulator(seed=1):
        use()
for _ in range(2):
    with harness.Simulator(seed=1):
        for use in USES:
            use()
for _ in range(2):
    with mock_aws():
        for use in USES:
            use()
"""


def test_nothing_is_left_for_the_next_run_nor_for_moto_s_own_users(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
