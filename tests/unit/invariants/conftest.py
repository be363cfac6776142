"""A history in the making for each test."""

import pytest

from tests.helpers.runs import Written


@pytest.fixture
def run():
    return Written()
