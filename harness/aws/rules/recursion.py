"""Lambda's detection of recursive loops: the lineage of an invocation, in the X-Ray header that it passes on.

The header counts, for each function, its invocations in one chain of requests: a function's SDK sends it with
each call, and Lambda, SQS, SNS and S3 pass it on. Others start a chain anew.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from urllib.parse import unquote

INVOCATIONS_MAX = 16
"""About so often a function runs in one chain of requests; the next invocation is stopped."""
FUNCTIONS_MAX = 16
"""So many functions of a chain are counted, the latest ones."""
EXCEPTION = "RecursiveInvocationException"

_ENTRY = re.compile(r"1:([0-9a-f]{8}):(\d{1,3})")


def fields_of(header: str) -> dict[str, str]:
    """The fields of an X-Ray header.

    >>> fields_of("Root=1-0-0;Sampled=0")
    {'Root': '1-0-0', 'Sampled': '0'}
    """
    return dict(part.strip().partition("=")[::2] for part in header.split(";") if "=" in part)


def without_lineage(header: str) -> str:
    """An X-Ray header as services pass it on that start a chain anew.

    >>> without_lineage("Root=1-0-0;Sampled=0;Lineage=1:1d10d9b1:0")
    'Root=1-0-0;Sampled=0'
    """
    return ";".join(f"{name}={value}" for name, value in fields_of(header).items() if name != "Lineage")


def invocations_before(header: str, function: str) -> int:
    """The number of times that a function (its ARN) has run in the chain of requests that has this header."""
    return _counts(header).get(_mark(function), 0)


def lineage_of(header: str, function: str) -> str:
    """The lineage that an invocation of a function passes on. `header`: that of the request.

    >>> lineage_of("", "arn:aws:lambda:us-east-1:123456789012:function:f")
    '1:1d10d9b1:0'
    """
    counts, mark = dict(_counts(header)), _mark(function)
    counts[mark] = counts.pop(mark, 0) + 1
    latest = list(counts.items())[-FUNCTIONS_MAX:]
    return "|".join(f"1:{other}:{count - 1}" for other, count in latest)


def _counts(header: str) -> Mapping[str, int]:
    entries = map(_ENTRY.fullmatch, unquote(fields_of(header).get("Lineage", "")).split("|"))
    return {entry[1]: int(entry[2]) + 1 for entry in entries if entry}


@lru_cache(1024)
def _mark(function: str) -> str:
    return sha256(function.encode()).hexdigest()[:8]
