"""The campaigns over the corpus see what they should, and nothing else."""

from harness.explore import Search
from tests.corpus.corpus import bugs
from tests.corpus.exploring import explored, first_broken, told

BUGS = {bug.name: bug for bug in bugs()}


def test_a_campaign_ends_at_the_first_run_that_is_broken():
    known = explored(BUGS["non_idempotent_consumer"], "broken", until_broken=True)
    count, found = first_broken(known)
    assert count == len(known.results)
    assert found.outcome.reason == ("effects_once", "duplicated")


def test_it_tells_what_failed_and_under_which_plan():
    known = explored(
        BUGS["non_idempotent_consumer"], "broken", Search(kinds=frozenset({"ack_lost"}), interleavings=0)
    )
    assert "DepositsQueue ⇒ Book #1: ack_lost: broken: effects_once" in told(known)
    assert '"kind": "ack_lost"' in told(known)
