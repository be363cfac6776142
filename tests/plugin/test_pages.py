"""`--report-html` and `--report-md`: every run of a test run, for browsers and pull requests."""

from __future__ import annotations

import json
import re

TEMPLATE = "Resources: {Work: {Type: AWS::SQS::Queue}}"
TESTS = """
import pytest
from harness import expect

@pytest.mark.parametrize("number", range(3))
def test_it(cloud, number):
    app = cloud.deploy("template.yaml")
    app.queue("Work").send({"order": number})
    app.settle()
    expect(app).nothing_lost()
    assert number < 2

def test_without_a_cloud():
    pass
"""


def runs_in(file):
    [found] = re.findall(r'id="data">(.*?)</script>', file.read_text(), re.S)
    return [(run["name"], run["verdict"]) for run in json.loads(found)["runs"]]


def made(project, *options):
    project.makefile(".yaml", template=TEMPLATE)
    project.makepyfile(test_shop=TESTS)
    result = project.runpytest(
        "-p", "no:cacheprovider", "-p", "no:randomly", "--report-html", "out/page.html", *options
    )
    result.stdout.fnmatch_lines(["page: out/page.html"])
    return sorted(runs_in(project.path / "out/page.html"))


WANTED = [
    ("test_shop.py::test_it[0]", "passed"),
    ("test_shop.py::test_it[1]", "passed"),
    ("test_shop.py::test_it[2]", "failed"),
]


def test_every_run_is_on_the_page_with_its_verdict(project):
    assert made(project) == WANTED


def test_workers_hand_their_runs_in(project):
    assert made(project, "-n", "2") == WANTED


def test_histories_stay_where_they_are_wanted(project):
    made(project, "--history", "kept")
    assert len(list((project.path / "kept").glob("*.jsonl"))) == 3


def test_a_folder_is_no_file(project):
    (project.path / "out").mkdir()
    result = project.runpytest("--report-html", "out")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*--report-html out: is a folder; expected a file*"])


def test_a_summary_has_the_run_of_what_failed_as_a_diagram(project, monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    made(project, "--report-md", "summary.md")
    text = (project.path / "summary.md").read_text()
    assert "✅ 3 passed · ❌ 1 failed · ❔ 0 unknown" in text
    assert "test_shop.py::test_it[2]" in text
    assert '  p0->>p1: {"order": 2}' in text


def test_github_gets_the_summary_and_an_annotation(project, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.path / "job.md"))
    project.makefile(".yaml", template=TEMPLATE)
    project.makepyfile(test_shop=TESTS)
    result = project.runpytest("-p", "no:cacheprovider", "-p", "no:randomly", "--report-md", "summary.md")
    result.stdout.fnmatch_lines(
        ["::error file=test_shop.py,line=*,title=test_shop.py%3A%3Atest_it*::assert 2 < 2*"]
    )
    assert (project.path / "job.md").read_text() == (project.path / "summary.md").read_text()
