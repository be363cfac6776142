"""Campaigns over the twins of this folder."""

from __future__ import annotations

from functools import partial

from harness.explore import Campaign, Found, Search, campaign
from tests.corpus.corpus import Bug, Twin, run


def explored(bug: Bug, twin: Twin, search: Search | None = None, *, until_broken: bool = False) -> Campaign:
    """Every single fault on one of the twins; `until_broken` ends it at the first run that is broken."""

    def watch(known: Campaign) -> None:
        if until_broken and first_broken(known):
            raise KeyboardInterrupt

    return campaign(partial(run, bug, twin), search, watch=watch)


def first_broken(known: Campaign) -> tuple[int, Found] | None:
    """The first run that is certain to show a bug, and how many had been tried by then."""
    tries = enumerate(known.results, 1)
    return next(((count, found) for count, found in tries if found.status == "broken"), None)


def told(known: Campaign) -> str:
    """What failed, a line each."""
    return "\n".join(
        f"{found.tried.name}: {found.status}: {found.outcome.why.partition(chr(10))[0]}\n"
        f"  {found.tried.plan.to_json()}"
        for found in known.broken
    )
