"""Findings that a template answers itself: `Metadata: {harness: {lint: [{rule: …, reason: …}]}}` of a
resource.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from harness.app.template import Template
from harness.near import near

_FORM = "expected a list of {rule: …, reason: …}"


def suppressed(template: Template, rules: Collection[str]) -> frozenset[tuple[str, str]]:
    """The suppressed rules of each resource: (logical id, rule).

    Raises `TemplateError` for a suppression without a reason, and for an unknown rule.
    """
    return frozenset(
        (logical_id, _rule(template, logical_id, entry, rules))
        for logical_id, resource in template.data["Resources"].items()
        for entry in _entries(template, logical_id, resource.get("Metadata"))
    )


def _entries(template: Template, logical_id: str, metadata: Any) -> Iterator[Any]:
    ours = metadata.get("harness") if isinstance(metadata, dict) else None
    if ours is None:
        return
    if not isinstance(ours, dict):
        raise template.error(
            logical_id, f"Metadata.harness: expected a mapping with lint, found {ours!r:.80}"
        )
    entries = ours.get("lint")
    if entries is not None and not isinstance(entries, list):
        raise template.error(logical_id, f"Metadata.harness.lint: {_FORM}, found {entries!r:.80}")
    yield from entries or ()


def _rule(template: Template, logical_id: str, entry: Any, rules: Collection[str]) -> str:
    where = "Metadata.harness.lint"
    if not isinstance(entry, dict) or not isinstance(entry.get("rule"), str):
        raise template.error(logical_id, f"{where}: {_FORM}, found {entry!r:.80}")
    rule: str = entry["rule"]
    if rule not in rules:
        raise template.error(logical_id, f"{where}: {unknown_rule(rule, rules)}")
    odd = sorted(str(name) for name in entry if name not in ("rule", "reason"))
    if odd:
        raise template.error(
            logical_id, f"{where}: {rule}: unknown setting {odd[0]!r}; it takes rule and reason"
        )
    reason = entry.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise template.error(
            logical_id, f"{where}: {rule} is suppressed without a reason; say why it doesn't matter"
        )
    return rule


def unknown_rule(name: str, rules: Collection[str]) -> str:
    """The message for a rule that doesn't exist."""
    return f"there is no rule {name!r}{near(name, rules)}"
