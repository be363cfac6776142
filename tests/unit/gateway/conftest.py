"""Gateways that are closed after each test, and the emulators behind them."""

import logging

import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from tests.unit.gateway.fakes import Door, FakeEmulator, answering


@pytest.fixture(scope="session")
def moto_server():
    """The URL of moto's server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


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
