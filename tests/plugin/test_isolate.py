"""`pytest --isolate`: each test in a process of its own, reported as if it had run here."""

import re

import pytest

PUTS = """
def test_it(app):
    print("put it there")
    put(app)
    assert app.table("Ledger").rows() == [{"id": "1"}]
    ask(app)
"""


@pytest.fixture
def isolated(run):
    """Run a module of tests, each isolated."""

    def isolated(source, *arguments):
        return run(source, "--isolate", *arguments)

    return isolated


def test_the_process_of_a_test_is_not_the_one_of_the_next(isolated):
    result = isolated(
        """
        import os
        seen = []
        def test_one(app): seen.append(1)
        def test_two(app): assert seen == []
        """
    )
    result.assert_outcomes(passed=2)


def test_what_a_handler_does_to_its_process_is_not_there_for_the_next_test(isolated):
    result = isolated(
        """
        import decimal, os
        def test_one(app):
            decimal.getcontext().prec = 3
            os.environ["LEFT"] = "behind"
        def test_two(app):
            assert decimal.getcontext().prec != 3
            assert "LEFT" not in os.environ
        """
    )
    result.assert_outcomes(passed=2)


def test_the_same_history_as_in_this_process(run, project):
    run(PUTS, "--history", "here")
    run(PUTS, "--history", "isolated", "--isolate")
    [here], [isolated] = ([*(project.path / name).iterdir()] for name in ("here", "isolated"))
    assert here.read_text() == isolated.read_text()


def test_a_failure_is_told_with_its_assertion_its_output_and_its_replay(isolated):
    result = isolated(
        "def test_it(app):\n    print('put it there')\n    assert app.table('Ledger').rows() == [1]"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * assert [[]] == [[]1]", "*Captured stdout call*", "put it there"])
    result.stdout.fnmatch_lines(["replay: PYTHONHASHSEED=0 pytest 'test_it.py::test_it' --seed 0"])


def test_fixtures_of_a_module_are_made_in_each_process(isolated, project):
    result = isolated(
        """
        import pathlib
        @pytest.fixture(scope="module")
        def shared():
            yield "made"
            with open("torn-down", "a") as file:
                file.write("x")
        def test_one(app, shared): assert shared == "made"
        def test_two(shared): assert shared == "made"
        """
    )
    result.assert_outcomes(passed=2)
    assert (project.path / "torn-down").read_text() == "xx"


def test_temporary_folders_are_of_one_test_run(isolated):
    result = isolated(
        """
        def test_one(tmp_path): print(f"in {tmp_path.parent}")
        def test_two(tmp_path): print(f"in {tmp_path.parent}")
        """,
        "-rP",
    )
    assert len(set(re.findall(r"^in (.*)$", result.stdout.str(), re.M))) == 1


def test_a_warning_is_told_once_at_the_end_of_the_test_run(isolated):
    result = isolated(
        """
        import warnings
        def test_one(app):
            warnings.warn("odd")
            put(app)
        def test_two(): pass
        def test_three(): pass
        """
    )
    result.assert_outcomes(passed=3, warnings=2)
    result.stdout.fnmatch_lines(["*UserWarning: odd", "*NoInvariantWarning: test_one deploys an app*"])


def test_a_test_that_asks_for_its_control_run_gets_it(isolated):
    result = isolated(
        """
        def test_it(app):
            assert len(app.cloud.control_history()) > 0
            ask(app)
        """
    )
    result.assert_outcomes(passed=1)


def test_the_summary_adds_up(isolated):
    isolated(PUTS).stdout.fnmatch_lines(["scenarios  1  1 passed · 0 failed · 0 unknown"])


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("os._exit(0)", "exit status 0 before it was done"),
        ("os.execv('/bin/true', ['true'])", "exit status 0 before it was done"),
        (
            "os.kill(os.getpid(), signal.SIGSEGV)",
            "ended by the signal SIGSEGV; it was at *test_it.py:7, in test_it",
        ),
    ],
)
def test_it_is_told_how_a_process_ended_and_the_others_run(isolated, deed, told):
    result = isolated(
        f"""
        import os, signal
        def test_it(app):
            print("before")
            {deed}
        def test_other(app): ask(app)
        """,
        "--capture=fd",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"test_it: its process*{told}*", "*Captured stdout*", "before"])
    result.stdout.fnmatch_lines(["scenarios  2  1 passed · 0 failed · 1 unknown"])


def test_a_limit_ends_also_a_loop_in_c(isolated):
    result = isolated(
        """
        import re
        def test_it(app):
            print("before")
            re.match("(a+)+$", "a" * 40 + "b")
        """,
        "--isolate-limit=2",
        "--capture=fd",
    )
    result.assert_outcomes(failed=1)
    told = "still running after 2 s of real time*test_it.py:7, in test_it"
    result.stdout.fnmatch_lines([f"test_it: its process*{told}*", "*Captured stdout*", "before"])


def test_x_ends_it_at_the_first_failure(isolated):
    isolated("def test_one(app): assert 0\ndef test_two(app): ask(app)", "-x").assert_outcomes(failed=1)


def test_exit_ends_the_test_run(isolated):
    result = isolated("def test_one(): pytest.exit('enough', 9)\ndef test_two(): pass")
    assert result.ret == 9
    result.stdout.fnmatch_lines(["*enough*"])


def test_with_xdist(isolated):
    result = isolated("def test_one(app): ask(app)\ndef test_two(app): assert 0", "-n2")
    result.assert_outcomes(passed=1, failed=1)


def test_in_a_junit_report(isolated, project):
    isolated("import os\ndef test_one(app): os._exit(3)\ndef test_two(app): ask(app)", "--junitxml=all.xml")
    report = (project.path / "all.xml").read_text()
    assert 'tests="2"' in report
    assert "exit status 3" in report


def test_coverage_is_measured_there_too(project):
    project.makepyfile(shop="def bought():\n    return 1\n")
    project.makepyfile(test_it="import shop\ndef test_it(app):\n    assert shop.bought() == 1")
    result = project.runpytest_subprocess("--isolate", "--cov=shop")
    result.stdout.fnmatch_lines(["shop.py *100%"])


@pytest.mark.namespaces
def test_it_reaches_loopback_of_its_own_and_nothing_else(isolated, tmp_path):
    (tmp_path / "probe.py").write_text(
        """
import json, socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as problem:
    print(json.dumps(problem.strerror))
"""
    )
    result = isolated(
        f"""
        import subprocess, sys
        PROBE = {str(tmp_path / "probe.py")!r}
        def test_it(app):
            said = subprocess.run([sys.executable, PROBE], capture_output=True, text=True)
            assert said.stdout == '"Network is unreachable"\\n', said
            ask(app)
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--isolate-limit=3"], "--isolate-limit: needs --isolate"),
        (["--isolate", "--isolate-limit=0"], "--isolate-limit=0: expected a number of seconds above 0"),
        (["--isolate", "--pdb"], "--isolate and a debugger: *"),
        (
            ["--isolate", "--cloud=endpoint=http://127.0.0.1:9"],
            "--isolate and --cloud=*: only the simulator *",
        ),
    ],
)
def test_options_that_make_no_sense(run, options, told):
    result = run("def test_it(): pass", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {told}"])


SCENARIO = """
    import __main__
    import os
    from harness import expect, scenario
    @scenario("template.yaml")
    def test_puts(app):
        put(app)
        if LEAVES and getattr(__main__, "left", 0):
            raise ValueError("what a run left behind")
        __main__.left = 1
        expect(app).holds(lambda history: len(app.table("Ledger").rows()) == 1, "a row")
"""


@pytest.fixture
def explored(run, project):
    """Explore a scenario; gives the text of the report."""

    def explored(source, *arguments):
        run(source, "--explore", "--explore-report=report.json", "--engine=processes=1", *arguments)
        return (project.path / "report.json").read_text()

    return explored


def test_an_exploration_reports_the_same(explored):
    source = SCENARIO.replace("LEAVES", "False")
    assert explored(source) == explored(source, "--isolate")


def test_what_a_run_of_an_exploration_leaves_ends_with_its_process(explored):
    source = SCENARIO.replace("LEAVES", "True")
    assert "what a run left behind" in explored(source)
    assert "what a run left behind" not in explored(source, "--isolate")


def test_a_run_that_ends_its_process_is_unknown(explored):
    told = explored(SCENARIO.replace("LEAVES", "os._exit(4)"), "--isolate")
    assert "the run: its process ended with exit status 4 before it was done" in told
