"""`--report-html`: a page with every run of a test run."""

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
