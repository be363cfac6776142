"""docs/reference/lint.md says what the rules say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from harness import cli
from harness.lint import RULES, lint
from harness.lint.manual import reference

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/reference/lint.md").read_text(encoding="utf-8")


def test_the_reference_is_the_manual_of_the_rules():
    _, _, rules = PAGE.partition("## Rules\n\n")
    assert rules == reference() + "\n", "write harness.lint.manual.reference() under Rules"


def test_the_example_is_what_the_command_prints(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    shown = re.search(r"```\n\$ harness (.*)\n([\s\S]*?)```", PAGE)
    with pytest.raises(SystemExit):
        cli.main(shown[1].split())
    assert capsys.readouterr().out == shown[2]


def test_the_example_of_a_suppression_is_one(tmp_path):
    (example,) = re.findall(r"```yaml\n([\s\S]*?)```", PAGE)
    path = tmp_path / "template.yaml"
    path.write_text(example, encoding="utf-8")
    assert lint(path) == []
    (entry,) = yaml.safe_load(example)["Resources"]["Ticks"]["Metadata"]["harness"]["lint"]
    assert entry["rule"] in RULES
