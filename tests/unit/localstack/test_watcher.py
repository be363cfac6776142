"""The process that removes what a run has left in Docker."""

from contextlib import suppress

import psutil
import pytest

from harness.localstack import sweep, watcher


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """A session, its user's hold on it, and the process that watches over it."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    session, hold = sweep.begin()
    watcher.start(session.folder, session.users)
    [process] = [one for one in psutil.process_iter() if str(session.users) in _command(one)]
    yield session, hold, process
    with suppress(psutil.NoSuchProcess):
        process.kill()


def _command(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_it_waits_as_long_as_somebody_uses_the_session(watched):
    session, hold, process = watched
    with pytest.raises(psutil.TimeoutExpired):
        process.wait(0.1)
    session.remove()
    hold.close()


def test_it_ends_with_a_session_that_ended_well(watched):
    session, hold, process = watched
    session.remove()
    hold.close()
    process.wait(60)


def test_it_is_no_child_of_who_started_it(watched):
    assert watched[2] not in psutil.Process().children(recursive=True)
    watched[0].remove()
    watched[1].close()
