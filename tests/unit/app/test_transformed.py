"""What SAM makes of a template is kept for the next process, by the content of all that decides it."""

import datetime
import subprocess
import sys

import pytest

from harness.app import transformed as module
from harness.app.transformed import is_any_known, transformed

DATA = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Z": {"Type": "X"}, "A": {"Type": "X"}}}


@pytest.fixture(autouse=True)
def cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "harness/sam"


@pytest.fixture
def make():
    """Makes a template, and counts how often it has."""

    def make():
        make.times += 1
        return {"Resources": {"Z": make.times, "A": 0}}

    make.times = 0
    return make


def test_it_is_made_once(make):
    assert transformed(DATA, {}, "us-east-1", make) == transformed(DATA, {}, "us-east-1", make)
    assert make.times == 1


def test_the_order_of_resources_stays(make):
    transformed(DATA, {}, "us-east-1", make)
    assert list(transformed(DATA, {}, "us-east-1", make)["Resources"]) == ["Z", "A"]


@pytest.mark.parametrize(
    ("data", "parameters", "region"),
    [
        ({**DATA, "Description": "another"}, {}, "us-east-1"),
        ({**DATA, "Resources": dict(reversed(DATA["Resources"].items()))}, {}, "us-east-1"),
        (DATA, {"Stage": "prod"}, "us-east-1"),
        (DATA, {}, "eu-west-1"),
    ],
    ids=["data", "order", "parameters", "region"],
)
def test_it_is_made_anew_for_anything_else(make, data, parameters, region):
    transformed(DATA, {}, "us-east-1", make)
    assert transformed(data, parameters, region, make)["Resources"]["Z"] == 2


def test_it_is_made_anew_for_another_translator(make, monkeypatch):
    transformed(DATA, {}, "us-east-1", make)
    monkeypatch.setattr("samtranslator.__version__", "0.0.1")
    assert transformed(DATA, {}, "us-east-1", make)["Resources"]["Z"] == 2


@pytest.mark.parametrize(
    "value", [datetime.date(2026, 1, 1), (1, 2), {1: 2}], ids=["date", "tuple", "number as a key"]
)
def test_data_that_json_would_change_is_not_kept(make, value):
    for _ in range(2):
        transformed({**DATA, "Metadata": value}, {}, "us-east-1", make)
    assert make.times == 2


def test_what_json_would_change_is_not_kept():
    for _ in range(2):
        assert transformed(DATA, {}, "us-east-1", lambda: {"Resources": {1: 2}}) == {"Resources": {1: 2}}


def test_a_file_that_was_cut_off_is_written_anew(make, cache_folder):
    transformed(DATA, {}, "us-east-1", make)
    [file] = cache_folder.iterdir()
    file.write_text(file.read_text()[:-3])
    assert [transformed(DATA, {}, "us-east-1", make)["Resources"]["Z"] for _ in range(2)] == [2, 2]


def test_without_a_cache_directory_it_is_made_each_time(make, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    for _ in range(2):
        transformed(DATA, {}, "us-east-1", make)
    assert make.times == 2
    assert not is_any_known()


def test_those_that_were_used_long_ago_are_removed(make, cache_folder, monkeypatch):
    monkeypatch.setattr(module, "FILES_MAX", 4)
    for number in range(5):
        transformed({**DATA, "Description": str(number)}, {}, "us-east-1", make)
    assert len(list(cache_folder.iterdir())) == 2


DEPLOYS = """
import sys
import harness
with harness.Simulator() as cloud:
    cloud.deploy("template.yaml")
print("samtranslator.translator" in sys.modules, "pydantic" in sys.modules)
"""
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Table: {Type: AWS::Serverless::SimpleTable}
"""


def test_the_next_process_need_not_load_the_translator(tmp_path):
    app = tmp_path / "app"
    app.mkdir()
    (app / "template.yaml").write_text(TEMPLATE)
    said = [
        subprocess.run(
            [sys.executable, "-c", DEPLOYS], cwd=app, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert said == [["True", "True"], ["False", "False"]]
