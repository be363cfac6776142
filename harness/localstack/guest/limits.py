"""The memory that a process and its children use.

Memory of their own counts (anonymous pages), as what the kernel can't take back; the code of the interpreter
that all environments share doesn't. An address space limit would hit Node.js, which reserves gigabytes.
"""

from __future__ import annotations

import os
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def used_bytes(pid: int) -> int:
    """Memory of the process and its children now; 0 if they are gone."""
    return sum(_own_bytes(each) for each in _tree(pid))


def peak_bytes(pid: int) -> int:
    """The most that the process itself has ever needed, and its children now; 0 if they are gone."""
    try:
        status = _fields(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    peak = status.get("VmHWM", 0) - status.get("RssFile", 0) - status.get("RssShmem", 0)
    return max(peak, 0) + used_bytes(pid) - _own_bytes(pid)


def _own_bytes(pid: int) -> int:
    try:
        _, resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[:3]
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE_BYTES


def _tree(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        try:
            for task in os.listdir(f"/proc/{each}/task"):
                children = Path(f"/proc/{each}/task/{task}/children").read_text()
                found.extend(int(child) for child in children.split())
        except OSError:
            continue
    return found


def _fields(status: str) -> dict[str, int]:
    fields = {}
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            fields[name] = int(value.split()[0]) * 1024
    return fields
