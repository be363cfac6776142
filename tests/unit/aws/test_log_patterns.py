"""Filter patterns of CloudWatch Logs."""

from __future__ import annotations

import json

import pytest

from harness.aws.rules.log_patterns import NotALogPattern, read_log_pattern

EVENT = json.dumps({"level": "error", "code": 503, "user": {"name": "jo", "tags": ["a", "b"]}, "ok": False})


@pytest.mark.parametrize(
    ("pattern", "line", "matches"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR", True),
        ("ERROR", "an error", False),
        ("ERROR tea", "ERROR: no tea", True),
        ("ERROR tea", "ERROR: no milk", False),
        ('"no tea"', "ERROR: no tea", True),
        ('"no tea"', "no green tea", False),
        ("?ERROR ?WARN", "WARN: x", True),
        ("?ERROR ?WARN", "INFO: x", False),
        ("ERROR -tea", "ERROR: no milk", True),
        ("ERROR -tea", "ERROR: no tea", False),
        ("%tea|milk%", "no milk", True),
        ("%^tea%", "no tea", False),
        ('{ $.level = "error" }', EVENT, True),
        ('{ $.level = "err*" }', EVENT, True),
        ('{ $.level != "error" }', EVENT, False),
        ("{ $.level = error }", EVENT, True),
        ("{ $.level = %^err% }", EVENT, True),
        ("{ $.code >= 500 && $.code < 600 }", EVENT, True),
        ("{ $.code = 503 }", EVENT, True),
        ("{ $.code = 404 || $.user.name = jo }", EVENT, True),
        ('{ ($.code = 404 || $.ok IS FALSE) && $.user.tags[1] = "b" }', EVENT, True),
        ("{ $.gone NOT EXISTS }", EVENT, True),
        ("{ $.level NOT EXISTS }", EVENT, False),
        ("{ $.gone = 1 }", EVENT, False),
        ("{ $.level > 1 }", EVENT, False),
        ("{ $.level = error }", "no JSON", False),
    ],
    ids=str,
)
def test_a_pattern_matches_as_aws_says(pattern, line, matches):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""
    assert read_log_pattern(pattern).matches(line) is matches


@pytest.mark.parametrize(
    "pattern",
    ["[a, b]", "{ $.a", "{ a = 1 }", "{ $.a }", "{ $.a = 1 && }", "{ ($.a = 1 }", "{ $.a > x }", "%(%"],
)
def test_what_cannot_be_read_is_told(pattern):
    with pytest.raises(NotALogPattern):
        read_log_pattern(pattern)
