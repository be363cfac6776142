"""Scopes for the tests of the states language."""

from __future__ import annotations

from random import Random

from harness.sim.services.states.language.errors import StateError
from harness.sim.services.states.language.scope import StateScope

NOW = 1_000_000_000.0
"""2001-09-09T01:46:40Z"""


def scope(state_input=None, *, context=None, variables=None, seed=1, **more):
    """What a state's expressions can name."""
    return StateScope(state_input, context or {}, variables or {}, Random(seed), NOW, **more)


def error_of(run):
    """The name of the error that a call ends with, "" if it has a value."""
    try:
        run()
    except StateError as error:
        return error.error
    return ""
