"""Changes LocalStack's code in named places, after checking that these places are as expected.

Each patch is checked when its service is loaded. One that doesn't fit is a problem that the health route
tells and that no account can begin with: nothing is silently left as it was.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any

from localstack.utils.patch import Patch

LOG = logging.getLogger(__name__)

KNOWN_VERSIONS = ("4.14.0",)
"""The version that the patches were written for and tested with."""

problems: list[str] = []
_wrapped: set[tuple[Any, str, Callable[..., Any]]] = set()


def check_version(version: str) -> None:
    """Note a problem if this isn't a LocalStack that the patches are for."""
    if version not in KNOWN_VERSIONS:
        _note(f"LocalStack {version} isn't one of those that harness knows: {', '.join(KNOWN_VERSIONS)}")


def wrap(owner: Any, name: str, around: Callable[..., Any], *parameters: str) -> None:
    """Replace `owner.name` by a function that calls `around(original, *args)`.

    `parameters` are those that the original must have, so that `around` may rely on them. A second time
    changes nothing.
    """
    if (owner, name, around) in _wrapped:
        return
    _wrapped.add((owner, name, around))
    original = owner.__dict__.get(name) if inspect.isclass(owner) else getattr(owner, name, None)
    place = f"{getattr(owner, '__module__', '')}.{getattr(owner, '__qualname__', owner)}.{name}"
    if isinstance(original, property):
        _apply(owner, name, property(_around(original.fget, around)), place)
        return
    static = isinstance(original, staticmethod)
    function = original.__func__ if isinstance(original, staticmethod) else original
    if not callable(function):
        _note(f"{place} isn't there")
        return
    missing = [one for one in parameters if one not in inspect.signature(function).parameters]
    if missing:
        _note(f"{place} has no parameter {', '.join(missing)}")
        return
    wrapped = _around(function, around)
    _apply(owner, name, staticmethod(wrapped) if static else wrapped, place)


def put(owner: Any, name: str, value: Any) -> None:
    """Replace an attribute of a module."""
    place = f"{getattr(owner, '__name__', owner)}.{name}"
    if not hasattr(owner, name):
        _note(f"{place} isn't there")
        return
    _apply(owner, name, value, place)


def _around(original: Any, around: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    return wrapped


def _apply(owner: Any, name: str, value: Any, place: str) -> None:
    if problems:
        return
    Patch(owner, name, value).apply()
    LOG.debug("patched %s", place)


def _note(problem: str) -> None:
    problems.append(problem)
    LOG.error("harness can't work in this LocalStack: %s", problem)
