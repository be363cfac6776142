"""Generated tests try the same examples in every run; `HYPOTHESIS_PROFILE=explore` looks for new ones.

Tests marked `docker` or `localstack_host` are skipped, with the reason, where these aren't to be had.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests.helpers.needs import skip_or_fail

settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "explore", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "steady")
settings.load_profile(PROFILE)
if PROFILE == "steady":
    # Hypothesis also draws literals of the modules that are loaded, which depend on the tests before.
    providers._get_local_constants = lambda: providers._local_constants


def pytest_runtest_setup(item: pytest.Item) -> None:
    skip_or_fail(item)
