"""The pages about adding something: short, and their examples run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = sorted((ROOT / "docs/extend").glob("*.md"))
LINES_MAX = 40
_BLOCK = re.compile(r"^```(\w+)(?: title=\"(\S+)\")?\n(.*?)^```$", re.M | re.S)


def test_there_is_a_page_for_everything_that_can_be_added():
    names = {page.stem for page in PAGES}
    assert names == {"cloud", "fault", "handle", "invariant", "mover", "report", "resource-type"}
    assert all(f"docs/extend/{name}.md" in (ROOT / "README.md").read_text() for name in names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_read_at_one_go(page):
    text = re.sub("<!--.*?-->\n\n", "", page.read_text())
    assert len(text.splitlines()) <= LINES_MAX


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_example_runs(page, tmp_path):
    blocks = _BLOCK.findall(page.read_text())
    code = [text for language, _, text in blocks if language == "python"]
    assert code
    for _, file, text in blocks:
        if file:
            (tmp_path / file).write_text(text)
    (tmp_path / "example.py").write_text("\n".join(code))
    variables = {"PYTHONPATH": str(ROOT), "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    done = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
