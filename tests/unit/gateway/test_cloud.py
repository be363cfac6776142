"""A cloud behind a gateway: whatever fails on the way in, nothing is left of it."""

import os
import threading

import pytest
from botocore.httpsession import URLLib3Session
from moto import mock_aws
from moto.core.models import MockAWS

from harness.endpoint import Endpoint
from harness.gateway import cloud as gateway_cloud
from harness.gateway import server
from harness.gateway.guard import Guard


class Fails(Exception):
    pass


def fail(*args, **kwargs):
    raise Fails


def process():
    return {
        "send": URLLib3Session.send,
        "variables": dict(os.environ),
        "mock": MockAWS.start,
        "threads": [thread.name for thread in threading.enumerate() if thread.name.startswith("gateway")],
    }


STEPS = {
    "reaching the endpoint": (Endpoint, "_account_seen"),
    "the gateway's sockets": (server, "listening_sockets"),
    "the gateway's loop": (server.asyncio, "new_event_loop"),
    "the guard": (Guard, "install"),
    "variables": (gateway_cloud, "environment"),
}


@pytest.mark.parametrize("step", STEPS)
def test_whatever_fails_on_the_way_in_everything_is_as_it_was(step, moto_server, monkeypatch):
    url = moto_server
    before = process()
    cloud = Endpoint(url)
    with monkeypatch.context() as patching:
        patching.setattr(*STEPS[step], fail)
        with pytest.raises(Fails):
            cloud.__enter__()
    assert process() == before
    with pytest.raises(RuntimeError, match="this cloud isn't active"):
        cloud.client("sqs")
    with cloud:
        assert process() != before
    assert process() == before


def test_a_cloud_that_has_begun_and_fails_then_is_ended(moto_server, monkeypatch):
    ended = []
    cloud = Endpoint(moto_server)
    monkeypatch.setattr(cloud, "end", lambda: ended.append(cloud.gateway.url))
    monkeypatch.setattr(Guard, "install", fail)
    with pytest.raises(Fails):
        cloud.__enter__()
    assert len(ended) == 1


def test_a_mock_of_the_test_s_own_and_a_cloud_are_refused_together(moto_server):
    url = moto_server
    with mock_aws(), pytest.raises(RuntimeError, match="moto's mock_aws and the cloud 'endpoint' are active"):
        Endpoint(url).__enter__()
    with Endpoint(url), pytest.raises(RuntimeError, match="are active at once"):
        mock_aws().start()
