"""Each bug is invisible without faults, shows under one small plan, and its fix withstands that plan."""

import re

import pytest

from harness.faults import Plan
from harness.lint import lint
from tests.corpus.corpus import HERE, TWINS, bugs, run

BUGS = {bug.name: bug for bug in bugs()}


@pytest.fixture(params=BUGS.values(), ids=BUGS.keys())
def bug(request):
    return request.param


@pytest.mark.parametrize("twin", TWINS)
def test_without_faults_all_is_well(bug, twin):
    outcome = run(bug, twin, Plan())
    assert outcome.status == "recovered", outcome.why


def test_the_bug_shows(bug):
    outcome = run(bug, "broken", bug.shown_by)
    assert (outcome.status, outcome.invariant) == ("broken", bug.breaks), outcome.why


def test_the_fix_withstands_what_shows_the_bug(bug):
    outcome = run(bug, "fixed", bug.shown_by)
    assert outcome.status in ("recovered", "not reached"), outcome.why


def test_each_names_the_page_that_says_so(bug):
    assert bug.page.startswith(("https://docs.aws.amazon.com/", "https://aws.amazon.com/builders-library/"))


def test_there_are_at_least_24_bugs():
    assert len(BUGS) >= 24


def test_the_fix_follows_the_rules_of_aws(bug):
    assert lint(bug.template("fixed")) == []


def test_the_docs_have_a_row_for_each_bug():
    page = (HERE.parents[1] / "docs/corpus.md").read_text()
    assert re.findall(r"^\| \[(\w+)\]", page, re.M) == list(BUGS)
