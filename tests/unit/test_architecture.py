"""The map of the code names what is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "harness"
PAGE = (ROOT / "docs/architecture.md").read_text()
NAMED = sorted(set(re.findall(r"`(?:python )?([\w/]+(?:\.py|/))`", PAGE)))
FIRST = PAGE.partition("## Eight files to read first")[2]


@pytest.mark.parametrize("name", NAMED)
def test_each_file_that_the_map_names_exists(name):
    path = PACKAGE / name if not name.startswith(("tests/", "benchmarks/", "harness/")) else ROOT / name
    assert path.is_dir() if name.endswith("/") else path.is_file()


def test_the_map_names_each_part_of_the_package():
    parts = {f"{path.name}/" for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    parts |= {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py"}
    assert parts <= set(NAMED)


def test_one_message_takes_the_way_that_the_map_shows():
    way = PAGE.partition("## The way of one message")[2].partition("Each step records")[0]
    command = [sys.executable, ROOT / "benchmarks/files_entered.py", "--every"]
    entered = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert set(re.findall(r"`([\w/]+\.py)`", way)) <= set(entered)


def test_it_says_which_eight_files_to_read_first():
    assert len(re.findall(r"`[\w/]+\.py`", FIRST)) == 8


def test_it_fits_on_a_page():
    assert len(PAGE.splitlines()) <= 110
