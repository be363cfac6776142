"""Nothing of a run stays in memory: a campaign makes thousands of them in one process."""

from __future__ import annotations

import gc
import weakref

from harness import Simulator
from harness.sim.sandbox import ContextData, FunctionCode

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


def test_loggers_of_functions_go_with_their_run(tmp_path):
    (tmp_path / "app.py").write_text(
        "import logging\n"
        "own = logging.getLogger('own')\n"
        "own.addHandler(logging.StreamHandler())\n"
        "own.setLevel(10)\n"
        "def handler(event, context): own.info('handled')\n"
    )
    with Simulator() as cloud:
        code = FunctionCode(roots=(tmp_path,), handler="app.handler", name="app")
        ran = cloud.sandbox.environment(code).run({}, ContextData(request_id="1"))
        assert "handled" in ran.log
        kernel = weakref.ref(cloud.kernel)
    del cloud
    gc.collect()
    assert kernel() is None


def test_what_moto_keeps_track_of_goes_with_its_run():
    from moto.iam.models import Role

    held = list(Role.instances_tracked)
    a_run()
    assert Role.instances_tracked == held
