"""Faults on requests of HTTP clients that aren't SDKs."""

from __future__ import annotations

import asyncio
import io
import zipfile
from urllib.request import urlopen

import boto3
import pytest

import harness
from harness import faults

ROLE = "arn:aws:iam::123456789012:role/work"


@pytest.fixture
def cloud():
    with harness.Simulator(seed=1) as simulator:
        yield simulator


@pytest.fixture
def url(cloud):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("code.py", "def handler(event, context): return 'done'")
    client = boto3.client("lambda", region_name="us-east-1")
    client.create_function(
        FunctionName="work",
        Runtime="python3.12",
        Handler="code.handler",
        Role=ROLE,
        Code={"ZipFile": content.getvalue()},
    )
    return client.create_function_url_config(FunctionName="work", AuthType="NONE")["FunctionUrl"]


@pytest.fixture
def bucket(cloud):
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket="scans")
    client.put_object(Bucket="scans", Key="a", Body=b"x")
    return client.generate_presigned_url("get_object", Params={"Bucket": "scans", "Key": "a"})


def test_a_client_that_is_no_sdk_does_not_ask_again(cloud, url):
    cloud.inject(faults.answer_lost("execute-api:Invoke", times=1))
    with pytest.raises(ConnectionError):
        urlopen(url)
    with urlopen(url) as answer:
        assert answer.read() == b"done"


def test_a_presigned_request_is_a_call_that_faults_meet(cloud, bucket):
    cloud.inject(faults.throttle("s3:GetObject", times=1))
    with pytest.raises(OSError, match="503"):
        urlopen(bucket)
    with urlopen(bucket) as answer:
        assert answer.read() == b"x"


def test_httpx_reaches_the_cloud(cloud, url):
    httpx = pytest.importorskip("httpx")
    cloud.inject(faults.answer_lost("execute-api:Invoke", times=1))
    with pytest.raises(httpx.ReadError):
        httpx.get(url)
    assert httpx.get(url).text == "done"

    async def main():
        async with httpx.AsyncClient() as client:
            return [answer.text for answer in await asyncio.gather(client.get(url), client.get(url))]

    assert asyncio.run(main()) == ["done", "done"]


def test_aiohttp_reaches_the_cloud(cloud, url):
    aiohttp = pytest.importorskip("aiohttp")

    async def text(session):
        async with session.get(url) as answer:
            return await answer.text()

    async def main():
        async with aiohttp.ClientSession() as session:
            return [await text(session), *await asyncio.gather(text(session), text(session))]

    assert asyncio.run(main()) == ["done"] * 3
