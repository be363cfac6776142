"""`@pytest.mark.clouds`: scenarios for some clouds only."""


def test_a_scenario_for_another_cloud_is_skipped_with_the_reason(project):
    mark = '@pytest.mark.clouds("localstack", reason="it harms the container")'
    project.makepyfile(f"import pytest\n{mark}\ndef test_it(cloud): 1 / 0\n")
    told = project.runpytest("-rs", "-p", "no:cacheprovider").stdout
    told.fnmatch_lines(["*for localstack only: it harms the container"])


def test_a_scenario_for_this_cloud_runs(project):
    project.makepyfile('import pytest\n@pytest.mark.clouds("sim", reason="fast")\ndef test_it(cloud): pass\n')
    project.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_mark_without_a_reason_is_refused(project):
    project.makepyfile('import pytest\n@pytest.mark.clouds("sim")\ndef test_it(cloud): pass\n')
    told = project.runpytest("-p", "no:cacheprovider").stderr
    told.fnmatch_lines(['*::test_it: write @pytest.mark.clouds("sim", reason="…")*'])
