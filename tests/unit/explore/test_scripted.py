"""Scripts that a campaign runs without a test: what is refused before anything runs."""

import pytest

from harness import faults
from harness.explore import campaign
from harness.plan import Plan
from harness.plugin.scripted import ScriptRun

TEMPLATE = "Resources:\n  Work: {Type: AWS::SQS::Queue}\n"
SCRIPT = """
from harness import expect

def scenario(app):
    app.queue("Work").send("hello")
    app.settle()
    expect(app).{claim}
"""


@pytest.fixture
def scripted(tmp_path):
    def scripted(text, **more):
        (tmp_path / "template.yaml").write_text(TEMPLATE)
        (tmp_path / "scenario.py").write_text(text)
        return ScriptRun(str(tmp_path / "template.yaml"), str(tmp_path / "scenario.py"), **more)

    return scripted


def test_a_script_that_holds_can_be_explored(scripted):
    assert campaign(scripted(SCRIPT.format(claim="nothing_lost()"))).can_explore


def test_a_script_that_fails_without_faults_says_why(scripted):
    found = campaign(scripted(SCRIPT.format(claim="dead_letters(at_least=1)")))
    assert not found.can_explore
    assert "0 dead letters, expected at least 1" in found.control.why


def test_a_script_that_compares_with_the_control_run_can_be_explored(scripted):
    script = scripted(SCRIPT.format(claim='effects_once("Work", key="id")').replace('"hello"', '{"id": 1}'))
    fault = faults.answer_lost("sqs:SendMessage", resource="Work")
    outcomes = [script(Plan(seed, (fault,))) for seed in (0, 1, 0)]
    assert {(outcome.status, outcome.evidence) for outcome in outcomes} == {("broken", "duplicated")}
    assert script(Plan(0)).status == "recovered"


def test_what_a_script_injects_is_not_in_its_control_run(scripted):
    lost = 'app.cloud.inject(faults.answer_lost("sqs:SendMessage"))\n    app.queue("Work").send({"id": 1})'
    text = SCRIPT.format(claim='effects_once("Work", key="id")')
    text = text.replace('app.queue("Work").send("hello")', lost).replace(
        "import expect", "import expect, faults"
    )
    outcome = scripted(text)(Plan(0, (faults.slow("sqs:SendMessage", 1),)))
    assert (outcome.status, outcome.evidence) == ("broken", "duplicated")


def test_a_missing_file_is_told_at_once(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such Python file"):
        ScriptRun("template.yaml", str(tmp_path / "none.py"))


def test_a_missing_function_is_told_at_once(scripted):
    with pytest.raises(LookupError, match=r"has no function 'scenario'; define it: def scenario\(app\)"):
        scripted("def scenari(app): ...")
