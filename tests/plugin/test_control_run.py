"""A test that asks for its control run is run without faults first; one result is reported."""

from __future__ import annotations

import pytest

BODY = """
def puts(history):
    return len([call for call in history.of("call") if call.data["operation"] == "PutItem"])

def {name}(app, chaos{more}):
    chaos.inject(faults.throttle("dynamodb:PutItem", times=2))
    with open("log", "a") as log:
        log.write(f"control={{app.cloud.is_control_run}} ")
    put(app)
    print("said", app.cloud.is_control_run)
    if not app.cloud.is_control_run:
        control = app.cloud.control_history()
        assert (puts(app.cloud.history()), puts(control)) == (3, 1)
        assert not control.of("fault")
    ask(app)
"""


def body(name="test_amplification", more=""):
    return BODY.format(name=name, more=more)


def log_of(project):
    return (project.path / "log").read_text()


def test_runs_without_faults_and_then_again(run, project):
    result = run(body())
    result.assert_outcomes(passed=1)
    assert log_of(project) == "control=False control=True control=False "


def test_where_the_test_itself_says_that_it_compares_no_run_is_given_up(run, project):
    run(
        """
        def test_compares(app, chaos):
            chaos.inject(faults.throttle("dynamodb:PutItem", times=2))
            with open("log", "a") as log:
                log.write(f"control={app.cloud.is_control_run} ")
            put(app)
            expect(app).retry_amplification(at_most=3)
        """
    )
    assert log_of(project) == "control=True control=False "


@pytest.mark.parametrize(("times", "runs"), [(0, 1), (2, 2)], ids=["no faults", "faults"])
def test_effects_are_compared_where_the_test_injects_faults(run, project, times, runs):
    chaos = f'chaos.inject(faults.throttle("dynamodb:PutItem", times={times}))' if times else ""
    run(
        f"""
        def test_compares(app, chaos):
            {chaos}
            with open("log", "a") as log:
                log.write("x")
            put(app)
            expect(app).effects_once(lambda: [], key="order")
        """,
    )
    assert log_of(project) == "x" * runs


def test_only_the_last_attempt_leaves_output_and_figures(run, project):
    result = run(body() + "    assert False", "--junitxml", "out.xml")
    result.assert_outcomes(failed=1)
    assert [line for line in result.outlines if line.startswith("said")] == ["said False"]
    assert (project.path / "out.xml").read_text().count('name="harness_seed"') == 1


def test_a_test_that_does_not_ask_runs_once(run, project):
    result = run(
        """
        def test_once(app):
            with open("log", "a") as log:
                log.write("x")
            ask(app)
        """
    )
    result.assert_outcomes(passed=1)
    assert log_of(project) == "x"


def test_what_fails_in_the_control_run_does_not_count(run, project):
    result = run(
        body()
        + """
    if app.cloud.is_control_run:
        assert False, "only without faults"
"""
    )
    result.assert_outcomes(passed=1)


def test_fixtures_are_set_up_anew_and_wider_ones_kept(run, project):
    result = run(
        """
        @pytest.fixture(scope="module")
        def wide():
            open("log", "a").write("wide ")
            yield
            open("log", "a").write("end ")

        @pytest.fixture
        def narrow():
            open("log", "a").write("narrow ")
        """.replace("\n        ", "\n")
        + body(more=", wide, narrow").replace("        log.write", "        0 and log.write")
    )
    result.assert_outcomes(passed=1)
    assert log_of(project) == "wide narrow narrow narrow end "


def test_except_clauses_of_the_test_are_not_meant(run):
    result = run(
        """
        def test_catches_all(app):
            if not app.cloud.is_control_run:
                try:
                    history = app.cloud.control_history()
                except Exception:
                    pytest.fail("caught")
                assert history.of("call")
            ask(app)
        """
    )
    result.assert_outcomes(passed=1)


def test_a_control_run_that_breaks_off_is_still_one(run):
    result = run(
        """
        def test_breaks(app):
            if app.cloud.is_control_run:
                raise KeyError("before anything was done")
            app.cloud.control_history()
            ask(app)
        """
    )
    result.assert_outcomes(passed=1)


def test_a_test_that_names_no_cloud_can_not_be_repeated(run):
    result = run(
        """
        def test_hidden(request):
            request.getfixturevalue("app").cloud.control_history()
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*RuntimeError: a control run is needed, but the test can't be repeated*"])


def test_a_debugger_is_not_started_for_it(run):
    result = run(body(), "--pdb")
    result.assert_outcomes(passed=1)


def test_stops_at_the_first_failure_with_wider_fixtures_torn_down(run, project):
    result = run(
        """
@pytest.fixture(scope="module")
def wide():
    yield
    raise ValueError("while tearing down")

def test_first(app, wide):
    assert False

def test_second(app, wide):
    pass
""",
        "-x",
    )
    result.assert_outcomes(failed=1, errors=1)


def test_asking_while_tearing_down_is_too_late(run):
    result = run(
        """
        @pytest.fixture
        def late(app):
            yield
            app.cloud.control_history()

        def test_late(late, app):
            ask(app)
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*RuntimeError: a control run is needed, but the test can't be repeated*"])
