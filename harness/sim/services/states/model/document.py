"""JSON values that keep the text that they came as."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from harness.sim.services.states.language.text import to_json

BYTES_MAX = 262_144
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""


class Document:
    """A JSON value; its text is the one that it was given as, also after states that don't change it."""

    __slots__ = ("_text", "value")

    def __init__(self, value: Any, text: str | None = None) -> None:
        self.value = value
        self._text = text

    @property
    def text(self) -> str:
        """The value as JSON."""
        if self._text is None:
            self._text = to_json(self.value)
        return self._text

    def holding(self, value: Any) -> Document:
        """Another value, or this document if it is the same one."""
        return self if value is self.value else Document(value)

    @property
    def is_too_large(self) -> bool:
        """Is it larger than what a state may give on?"""
        text = self.text
        return len(text) * 4 > BYTES_MAX and len(text.encode("utf-8", "surrogatepass")) > BYTES_MAX


def parsed(text: str) -> Document:
    """The document of a text. Raises `ValueError`."""
    return Document(json.loads(text), text)


def listed(items: Iterable[Document]) -> Document:
    """A list of documents, whose texts stay as they are."""
    found = list(items)
    return Document([each.value for each in found], f"[{','.join(each.text for each in found)}]")
