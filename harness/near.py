"""Words that messages share: hints for unknown names, and how many of something."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Never

SHOWN = 30
"""A longer list of names helps nobody."""


def did_you_mean(name: object, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The nearest of these names, whatever its case, as the end of a sentence; "" if none is near.

    >>> did_you_mean("billing", ["Ledger", "Billing"])
    "; did you mean 'Billing'?"
    """
    names = {each.casefold(): each for each in sorted(known, reverse=True)}
    close = get_close_matches(str(name)[:80].casefold(), names, n=1, cutoff=cutoff)
    return f"; did you mean {names[close[0]]!r}?" if close else ""


def near(name: object, known: Collection[str]) -> str:
    """The nearest of these names, or else all of them, unless they are too many to read.

    >>> near("Stock", ["Ledger", "Billing"])
    '; there are: Billing, Ledger'
    """
    there = ", ".join(sorted(known)) or "none"
    return did_you_mean(name, known) or ("" if len(known) > SHOWN else f"; there are: {there}")


def counted(number: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def often(times: int) -> str:
    """How often.

    >>> often(1), often(2), often(3)
    ('once', 'twice', '3 times')
    """
    return {1: "once", 2: "twice"}.get(times, f"{times:,} times")


class Suggests:
    """A base of classes that tests use: an unknown attribute names the nearest one."""

    called: ClassVar[str] = ""
    """The name for such an object in messages; by default that of its class."""

    if not TYPE_CHECKING:  # a checker of types is to report unknown attributes itself

        def __getattr__(self, name: str) -> Never:
            cls = type(self)
            if hasattr(cls, name):  # a property that failed with an AttributeError: let it say why
                return object.__getattribute__(self, name)
            raise AttributeError(_unknown(cls, name))


@lru_cache(maxsize=256)  # whoever asks whether there is such an attribute asks again
def _unknown(cls: type[Suggests], name: str) -> str:
    public = [each for each in dir(cls) if not each.startswith("_") and not _is_note(cls, each)]
    return f"{cls.called or cls.__name__} has no {name!r}{near(name, public)}"


def _is_note(cls: type[Any], name: str) -> bool:
    """Is it about the class, and nothing to use?"""
    return name in ("built_in", "called", "kind", "types") and isinstance(getattr(cls, name), str | tuple)
