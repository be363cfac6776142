"""What is loaded before processes are forked for tests isn't loaded again in each of them."""

import sys

from harness import Simulator
from harness.forked import forked
from harness.plugin.clouds import load_simulator
from harness.plugin.rehearsal import rehearse

LOADED = ("moto", "botocore", "harness.app", "harness.history", "harness.sim")


def loaded_by_a_run(tell):
    load_simulator.__wrapped__()  # tests beside this one may have put modules aside since it was called
    before = set(sys.modules)
    with Simulator() as cloud:
        app = cloud.deploy("fixtures/apps/orders/template.yaml")
        app.topic("Orders").publish({"order": "o-1", "total": 42})
        app.settle()
    tell([name for name in sorted(sys.modules.keys() - before) if name.startswith(LOADED)])


def test_a_forked_run_loads_nothing_that_was_rehearsed():
    [loaded] = forked(loaded_by_a_run, 60)
    assert loaded == []


def test_no_code_of_the_app_runs():
    assert not rehearse().of("invocation")
