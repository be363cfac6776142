"""Exploring finds each bug by itself, and raises no alarm on any fixed twin.

By default a fixed twin is explored with a fifth of the kinds of fault, its neighbour with the next fifth;
HARNESS_CORPUS=all explores it with all of them, at all representatives.
"""

import os

import pytest

from harness.explore import Search
from harness.plan import kinds
from tests.corpus.corpus import bugs
from tests.corpus.exploring import explored, first_broken, told

BUGS = bugs()
SHARES = 5
ALL = os.environ.get("HARNESS_CORPUS") == "all"


def search_for(bug):
    if ALL:
        return Search()
    share = BUGS.index(bug) % SHARES
    return Search(kinds=frozenset(sorted(kinds())[share::SHARES]), each=1, interleavings=1)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_bug_is_found(bug):
    known = explored(bug, "broken", Search(each=2 if ALL else 1), until_broken=True)
    assert known.can_explore
    assert known.deterministic
    assert first_broken(known), f"not found in {len(known.results)} runs"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_fix_raises_no_alarm(bug):
    known = explored(bug, "fixed", search_for(bug))
    assert known.can_explore
    assert [found for found in known.results if found.status == "recovered"]
    assert known.broken == [], told(known)
