"""AWS's own rules of decoupling, checked on a template: no cloud, no call, one module a rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.app.template import TemplateError, parse_template, read_text
from harness.lint.finding import Finding, shown
from harness.lint.manual import explain
from harness.lint.reading import read
from harness.lint.rule import Problem, Rule
from harness.lint.rules import RULES
from harness.lint.suppressions import suppressed
from harness.lint.wiring import Resource, Wiring
from harness.lint.written import Written

UNREADABLE = "unreadable"


def lint(path: str | Path, *, parameters: Mapping[str, Any] | None = None) -> list[Finding]:
    """The findings of AWS's rules in a SAM or CloudFormation template, in the order of its lines.

    `parameters` are the template's own; what depends on one without a value is not judged. Raises
    `TemplateError` for what is no template, and for a suppression without a reason.

    >>> import harness.lint
    >>> for found in harness.lint.lint("template.yaml"):  # doctest: +SKIP
    ...     print(found.place, found.rule, found.message)
    """
    text = read_text(path)
    template = parse_template(text, path)
    app, written = read(template, text, parameters or {})
    silent = suppressed(written.template, RULES)
    found: dict[Finding, None] = {}
    for rule in RULES.values():
        for problem in rule.check(app):
            logical_id, line = _place(written, problem)
            if (logical_id, rule.name) not in silent:
                finding = Finding(
                    str(path), line, logical_id, rule.name, problem.what, problem.change, rule.page
                )
                found[finding] = None
    return sorted(found, key=lambda finding: (finding.line, finding.logical_id))


def _place(written: Written, problem: Problem) -> tuple[str, int]:
    """The name and the line of a problem, as they are written."""
    name = problem.resource.logical_id
    if problem.resource.is_output:
        return f"Outputs.{name}", written.line_of_output(name, problem.within)
    return written.origin(name)[0], written.line(name, problem.within)


def lint_app(template: str | Path, *, parameters: Mapping[str, Any] | None = None) -> list[Finding]:
    """Like `lint`, for what goes on anyway: a template that can't be judged is a finding, never an error."""
    try:
        return lint(template, parameters=parameters)
    except TemplateError as problem:
        told = str(problem).removeprefix(f"{problem.path}: ")
        return [Finding(problem.path, 1, "-", UNREADABLE, told, "nothing was judged", "")]


__all__ = [
    "RULES",
    "Finding",
    "Problem",
    "Resource",
    "Rule",
    "Wiring",
    "explain",
    "lint",
    "lint_app",
    "shown",
]
