"""Engines: what a campaign finds never depends on where its runs are made."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from harness.explore import Engine, EngineError, Processes, Search, Serial, campaign, engine_for, tasks
from harness.explore.record import record
from harness.plan import Plan
from tests.helpers.shop import Shop

SHOP = Shop(counts_twice=True)


def engines():
    yield "threads", lambda: Engine(ThreadPoolExecutor(4), 4)
    yield "pool", lambda: Engine(ProcessPoolExecutor(2, mp_context=get_context("spawn")), 2)
    yield "one process", lambda: Processes(1)
    yield "three processes", lambda: Processes(3)


@pytest.fixture
def use():
    """Makes an engine, and closes it after the test."""
    made = []

    def make(maker):
        made.append(maker())
        return made[-1]

    yield make
    for engine in made:
        engine.close()


def text_of(found):
    return json.dumps(record("shop", found))


@pytest.mark.parametrize("maker", [maker for _, maker in engines()], ids=[name for name, _ in engines()])
@pytest.mark.parametrize("search", [Search(), Search(random=True, budget_runs=40)], ids=["sweep", "random"])
def test_the_record_is_the_same_byte_for_byte(use, maker, search):
    here = campaign(SHOP, search, engine=Serial())
    assert text_of(campaign(SHOP, search, engine=use(maker))) == text_of(here)


def test_plans_are_taken_when_workers_are_nearly_free(use):
    engine = use(lambda: Engine(ThreadPoolExecutor(2), 2))
    taken = []

    def plans():
        for seed in range(100):
            taken.append(seed)
            yield Plan(seed)

    outcomes = engine.each(tasks.outcome_of, Shop(), plans())
    next(outcomes)
    assert len(taken) <= 2 * 3


def test_a_run_that_takes_its_process_down_is_unknown_and_the_rest_goes_on(use):
    found = campaign(Shop(dies_under="crash"), engine=use(lambda: Processes(2)))
    died = [one for one in found.results if one.outcome.reason == ("run", "worker died")]
    assert {one.tried.kind for one in died} == {"crash"}
    assert "exit status 7" in died[0].outcome.why
    assert {one.status for one in found.results if one.tried.kind == "redeliver"} == {
        "recovered",
        "not reached",
    }


def test_a_process_that_died_by_chance_is_replaced_and_the_run_made_again(use, tmp_path):
    shop = Shop(dies_under="crash", dies_once=str(tmp_path / "mark"))
    found = campaign(shop, engine=use(lambda: Processes(1)))
    assert (tmp_path / "mark").exists()
    assert found.broken == []


def test_every_worker_has_the_same_hash_seed(use):
    engine = use(lambda: Processes(2))
    assert {engine._executor.submit(_in_child_hash).result() for _ in range(4)} == {
        engine._executor.submit(_in_child_hash).result()
    }


def _in_child_hash():
    from harness.explore.child import in_child

    return in_child(hash, "a string")


def test_the_processes_end_with_the_engine():
    engine = Processes(2)
    campaign(Shop(), Search(kinds=frozenset({"crash"})), engine=engine)
    from harness.explore import child

    running = [one._process for one in child._children]
    assert running
    engine.close()
    assert all(process.poll() is not None for process in running)


def test_the_process_of_a_run_that_nobody_waits_for_is_ended_and_the_next_run_has_another(use):
    engine = use(lambda: Processes(1))
    assert list(engine.each(_never_ends, Shop(), [Plan()], lambda: 0.2)) == []
    [outcome] = engine.each(tasks.outcome_of, Shop(), [Plan()])
    assert outcome.status == "recovered"


def _never_ends(run, plan):
    threading.Event().wait()


@pytest.mark.parametrize("name", ["threads", "processes=0", "processes=x", "serial=2", "dask", "dask="])
def test_an_engine_that_there_is_not_is_told_with_those_there_are(name):
    with pytest.raises(EngineError, match="processes=N, serial, dask=tcp://HOST:PORT"):
        engine_for(name)


def test_engines_by_name(use):
    assert use(lambda: engine_for("processes=3")).jobs == 3
    assert isinstance(use(lambda: engine_for("serial")), Serial)
