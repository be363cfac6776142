"""Executions under way: whether they go on by themselves."""

from __future__ import annotations

import pytest

from harness.localstack.guest import running_executions, under_way
from harness.localstack.guest.running_executions import Executing

ACCOUNT = "111122223333"


@pytest.fixture
def executing():
    yield Executing(ACCOUNT, running_executions.KIND, "Saga")
    under_way.forget(ACCOUNT)


def test_one_whose_thread_waits_for_time_does_not_move(executing):
    assert executing.moving
    with executing.waiting():
        assert not executing.moving
    assert executing.moving


def test_a_call_moves_it_until_it_shows_elsewhere(executing, monkeypatch):
    with executing.asking():
        assert executing.moving
        monkeypatch.setattr(running_executions, "SHOWS_AFTER_SECONDS", 0.0)
        assert not executing.moving
    assert executing.moving
