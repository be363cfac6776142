"""Rules: a name, a page of AWS, and a check of the wiring."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.lint.values import Path
from harness.lint.wiring import Resource, Wiring

REFUSED = "mend that, or the stack can't be deployed"
"""The change for what a service refuses in words of its own."""


@dataclass(frozen=True)
class Problem:
    """A problem that a rule found. `within` leads from the resource's properties to it, as far as it is
    there.
    """

    resource: Resource
    what: str
    change: str
    within: Path = ()


@dataclass(frozen=True)
class Rule:
    """One rule. The docstring of its check is its manual page; `page` is where AWS says so.

    A check says nothing about what it can't know: a value that comes from elsewhere is never a problem.
    """

    name: str
    page: str
    check: Callable[[Wiring], Iterable[Problem]]

    @property
    def summary(self) -> str:
        """In one sentence, what is wrong."""
        return self.manual.partition("\n\n")[0].replace("\n", " ")

    @property
    def manual(self) -> str:
        """The problem, its consequences, and the change that solves it."""
        return inspect.getdoc(self.check) or ""
