from __future__ import annotations

import textwrap

import pytest

from harness.lint import lint


@pytest.fixture
def linted(tmp_path):
    """Lints a template's text."""

    def linted(text, name="template.yaml", **parameters):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return lint(path, parameters=parameters)

    return linted
