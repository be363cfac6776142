"""The `@scenario` decorator."""

from __future__ import annotations

import pytest

from harness import faults, scenario


def test_a_scenario_gets_its_app_and_other_fixtures(run):
    result = run(
        """
        from harness import scenario

        @pytest.fixture
        def number():
            return 7

        @pytest.mark.parametrize("id", ["a", "b"])
        @scenario("template.yaml")
        def test_rows(app, number, id, chaos):
            "Its own words."
            put(app, id)
            ask(app)
            assert number == 7

        class TestInAClass:
            @scenario("template.yaml")
            def test_method(self, app, cloud):
                ask(app)
                assert app.cloud is cloud

        def test_looks_like_the_function():
            assert test_rows.__name__ == "test_rows"
            assert test_rows.__doc__ == "Its own words."
        """
    )
    result.assert_outcomes(passed=4)


def test_an_app_fixture_of_the_project_does_not_stand_in(run):
    result = run(
        """
        from harness import scenario

        @pytest.fixture
        def app():
            return "something else"

        @scenario("template.yaml")
        def test_rows(app):
            ask(app)
            assert app.physical_id("Ledger")
        """
    )
    result.assert_outcomes(passed=1)


def test_marks_stay(run):
    source = """
        from harness import scenario

        @scenario("template.yaml")
        @pytest.mark.skip(reason="by its mark")
        def test_below(app):
            assert False

        @pytest.mark.skip(reason="by its mark")
        @scenario("template.yaml")
        def test_above(app):
            assert False
        """
    run(source).assert_outcomes(skipped=2)


def test_faults_and_seed_are_declared(run):
    result = run(
        """
        from harness import scenario

        @scenario("template.yaml", faults=[faults.throttle("dynamodb:PutItem")], seed=9)
        def test_throttled(app):
            put(app)
            ask(app)
            print("seed", app.cloud.seed, "faults", len(app.cloud.history().of("fault")))
        """,
        "-s",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*seed 9 faults 1*"])


def test_the_command_line_seed_wins(run):
    source = """
        from harness import scenario

        @scenario("template.yaml", seed=9)
        def test_seed(app):
            print("seed", app.cloud.seed)
        """
    run(source, "-s", "--seed", "4").stdout.fnmatch_lines(["*seed 4*"])


def test_coroutines_may_be_scenarios(run):
    result = run(
        """
        from harness import scenario

        @pytest.mark.asyncio
        @scenario("template.yaml")
        async def test_rows(app):
            put(app)
            ask(app)
        """,
        "-W",
        "ignore::pytest.PytestDeprecationWarning",
    )
    result.assert_outcomes(passed=1)


def test_a_scenario_that_takes_no_app_is_refused():
    with pytest.raises(TypeError, match="takes the deployed app as its argument `app`"):

        @scenario("template.yaml")
        def test_without(chaos):
            """Never runs."""


def test_the_faults_of_a_scenario_are_a_list():
    with pytest.raises(TypeError, match=r"a scenario's faults are a list, as in faults=\[faults.crash\(\)\]"):
        scenario("template.yaml", faults=faults.crash())


def test_one_thing_to_ignore_needs_no_list():
    @scenario("template.yaml", ignore="AWS::Events::Rule")
    def test_alone(app):
        """Never runs."""

    assert test_alone.harness_scenario.ignore == ("AWS::Events::Rule",)


def test_a_scenario_names_its_template():
    with pytest.raises(TypeError, match=r'@scenario\("template.yaml"\)'):

        @scenario
        def test_bare(app):
            """Never made."""
