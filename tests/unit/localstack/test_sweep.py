"""Sessions of two users of one machine: neither shuts the other out, nor ends what the other uses."""

import os
import tempfile

import pytest

from harness.cloud import Unsupported
from harness.localstack import install, sweep
from tests.helpers.users import OTHER, as_another, let_everybody_reach

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can do something as another user")


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files of everybody, and none of this user's own."""
    let_everybody_reach(tmp_path)
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return shared


@needs_root
def test_each_user_has_a_folder_and_locks(temporary):
    with sweep.locked("shared"):
        sweep.begin()[1].close()
        assert as_another(_begins_and_counts) == 1
    assert {path.name for path in temporary.iterdir()} == {"harness-0", f"harness-{OTHER}"}


def _begins_and_counts():
    with sweep.locked("shared"):
        sweep.begin()
        return len(sweep.sessions())


@needs_root
def test_a_folder_of_another_user_is_passed_over_as_after_su(temporary, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run-0"))
    mine = sweep.runtime_folder()
    assert mine == tmp_path / "run-0" / "harness"
    assert as_another(sweep.runtime_folder) == temporary / f"harness-{OTHER}"


@needs_root
def test_what_another_user_uses_is_in_use(temporary):
    session, hold = sweep.begin()
    assert as_another(lambda: sweep.in_use(session.users))
    hold.close()


@needs_root
def test_what_another_user_has_left_is_left_to_him(temporary):
    session, hold = sweep.begin()
    hold.close()
    session.remove()
    assert as_another(lambda: sweep.in_use(session.users))
    assert not sweep.in_use(session.users)


@needs_root
def test_a_folder_that_somebody_else_took_first_is_told_with_a_way_out(temporary):
    (temporary / f"harness-{OTHER}").mkdir(mode=0o700)
    with pytest.raises(Unsupported, match=r"isn't yours; set XDG_RUNTIME_DIR to your own folder"):
        as_another(sweep.runtime_folder)


@needs_root
def test_a_cache_of_another_user_is_told_with_a_way_out(temporary, monkeypatch):
    install.guest_files()
    (temporary / "mine").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_CACHE_HOME", str(temporary / "mine"))
    with pytest.raises(Unsupported, match="set XDG_CACHE_HOME to a folder of yours"):
        as_another(install.guest_folder)
