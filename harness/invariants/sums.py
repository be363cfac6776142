"""A quantity is conserved: nothing was added twice, and nothing was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from harness.history import History
from harness.history.ledger import Ledger
from harness.invariants.keys import they_have
from harness.invariants.rest import unrest
from harness.invariants.verdict import Verdict, broken, holds, unknown
from harness.near import counted

NAME = "sums"

_EXACT = Context(prec=400)
"""Enough digits for any sum of DynamoDB's numbers, which reach from 1E-130 to 9.99…E+125."""


def sums(
    history: History,
    place: str,
    *,
    attribute: str,
    rows: Sequence[Any],
    equal_to: int | float | str | Decimal | None,
) -> Verdict:
    """The values of a number in all rows of `place` add up to `equal_to`, exactly; None: nothing is known to
    compare with. O(n).

    For counters and balances, where an effect that happens twice leaves no second row. Judged when the run is
    at rest. A dead letter may account for a sum that is off, so that is unknown; so is one over rows in which
    the attribute is no number.
    """
    if equal_to is None:
        return unknown(NAME, f"nothing to compare the sum of {attribute} in {place} with: say equal_to=…")
    ledger = Ledger(history)
    why = unrest(history, ledger)
    if why:
        return unknown(NAME, why)
    values = _values(rows, attribute)
    if rows and not values:
        return unknown(NAME, f"no row of {place} has a number {attribute!r}{they_have(rows)}")
    if odd := _no_numbers(rows, attribute):
        return unknown(NAME, f"in {counted(len(odd), 'row')} of {place} {attribute} is no number", odd)
    found = total(rows, attribute)
    wanted = number(equal_to)
    if found == wanted:
        return holds(NAME, len(values), f"{attribute} adds up to {found}")
    told = f"{attribute} in {place} adds up to {found}, not {wanted}"
    evidence = [f"{name}: {value}" for name, value in values]
    if dead := ledger.dead_letters():
        return unknown(
            NAME, f"{told}; {counted(len(dead), 'dead letter')} may account for that", evidence, dead
        )
    return broken(NAME, "more" if wanted is None or found > wanted else "less", told, evidence)


def total(rows: Sequence[Any], attribute: str) -> Decimal:
    """The sum of a number over these rows."""
    found = Decimal(0)
    for _, value in _values(rows, attribute):
        found = _EXACT.add(found, value)
    return found


def _values(rows: Sequence[Any], attribute: str) -> list[tuple[str, Decimal]]:
    read = [(_named(row), number(row.get(attribute))) for row in rows if isinstance(row, Mapping)]
    return [(name, value) for name, value in read if value is not None]


def _no_numbers(rows: Sequence[Any], attribute: str) -> list[str]:
    """Rows that have the attribute, but not as a number."""
    present = [row for row in rows if isinstance(row, Mapping) and row.get(attribute) is not None]
    return [f"{_named(row)}: {row[attribute]!r}" for row in present if number(row[attribute]) is None]


def number(value: Any) -> Decimal | None:
    """A number as it is written; None if it is none, or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        found = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _named(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(row.items()) if isinstance(value, str))
