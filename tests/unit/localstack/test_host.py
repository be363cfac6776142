"""Which Python LocalStack would run on, and what is said where there is none."""

import sys

import pytest

from harness.cloud import Unsupported
from harness.localstack import host
from harness.localstack.host import HostProcess


@pytest.fixture(autouse=True)
def _no_python(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("HARNESS_LOCALSTACK_PYTHON", raising=False)
    monkeypatch.setattr(host, "_python", lambda: None)


def test_without_a_python_it_says_what_is_needed_and_what_works_without():
    with pytest.raises(Unsupported, match=r"CPython 3\.13.*--cloud sim.*--cloud localstack$"):
        host.interpreter()


def test_a_python_without_localstack_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("HARNESS_LOCALSTACK_PYTHON", sys.executable)
    with pytest.raises(Unsupported, match="LocalStack isn't installed for this Python; run pip install"):
        host.interpreter()


def test_an_installation_that_broke_off_does_not_count(tmp_path):
    (tmp_path / "harness/localstack-4.14.0/bin").mkdir(parents=True)
    assert host.installed_release() == ""
    (tmp_path / "harness/localstack-4.14.0/.complete").touch()
    assert host.installed_release() == "4.14.0"


def test_a_process_that_never_was_is_not_alive_and_can_be_stopped():
    process = HostProcess(pid=2**22 + 1, began=0.0, port=1)
    assert not process.alive()
    process.stop()
