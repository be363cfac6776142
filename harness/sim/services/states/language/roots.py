"""The documents that paths lead into."""

from __future__ import annotations

import re
from typing import Any

from harness.sim.services.states.language.paths import BadPath, NoSuchPath, find
from harness.sim.services.states.language.scope import StateScope

VARIABLE = re.compile(r"\$([^\W\d]\w*)")
"""https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html"""


def rooted(path: str, scope: StateScope) -> Any:
    """The value at "$…", "$$…" or "$variable…"."""
    if path.startswith("$$"):
        return find(path[1:], scope.context)
    if match := VARIABLE.match(path):
        name, rest = match[1], path[match.end() :]
        if name not in scope.variables:
            raise NoSuchPath(f"No results for path: $['{name}']")
        return find("$" + rest, scope.variables[name])
    if not path.startswith("$"):
        raise BadPath(f"Invalid path '{path}'")
    return find(path, scope.input)
