"""Faults on requests of HTTP clients that aren't SDKs."""

from __future__ import annotations

import asyncio
import importlib
import io
import sys
import zipfile
from urllib.request import urlopen

import boto3
import pytest

import harness
from harness import faults

CONNECTS = {"httpx": ("HTTPTransport", "handle_request"), "aiohttp": ("TCPConnector", "_create_connection")}
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


@pytest.fixture(params=["httpx", "aiohttp"])
def library(request, monkeypatch):
    """The name of a library that nobody has imported yet."""
    for name in [name for name in sys.modules if name.partition(".")[0] == request.param]:
        monkeypatch.delitem(sys.modules, name)
    return request.param


def ask(library, url):
    if library == "httpx":
        return importlib.import_module("httpx").get(url).text

    async def main():
        client = importlib.import_module("aiohttp")
        async with client.ClientSession() as session, session.get(url) as answer:
            return await answer.text()

    return asyncio.run(main())


def test_a_client_that_is_imported_late_reaches_the_cloud(library, cloud, url):
    assert library not in sys.modules
    assert ask(library, url) == "done"
    imported = sys.modules[library]
    assert imported.__loader__ is imported.__spec__.loader
    assert imported.__loader__.get_source(library), "its own loader is in its place again"


def met(module):
    """Does the simulator answer what this client sends?"""
    kind, name = CONNECTS[module.__name__]
    return vars(getattr(module, kind))[name].__module__.startswith("harness.")


def test_a_client_that_was_imported_in_a_run_is_its_own_again_after_it(library):
    with harness.Simulator():
        module = importlib.import_module(library)
        assert met(module)
    assert not met(module)
