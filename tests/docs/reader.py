"""A reader who follows a page: writes the files that it shows, and runs its code and its commands."""

from __future__ import annotations

import configparser
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import cli
from tests.docs.pages import ROOT, SHOWN_ONLY, Snippet, prepared_by, snippets

LEFT_TO_OTHERS = ("not run", "run by")
SETTINGS = """[pytest]
asyncio_default_fixture_loop_scope = function
addopts = -p no:randomly -p no:cacheprovider --import-mode=importlib
"""
_ALWAYS_DIFFERENT = re.compile(r"\+\d+\.\d+s|\b[0-9a-f]{8}\b|in (?:\d+ ms|\d+(?:\.\d+)? s)\b| +$", re.M)
_IN_PROCESS = ("pytest", "harness")
_BASH = re.compile(r"[|<>&;*]")
_INSTALLS = re.compile(r"\b(pip|npm|apt-get) install|\bnpx ")
_HELP = "mend the block, or write above it <!-- not run: WHY --> or <!-- run by: NAME_OF_A_TEST -->"
_SERIAL = " --engine serial"
_FEW_RUNS = f"{_SERIAL} --budget 3"
"""An exploration is a short one, unless the comment `whole` above its block says that its figures count."""
SCENARIO = """
from harness import expect, scenario


@scenario("template.yaml")
def test_every_order_is_billed_once(app):
    app.topic("Orders").publish({"order": "o-1", "total": 42})
    app.settle()
    expect(app).nothing_lost()
    expect(app).effects_once("Ledger", key="order")
"""


class Reader:
    """Somebody with a terminal in an empty folder, or in a copy of the app that the page is about."""

    def __init__(self, page: Path, folder: Path) -> None:
        self._page = page
        self._folder = folder
        self._names: dict[str, Any] = {"__name__": "page"}
        self._tests = 0
        self._output = ""

    def follow(self) -> None:
        """Play each block of the page, in order."""
        prepared = prepared_by(self._page)
        if "run by" in prepared:
            return
        (self._folder / "pytest.ini").write_text(SETTINGS)
        (self._folder / "fixtures").symlink_to(ROOT / "fixtures")
        if "project" in prepared:
            shutil.copytree(ROOT / prepared["project"], self._folder, dirs_exist_ok=True)
        if "scenario" in prepared:
            (self._folder / "scenarios").mkdir()
            (self._folder / "scenarios/test_shop.py").write_text(SCENARIO)
        if "before" in prepared:
            exec(prepared["before"], self._names)
        for snippet in snippets(self._page):
            if snippet.language in SHOWN_ONLY:
                self._compare(snippet, prepared.get("outputs") == "compared")
            elif not snippet.says.keys() & set(LEFT_TO_OTHERS):
                _PLAYS[snippet.language](self, snippet)

    def python(self, snippet: Snippet) -> None:
        """Run the tests of a block, or its code; the code of a page is one script."""
        code = compile(snippet.text, f"{self._page}:{snippet.line}", "exec")
        if snippet.title:
            self._write(snippet)
        if "def test_" in snippet.text:
            self._tests += 1
            file = snippet.title or f"test_page_{self._tests}.py"
            (self._folder / file).write_text(snippet.text)
            self._expect(snippet, f"pytest {file}")
        elif not snippet.title:
            exec(code, self._names)

    def shell(self, snippet: Snippet) -> None:
        """Run the commands of a block: those of this library in this process, others by bash."""
        commands = [line for line in snippet.text.replace("\\\n", " ").splitlines() if line.strip()]
        assert not _INSTALLS.search(snippet.text), f"{snippet.line}: <!-- not run: it installs packages -->"
        if not all(command.split()[0] in _IN_PROCESS and not _BASH.search(command) for command in commands):
            commands = [snippet.text]
        for command in commands:
            self._expect(snippet, command)

    def console(self, snippet: Snippet) -> None:
        """Run the command behind the `$`, and compare its output, but for times and made-up ids."""
        command, _, shown = snippet.text.removeprefix("$ ").partition("\n")
        came = self._expect(snippet, command)
        lines = _same(came).splitlines()
        wanted = _same(shown).splitlines()
        begin = lines.index(wanted[0])
        assert lines[begin : begin + len(wanted)] == wanted

    def yaml(self, snippet: Snippet) -> None:
        """Parse it; of a pipeline, run its commands, or collect what would need a LocalStack."""
        data = yaml.load(snippet.text, _Loader)
        self._write(snippet)
        for command in commands_of(data):
            if command.startswith(_IN_PROCESS):
                if "--cloud" in command:
                    command = f"{command} --collect-only --numprocesses 0"
                self._expect(snippet, command)

    def json(self, snippet: Snippet) -> None:
        """Parse it."""
        json.loads(snippet.text)
        self._write(snippet)

    def ini(self, snippet: Snippet) -> None:
        """Parse it."""
        configparser.ConfigParser().read_string(snippet.text)
        self._write(snippet)

    def toml(self, snippet: Snippet) -> None:
        """Parse it."""
        tomllib.loads(snippet.text)
        self._write(snippet)

    def _compare(self, snippet: Snippet, is_wanted: bool) -> None:
        """Are the lines of a block those of the last command's output, but for times and made-up ids?"""
        if is_wanted and self._output:
            came = [line.strip() for line in _same(self._output).splitlines()]
            for line in _same(snippet.text).splitlines():
                assert line.strip() in came, f"{self._page}:{snippet.line}: {line}\n{self._output}"

    def _write(self, snippet: Snippet) -> None:
        if snippet.title:
            path = self._folder / snippet.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(snippet.text)

    def _expect(self, snippet: Snippet, command: str) -> str:
        if "--explore" in command and "--budget" not in command:
            command += _SERIAL if "whole" in snippet.says else _FEW_RUNS
        status, output = self._run(command)
        assert status == int(snippet.says.get("exits", 0)), (
            f"{self._page}:{snippet.line}: {command}\n{output}\n{_HELP}"
        )
        self._output = output
        return output

    def _run(self, command: str) -> tuple[int, str]:
        words = shlex.split(command, comments=True)
        if words[0] == "pytest":
            return self._in_this_process(pytest.main, words[1:])
        if words[0] == "harness" and words[1] != "explore":
            return self._in_this_process(cli.main, words[1:])
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euc", command],
            env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _in_this_process(self, main: Callable[[list[str]], int], arguments: list[str]) -> tuple[int, str]:
        """Much faster than a process of its own. Only the page's own modules are seen, and forgotten."""
        output = io.StringIO()
        own = {path.stem for path in self._folder.iterdir()}
        others = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in own}
        with redirect_stdout(output), redirect_stderr(output):
            try:
                status = int(main(arguments))
            except SystemExit as ended:
                status = int(ended.code or 0)
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(str(self._folder)):
                del sys.modules[name]
        sys.modules.update(others)
        return status, output.getvalue()


_PLAYS = {
    "python": Reader.python,
    "shell": Reader.shell,
    "console": Reader.console,
    "yaml": Reader.yaml,
    "json": Reader.json,
    "ini": Reader.ini,
    "toml": Reader.toml,
}
"""A block in any other language is an error: nobody would run it."""


def commands_of(data: Any) -> list[str]:
    """The commands of a pipeline: `run` of GitHub's steps, `script` of GitLab's jobs."""
    found = []
    if isinstance(data, list):
        found = [command for part in data for command in commands_of(part)]
    elif isinstance(data, dict):
        for key, value in data.items():
            lines = value if isinstance(value, list) else str(value).splitlines()
            found += lines if key in ("run", "script") else commands_of(value)
    return found


def _same(text: str) -> str:
    return _ALWAYS_DIFFERENT.sub("…", text)


class _Loader(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation's functions."""


_Loader.add_multi_constructor("!", lambda loader, tag, node: (tag, node.value))
