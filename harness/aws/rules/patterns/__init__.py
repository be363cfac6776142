"""Event patterns: read from JSON by a dialect's rules, and matched.

>>> pattern = read('{"detail": {"state": [{"prefix": "run"}]}}', EVENTBRIDGE)
>>> pattern.wants({"detail": {"state": "running"}})
True
"""

from __future__ import annotations

from .dialects import EVENTBRIDGE, LAMBDA, PIPES, SNS, Dialect
from .matching import Pattern
from .reading import PatternError, is_disjunction, read

__all__ = [
    "EVENTBRIDGE",
    "LAMBDA",
    "PIPES",
    "SNS",
    "Dialect",
    "Pattern",
    "PatternError",
    "is_disjunction",
    "read",
]
