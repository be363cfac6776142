"""Scripts that a campaign runs without a test: what is refused before anything runs."""

import pytest

from harness.explore import campaign
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


def test_a_missing_file_is_told_at_once(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such Python file"):
        ScriptRun("template.yaml", str(tmp_path / "none.py"))


def test_a_missing_function_is_told_at_once(scripted):
    with pytest.raises(LookupError, match=r"has no function 'scenario'; define it: def scenario\(app\)"):
        scripted("def scenari(app): ...")
