"""Each fenced block of the documentation runs, or says in the page's source why it doesn't."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import PAGES, ROOT, named, snippets
from tests.docs.reader import LEFT_TO_OTHERS, Reader

WITH_BLOCKS = [page for page in PAGES if list(snippets(page))]
TESTS = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=named)
def test_the_blocks_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Reader(page, tmp_path).follow()


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=named)
def test_no_block_is_overlooked(page):
    found = re.findall(r"^ *```.+$", page.read_text(encoding="utf-8"), re.M)
    assert len(found) == len([block for block in snippets(page) if block.language])


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=named)
def test_a_block_that_is_left_out_has_a_reason(page):
    for block in snippets(page):
        for word in LEFT_TO_OTHERS:
            assert block.says.get(word, "a reason"), f"{block.line}: {word}"
        if "run by" in block.says:
            assert f"def {block.says['run by']}(" in TESTS, f"{block.line}: no such test"
