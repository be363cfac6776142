"""The output of a process, on its way into the log."""

from __future__ import annotations

import os
import threading
import time

import pytest

from harness.localstack.guest.logs import LOG_BYTES_MAX, EnvironmentLog, Output


@pytest.fixture
def pipe():
    """The log, the output that fills it, and the end to write to."""
    read, write = os.pipe()
    log = EnvironmentLog()
    return log, Output(read, log), write


def test_the_thread_that_follows_ends_though_another_has_read_the_end(pipe):
    log, output, write = pipe
    follower = threading.Thread(target=output.follow, daemon=True)
    follower.start()
    os.write(write, b"last")
    os.close(write)
    while output.drain():
        time.sleep(0.001)
    follower.join(10)
    assert not follower.is_alive()
    assert log.take() == "last"


def test_what_was_written_is_there_after_a_drain(pipe):
    log, output, write = pipe
    os.write(write, b"one\n")
    assert output.drain()
    assert log.take() == "one\n"
    assert log.take() == ""
    os.close(write)
    output.follow()


def test_a_line_begins_on_a_line_of_its_own():
    log = EnvironmentLog()
    log.write(b"no end")
    log.line("END")
    assert log.take() == "no end\nEND\n"


def test_lines_of_a_traceback_are_lines():
    log = EnvironmentLog()
    log.write(b"[ERROR] ValueError\rTraceback\r\nnext")
    assert log.take() == "[ERROR] ValueError\nTraceback\nnext"


def test_a_log_without_end_is_cut():
    log = EnvironmentLog()
    for _ in range(3):
        log.write(b"x" * (LOG_BYTES_MAX // 2))
    log.line("END")
    taken = log.take()
    assert len(taken) < LOG_BYTES_MAX + 200
    assert taken.endswith(f"END\n[harness: the output was cut after {LOG_BYTES_MAX} bytes]\n")
