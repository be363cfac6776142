"""A real Dask scheduler with two worker processes, one of which is killed in the middle of a campaign."""

from __future__ import annotations

import json
import os
import signal

import pytest

from harness.explore import EngineError, Search, Serial, campaign, engine_for
from harness.explore.record import record
from tests.helpers.shop import Shop

distributed = pytest.importorskip("distributed")

SHOP = Shop(counts_twice=True)


@pytest.fixture
def cluster():
    """Two worker processes with a thread each, on this machine only."""
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
    ) as cluster:
        yield cluster


@pytest.fixture
def engine(cluster):
    engine = engine_for(f"dask={cluster.scheduler_address}")
    yield engine
    engine.close()


def text_of(found):
    return json.dumps(record("shop", found))


def test_the_record_is_the_same_as_without_dask(engine):
    assert engine.jobs == 2
    assert text_of(campaign(SHOP, engine=engine)) == text_of(campaign(SHOP, engine=Serial()))


def test_a_worker_that_is_killed_changes_nothing(cluster, engine):
    killed = []

    def watch(known):
        if len(known.results) == 10 and not killed:
            killed.append(cluster.workers[0].pid)
            os.kill(cluster.workers[0].pid, signal.SIGKILL)

    found = campaign(SHOP, Search(depth=2), engine=engine, watch=watch)
    assert killed
    assert text_of(found) == text_of(campaign(SHOP, Search(depth=2), engine=Serial()))


def test_a_scheduler_that_is_not_there_is_told():
    with pytest.raises(EngineError, match="no scheduler answers there"):
        engine_for("dask=tcp://127.0.0.1:1")
