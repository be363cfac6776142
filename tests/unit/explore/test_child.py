"""Processes that make runs end with the one that started them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

PARENT = """
import sys, threading
from harness.explore.child import in_child
from tests.unit.explore.test_child import never_ends

threading.Thread(target=in_child, args=(never_ends, sys.argv[1]), daemon=True).start()
sys.stdin.read()
"""


def never_ends(told):
    """It keeps Python's lock, so nothing that is written in Python can end it."""
    Path(told).write_text(str(os.getpid()))
    re.match("(a+)+$", "a" * 64 + "b")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process that is stuck in C code")
def test_a_run_that_never_ends_ends_with_the_process_that_asked_for_it(tmp_path):
    told = tmp_path / "told"
    os.mkfifo(told)
    with subprocess.Popen([sys.executable, "-c", PARENT, told], stdin=subprocess.PIPE) as parent:
        worker = psutil.Process(int(told.read_text()))
        try:
            parent.kill()
            worker.wait(60)
        finally:
            if worker.is_running():
                worker.kill()
