"""One thing that is wrong with a definition, as ValidateStateMachineDefinition tells it."""

from __future__ import annotations

from dataclasses import dataclass

SCHEMA_VALIDATION_FAILED = "SCHEMA_VALIDATION_FAILED"


@dataclass(frozen=True)
class Diagnostic:
    """A diagnostic. `location` is a path within the definition, "/" for the whole."""

    code: str
    message: str
    location: str
    severity: str = "ERROR"

    def __str__(self) -> str:
        """The problem as it stands in an error's message."""
        return (
            f"{self.code}: {self.message} at {self.location}"
            if self.location
            else f"{self.code}: {self.message}"
        )


def schema(message: str, location: str) -> Diagnostic:
    """A field, or a value, that the language doesn't allow."""
    return Diagnostic(SCHEMA_VALIDATION_FAILED, message, location)


def invalid_json(why: str) -> Diagnostic:
    """A text that is no JSON."""
    return Diagnostic("INVALID_JSON_DESCRIPTION", why, "")


def missing_target(field: str, target: str, location: str) -> Diagnostic:
    """A transition to a state that isn't there."""
    return Diagnostic("MISSING_TRANSITION_TARGET", f"Missing '{field}' target: {target}", location)
