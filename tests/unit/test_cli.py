"""The command line: what it prints, and its exit codes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest

from harness import Plan, cli
from harness.explore.kept import Kept
from harness.history import Event, History
from harness.report import REPORTS, document, write


@dataclass
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def harness(capsys):
    """Runs the command with these arguments."""

    def run(*arguments: object) -> Said:
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return run


@dataclass
class Verdict:
    """As `harness.invariants.judge` returns them."""

    value: str

    def __str__(self) -> str:
        return f"nothing_lost: {self.value}"


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Stores a history whose judgement is this."""

    def store(*verdicts: str):
        monkeypatch.setattr(
            "harness.invariants.judge", lambda _: [Verdict(v) for v in verdicts], raising=False
        )
        file = tmp_path / "run.jsonl"
        file.write_text(History([Event(0, 0.0, "settled", None, "test", "sim")], {"seed": 1}).to_json())
        return file

    return store


def test_tells_its_version(harness):
    said = harness("--version")
    assert said.code == 0
    assert re.fullmatch(r"harness \d+\.\d+\.\d+\n", said.out)


@pytest.mark.parametrize("arguments", [["--help"], ["judge", "--help"], ["doctor", "--help"]])
def test_help_lists_the_exit_codes(harness, arguments):
    said = harness(*arguments)
    assert said.code == 0
    assert "Exit codes: 0 passed, 1 failed, 2 bad usage, 3 unknown, 70 internal error." in said.out


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["holds", "holds"], 0),
        (["holds", "broken", "unknown"], 1),
        (["holds", "unknown"], 3),
        ([], 3),
    ],
)
def test_the_worst_verdict_decides(harness, stored, verdicts, code):
    said = harness("judge", stored(*verdicts))
    assert said.code == code
    assert said.out.splitlines()[: len(verdicts)] == [f"nothing_lost: {verdict}" for verdict in verdicts]


def test_bad_usage(harness, tmp_path):
    (tmp_path / "bad").write_text("{}")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for arguments in (["nonsense"], ["judge"], ["judge", tmp_path / "none"], ["judge", tmp_path / "binary"]):
        assert harness(*arguments).code == 2
    said = harness("judge", tmp_path / "bad")
    assert said.code == 2
    assert "line 1: not a stored history" in said.err


FILES = {
    "run.jsonl": History([Event(0, 0.0, "settled", None, "test", "sim")], {"cloud": "sim"}).to_json(),
    "report.json": json.dumps(document((), seed=0, mode="1", cloud="sim"), indent=1),
    "kept.json": json.dumps(Kept(scenario="t", plan=Plan(), invariant="i", evidence="e").to_data(), indent=1),
    "plan.json": Plan().to_json(),
    "template.yaml": "Resources:\n  Work: {Type: AWS::SQS::Queue}\n",
}
TAKEN_BY = {
    "run.jsonl": ("a history", "harness judge"),
    "report.json": ("the report of an exploration", "harness report"),
    "kept.json": ("a failing plan that an exploration kept", "harness replay"),
    "plan.json": ("a plan", "pytest --plan"),
    "template.yaml": ("a template", "harness lint"),
}


COMMANDS = ("judge", "report", "replay", "lint")
OTHERS = [(c, name) for c in COMMANDS for name, (_, use) in TAKEN_BY.items() if use != f"harness {c}"]


@pytest.mark.parametrize(("command", "name"), OTHERS)
def test_a_file_of_another_kind_is_told_with_the_command_that_takes_it(
    harness, tmp_path, monkeypatch, name, command
):
    kind, use = TAKEN_BY[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(FILES[name])
    said = harness(command, name)
    wanted = next(kind for kind, use in TAKEN_BY.values() if use == f"harness {command}")
    assert said.err == f"Error: {name} is {kind}, not {wanted}: use {use} {name}\n"
    assert (said.code, said.out) == (2, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_can_not_be_read_is_told_in_a_line(harness, tmp_path, command):
    (tmp_path / "text").write_text("nonsense")
    assert harness(command, tmp_path / "none").err == f"Error: {tmp_path / 'none'}: no such file\n"
    folder = "this folder holds no template" if command == "lint" else "is a folder; name a file in it\n"
    assert harness(command, tmp_path).err.startswith(f"Error: {tmp_path}: {folder}")
    said = harness(command, tmp_path / "text")
    assert said.code == 2
    assert said.err.startswith(f"Error: {tmp_path / 'text'}: ")
    assert said.err.count("\n") == 1


def test_a_bug_of_ours_is_told_apart(harness, stored, monkeypatch):
    file = stored()
    monkeypatch.setattr("harness.invariants.judge", lambda _: 1 / 0)
    said = harness("judge", file)
    assert said.code == 70
    assert "ZeroDivisionError" in said.err
    assert "this is a bug in harness" in said.err


def test_the_doctor_shows_what_is_at_hand(harness):
    said = harness("doctor")
    assert said.code == 0
    rows = dict(line.split(maxsplit=1) for line in said.out.replace("cloud sim", "sim").splitlines())
    assert rows["boto3"][0].isdigit()
    assert rows["sim"] == "available"


def test_the_doctor_finds_what_is_missing(harness, monkeypatch):
    versions = cli.version
    monkeypatch.setattr(cli, "version", lambda name: "" if name == "moto" else versions(name))
    said = harness("doctor")
    assert said.code == 1
    assert "cloud sim: not available: moto missing" in re.sub(" {2,}", ": ", said.out)


def test_the_doctor_says_what_containers_need_where_there_is_no_docker(harness, monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    said = harness("doctor")
    assert said.code == 0
    assert re.search("cloud localstack +not available: needs Docker: no daemon answers", said.out)


def test_a_history_in_which_nothing_was_asked_is_told(harness, tmp_path):
    file = tmp_path / "quiet.jsonl"
    file.write_text('{"format": 2, "seed": 0}\n')
    said = harness("judge", file)
    assert said.code == 3
    assert said.out == "nothing to judge: no invariant was asked in this history\n"


def test_a_report_is_made_by_its_name(harness, tmp_path, monkeypatch):
    write(document((), seed=0, mode="1", cloud="sim"), tmp_path / "report.json")
    monkeypatch.setitem(REPORTS, "short", lambda report, *, failures=False: iter(["nothing to say"]))
    assert harness("report", tmp_path / "report.json", "--as", "short").out == "nothing to say\n"
    said = harness("report", tmp_path / "report.json", "--as", "shrt")
    assert said.code == 2
    assert "no report 'shrt'; did you mean 'short'?" in " ".join(said.err.split())


TOPIC = "Resources:\n  Orders: {Type: AWS::SNS::Topic}\n  Work: {Type: AWS::SQS::Queue}\n"


def test_a_smoke_test_tells_each_entry_point_in_a_line(harness, tmp_path):
    (tmp_path / "template.yaml").write_text(TOPIC)
    said = harness("smoke", tmp_path / "template.yaml")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "2 ok · 0 lost · 0 failed · 0 unknown"


def test_a_smoke_test_is_data_too(harness, tmp_path):
    (tmp_path / "template.yaml").write_text(TOPIC)
    found = json.loads(harness("smoke", tmp_path / "template.yaml", "--json").out)
    assert sorted(each["place"] for each in found) == ["Orders", "Work"]


def test_a_first_scenario_takes_the_place_of_no_file(harness, tmp_path):
    folder = tmp_path / "my-shop"
    folder.mkdir()
    (folder / "template.yaml").write_text(TOPIC)
    assert harness("new", folder / "template.yaml").code == 0
    assert 'app.topic("Orders").publish(' in (folder / "test_my_shop.py").read_text()
    said = harness("new", folder / "template.yaml")
    assert (said.code, "is there already" in said.err) == (2, True)
