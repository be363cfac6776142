"""Processes of functions in Python: forks of one that has the SDK loaded, which nobody may notice."""

from __future__ import annotations

import json
import os
import signal

import pytest

from harness.localstack.guest import processes

LOADED = """
    import sys
    loaded = "boto3" in sys.modules
    def handler(event, context):
        return loaded
"""


def told(ran):
    return json.loads(ran.payload)


def test_the_sdk_is_loaded_already(function):
    assert told(function(LOADED).run()) is True


@pytest.mark.parametrize("name", ["PYTHONPATH", "LC_ALL", "LD_LIBRARY_PATH"])
def test_a_function_that_wants_another_start_gets_a_python_of_its_own(function, name):
    assert told(function(LOADED, variables={name: "/nowhere"}).run()) is False


@pytest.mark.parametrize("name", ["boto3.py", "boto3"])
def test_modules_that_a_function_brings_along_come_first(function, name):
    using = function("import boto3\ndef handler(event, context): return boto3.WHOSE")
    brought = using.code.root / name
    if brought.suffix:
        brought.write_text("WHOSE = 'mine'")
    else:
        brought.mkdir()
        (brought / "__init__.py").write_text("WHOSE = 'mine'")
    assert told(using.run()) == "mine"


def test_each_environment_has_chance_of_its_own(function):
    source = "import random\ndrawn = random.random()\ndef handler(event, context): return drawn"
    assert told(function(source).run()) != told(function(source).run())


def test_an_environment_has_no_file_of_another_one(function):
    source = "import os\ndef handler(event, context): return len(os.listdir('/proc/self/fd'))"
    first, second = function(source), function(source)
    assert told(first.run()) == told(second.run())


def test_a_function_starts_also_after_the_process_that_forks_has_died(function):
    before, after = function(LOADED), function(LOADED)
    before.run()
    forking = processes._forks._process
    os.kill(forking.pid, signal.SIGKILL)
    forking.wait()
    assert told(after.run()) is True
    with before.environment.changed:
        assert before.environment.changed.wait_for(lambda: not before.environment.usable, 20)
