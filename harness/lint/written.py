"""The places of a template's parts: logical ids and lines as the user wrote them, also of resources that SAM
made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from harness.app.template import Template
from harness.lint.values import Path

_SAM = "AWS::Serverless::"


class Written:
    """A template's text, to look up where a resource was written and on which line."""

    def __init__(self, template: Template, text: str, made: Mapping[str, str]) -> None:
        self.template = template
        self._resources: Mapping[str, Any] = template.data["Resources"]
        self._made = made
        self._lines = template.lines
        try:
            self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        except (yaml.YAMLError, RecursionError):
            self._root = None

    def origin(self, logical_id: str) -> tuple[str, str]:
        """The logical id that was written, and the event of a SAM function that the rest of it comes from."""
        logical_id = self._made.get(logical_id, logical_id)
        if logical_id in self._resources:
            return logical_id, ""
        makers = [name for name in self._resources if logical_id.startswith(name) and self._is_sam(name)]
        if not makers:
            return logical_id, ""
        maker = max(makers, key=len)
        events = [name for name in self._events(maker) if logical_id[len(maker) :].startswith(name)]
        return maker, max(events, key=len, default="")

    def name(self, logical_id: str) -> str:
        """The name of a resource in messages: "Billing.Orders" for one that SAM makes of an event."""
        written, event = self.origin(logical_id)
        return f"{written}.{event}" if event else logical_id

    def line(self, logical_id: str, within: Path = ()) -> int:
        """The line of a resource's property, as far as the path to it was written."""
        written, event = self.origin(logical_id)
        path: Path = ("Resources", written, "Properties")
        if event:
            path = (*path, "Events", event, "Properties")
        return self._deepest((*path, *within)) or self._lines.get(written, 1)

    def line_of_output(self, name: str, within: Path = ()) -> int:
        """The line of an output, or of a part of it."""
        return self._deepest(("Outputs", name, *within)) or 1

    def _is_sam(self, logical_id: str) -> bool:
        return str(self._resources[logical_id].get("Type")).startswith(_SAM)

    def _events(self, logical_id: str) -> list[str]:
        events = (self._resources[logical_id].get("Properties") or {}).get("Events")
        return [str(name) for name in events] if isinstance(events, dict) else []

    def _deepest(self, path: Path) -> int:
        node, line = self._root, 0
        for name in path:
            found = _child(node, name)
            if found is None:
                return line
            if name != "Properties":
                line = found[0].start_mark.line + 1
            node = found[1]
        return line


def _child(node: Any, name: str | int) -> tuple[Any, Any] | None:
    """The entry of a name in a part of the text: its first line, and its value."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == str(name):
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
        return node.value[name], node.value[name]
    return None
