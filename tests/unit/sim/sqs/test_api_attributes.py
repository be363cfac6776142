"""Attributes of queues are checked once for a process, and each queue has its own."""

import pytest

from harness.sim.services.service import ServiceError
from harness.sim.services.sqs.api_attributes import changed
from harness.sim.services.sqs.settings import defaults, settings_of


def test_the_attributes_of_a_queue_are_nobody_elses():
    first = changed(defaults(False), {"DelaySeconds": "5"}, fifo=False)
    first["DelaySeconds"] = "7"
    assert changed(defaults(False), {"DelaySeconds": "5"}, fifo=False)["DelaySeconds"] == "5"


def test_what_is_wrong_is_wrong_each_time():
    for _ in range(2):
        with pytest.raises(ServiceError, match="DelaySeconds"):
            changed(defaults(False), {"DelaySeconds": "-5"}, fifo=False)


def test_settings_follow_from_the_attributes_as_they_are_now():
    attributes = changed(defaults(False), {}, fifo=False)
    assert settings_of(attributes).delay_seconds == 0
    attributes["DelaySeconds"] = "5"
    assert settings_of(attributes).delay_seconds == 5
