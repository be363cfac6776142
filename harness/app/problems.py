"""Collects what is wrong with a template, so that all of it is told and not only the first."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

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

    def noted(self) -> Self:
        """A problem that is raised inside of the block is noted, and the block left."""
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if problem is None or not isinstance(problem, TemplateError | Unsupported):
            return False
        self._found.append(problem)
        return True

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
