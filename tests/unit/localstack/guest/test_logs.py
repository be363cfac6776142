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
    follower.join(60)
    assert not follower.is_alive()
    assert log.take()[0] == "last"


def test_what_was_written_is_there_after_a_drain(pipe):
    log, output, write = pipe
    os.write(write, b"one\n")
    assert output.drain()
    assert log.take()[0] == "one\n"
    assert log.take()[0] == ""
    os.close(write)
    output.follow()


def test_a_line_begins_on_a_line_of_its_own():
    log = EnvironmentLog()
    log.write(b"no end")
    log.line("END")
    assert log.take()[0] == "no end\nEND\n"


def test_lines_of_a_traceback_are_lines():
    log = EnvironmentLog()
    log.write(b"[ERROR] ValueError\rTraceback\r\nnext")
    assert log.take()[0] == "[ERROR] ValueError\nTraceback\nnext"


def test_a_log_without_end_is_cut():
    log = EnvironmentLog()
    for _ in range(3):
        log.write(b"x" * (LOG_BYTES_MAX // 2))
    log.line("END")
    taken, _ = log.take()
    assert len(taken) < LOG_BYTES_MAX + 200
    assert taken.endswith(f"END\n[harness: the output was cut after {LOG_BYTES_MAX} bytes]\n")


def test_a_record_of_several_lines_is_one_entry_and_other_lines_are_one_each():
    log = EnvironmentLog()
    log.write(b"one\ntwo\rstill two\n\n\x1e[INFO]\ta\nb\n\x1f\x1e[ERROR] E: x\nTraceback\x1frest")
    log.line("END")
    text, entries = log.take()
    assert entries == (
        "one\n",
        "two\rstill two\n",
        "[INFO]\ta\nb\n",
        "[ERROR] E: x\nTraceback",
        "rest\n",
        "END\n",
    )
    assert text == "one\ntwo\nstill two\n\n[INFO]\ta\nb\n[ERROR] E: x\nTraceback\nrest\nEND\n"


def test_a_record_that_was_cut_off_is_lines():
    log = EnvironmentLog()
    log.write(b"\x1e[INFO]\ta\nb")
    text, entries = log.take()
    assert entries == ("[INFO]\ta\n", "b")
    assert text == "[INFO]\ta\nb"
