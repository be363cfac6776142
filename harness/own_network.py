"""A network namespace of its own for this process and all it starts: loopback, and nothing beyond it.

Linux makes one for a privileged process, and for any other by a user namespace, unless the machine forbids
that; other systems have none.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from harness.forked import libc

_NEW_NETWORK = 0x40000000
_NEW_USER = 0x10000000
_GET_FLAGS, _SET_FLAGS, _IS_UP = 0x8913, 0x8914, 0x1

_fork, _exit = os.fork, os._exit


@cache
def can_have_own_network() -> bool:
    """Does this machine allow it? Tried once, by a process that ends at once."""
    if not hasattr(libc(), "unshare"):
        return False
    pid = _fork()
    if pid == 0:
        status = 1
        with suppress(OSError):
            _leave()
            status = 0
        _exit(status)
    return os.waitpid(pid, 0)[1] == 0


def have_own_network() -> bool:
    """From now on this process has loopback only, one of its own. False: the machine doesn't allow it.

    The process must have one thread.
    """
    if not can_have_own_network():
        return False
    _leave()
    return True


def _leave() -> None:
    user, group = os.getuid(), os.getgid()
    if _unshare(_NEW_NETWORK) != 0:
        if _unshare(_NEW_NETWORK | _NEW_USER) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        _keep_ids(user, group)
    _raise_loopback()


def _unshare(what: int) -> int:
    unshared: int = libc().unshare(what)
    return unshared


def _keep_ids(user: int, group: int) -> None:
    """The user and the group are called as before inside of the user namespace."""
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _raise_loopback() -> None:
    from fcntl import ioctl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        asked = struct.pack("16sh14x", b"lo", 0)
        flags: Any = struct.unpack("16sh14x", ioctl(door, _GET_FLAGS, asked))[1]
        ioctl(door, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _IS_UP))
