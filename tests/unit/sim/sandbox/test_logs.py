"""What of a function's log is one entry of its log group."""

from __future__ import annotations

import json

from harness.sim.sandbox.logs import InvocationLog


def lines(log):
    return [(line.at, line.text) for line in log.take()[1]]


def test_printed_text_is_an_entry_a_line():
    log = InvocationLog(lambda: 1.0)
    log.write("one\ntwo\rstill two\nthree")
    assert lines(log) == [(1.0, "one\n"), (1.0, "two\rstill two\n"), (1.0, "three")]


def test_a_record_stays_together():
    log = InvocationLog(lambda: 1.0)
    log.record("[ERROR] first\nsecond\n")
    assert lines(log) == [(1.0, "[ERROR] first\nsecond\n")]


def test_a_line_has_the_time_at_which_it_was_begun():
    moments = iter([1.0, 2.0, 3.0])
    log = InvocationLog(lambda: next(moments))
    log.write("begun")
    log.write(" and ended\nthe next")
    log.write(" one\n")
    assert lines(log) == [(1.0, "begun and ended\n"), (2.0, "the next one\n")]


def test_a_line_of_the_platform_begins_anew():
    log = InvocationLog(lambda: 1.0)
    log.write("no end")
    log.line("END")
    text, found = log.take()
    assert text == "no end\nEND\n"
    assert [line.text for line in found] == ["no end\n", "END\n"]


def test_what_was_taken_is_not_taken_again():
    log = InvocationLog(lambda: 1.0)
    log.write("once\n")
    log.take()
    assert log.take() == ("", ())


LOGS = """
import logging

def handler(event, context):
    logging.debug("too much")
    logging.getLogger("mine").info("for %s", "Ada", extra={"order": 1})
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("no")
"""


def test_a_function_may_log_json(bench):
    ran = bench.run(bench.function(LOGS, log_level="INFO"))
    first, second = [json.loads(line) for line in ran.log.splitlines() if line.startswith("{")]
    assert first.pop("requestId")
    assert first == {
        "order": 1,
        "timestamp": "2026-01-01T00:00:00Z",
        "level": "INFO",
        "message": "for Ada",
        "logger": "mine",
    }
    assert (second["level"], second["errorType"]) == ("ERROR", "ZeroDivisionError")
    assert second["stackTrace"]


def test_a_function_that_logs_text_has_pythons_own_level(bench):
    ran = bench.run(bench.function(LOGS))
    assert "for Ada" not in ran.log
    assert "[ERROR]" in ran.log
