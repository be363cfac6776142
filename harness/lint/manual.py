"""The manual of the rules, for the terminal and for the reference in the docs."""

from __future__ import annotations

from harness.lint.rules import RULES
from harness.lint.suppressions import unknown_rule


def explain(name: str) -> str:
    """A rule's page, as text. Raises `LookupError` for a rule that there isn't."""
    if name not in RULES:
        raise LookupError(unknown_rule(name, RULES))
    rule = RULES[name]
    return f"{rule.name}\n\n{rule.manual}\n\nAWS: {rule.page}\n\n{_suppression(name)}"


def reference() -> str:
    """Every rule, as the reference in the docs has it."""
    return "\n\n".join(f"### {rule.name}\n\n{rule.manual}\n\n[AWS]({rule.page})" for rule in RULES.values())


def _suppression(name: str) -> str:
    return (
        "Where it doesn't matter, say why on the resource:\n\n"
        "    Metadata:\n"
        "      harness:\n"
        "        lint:\n"
        f"          - {{rule: {name}, reason: …}}"
    )
