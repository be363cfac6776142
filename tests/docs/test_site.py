"""The site is built without a warning, and has a page for each fault and each invariant."""

from __future__ import annotations

import logging
import re

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from harness import faults
from harness.expectations import Expect
from tests.docs.pages import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site, and the warnings of its making."""
    folder = tmp_path_factory.mktemp("site")
    heard: list[str] = []
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: heard.append(record.getMessage())
    logging.getLogger("mkdocs").addHandler(listener)
    try:
        build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder)))
    finally:
        logging.getLogger("mkdocs").removeHandler(listener)
    return folder, heard


def test_it_builds_without_a_warning(site):
    _, heard = site
    assert heard == []


def test_each_fault_has_a_page(site):
    folder, _ = site
    names = [name for name in faults.__all__ if name not in ("Plan", "PlanError")]
    assert [name for name in names if not (folder / f"reference/faults/{name}/index.html").exists()] == []


def test_each_invariant_has_a_page(site):
    folder, _ = site
    names = [name for name in vars(Expect) if not name.startswith("_") and callable(vars(Expect)[name])]
    assert [name for name in names if not (folder / f"reference/invariants/{name}/index.html").exists()] == []


def test_every_link_of_the_site_leads_to_a_file_of_it(site):
    folder, _ = site
    for page in folder.rglob("*.html"):
        for link in re.findall(r'(?:href|src)="(?!https?:|mailto:|data:|#|/)([^"#?]*)', page.read_text()):
            target = page.parent / link
            assert target.is_file() or (target / "index.html").is_file(), f"{page}: {link}"
