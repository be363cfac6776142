"""LocalStack as a cloud: whatever fails on the way in, nothing is left of it."""

import threading
from contextlib import contextmanager

import pytest

from harness.localstack import cloud as module
from harness.localstack.cloud import LocalStack
from harness.localstack.control import Control
from harness.localstack.sharing import Running


class Fails(Exception):
    pass


def fail(*args, **kwargs):
    raise Fails


@pytest.fixture
def leases(monkeypatch):
    """A LocalStack whose guest says yes to everything. Lists who takes part in it, and what it was told."""
    going, told = [], []

    @contextmanager
    def shared(kind, options, *, exclusive):
        going.append(kind)
        try:
            yield Running("http://127.0.0.1:1", ("127.0.0.1",), "127.0.0.1", None)
        finally:
            going.remove(kind)

    monkeypatch.setattr(module, "shared", shared)
    monkeypatch.setattr(Control, "_ask", lambda control, method, *rest: told.append(method) or {})
    return going, told


def gateways():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("gateway")]


STEPS = {
    "the guest's health": (Control, "health"),
    "the gateway": (module, "Gateway"),
    "the account's begin": (Control, "begin"),
}


@pytest.mark.parametrize("step", STEPS)
def test_whatever_fails_on_the_way_in_nobody_takes_part_any_more(step, leases, monkeypatch):
    going, told = leases
    cloud = LocalStack()
    with monkeypatch.context() as patching:
        patching.setattr(*STEPS[step], fail)
        with pytest.raises(Fails):
            cloud.__enter__()
    assert going == []
    assert gateways() == []
    assert cloud.running is None
    assert ("DELETE" in told) == (step == "the account's begin")
    with cloud:
        assert going == ["localstack"]
    assert going == []
    assert gateways() == []
