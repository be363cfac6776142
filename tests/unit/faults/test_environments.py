"""Environments that are lost, get another beside them, or are kept for longer than usual."""

from __future__ import annotations

import json
import textwrap

import pytest

from harness import Simulator, faults
from harness.app.handles.function import FunctionError

COUNTS = """
    import os

    count = 0

    def handler(event, context):
        global count
        count += 1
        with open("/tmp/count", "a+") as file:
            file.write("x")
            file.flush()
            if event == "die":
                os._exit(1)
            file.seek(0)
            return len(file.read()) if event == "files" else count
"""
TOO_LONG = 3600.0


@pytest.fixture
def deployed(tmp_path):
    """A function that counts its invocations in a global and in a file."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(textwrap.dedent(COUNTS))
    function = {
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Code": "src/",
        "Role": "arn:aws:iam::123456789012:role/r",
    }
    template = {"Resources": {"Count": {"Type": "AWS::Lambda::Function", "Properties": function}}}
    (tmp_path / "template.json").write_text(json.dumps(template))

    return lambda cloud: cloud.deploy(tmp_path / "template.json").function("Count")


@pytest.fixture
def counted(deployed):
    """The answers of this function, and the history."""

    def run(fault=None, times=3, pause=0.0):
        with Simulator(seed=1) as cloud:
            count = deployed(cloud)
            if fault is not None:
                cloud.inject(fault)
            answers = []
            for _ in range(times):
                answers.append(count.invoke({}))
                cloud.advance(seconds=pause)
            return answers, cloud.history()

    return run


def test_a_warm_environment_is_used_again(counted):
    assert counted()[0] == [1, 2, 3]


@pytest.mark.parametrize(
    "dies",
    [
        faults.crash("Count", when="after"),
        faults.time_out("Count"),
        faults.out_of_memory("Count", when="after"),
    ],
    ids=["crash", "time out", "out of memory"],
)
def test_a_fault_that_ends_an_environment_takes_its_files_away(deployed, dies):
    with Simulator(seed=1) as cloud:
        count = deployed(cloud)
        count.invoke("files")
        cloud.inject(dies)
        with pytest.raises(FunctionError):
            count.invoke("files")
        assert count.invoke("files") == 1


def test_an_environment_whose_process_ends_by_itself_keeps_its_files(deployed):
    with Simulator(seed=1) as cloud:
        count = deployed(cloud)
        with pytest.raises(FunctionError):
            count.invoke("die")
        assert count.invoke("files") == 2


def test_a_cold_start_takes_the_globals_away(counted):
    answers, history = counted(faults.cold_start("Count", nth=2))
    assert answers == [1, 1, 2]
    assert [ended.data.get("cold") for ended in history.of("invocation-ended")] == [None, True, None]
    [fault] = history.of("fault")
    assert history[fault.cause].kind == "invocation"


def test_the_environment_beside_which_another_starts_runs_the_next_invocation(counted):
    assert counted(faults.cold_start("Count", nth=3, beside=True), times=4)[0] == [1, 2, 1, 3]
    assert counted(faults.cold_start("Count", nth=3), times=4)[0] == [1, 2, 1, 2]


def test_a_cold_start_where_no_environment_is_warm_has_not_fired(counted):
    answers, history = counted(faults.cold_start("Count"))
    assert answers == [1, 2, 3]
    assert not history.of("fault")


def test_an_environment_is_kept_past_its_time(counted):
    assert counted(pause=TOO_LONG)[0] == [1, 1, 1]
    answers, history = counted(faults.warm_start("Count", nth=2), pause=TOO_LONG)
    assert answers == [1, 2, 1]
    assert [ended.data.get("cold") for ended in history.of("invocation-ended")] == [None, False, None]
    assert len(history.of("fault")) == 1


@pytest.mark.parametrize(("nth", "pause"), [(1, TOO_LONG), (2, 0.0)])
def test_a_warm_start_where_none_was_lost_has_not_fired(counted, nth, pause):
    assert not counted(faults.warm_start("Count", nth=nth), pause=pause)[1].of("fault")
