"""Starting a container where Docker says no: one line each, and nothing is left."""

from types import SimpleNamespace

import pytest
from docker.errors import APIError, DockerException, NotFound

from harness.localstack import container, sweep
from harness.localstack.ports import NotReady


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    session, hold = sweep.begin()
    yield session
    hold.close()


@pytest.fixture
def daemon(monkeypatch):
    """A daemon that refuses a network. Lists what it was asked to remove."""
    told, removed = [], []

    def refuse(name, **settings):
        raise APIError("500 Server Error", explanation=told[0])

    def listed(**settings):
        return [SimpleNamespace(id="left", attrs={"Labels": {}})]

    def unknown(name):
        raise NotFound(name)

    nothing = SimpleNamespace(list=lambda **settings: [], run=None, get=unknown)
    client = SimpleNamespace(
        containers=nothing,
        networks=SimpleNamespace(list=listed, create=refuse),
        images=SimpleNamespace(get=lambda name: None),
        api=SimpleNamespace(remove_network=removed.append, inspect_network=lambda id_: {}),
        close=lambda: None,
    )
    monkeypatch.setattr(container, "connect", lambda: client)
    monkeypatch.setattr(container.leftovers, "sweep", lambda client: None)
    return told, removed


@pytest.mark.parametrize(
    ("says", "told"),
    [
        (
            "could not find an available, non-overlapping IPv4 address pool",
            r"address pool; remove networks that nobody uses: docker network prune$",
        ),
        ("no space left\n on device", r"didn't start: no space left on device; make room: docker system df"),
    ],
)
def test_what_docker_refuses_is_told_in_a_line(daemon, session, says, told):
    daemon[0].append(says)
    with pytest.raises(NotReady, match=told):
        container.start(session, None, {})
    assert daemon[1] == ["left"]


@pytest.mark.parametrize(
    "gone", [DockerException("Read timed out."), ConnectionError("reset")], ids=["hangs", "gone"]
)
def test_a_daemon_that_goes_away_is_told_in_a_line(daemon, session, gone, monkeypatch):
    def fail(client):
        raise gone

    monkeypatch.setattr(container.leftovers, "sweep", fail)
    with pytest.raises(NotReady, match=r"^LocalStack's container didn't start: [^\n]+$"):
        container.start(session, None, {})


def test_a_session_of_another_user_is_left_alone(monkeypatch, tmp_path):
    def refused(*args):
        raise PermissionError

    monkeypatch.setattr(sweep.os, "open", refused)
    assert sweep.in_use(tmp_path / "users")
