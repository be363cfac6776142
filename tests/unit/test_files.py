"""Files that a user names: where a path leads."""

import os
from pathlib import Path

from harness.files import real_path


def test_a_path_leads_where_its_links_lead(tmp_path):
    (tmp_path / "v1").mkdir()
    (tmp_path / "current").symlink_to(tmp_path / "v1")
    assert real_path(tmp_path / "current") == (tmp_path / "v1").resolve()
    assert real_path(tmp_path / "current") == (tmp_path / "v1").resolve()


def test_a_link_that_changes_leads_elsewhere(tmp_path):
    link = tmp_path / "current"
    for name in ("v1", "v2"):
        (tmp_path / name).mkdir()
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / name)
        assert real_path(link) == (tmp_path / name).resolve()


def test_what_is_gone_is_where_it_would_be(tmp_path):
    (tmp_path / "code").mkdir()
    real_path(tmp_path / "code")
    (tmp_path / "code").rmdir()
    assert real_path(tmp_path / "code") == tmp_path.resolve() / "code"


def test_a_relative_path_starts_from_the_working_folder(tmp_path, monkeypatch):
    for name in ("one", "other"):
        (tmp_path / name / "code").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name)
        assert real_path(Path("code")) == tmp_path.resolve() / name / "code"
        assert os.path.samefile(real_path(Path("code")), "code")
