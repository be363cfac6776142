"""Packages with compiled parts, for functions that run under another Python than the tests."""

import io
import subprocess
import zipfile
from pathlib import Path

import pytest

from harness.cloud import Unsupported
from harness.gateway import wheels
from harness.gateway.package import zipped_folder


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A folder of code that needs the package `fast`, which is here with a compiled part of that name."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    site, code = tmp_path / "site", tmp_path / "code"
    monkeypatch.syspath_prepend(str(site))
    code.mkdir()
    (code / "requirements.txt").write_text("fast\n")

    def installed(compiled):
        about = site / "fast-1.5.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: fast\nVersion: 1.5\n")
        (site / "fast").mkdir()
        names = ["fast/__init__.py", f"fast/{compiled}", "fast-1.5.dist-info/METADATA"]
        for name in names[:2]:
            (site / name).touch()
        (about / "RECORD").write_text(
            "".join(f"{name},,\n" for name in [*names, "fast-1.5.dist-info/RECORD"])
        )
        return code

    return installed


@pytest.fixture
def pip(monkeypatch):
    """Stands in for pip: brings a compiled part for 3.13, unless it is told to fail. Lists its commands."""
    commands, failing = [], []

    def run(command, **settings):
        commands.append(command)
        if failing:
            return subprocess.CompletedProcess(command, 1, "", f"ERROR: one\n{failing[0]}")
        folder = Path(command[command.index("--target") + 1]) / "fast"
        folder.mkdir()
        (folder / "_fast.cpython-313-x86_64-linux-gnu.so").touch()
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(wheels.subprocess, "run", run)
    monkeypatch.setattr(wheels.sys, "platform", "linux")
    return commands, failing


def names(archive):
    return set(zipfile.ZipFile(io.BytesIO(archive)).namelist())


def test_a_part_for_another_python_is_got_for_that_of_the_functions_once(installed, pip):
    code = installed("_fast.cpython-39-x86_64-linux-gnu.so")
    found = names(zipped_folder(code, python="3.13"))
    assert found == {"requirements.txt", "fast/_fast.cpython-313-x86_64-linux-gnu.so"}
    (code / "app.py").touch()
    assert names(zipped_folder(code, python="3.13")) == found | {"app.py"}
    [command] = pip[0]
    assert command[-1] == "fast==1.5"
    assert command[command.index("--python-version") + 1] == "3.13"


@pytest.mark.parametrize(
    "compiled", ["_fast.cpython-313-x86_64-linux-gnu.so", "_fast.abi3.so", "pure.py", "libfast.so.1"]
)
def test_what_runs_there_is_taken_as_it_is(installed, pip, compiled):
    assert f"fast/{compiled}" in names(zipped_folder(installed(compiled), python="3.13"))
    assert pip[0] == []


def test_what_is_built_for_another_system_does_not_run_there(installed, pip, monkeypatch):
    code = installed("_fast.abi3.so")
    monkeypatch.setattr(wheels.sys, "platform", "darwin")
    zipped_folder(code, python="3.13")
    assert len(pip[0]) == 1


def test_where_the_python_is_not_known_it_is_taken_as_it_is(installed, pip):
    code = installed("_fast.cpython-39-x86_64-linux-gnu.so")
    assert "fast/_fast.cpython-39-x86_64-linux-gnu.so" in names(zipped_folder(code))


def test_what_pip_can_not_get_is_told_with_what_to_do(installed, pip):
    pip[1].append("ERROR: No matching distribution found for fast==1.5")
    with pytest.raises(Unsupported, match=r"fast==1\.5 .* under 3\.13 there, .*No matching.*sam build"):
        zipped_folder(installed("_fast.cpython-39-x86_64-linux-gnu.so"), python="3.13")
