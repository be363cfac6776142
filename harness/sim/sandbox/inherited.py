"""The variables that this process was started with: `/proc/self/environ` shows them, to children as well.

The C library's environment begins with pointers into that memory. While a simulator is active it has others
for all that is blanked here, so nobody misses it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path

IsReal = Callable[[bytes, bytes], bool]
"""Are this name and value a real credential?"""

_FIRST = 47
"""Position of the beginning of that memory in `/proc/self/stat`, after the name of the program.
https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""


@cache
def _places(is_real: IsReal) -> tuple[tuple[int, bytes], ...]:
    """Addresses and values of real credentials. A fork has them at the same places."""
    try:
        told = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
        block = Path("/proc/self/environ").read_bytes()
        begin, end = int(told[_FIRST]), int(told[_FIRST + 1])
    except (OSError, IndexError, ValueError):  # another system, or one that doesn't tell
        return ()
    if end - begin != len(block):
        return ()
    found, at = [], begin
    for entry in block.split(b"\0"):
        name, _, value = entry.partition(b"=")
        if is_real(name, value):
            found.append((at + len(name) + 1, value))
        at += len(entry) + 1
    return tuple(found)


def blank(is_real: IsReal) -> None:
    """Overwrite the values of real credentials."""
    for address, value in _places(is_real):
        ctypes.memset(address, 0, len(value))


def show(is_real: IsReal) -> None:
    """Put them back."""
    for address, value in _places(is_real):
        ctypes.memmove(address, value, len(value))
