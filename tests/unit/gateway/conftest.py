"""Gateways that are closed after each test, and the emulators behind them."""

import pytest

from tests.helpers import moto
from tests.unit.gateway.fakes import Door, FakeEmulator, Guest, answering


@pytest.fixture(scope="session")
def moto_server():
    """The URL of moto's server."""
    with moto.moto_server() as url:
        yield url


@pytest.fixture
def doors():
    """Makes gateways in front of a URL."""
    made = []

    def door(url, **how):
        made.append(Door(url, **how))
        return made[-1]

    yield door
    for one in made:
        one.gateway.close()


@pytest.fixture
def fakes():
    """Makes emulators."""
    made = []

    def fake(handler=None, port=None):
        made.append(FakeEmulator(handler or answering(), port))
        return made[-1]

    yield fake
    for one in made:
        one.close()


@pytest.fixture
def door(doors, moto_server):
    """A gateway in front of moto's server."""
    return doors(moto_server)


@pytest.fixture
def guest(doors, fakes):
    """Talks to a gateway as the guest does."""
    return Guest(doors, fakes)
