"""The paths of a state: into its input, the context object or a variable; calls of intrinsic functions.

https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

import re
from typing import Any

from harness.sim.services.states.language import errors
from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.intrinsics import call
from harness.sim.services.states.language.paths import BadPath, NoSuchPath, put
from harness.sim.services.states.language.roots import rooted
from harness.sim.services.states.language.scope import StateScope
from harness.sim.services.states.language.text import to_json

__all__ = ["get", "is_intrinsic", "put"]

INTRINSIC = re.compile(r"\s*States\.")
NAMING_THE_FIELD = ("ErrorPath", "CausePath")


def is_intrinsic(text: str) -> bool:
    """Is it a call of an intrinsic function, not a path?"""
    return INTRINSIC.match(text) is not None


def get(path: str, scope: StateScope, field: str) -> Any:
    """The value at a path, or of an intrinsic function. The error's text names the `field` of the path."""
    if is_intrinsic(path):
        return call(path, scope)
    try:
        return rooted(path, scope)
    except BadPath as error:
        raise StateError(errors.RUNTIME, str(error)) from error
    except NoSuchPath as error:
        raise StateError(errors.RUNTIME, _cause(path, scope, field, str(error))) from error


def _cause(path: str, scope: StateScope, field: str, why: str) -> str:
    if field == "Variable":
        return f"Invalid path '{path}': The choice state's condition path references an invalid value."
    if field.endswith(".$") or field in NAMING_THE_FIELD:
        return (
            f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input "
            f"'{to_json(scope.input)}'"
        )
    return f"Invalid path '{path}' : {why}"
