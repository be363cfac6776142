"""`harness lint`: what it prints, and its exit codes."""

from __future__ import annotations

import pytest

from harness import cli
from harness.lint import RULES

BAD = """\
Parameters: {Seconds: {Type: Number, Default: 0}}
Resources:
  Work: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !Ref Seconds}}
"""


@pytest.fixture
def template(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "template.yaml").write_text(BAD)
    (tmp_path / "sam.yaml").write_text("Resources:\n  F: {Type: AWS::Serverless::Function}\n")


@pytest.fixture
def harness(capsys):
    """Runs `harness lint` with these arguments: its exit code, and what it printed."""

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            cli.main(["lint", *arguments])
        return end.value.code or 0, capsys.readouterr()

    return run


def test_findings_fail(harness, template):
    code, said = harness("template.yaml")
    assert code == 1
    assert said.out.splitlines() == [
        "template.yaml:3  Work  visibility-of-zero  VisibilityTimeout of 0 gives a message to every consumer "
        "that asks, while one works on it; set it to the longest time that the work takes",
        "1 finding; harness lint --explain RULE says more",
    ]


def test_nothing_found_passes(harness, template):
    code, said = harness("template.yaml", "--parameter", "Seconds=30")
    assert (code, said.out) == (0, "nothing found\n")


def test_a_folder_that_a_tool_has_made_is_read(harness, template):
    code, said = harness(".")
    assert code == 1
    assert "template.yaml:" in said.out


def test_several_templates_are_counted_together(harness, template):
    code, said = harness("template.yaml", "template.yaml")
    assert code == 1
    assert said.out.splitlines()[-1].startswith("2 findings; ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name a template, or --explain RULE"),
        (["none.yaml"], "none.yaml: no such file"),
        (["template.yaml", "--parameter", "Seconds"], "--parameter Seconds: expected NAME=VALUE"),
        (
            ["template.yaml", "--parameter", "Second=1"],
            "there is no parameter 'Second'; did you mean 'Seconds'?",
        ),
        (["template.yaml", "--parameter", "Seconds=x"], "expected a number, found 'x'"),
        (["sam.yaml"], "sam.yaml: line 2, F: AWS::Serverless::Function is a type of SAM's: add Transform"),
        (["--explain", "visibility-of-nil"], "there is no rule 'visibility-of-nil'; did you mean"),
    ],
)
def test_bad_usage(harness, template, arguments, told):
    code, said = harness(*arguments)
    assert code == 2
    assert told in said.err.replace("\n", " ")


@pytest.mark.parametrize("name", RULES)
def test_explain_prints_a_rules_page(harness, name):
    code, said = harness("--explain", name)
    assert code == 0
    assert said.out.startswith(f"{name}\n\n{RULES[name].manual}\n\nAWS: {RULES[name].page}\n")
    assert f"- {{rule: {name}, reason: …}}" in said.out
