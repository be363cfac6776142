"""Entering and leaving: whatever fails on the way in, the process is as it was."""

import logging
import os
import random
import sys
import threading
import time
import uuid

import boto3
import pytest
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from moto.core.base_backend import BackendDict
from moto.core.models import MockAWS

from harness import Simulator
from harness.sim import clock, interception, simulator
from harness.sim.patches import randomness, threads
from harness.sim.patches.patching import Attributes, Bindings
from harness.sim.sandbox import sandbox
from harness.sim.sandbox.watchdog import Watchdog
from harness.sim.services import MOVERS

STEPS = {
    "moto's backends": (simulator, "own_backends"),
    "a mover": (MOVERS["sqs"], "__init__"),
    "calls": (simulator.Calls, "__init__"),
    "the interception": (interception.Interception, "install"),
    "half of the interception": (interception, "_remembered"),
    "the wall clock": (clock.WallClock, "start"),
    "chance": (randomness.Chance, "start"),
    "threads": (threads.Numbering, "start"),
    "functions of Python": (Bindings, "install"),
    "attributes": (Attributes, "install"),
    "the watchdog": (Watchdog, "start"),
    "the test's surroundings": (sandbox.Surroundings, "put"),
    "the test's logging": (sandbox.Logging, "present"),
    "variables": (simulator, "environment"),
}


def process():
    """Everything that a simulator changes."""
    return {
        "send": URLLib3Session.send,
        "sign": RequestSigner.sign,
        "sleep": time.sleep,
        "random": random.random,
        "urandom": os.urandom,
        "node": uuid.__dict__.get("_node"),
        "thread": threading.Thread.start,
        "variables": dict(os.environ),
        "environment": os.environ._data,
        "meta_path": list(sys.meta_path),
        "session": boto3.DEFAULT_SESSION,
        "loggers": logging.root.manager.loggerDict,
        "mock": MockAWS.start,
        "backends": list(BackendDict._instances),
        "is real time": abs(time.time() - 1_767_225_600) > 1000,
        "threads": {ident for ident in threading._active if ident >= threads.FIRST_IDENT},
    }


class Fails(Exception):
    pass


def fail(*args, **kwargs):
    raise Fails


@pytest.fixture(autouse=True)
def _warm():
    """What is prepared once in a process is there."""
    with Simulator():
        pass


@pytest.mark.parametrize("step", STEPS)
def test_whatever_fails_on_the_way_in_everything_is_as_it_was(step, monkeypatch):
    before = process()
    owner, name = STEPS[step]
    with monkeypatch.context() as patching:
        patching.setattr(owner, name, fail)
        with pytest.raises(Fails):
            Simulator().__enter__()
    assert process() == before
    with Simulator() as cloud:
        cloud.client("sqs").create_queue(QueueName="work")


def test_one_that_failed_to_enter_can_be_entered_again(monkeypatch):
    cloud = Simulator()
    with monkeypatch.context() as patching:
        patching.setattr(*STEPS["chance"], fail)
        with pytest.raises(Fails):
            cloud.__enter__()
    with cloud:
        assert cloud.client("sqs").list_queues().get("QueueUrls", []) == []


def test_whatever_fails_on_the_way_out_the_rest_is_undone(monkeypatch):
    before = process()
    cloud = Simulator()
    cloud.__enter__()
    with monkeypatch.context() as patching:
        patching.setattr(cloud.kernel, "close", fail)
        with pytest.raises(Fails):
            cloud.__exit__(None, None, None)
    cloud.kernel.close()
    assert process() == before


def test_a_second_one_is_refused_and_the_first_goes_on():
    with Simulator() as first:
        with pytest.raises(RuntimeError, match="another simulator is active"):
            Simulator().__enter__()
        assert first.client("sqs").list_queues().get("QueueUrls", []) == []


def test_one_whose_run_is_over_is_refused():
    with Simulator() as cloud:
        pass
    with pytest.raises(RuntimeError, match="this simulator's run is over; make a new one"):
        cloud.__enter__()


def test_what_it_holds_is_not_there_before_it_is_entered():
    with pytest.raises(RuntimeError, match="isn't active"):
        print(Simulator().outbox)
