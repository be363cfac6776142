"""The fixtures `cloud` and `chaos`."""

from __future__ import annotations

import gc

import pytest
from _pytest import unraisableexception


def test_each_test_gets_a_cloud_of_its_own(run):
    result = run(
        """
        import pytest

        @pytest.mark.parametrize("n", [1, 2])
        def test_starts_empty(cloud, n):
            dynamodb = cloud.client("dynamodb")
            assert dynamodb.list_tables()["TableNames"] == []
            dynamodb.create_table(
                TableName="T",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        """
    )
    result.assert_outcomes(passed=2)


def test_the_seed_is_stable_unless_chosen(run):
    source = """
        def test_seed(cloud):
            print("seed", cloud.seed, cloud.kernel.new_id())
        """
    first, again, other = run(source, "-s"), run(source, "-s"), run(source, "-s", "--seed", "5")
    lines = [
        next(line[line.index("seed") :] for line in result.outlines if "seed " in line)
        for result in (first, again, other)
    ]
    assert lines[0] == lines[1] != lines[2]
    assert "seed 0" in lines[0]
    assert "seed 5" in lines[2]


def test_chaos_breaks_what_comes_after(run):
    result = run(
        """
        def test_throttled(app, chaos):
            put(app)
            chaos.inject(faults.server_error("dynamodb:PutItem", resource="Ledger"))
            put(app)
            ask(app)
            assert [fault.kind for fault in chaos.plan.faults] == ["server_error"]
            assert len(app.cloud.history().of("fault")) == 1
        """
    )
    result.assert_outcomes(passed=1)


def test_templates_are_looked_for_beside_the_test_and_at_the_root(run, project):
    folder = project.mkdir("deep")
    (folder / "own.yaml").write_text((project.path / "template.yaml").read_text())
    (folder / "test_deep.py").write_text(
        "def test_both(cloud):\n"
        "    assert cloud.deploy('own.yaml').physical_id('Ledger')\n"
        "    assert cloud.deploy('template.yaml', name='second').physical_id('Ledger')\n"
    )
    result = project.runpytest("-p", "no:randomly", "deep", "-W", "ignore")
    result.assert_outcomes(passed=1)


def test_a_template_that_is_nowhere_is_named(run):
    result = run("def test_missing(cloud):\n    cloud.deploy('nowhere.yaml')")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nowhere.yaml*"])


def test_plugins_that_seed_random_do_not_change_a_run(run, project):
    source = """
        import random

        def test_chance(app):
            put(app)
            ask(app)
            open("drawn", "a").write(f"{random.random()} {app.cloud.history().hash()}\\n")
        """
    for seed in ("1", "2"):
        run(source, "-p", "randomly", f"--randomly-seed={seed}").assert_outcomes(passed=1)
    run(source).assert_outcomes(passed=1)
    assert len(set((project.path / "drawn").read_text().splitlines())) == 1


def test_only_faults_are_injected(run):
    result = run(
        """
        def test_words(app, chaos):
            chaos.inject("crash")
        """
    )
    result.stdout.fnmatch_lines(["*TypeError: inject: 'crash' is not a fault; use harness.faults"])


def test_the_ini_file_leaves_resources_out_of_every_template(run, project):
    quiet = "asyncio_default_fixture_loop_scope = function"
    project.makeini(f"[pytest]\n{quiet}\nharness_ignore = AWS::DynamoDB::* AWS::Route53::RecordSet\n")
    (project.path / "other.yaml").write_text("Resources: {Work: {Type: AWS::SQS::Queue}}")
    result = run(
        """
        def test_neither_table_nor_mistake(app, cloud):
            assert list(app.types) == []
            assert [found.logical_id for found in app.without_effect] == ["Ledger"]
            assert list(cloud.deploy("other.yaml").types) == ["Work"]
        """
    )
    result.assert_outcomes(passed=1)


def test_several_templates_are_looked_for_one_by_one(run, project):
    folder = project.mkdir("deep")
    (folder / "own.yaml").write_text("Resources: {Work: {Type: AWS::SQS::Queue}}")
    (folder / "test_deep.py").write_text(
        "def test_both(cloud):\n"
        "    app = cloud.deploy(['own.yaml', 'template.yaml'])\n"
        "    assert [name.partition('.')[2] for name in app.types] == ['Work', 'Ledger']\n"
    )
    project.runpytest("deep").assert_outcomes(passed=1)


@pytest.fixture
def seldom_looked_for():
    """Python itself looks for no garbage."""
    kept = gc.get_threshold()
    gc.set_threshold(10_000_000)
    yield
    gc.set_threshold(*kept)


def test_what_a_test_has_left_is_freed_when_the_next_one_begins(run, seldom_looked_for):
    result = run(
        """
        import weakref

        class Circle:
            pass

        seen_last = []

        def test_leaves_a_circle(cloud):
            circle = Circle()
            circle.itself = circle
            seen_last.append(weakref.ref(circle))

        def test_finds_none(cloud):
            assert seen_last[0]() is None
        """
    )
    result.assert_outcomes(passed=2)


def test_a_worker_of_xdist_looks_for_garbage_once_when_it_ends(project):
    project.makeconftest(
        """
        import gc
        from pathlib import Path

        def pytest_configure(config):
            who = "worker" if hasattr(config, "workerinput") else "controller"
            config.add_cleanup(lambda: Path(who).write_text(str(gc.get_freeze_count() > 0)))
        """
    )
    project.makepyfile("def test_nothing(): pass")
    result = project.runpytest_subprocess("-n", "1")
    result.assert_outcomes(passed=1)
    looks_twice = not hasattr(unraisableexception, "pytest_unconfigure")
    assert (project.path / "worker").read_text() == str(not looks_twice)
    assert (project.path / "controller").read_text() == "False"
