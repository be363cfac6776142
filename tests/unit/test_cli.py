"""The command line: what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import re
import runpy
import sys
from dataclasses import dataclass
from inspect import signature
from pathlib import Path

import pytest

from harness import Plan, cli
from harness.answers import Doing
from harness.explore.kept import Kept
from harness.given import stubs
from harness.history import Event, History
from harness.history.vocabulary import Recorder
from harness.lint import RULES
from harness.plugin.stored import USES
from harness.report import REPORTS, document, write
from harness.serving.messages import Started


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


def test_python_runs_it_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["harness", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("harness", run_name="__main__")
    assert ended.value.code in (0, None)
    assert "Proves that decoupled AWS applications recover" in capsys.readouterr().out


@dataclass
class Verdict:
    """As `harness.invariants.judge` returns them."""

    value: str

    def __str__(self) -> str:
        return f"nothing_lost: {self.value}"

    def to_data(self):
        return {"invariant": "nothing_lost", "verdict": self.value}


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


def asked(file, *verdicts):
    """Stores a history in which a claim had these verdicts."""
    recorder = Recorder(lambda: 0.0, {"cloud": "sim", "seed": 0})
    recorder.settled("sim", "unknown" not in verdicts, [])
    for verdict in verdicts:
        recorder.expectation("nothing_lost", params={}, verdict=verdict)
    file.write_text(recorder.history().to_json())
    return file


def test_several_histories_and_folders_of_them_are_judged_each_once(harness, tmp_path):
    one, two = asked(tmp_path / "1.jsonl", "unknown"), asked(tmp_path / "2.jsonl")
    (tmp_path / "note.txt").write_text("no history")
    said = harness("judge", two, tmp_path)
    nothing = "nothing to judge: no invariant was asked in this history"
    lines = said.out.splitlines()
    assert (lines[:3], lines[3][:21]) == ([f"{two}:", nothing, f"{one}:"], "nothing_lost: unknown")
    assert said.code == 3


def test_verdicts_of_several_histories_are_told_apart_in_json(harness, tmp_path):
    files = [asked(tmp_path / "1.jsonl", "unknown"), asked(tmp_path / "2.jsonl", "unknown")]
    _, _, found = answer(harness("judge", tmp_path, "--json"))
    assert [each["file"] for each in found["verdicts"]] == list(map(str, files))


@pytest.mark.parametrize(
    ("values", "code"),
    [(["holds", "broken", "unknown"], 1), (["holds", "unknown"], 3), (["holds", "holds"], 0)],
    ids=str,
)
def test_the_worst_of_several_histories_decides(harness, tmp_path, monkeypatch, values, code):
    files = [asked(tmp_path / f"{number}.jsonl") for number, _ in enumerate(values)]
    left = iter(values)
    monkeypatch.setattr("harness.invariants.judge", lambda _: [Verdict(next(left))])
    assert harness("judge", *files).code == code


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
    kind, _ = TAKEN_BY[name]
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(FILES[name])
    said = harness(command, name)
    wanted = next(kind for kind, use in TAKEN_BY.values() if use == f"harness {command}")
    assert said.err == f"Error: {name} is {kind}, not {wanted}: use {USES[kind].format(file=name)}\n"
    assert (said.code, said.out) == (2, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_can_not_be_read_is_told_in_a_line(harness, tmp_path, command):
    (tmp_path / "text").write_text("nonsense")
    assert harness(command, tmp_path / "none").err == f"Error: {tmp_path / 'none'}: no such file\n"
    folders = {"lint": "no template in this folder", "judge": "this folder holds no history"}
    folder = folders.get(command, "is a folder; expected a file\n")
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


WANTS_ORDERS = """
Resources:
  Bill:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code: {ZipFile: "def handler(event, context): return event['order']"}
"""
TOPIC = "Resources:\n  Orders: {Type: AWS::SNS::Topic}\n  Work: {Type: AWS::SQS::Queue}\n"


def test_a_smoke_test_tells_each_entry_point_in_a_line(harness, tmp_path):
    (tmp_path / "template.yaml").write_text(TOPIC)
    said = harness("smoke", tmp_path / "template.yaml")
    assert said.code == 3
    assert said.out.splitlines()[1:] == [
        "ok       Work (queue)  → stays there",
        'unknown  Orders (topic)  {"id": "smoke-1"} at Orders: nobody was subscribed to it',
        "1 ok · 0 lost · 0 failed · 1 unknown",
    ]


@pytest.mark.parametrize("command", ["smoke", "new"])
def test_a_parameter_without_a_value_is_told_with_the_option_for_it(harness, tmp_path, command):
    path = tmp_path / "template.yaml"
    path.write_text(f"Parameters: {{Stage: {{Type: String}}}}\n{TOPIC}")
    told = " ".join(harness(command, path).err.split())
    assert "Parameters.Stage: has no default; pass one: --parameter Stage=…" in told


def test_a_function_that_does_not_run_here_is_left_out_of_a_smoke_test(harness, tmp_path):
    path = tmp_path / "template.yaml"
    code = "{ZipFile: exports.handler = async () => 1}"
    role = "arn:aws:iam::123456789012:role/r"
    about = f"{{Runtime: nodejs22.x, Handler: index.handler, Role: {role}, Code: {code}}}"
    path.write_text(f"{TOPIC}\n  Draw: {{Type: AWS::Lambda::Function, Properties: {about}}}\n")
    said = harness("smoke", path)
    assert said.code == 2
    assert "leave the function out by --ignore …" in " ".join(said.err.split())
    assert "Draw" not in harness("smoke", path, "--ignore", "Draw").out


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("api.stripe.com", "--stub-http api.stripe.com: expected HOST=STATUS or HOST=FILE"),
        ("https://api.stripe.com=200", "is not a host; pass only its name"),
        ("api.stripe.com=99", "there is no answer of status 99"),
        ("api.stripe.com=nowhere.json", "No such file"),
    ],
    ids=["no answer", "a URL", "no status", "no file"],
)
def test_a_stub_that_makes_no_sense_is_refused(harness, tmp_path, given, told):
    (tmp_path / "template.yaml").write_text(TOPIC)
    said = harness("smoke", tmp_path / "template.yaml", "--stub-http", given)
    assert said.code == 2
    assert told in " ".join(said.err.split())


def test_the_answer_of_a_stub_is_a_status_or_a_file(tmp_path):
    (tmp_path / "charge.json").write_text('{"id": "ch_1"}')
    file = tmp_path / "charge.json"
    assert stubs(["a.com=503", f"b.com={file}"]) == {"a.com": (503, {}), "b.com": {"id": "ch_1"}}


def test_a_form_that_is_for_another_kind_of_file_is_told_with_those_for_this(harness, tmp_path):
    report = tmp_path / "report.json"
    write(document((), seed=0, mode="1", cloud="sim"), report)
    said = " ".join(harness("report", report, "--as", "otlp").err.split())
    assert "--as otlp is for a history; of this file there are: html, markdown, terminal" in said
    history = tmp_path / "run.jsonl"
    history.write_text(Recorder(lambda: 0.0, {"cloud": "sim", "seed": 0}).history().to_json())
    said = " ".join(harness("report", history).err.split())
    assert said.endswith(f"use harness judge {history}, or harness report {history} --as html")
    said = " ".join(harness("report", history, "--as", "markdown").err.split())
    assert "--as markdown is for the report of an exploration; of this file there are: html, mermaid" in said


def answer(said):
    """The command, the outcome and the members of the one JSON object that was printed."""
    [line] = said.out.splitlines()
    found = json.loads(line)
    assert found.pop("format") == 1
    return found.pop("command"), found.pop("outcome"), found


def test_a_smoke_test_is_data_too(harness, tmp_path):
    (tmp_path / "template.yaml").write_text(TOPIC)
    command, outcome, found = answer(harness("smoke", tmp_path / "template.yaml", "--json"))
    assert (command, outcome) == ("smoke", "unknown")
    assert sorted(each["place"] for each in found["entry_points"]) == ["Orders", "Work"]


def test_every_command_takes_json():
    commands = [command.callback for command in cli.app.registered_commands]
    assert len(commands) == 9
    assert [each.__name__ for each in commands if "as_json" not in signature(each).parameters] == []


def test_a_judgement_as_json(harness, tmp_path):
    file = asked(tmp_path / "run.jsonl", "unknown")
    command, outcome, found = answer(harness("judge", file, "--json"))
    assert (command, outcome) == ("judge", "unknown")
    [verdict] = found["verdicts"]
    assert (verdict["invariant"], verdict["verdict"], verdict["evidence"]) == ("nothing_lost", "unknown", [])


def test_a_report_and_a_comparison_as_json(harness, tmp_path):
    file = tmp_path / "report.json"
    write(document((), seed=0, mode="1", cloud="sim"), file)
    command, outcome, found = answer(harness("report", file, "--json"))
    assert (command, outcome) == ("report", "unknown")
    assert (found["total"]["tried"], found["total"]["percent"], found["places"]) == (0, None, {})
    _, outcome, found = answer(harness("report", file, "--compare", file, "--json"))
    assert (outcome, found["broke"], found["now"]["tried"]) == ("passed", [], 0)


def test_a_report_in_a_form_of_its_own_is_no_json_of_ours(harness, tmp_path):
    write(document((), seed=0, mode="1", cloud="sim"), tmp_path / "report.json")
    said = harness("report", tmp_path / "report.json", "--as", "html", "--json")
    assert answer(said)[2] == {"problem": "--as html has a form of its own: leave out --json"}


def test_findings_and_the_page_of_a_rule_as_json(harness, tmp_path):
    (tmp_path / "template.yaml").write_text(TOPIC)
    _, outcome, found = answer(harness("lint", tmp_path / "template.yaml", "--json"))
    assert (outcome, found) == ("passed", {"templates": [str(tmp_path / "template.yaml")], "findings": []})
    rule = next(iter(RULES))
    _, outcome, found = answer(harness("lint", "--explain", rule, "--json"))
    assert (outcome, found["rule"]) == ("passed", rule)


def test_the_doctor_as_json(harness):
    command, outcome, found = answer(harness("doctor", "--json"))
    assert (command, outcome, found["missing"]) == ("doctor", "passed", [])
    assert found["found"]["cloud sim"] == "available"


def test_a_refusal_as_json_is_told_to_people_too(harness, tmp_path):
    said = harness("judge", tmp_path / "none", "--json")
    assert (said.code, said.err) == (2, f"Error: {tmp_path / 'none'}: no such file\n")
    assert answer(said) == ("judge", "bad usage", {"problem": f"{tmp_path / 'none'}: no such file"})


def test_a_bug_of_ours_as_json(harness, stored, monkeypatch):
    file = stored()
    monkeypatch.setattr("harness.invariants.judge", lambda _: 1 / 0)
    said = harness("judge", file, "--json")
    assert said.code == 70
    assert answer(said)[1:] == ("internal error", {"problem": "ZeroDivisionError('division by zero')"})
    assert "Traceback" in said.err


def test_the_next_command_of_a_process_answers_by_lines_again(harness, tmp_path):
    harness("judge", tmp_path / "none", "--json")
    assert harness("judge", tmp_path / "none").out == ""


class Terminal(io.StringIO):
    """A stream that people watch."""

    def isatty(self):
        return True


def test_progress_is_shown_on_a_terminal_after_a_second_and_gone_afterwards(monkeypatch):
    terminal, moments = Terminal(), iter([0.0, 0.5, 1.5])
    monkeypatch.setattr(sys, "stderr", terminal)
    with Doing(now=lambda: next(moments)) as progress:
        progress.show("1 of 2")
        progress.show("2 of 2")
    assert terminal.getvalue() == "\r\x1b[K2 of 2\r\x1b[K"


def test_there_is_no_progress_where_nobody_watches(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Doing("deploying"):
        pass
    assert sys.stderr.getvalue() == ""


def test_a_first_scenario_takes_the_place_of_no_file(harness, tmp_path):
    folder = tmp_path / "my-shop"
    folder.mkdir()
    (folder / "template.yaml").write_text(TOPIC)
    told = harness("new", folder / "template.yaml").out.splitlines()
    assert told == [f"{folder / 'test_my_shop.py'}: run it with pytest {folder / 'test_my_shop.py'}"]
    assert 'app.topic("Orders").publish(' in (folder / "test_my_shop.py").read_text()
    assert answer(harness("new", folder / "template.yaml", "--json"))[1] == "bad usage"
    said = harness("new", folder / "template.yaml")
    assert (said.code, "is there already: rename or move it" in said.err) == (2, True)


def test_a_first_scenario_in_which_a_real_event_belongs_says_so(harness, tmp_path):
    (tmp_path / "template.yaml").write_text(WANTS_ORDERS)
    told = harness("new", tmp_path / "template.yaml").out.splitlines()
    assert told[1] == "a real event belongs in 1 of its 1 test: a comment there says why"


class ServedNowhere:
    """An app that is deployed, behind no port."""

    url = "http://127.0.0.1:4566"

    def __init__(self, template, **settings):
        pass

    def start(self):
        return Started("shop", (("queue", "Work", f"{self.url}/1/work"),))

    def close(self):
        pass


def test_a_served_app_as_json(harness, tmp_path, monkeypatch):
    (tmp_path / "template.yaml").write_text(TOPIC)
    monkeypatch.setattr("harness.serving.up.Up", ServedNowhere)
    monkeypatch.setattr("harness.serving.screen.show", lambda *_: None)
    command, outcome, found = answer(harness("up", tmp_path / "template.yaml", "--json"))
    assert (command, outcome, found["app"], found["url"]) == ("up", "serving", "shop", ServedNowhere.url)
    assert found["export"].startswith(f"export AWS_ENDPOINT_URL={ServedNowhere.url} ")
    assert found["resources"] == [{"kind": "queue", "name": "Work", "address": f"{ServedNowhere.url}/1/work"}]


def test_the_reference_names_each_command_and_shells_complete_them(monkeypatch, capsys):
    page = (Path(__file__).parents[2] / "docs/reference/commands.md").read_text()
    named = set(re.findall(r"^\| `harness (\w+)", page, re.MULTILINE))
    monkeypatch.setenv("_HARNESS_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "harness ")
    monkeypatch.setenv("COMP_CWORD", "1")
    with pytest.raises(SystemExit):
        cli.app([], prog_name="harness")
    assert (
        set(capsys.readouterr().out.split())
        == named
        == {c.callback.__name__ for c in cli.app.registered_commands}
    )
