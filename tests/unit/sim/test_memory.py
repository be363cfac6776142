"""Nothing of a run stays in memory: a campaign makes thousands of them in one process."""

from __future__ import annotations

import gc
import weakref

from harness import Simulator

TRUST = '{"Version": "2012-10-17", "Statement": []}'


def a_run():
    with Simulator() as cloud:
        cloud.client("sqs").create_queue(QueueName="work")
        cloud.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
        cloud.settle()
        return weakref.ref(cloud.kernel)


def test_the_kernel_goes_with_its_run():
    kernel = a_run()
    gc.collect()
    assert kernel() is None


def test_what_moto_keeps_track_of_goes_with_its_run():
    from moto.iam.models import Role

    held = list(Role.instances_tracked)
    a_run()
    assert Role.instances_tracked == held
