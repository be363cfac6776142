"""A network namespace of its own: loopback is all there is, and no byte leaves. Linux has them.

https://man7.org/linux/man-pages/man7/network_namespaces.7.html
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x8913, 0x8914
_IFF_UP = 1

_fork, _exit, _waitpid = os.fork, os._exit, os.waitpid
_open, _write, _close = os.open, os.write, os.close
_socket = socket.socket


def is_wanted() -> bool:
    """Are processes to be kept from the network, as far as the environment says?"""
    return os.environ.get("HARNESS_OPEN_CHILDREN", "0") in ("", "0")


def enter_if_possible() -> None:
    """Enter one, unless the system forbids it or the environment says that processes shall not."""
    if is_wanted() and available():
        enter()


def enter() -> None:
    """Move this process there for good, with all that it starts from now on. It must have one thread only.

    Raises `OSError` where that isn't allowed; ask `available` first.
    """
    libc = _libc()
    if libc.unshare(_CLONE_NEWNET) != 0:
        user, group = os.getuid(), os.getgid()
        if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            raise OSError("no network namespace can be made here")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            _put(f"/proc/self/{name}", text)
    _loopback_up()


@cache
def available() -> bool:
    """Can this process, and those that it forks, enter one? A fork of it has tried."""
    if not sys.platform.startswith("linux"):
        return False
    _libc()
    with no_warning_of_threads():
        child = _fork()
    if child == 0:
        status = 1
        try:
            enter()
            status = 0
        finally:
            _exit(status)
    return _waitpid(child, 0)[1] == 0


@contextmanager
def no_warning_of_threads() -> Iterator[None]:
    """A fork that makes a few system calls and no more may happen beside threads; Python would warn of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@cache
def _libc() -> Any:
    """Loaded before a fork: afterwards a process should do as little as it can."""
    import ctypes
    import fcntl  # noqa: F401 - for `_loopback_up`

    return ctypes.CDLL(None, use_errno=True)


def _put(path: str, text: str) -> None:
    file = _open(path, os.O_WRONLY)
    try:
        _write(file, text.encode())
    finally:
        _close(file)


def _loopback_up() -> None:
    import fcntl

    with _socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))
