"""LocalStack as a cloud: whatever fails on the way in, nothing is left of it. It settles after faults."""

import re
import threading
from contextlib import contextmanager

import pytest
from botocore.stub import Stubber

from harness import faults
from harness.cloud import Unsupported
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


AT_REST = {
    **dict.fromkeys(("now", "activity", "deliveries", "moves", "provisioning"), 0),
    **dict.fromkeys(("queues", "mappings", "invocations", "asynchronous", "timers"), ()),
    **dict.fromkeys(("schedules", "executions", "untold"), ()),
}


@pytest.fixture
def at_rest(leases, monkeypatch):
    """A LocalStack in which nothing moves."""
    monkeypatch.setattr(Control, "state", lambda control: AT_REST)
    with LocalStack() as cloud:
        yield cloud


def test_settling_waits_for_the_end_of_a_fault(at_rest):
    at_rest.inject(faults.outage("sqs", for_seconds=90))
    assert at_rest.settle()
    assert at_rest.elapsed >= 90


def test_a_fault_without_end_is_not_waited_for(at_rest):
    at_rest.inject(faults.outage("sqs"))
    assert at_rest.settle()
    assert at_rest.elapsed < 90


def test_a_fault_that_outlasts_the_time_for_settling_leaves_the_run_unsettled(at_rest):
    at_rest.inject(faults.outage("sqs", for_seconds=1000))
    assert not at_rest.settle(within_seconds=60)
    assert at_rest.history().of("settled")[-1].data["moving"] == ["a fault that lasts until +1000s"]


@pytest.mark.parametrize("service", ["cloudwatch", "scheduler", "pipes"])
def test_a_service_whose_deliveries_nobody_sees_is_refused_by_name(service):
    with pytest.raises(Unsupported, match=f"^{service}: its deliveries inside LocalStack can't be observed"):
        LocalStack().check_seen(service)


INTERPRETED = ["JSONata in state machines", "tasks that wait for another execution (.sync)"]


@pytest.mark.parametrize("part", INTERPRETED)
def test_what_its_interpreter_of_state_machines_cannot_do_is_refused_by_name(part):
    with pytest.raises(Unsupported, match=f"^{re.escape(part)}: LocalStack"):
        LocalStack().check_seen(part)


def test_a_call_that_nobody_inside_can_follow_is_unsupported_with_the_reason(leases):
    with LocalStack() as cloud:
        events = cloud.client("events")
        with Stubber(events) as answers:
            answers.add_client_error(
                "create_archive", "NotImplemented", "nobody sees it", http_status_code=501
            )
            with pytest.raises(Unsupported, match="CreateArchive: nobody sees it"):
                events.create_archive(
                    ArchiveName="all", EventSourceArn="arn:aws:events:us-east-1:1:event-bus/b"
                )
