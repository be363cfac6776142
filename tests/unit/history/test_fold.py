"""A history is folded once, also where claims make it longer, and answers what is asked again only once."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.history import History
from harness.history.fold import Fold
from tests.helpers.runs import Written
from tests.helpers.scripts import KINDS, Scripts


def claimed(run):
    """The history of a run, and the one after a claim."""
    run.place("Ledger", "dynamodb")
    before = run.history()
    before.fold.paths  # noqa: B018 - it is there from now on
    run.call("dynamodb:Scan", "Ledger")
    run.recorder.state("Ledger", [{"order": "o-1"}])
    run.recorder.expectation("nothing_lost", params={}, verdict="holds")
    return before, run.history()


def seen(fold):
    """All that a fold tells, as data."""
    copies = [repr(copy) for copy in fold.every_copy]
    paths = {key: repr(path) for key, path in fold.paths.items()}
    surroundings = [fold.invocation_around(event) for event in fold.history]
    invocations = [None if around is None else around.event.seq for around in surroundings]
    return copies, paths, fold.accepted, invocations, fold.traces, list(fold.invocations)


@settings(max_examples=30)
@given(st.lists(st.sampled_from(KINDS), max_size=6), st.integers(0, 2**32))
def test_a_fold_goes_on_after_a_claim_as_if_it_were_made_anew(kinds, seed):
    run = Written()
    scripts, chance = Scripts(run), random.Random(seed)
    for kind in kinds:
        for _ in getattr(scripts, kind)(scripts.new()):
            run.wait(chance.random())
    before, after = claimed(run)
    assert after.fold.every_copy is before.fold.every_copy
    assert seen(after.fold) == seen(Fold(after))


def test_a_message_that_was_accepted_since_is_in_the_fold():
    run = Written()
    before, _ = claimed(run)
    run.recorder.accepted("Orders", "m-1", body="{}")
    assert list(run.history().fold.accepted) == [("Orders", "m-1")]
    assert not before.fold.accepted


def test_a_question_is_answered_once():
    history, asked = History(()), []
    for _ in range(2):
        assert history.once("how many", lambda: asked.append("once") or 3) == 3
    assert asked == ["once"]
