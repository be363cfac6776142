"""Chance from the seed: `random`, `uuid`, `os.urandom`, `secrets` and moto's own generator.

Each simulated process draws from streams of its own: what happens elsewhere doesn't change what it
draws, and a handler that calls `random.seed` does so for itself.
"""

from __future__ import annotations

import os
import random
import ssl
import tempfile
import uuid
from random import Random
from typing import Any

from botocore.retries.standard import ExponentialBackoff
from moto.moto_api._internal import mock_random

from harness.sim.kernel import Kernel
from harness.sim.patches import current
from harness.sim.patches.current import in_simulator_thread, state
from harness.sim.patches.patching import Attributes, Bindings

NODE = 0x02_42_AC_11_00_02
"""The hardware address in `uuid1`: that of a container."""

_OF_UUID = (
    *("_UuidCreate", "_generate_time_safe", "_node"),
    *("_last_timestamp", "_last_timestamp_v6", "_last_timestamp_v7"),
)
"""Without a C library `uuid1` takes time and chance from Python; the last timestamps are those of the run."""

_real_urandom = os.urandom
_real_seed = Random.seed
_real_getrandom = getattr(os, "getrandom", None) or (lambda size, flags: os.urandom(size))
_real_rand_bytes = ssl.RAND_bytes
_real_delay_amount = ExponentialBackoff.delay_amount

_FUNCTIONS = [
    name
    for name, value in vars(random).items()
    if getattr(value, "__self__", None) is random.__dict__["_inst"]
]
"""Functions of `random`, which are methods of one hidden generator."""


_apart = ""


class apart:
    """Draws inside come from a stream of their own, and leave the stream of whoever caused them as it is."""

    __slots__ = ("_before", "_name")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        global _apart
        self._before, _apart = _apart, self._name

    def __exit__(self, *error: object) -> None:
        global _apart
        _apart = self._before


def _stream(kind: str) -> Random:
    """The generator of this kind for the running activity."""
    kernel = state.kernel
    assert kernel is not None
    if _apart:
        return kernel.chance(f"{kind} {_apart}")
    process = current.process()
    return kernel.chance(f"{kind} {process.name}" if process is not None else kind)


def drawn(size: int) -> bytes:
    """The same as `os.urandom`, for code that surely runs in one of the kernel's activities."""
    kernel, activity = state.kernel, state.activity
    if _apart or kernel is None or os.urandom is not urandom:
        return os.urandom(size)
    process = None if activity is None else activity.process
    chance = kernel.chance("bytes" if process is None else f"bytes {process.name}")
    return chance.getrandbits(size * 8).to_bytes(size, "little")


def urandom(size: int, /) -> bytes:
    """`os.urandom` from the seed."""
    return _stream("bytes").randbytes(size) if in_simulator_thread() else _real_urandom(size)


def _getrandom(size: int, flags: int = 0) -> bytes:
    """`os.getrandom` from the seed."""
    return _stream("bytes").randbytes(size) if in_simulator_thread() else _real_getrandom(size, flags)


def _rand_bytes(size: int, /) -> bytes:
    """`ssl.RAND_bytes` from the seed."""
    return _stream("bytes").randbytes(size) if in_simulator_thread() else _real_rand_bytes(size)


def _seed_numpy(numpy: Any) -> None:
    kernel = state.kernel
    assert kernel is not None
    _numpy.append((numpy, numpy.get_state()))
    numpy.seed(kernel.chance("numpy").getrandbits(32))


_numpy: list[tuple[Any, Any]] = []
LIBRARIES = {"numpy.random": _seed_numpy}
"""Lets the run's seed be that of a library's global generator."""


def _seed(generator: Random, a: Any = None, version: int = 2) -> None:
    if a is None and in_simulator_thread():
        a = _stream("seeds").getrandbits(64)
    _real_seed(generator, a, version)


def _of_stream(original: Any) -> Any:
    """A function of `random`, on the generator of the running activity."""
    name = original.__name__

    def function(*args: Any, **kwargs: Any) -> Any:
        method = getattr(_stream("random"), name) if in_simulator_thread() else original
        return method(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    return function


def _delay_amount(backoff: Any, context: Any) -> Any:
    """The SDK's pause before a retry: each client has kept the `random` that it found when it was made."""
    backoff._random = random.random
    return _real_delay_amount(backoff, context)


def replace(names: Bindings, attributes: Attributes) -> None:
    """Register the sources of chance."""
    names.replace(_real_urandom, urandom)
    names.replace(_real_rand_bytes, _rand_bytes)
    if hasattr(os, "getrandom"):
        names.replace(_real_getrandom, _getrandom)
    attributes.add(Random, "seed", _seed)
    attributes.add(ExponentialBackoff, "delay_amount", _delay_amount)
    for name in _FUNCTIONS:
        names.replace(getattr(random, name), _of_stream(getattr(random, name)))


class Chance:
    """Seeds, for one run, what is one for the whole process."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def start(self) -> None:
        """Draw from the kernel's seed."""
        self._moto = mock_random.getstate()
        _real_seed(mock_random, f"{self._kernel.seed}/moto")
        names = tempfile.__dict__
        self._tempfile_names = names.get("_name_sequence")
        names["_name_sequence"] = None
        self._of_uuid = {name: vars(uuid)[name] for name in _OF_UUID if name in vars(uuid)}
        vars(uuid).update(dict.fromkeys(self._of_uuid) | {"_node": NODE})

    def stop(self) -> None:
        """Draw from where it was left before the run."""
        mock_random.setstate(self._moto)
        tempfile.__dict__["_name_sequence"] = self._tempfile_names
        vars(uuid).update(self._of_uuid)
        while _numpy:
            numpy, before = _numpy.pop()
            numpy.set_state(before)
