"""LocalStack for real, in a container or as a process. Sessions are those of each test alone."""

from __future__ import annotations

import tempfile

import boto3
import psutil
import pytest

from harness.localstack import sweep


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """A runtime folder of the test's own, so that other tests of this run share nothing with it."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path)
    return sweep.runtime_folder()


@pytest.fixture(scope="session")
def docker_client():
    from harness.localstack import container

    client = container.connect()
    yield client
    client.close()


@pytest.fixture
def in_docker(docker_client):
    """Containers and networks of a session, by name."""

    def in_docker(session):
        label = {"label": f"harness.session={session}"}
        containers = docker_client.containers.list(all=True, filters=label, ignore_removed=True)
        return [one.name for one in [*containers, *docker_client.networks.list(filters=label)]]

    return in_docker


@pytest.fixture
def client():
    """A boto3 client of an emulator; requests are not retried."""

    def client(service, url, account="111111111111", seconds=20):
        return boto3.client(
            service,
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key="test",
            config=boto3.session.Config(
                read_timeout=seconds, connect_timeout=seconds, retries={"total_max_attempts": 1}
            ),
        )

    return client


def listening_addresses(port):
    """Local addresses on which anything listens at this port."""
    found = psutil.net_connections("tcp")
    return {one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN and one.laddr.port == port}
