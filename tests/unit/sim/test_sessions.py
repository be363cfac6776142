"""A session's settings: looked up one by one, and those of botocore all the same."""

import copy

import botocore.session
import pytest
from botocore.configprovider import ConstantProvider, create_botocore_default_config_mapping

import harness


@pytest.fixture
def store():
    with harness.Simulator(seed=1):
        yield botocore.session.Session().get_component("config_store")


def test_a_session_has_all_settings_of_botocore(store):
    named = create_botocore_default_config_mapping(None)
    assert set(store._mapping) == set(named)
    assert len(store._mapping) == len(named)
    assert all(type(store._mapping[name]) is type(provider) for name, provider in named.items())


def test_a_setting_comes_from_the_environment_and_else_is_the_default(store, monkeypatch):
    assert store.get_config_variable("max_attempts") is None
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
    assert store.get_config_variable("max_attempts") == 7


def test_a_name_that_is_no_setting_has_no_value(store):
    assert store.get_config_variable("colour") is None
    assert store.get_config_provider("colour") is None


def test_what_a_client_changes_is_not_the_sessions(store):
    copied = copy.copy(store)
    copied.set_config_provider("region", ConstantProvider("eu-north-1"))
    copied.set_config_variable("retry_mode", "adaptive")
    assert (copied.get_config_variable("region"), copied.get_config_variable("retry_mode")) == (
        "eu-north-1",
        "adaptive",
    )
    assert store.get_config_variable("region") != "eu-north-1"
    assert store.get_config_variable("retry_mode") != "adaptive"


def test_what_a_session_changes_its_next_client_has(store):
    store.set_config_provider("region", ConstantProvider("eu-north-1"))
    assert copy.copy(store).get_config_variable("region") == "eu-north-1"
