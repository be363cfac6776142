"""No byte leaves: real sockets are refused while a simulator is active."""

from __future__ import annotations

import _socket
import contextlib
import ipaddress
import socket
import ssl
from typing import Any

from harness.sim.patches import current
from harness.sim.patches.current import in_simulator_thread
from harness.sim.patches.identity import HOST, real_hostname
from harness.sim.patches.patching import Attributes, Bindings

XRAY_DAEMON = ("169.254.100.1", 2000)
"""The address of Lambda's X-Ray daemon: datagrams to it are dropped, as if nobody sampled them."""


class NetworkRefused(RuntimeError):
    """Code under the simulator wanted to talk to a real machine.

    Not an `OSError`: a library that retries or ignores those would hide it.
    """


def _is_local(host: Any) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


def _check(host: Any, what: str) -> None:
    if not in_simulator_thread():
        return
    if _is_local(host):
        return
    process = current.process()
    if process is not None:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if process.invocation is not None:
            process.invocation.unanswered[name] = None
        raise NetworkRefused(
            f"{process.name} wants to {what}, but the simulator is active: functions reach only the "
            "simulated cloud, by the AWS SDK, and this machine, by its loopback address. Nothing was sent. "
            f'Answer for that host with app.stub_http("{name}", …).'
        )
    raise NetworkRefused(
        f"{what}: the simulator is active, so only this machine can be reached. Nothing was sent."
    )


def _to_address(original: Any, position: int) -> Any:
    """A method of sockets whose argument at `position` (-1: the last) is an address."""

    verb = original.__name__.removesuffix("_ex")

    def guarded(sock: socket.socket, *args: Any) -> Any:
        address = args[position] if len(args) > max(position, 0) else None
        if isinstance(address, tuple):
            if verb != "connect" and address[:2] == XRAY_DAEMON:
                return len(args[0])
            port = f":{address[1]}" if len(address) > 1 else ""
            _check(address[0], f"{verb} to {address[0]}{port}")
        elif verb == "sendmsg":
            _check_peer(sock, verb)
        elif verb == "connect" and current.process() is not None:
            _check(address, f"connect to {address!r}")
        return original(sock, *args)

    guarded.__name__ = original.__name__
    return guarded


def _to_peer(original: Any) -> Any:
    """A method that sends to whom the socket is connected: it may have been before the run."""

    verb = original.__name__

    def guarded(sock: Any, *args: Any, **kwargs: Any) -> Any:
        _check_peer(sock, verb)
        return original(sock, *args, **kwargs)

    guarded.__name__ = verb
    return guarded


def _check_peer(sock: Any, verb: str) -> None:
    if not in_simulator_thread():
        return
    if sock.family == _PACKETS:
        _check("an interface", f"{verb} packets to an interface")
    if sock.family in _INTERNET:
        with contextlib.suppress(OSError):
            host, port = sock.getpeername()[:2]
            _check(host, f"{verb} to {host}:{port}")


_PACKETS = getattr(socket, "AF_PACKET", None)
_INTERNET = (socket.AF_INET, socket.AF_INET6)

_TO_ADDRESS = {"connect": 0, "connect_ex": 0, "sendto": -1, "sendmsg": 3}
"""Methods of sockets that are given an address, and its position."""

_TO_PEER = ("send", "sendall")
_TO_PEER_BY_PYTHON = ((socket.socket, "sendfile"), (ssl.SSLSocket, "write"))


class _RawSocket(_socket.socket):
    """The socket below `socket.socket`, for those who take it themselves."""


for _name, _position in _TO_ADDRESS.items():
    setattr(_RawSocket, _name, _to_address(getattr(_socket.socket, _name), _position))
for _name in _TO_PEER:
    setattr(_RawSocket, _name, _to_peer(getattr(_socket.socket, _name)))


def _lookup(original: Any) -> Any:
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        asked = host[0] if isinstance(host, tuple) else host
        name = asked.decode() if isinstance(asked, bytes) else asked
        if in_simulator_thread() and name in (HOST, real_hostname()):
            host = ("localhost", *host[1:]) if isinstance(host, tuple) else "localhost"
        else:
            _check(asked, f"look up {name}")
        return original(host, *args, **kwargs)

    guarded.__name__ = original.__name__
    return guarded


def replace(names: Bindings, attributes: Attributes) -> None:
    """Register what opens connections, sends datagrams and asks name servers."""
    for name, position in _TO_ADDRESS.items():
        attributes.add(socket.socket, name, _to_address(getattr(socket.socket, name), position))
    for kind in (socket.socket, ssl.SSLSocket):
        for name in _TO_PEER:
            attributes.add(kind, name, _to_peer(getattr(kind, name)))
    for kind, name in _TO_PEER_BY_PYTHON:
        attributes.add(kind, name, _to_peer(getattr(kind, name)))
    names.replace(_socket.socket, _RawSocket)
    for lookup in (
        socket.getaddrinfo,
        _socket.getaddrinfo,
        socket.gethostbyname,
        socket.gethostbyname_ex,
        socket.gethostbyaddr,
        socket.getnameinfo,
    ):
        names.replace(lookup, _lookup(lookup))
