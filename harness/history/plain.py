"""Values as a history keeps them: JSON-able, and without anything of the machine that the run was on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

_ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,16}\b")


def plain(value: Any, roots: Mapping[str, str] = MappingProxyType({})) -> Any:
    """The value, with bytes in hex, sets in order, and numbers of DynamoDB as they are written; without
    addresses of objects, and with what `roots` says for the folders of this machine that it names.

    >>> plain({"left": b"\\x01", "at": {3, 1}, "text": "<Order object at 0x7f61c0ffee00>"})
    {'left': '01', 'at': [1, 3], 'text': '<Order object at 0x…>'}
    """
    kind = type(value)
    if value is None or kind is int or kind is float or kind is bool:
        return value
    if kind is dict:
        return {str(name): plain(item, roots) for name, item in value.items()}
    if kind is str or isinstance(value, str):
        for folder in roots:
            if folder in value:
                value = value.replace(folder, roots[folder])
        return _ADDRESS.sub("0x…", value) if " at 0x" in value else value
    if isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(item, roots) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, roots) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(item, roots) for item in value), key=repr)
    if isinstance(value, bytes | bytearray):
        return value.hex()
    if isinstance(value, Decimal) and value == int(value):
        return int(value)
    return plain(str(value))
