"""Each rule on templates that it speaks of and on such that it doesn't: `cases/<rule>.yaml`."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.lint import RULES, lint

CASES = Path(__file__).parent / "cases"


def cases_of(rule):
    return yaml.safe_load((CASES / f"{rule}.yaml").read_text(encoding="utf-8"))


EVERY = [pytest.param(rule, case, id=f"{rule}: {case['why']}") for rule in RULES for case in cases_of(rule)]


@pytest.mark.parametrize(("rule", "case"), EVERY)
def test_a_rule_finds_what_it_should_and_nothing_else(tmp_path, rule, case):
    path = tmp_path / "template.yaml"
    path.write_text(case["template"], encoding="utf-8")
    assert sorted({found.logical_id for found in lint(path) if found.rule == rule}) == sorted(case["finds"])


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_bad_a_good_and_an_edge_template(rule):
    found = [bool(case["finds"]) for case in cases_of(rule)]
    assert found.count(True) >= 1
    assert found.count(False) >= 2


def test_every_case_is_a_rules():
    assert sorted(path.stem for path in CASES.glob("*.yaml")) == sorted(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_says_why_what_to_change_and_where_aws_says_so(rule):
    assert rule.page.startswith("https://docs.aws.amazon.com/")
    assert rule.summary.endswith(".")
    assert len(rule.manual.split("\n\n")) == 2
