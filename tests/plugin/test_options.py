"""Command line options: what they do, and what they refuse."""

from __future__ import annotations

import json

import pytest

from harness import History, Plan, faults
from harness.explore.kept import Kept

NOTHING = "def test_nothing():\n    pass"
ONE_ROW = """
def test_one_row(app):
    put(app)
    ask(app)
"""


def test_help_stands_in_one_group(pytester):
    result = pytester.runpytest("--help")
    text = result.stdout.str()
    group = text[text.index("fault tests of distributed apps:") :]
    for option in ("--cloud", "--seed", "--plan", "--history"):
        assert option in group[:1200]


CLOUDS = "sim, localstack, localstack-host, endpoint=URL"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cloud", "moon"], f"--cloud=moon: no such cloud; expected one of: {CLOUDS}"),
        (["--cloud", "endpoint=here"], "harness: endpoint=here: expected a URL, as in endpoint=http://127.*"),
        (["--cloud", "endpoint=http://8.8.8.8"], "harness: endpoint=http://8.8.8.8: * isn't this machine*"),
        (["--seed", "x"], "*--seed: invalid int value: 'x'*"),
        (["--plan", "none.json"], "--plan none.json: no such file"),
        (["--plan", "."], "--plan .: is a folder; expected a file"),
        (["--plan", "template.yaml"], "--plan: template.yaml is a template, not a plan: use harness lint *"),
        (
            ["--plan", "bad.json"],
            "--plan bad.json: plan.faults[[]0].kind: unknown kind 'trottle'; *'throttle'?",
        ),
        (["--history", "bad.json"], "--history bad.json: is a file; expected a folder"),
        (["--explore", "--explore-report", "."], "--explore-report .: is a folder; expected a file"),
        (
            ["--explore", "--explore-report", "bad.json/y"],
            "--explore-report bad.json/y: its folder can't be made: *",
        ),
        (
            ["--engine", "bogus", "--explore"],
            "--engine bogus: no such engine; expected one of: processes, processes=N, serial, dask=*",
        ),
        (
            ["--localstack-image", "localstack:5"],
            "--localstack-image: needs --cloud localstack, not sim",
        ),
        (["--real-time"], "--real-time: needs --cloud localstack, not sim"),
    ],
)
def test_bad_usage_is_told_with_what_is_allowed(run, project, arguments, message):
    (project.path / "bad.json").write_text('{"format": 2, "faults": [{"kind": "trottle"}]}')
    result = run(NOTHING, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{message}"])


def test_the_environment_may_name_the_cloud(run, monkeypatch):
    monkeypatch.setenv("HARNESS_CLOUD", "moon")
    result = run(NOTHING)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*HARNESS_CLOUD=moon: no such cloud; expected one of: {CLOUDS}"])
    monkeypatch.setenv("HARNESS_CLOUD", "")
    assert run(NOTHING).ret == 0


@pytest.mark.parametrize("kept", [False, True], ids=["a plan", "a kept failure"])
def test_every_scenario_runs_under_a_plan(run, project, kept):
    plan = Plan(8, (faults.throttle("dynamodb:PutItem", times=2),))
    failure = Kept(scenario="t", plan=plan, invariant="i", evidence="e")
    data = failure.to_data() if kept else plan.to_data()
    (project.path / "plan.json").write_text(json.dumps(data))
    result = run(ONE_ROW + "    print('seed', app.cloud.seed)", "--plan", "plan.json", "-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["harness: plan plan.json", "*seed 8*", "faults *2  fired"])


def test_histories_are_stored_and_can_be_read(run, project):
    twice = ONE_ROW.replace("def", "@pytest.mark.parametrize('n', ['a/b', 'a:b'])\ndef").replace(
        "app)", "app, n)", 1
    )
    result = run(twice, "--history", "kept/here")
    result.assert_outcomes(passed=2)
    stored = sorted((project.path / "kept/here").glob("*.jsonl"))
    assert len(stored) == 2
    for file in stored:
        assert file.name.startswith("test_it.py-test_one_row-a-b-")
        history = History.from_json(file.read_text())
        assert history.of("expectation")
        assert history.header["cloud"] == "sim"


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_container_without_docker_says_in_one_line_what_is_missing(project, monkeypatch, workers):
    project.makepyfile(test_it="def test_it(cloud): pass")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    result = project.runpytest_subprocess("--cloud", "localstack", *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = [line for line in result.errlines if "asyncio" not in line and line.strip()]
    assert told[-1].startswith("ERROR: harness: --cloud localstack needs Docker: no daemon answers")
    assert told[-1].endswith("--cloud sim, --cloud localstack-host, or --cloud endpoint=URL")
