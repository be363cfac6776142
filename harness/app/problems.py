"""Collects what is wrong with a template, so that all of it is told and not only the first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.cloud import Unsupported


class TemplateError(ValueError):
    """A template can't be deployed: which file, where in it, why, and what to do."""

    def __init__(self, path: str | Path, where: str, problem: str) -> None:
        super().__init__(f"{path}: {where}: {problem}" if where else f"{path}: {problem}")
        self.path = str(path)
        self.where = where
        self.problem = problem


class Problems:
    """The problems of one template.

    >>> problems = Problems("template.yaml")
    >>> for name in ("Orders", "Billing"):
    ...     with problems.noted():
    ...         raise TemplateError("template.yaml", name, "Type is missing")
    >>> problems.tell()
    Traceback (most recent call last):
    ...
    harness.app.template.TemplateError: template.yaml: 2 problems:
      Orders: Type is missing
      Billing: Type is missing
    """

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._found: list[TemplateError | Unsupported] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """A problem that is raised inside of the block is noted, and the block left."""
        try:
            yield
        except (TemplateError, Unsupported) as problem:
            self._found.append(problem)

    def tell(self) -> None:
        """Raise what was noted, if anything: `Unsupported` if there is nothing else, or `TemplateError`."""
        if len(self._found) == 1:
            raise self._found[0]
        if not self._found:
            return
        told = [str(problem).removeprefix(f"{self._path}: ") for problem in self._found]
        told = list(dict.fromkeys(told))
        text = "\n  ".join([f"{len(told)} problems:", *told])
        if all(isinstance(problem, Unsupported) for problem in self._found):
            raise Unsupported(f"{self._path}: {text}")
        raise TemplateError(self._path, "", text)
