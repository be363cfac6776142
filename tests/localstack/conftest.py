"""One LocalStack in host mode for these tests, with the guest inside; each test has an account of its own."""

from __future__ import annotations

import fcntl
import io
import itertools
import os
import zipfile
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from harness.localstack import host
from harness.localstack.control import Control
from tests.localstack.fake_gateway import FakeGateway

_ACCOUNTS = itertools.count(700_000_000_000 + os.getpid() * 1000)


class Account:
    """An account that has begun: clients straight to LocalStack, its guest, and the gateway that it asks."""

    def __init__(self, url: str, gateway: FakeGateway) -> None:
        self.id = str(next(_ACCOUNTS))
        self.url = url
        self.gateway = gateway
        self.control = Control(url, self.id)

    def client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="eu-central-1",
            aws_access_key_id=self.id,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def create_function(self, name: str, code: str, *, wait: bool = True, **settings) -> str:
        """A Python function whose module is `code`, with `handler` in it; gives its ARN once it is active."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", code)
        functions = self.client("lambda")
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=f"arn:aws:iam::{self.id}:role/r",
            Code={"ZipFile": packed.getvalue()},
            **settings,
        )
        if wait:
            waiter = functions.get_waiter("function_active_v2")
            waiter.config.delay = 0.1
            waiter.wait(FunctionName=name)
        return self.arn("lambda", f"function:{name}")

    def arn(self, service: str, name: str) -> str:
        return f"arn:aws:{service}:eu-central-1:{self.id}:{name}"


@pytest.fixture(scope="session")
def localstack(tmp_path_factory):
    """A LocalStack in host mode: where it listens, and its log."""
    folder: Path = tmp_path_factory.mktemp("localstack")
    log, users = folder / "log", folder / "users"
    users.touch()
    with users.open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        process = host.start(folder, users, {}, log)
        try:
            yield f"http://127.0.0.1:{process.port}", log
        finally:
            process.stop()


@pytest.fixture(scope="session")
def localstack_url(localstack) -> str:
    """Where a LocalStack in host mode listens."""
    return localstack[0]


@pytest.fixture
def gateway():
    """What the guest asks: lets everything pass unless it is told otherwise, and notes what it hears."""
    with FakeGateway() as found:
        yield found


@pytest.fixture
def account(localstack_url, gateway):
    """An account that has begun."""
    found = Account(localstack_url, gateway)
    found.control.begin(gateway.url, "secret")
    yield found
    found.control.end()
    found.control.close()
