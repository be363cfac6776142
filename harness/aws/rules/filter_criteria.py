"""The records that an event source mapping or a pipe wants: filter criteria.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html and
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .patterns import LAMBDA, Dialect, Pattern, PatternError, read
from .patterns.texts import object_of

PATTERN_CHARACTERS_MAX = 4096
FILTERS_MAX = 10
"""Five by default, ten on request."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. `looks_inside`: it has rules for fields of the record's data, which must be JSON then."""

    pattern: Pattern
    looks_inside: bool


def read_filter(text: str, *, data: str = "body", dialect: Dialect = LAMBDA) -> Filter:
    """A filter from its pattern's JSON text; `data` is the record's field that it can look into.

    Raises `PatternError`.
    """
    if len(text) > PATTERN_CHARACTERS_MAX:
        raise PatternError(f"longer than {PATTERN_CHARACTERS_MAX} characters")
    pattern = read(text, dialect)
    paths = {field.path for branch in pattern.branches for field in branch}
    return Filter(pattern, any(path.startswith(f"{data}.") for path in paths))


def wants_record(filters: Sequence[Filter], record: Mapping[str, Any], *, data: str = "body") -> bool:
    """Does one of the filters want this record? Without filters every record is wanted.

    A filter that looks into the data wants only data that are a JSON object; one with a plain text for the
    data wants only data that are none.
    """
    if not filters:
        return True
    content = object_of(record[data])
    seen = record if content is None else {**record, data: content}
    return any(each.pattern.wants(seen) for each in filters if content is not None or not each.looks_inside)
