"""Each link of the documentation leads to a file that exists, and to a heading of its page."""

from __future__ import annotations

import re
import unicodedata

import pytest

from tests.docs.pages import PAGES, named

_CODE = re.compile(r"^( *)```[\s\S]*?^\1```$|`[^`\n]*`", re.M)
_LINK = re.compile(r"!?\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)")


def links(page):
    return _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8")))


def anchors(page):
    """The ids of a page's headings, as both GitHub and the site make them."""
    text = re.sub(r"^( *)```[\s\S]*?^\1```$", "", page.read_text(encoding="utf-8"), flags=re.M)
    return {slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.M)}


def slug(heading):
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[ -]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files(page):
    missing = [link for link in links(page) if not (page.parent / link.partition("#")[0]).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_anchors_are_headings(page):
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert not anchor or anchor in anchors(target), link


def test_a_link_in_code_is_none():
    text = "[a](b.md) and `[c](d.md)`\n\n```python\nx[0](e)\n```\n"
    assert _LINK.findall(_CODE.sub("", text)) == ["b.md"]


def test_an_anchor_has_no_marks():
    assert slug("In `CI`, with LocalStack") == "in-ci-with-localstack"
