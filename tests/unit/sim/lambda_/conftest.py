"""What tests of Lambda's delivery have in common."""

from __future__ import annotations

import pytest

from tests.unit.sim.lambda_.fakes import Cloud


@pytest.fixture
def cloud():
    made = Cloud()
    yield made
    made.kernel.close()
