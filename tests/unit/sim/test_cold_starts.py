"""Clients made from the parts of an earlier one: like it in all settings, and otherwise their own."""

import boto3
import pytest
from botocore.config import Config
from botocore.configprovider import ConstantProvider
from botocore.session import Session, get_session

import harness
from harness.sim.patches import cold_starts


@pytest.fixture(autouse=True)
def cloud():
    with harness.Simulator(seed=1) as simulator:
        yield simulator


def new_client(service="sqs", **settings):
    """A client as a cold start makes it, in a session of its own."""
    return boto3.Session(region_name="eu-west-1").client(service, **settings)


@pytest.fixture
def put_together(monkeypatch):
    """The services for which botocore made a client, not one like an earlier client."""
    seen, real = [], cold_starts._real_create_client

    def noting(session, service_name, **settings):
        seen.append(service_name)
        return real(session, service_name, **settings)

    monkeypatch.setattr(cold_starts, "_prepared", {})
    monkeypatch.setattr(cold_starts, "_real_create_client", noting)
    assert Session.create_client is cold_starts._create_client
    return seen


def test_the_second_client_takes_parts_of_the_first(put_together):
    first, second = new_client(), new_client()
    assert put_together == ["sqs"]
    assert second.create_queue(QueueName="q")["QueueUrl"].startswith("https://sqs.eu-west-1.")
    assert vars(first.meta.config) == vars(second.meta.config)
    assert first.meta.endpoint_url == second.meta.endpoint_url


def test_event_handlers_belong_to_one_client(put_together):
    first, second, seen = new_client(), new_client(), []
    for client, name in ((first, "first"), (second, "second")):
        client.meta.events.register("before-send", lambda name=name, **_: seen.append(name))
    second.list_queues()
    assert seen == ["second"]


def test_what_is_changed_in_a_client_stays_there(put_together):
    first, second = new_client(), new_client()
    first.meta.config.marked = True
    first.meta.config.retries["total_max_attempts"] = 99
    first._endpoint.http_session.marked = True
    first._endpoint.host = "https://elsewhere.example"
    third = new_client()
    for client in (second, third):
        assert not hasattr(client.meta.config, "marked")
        assert client.meta.config.retries.get("total_max_attempts") != 99
        assert not hasattr(client._endpoint.http_session, "marked")
        assert client._endpoint.host == client.meta.endpoint_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_MAX_ATTEMPTS", "7"),
        ("AWS_RETRY_MODE", "adaptive"),
        ("AWS_ENDPOINT_URL_SQS", "https://sqs.example.com"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_DEFAULTS_MODE", "in-region"),
    ],
)
def test_variables_of_the_environment_count(put_together, monkeypatch, name, value):
    before = new_client()
    monkeypatch.setenv(name, value)
    after = new_client()
    assert put_together == ["sqs", "sqs"]
    assert (vars(before.meta.config), before.meta.endpoint_url) != (
        vars(after.meta.config),
        after.meta.endpoint_url,
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"config": Config(read_timeout=7)},
        {"config": Config(parameter_validation=False)},
        {"endpoint_url": "https://sqs.example.com"},
        {"use_ssl": False},
        {"region_name": "us-west-2"},
        {"aws_access_key_id": "AKIA", "aws_secret_access_key": "secret"},
    ],
    ids=["read_timeout", "parameter_validation", "endpoint_url", "use_ssl", "region_name", "keys"],
)
def test_settings_of_the_call_count(put_together, settings):
    new_client()
    new_client(**settings)
    assert put_together == ["sqs", "sqs"]


def test_settings_of_the_session_count(put_together):
    new_client()
    session = boto3.Session(region_name="eu-west-1")
    session._session.set_default_client_config(Config(read_timeout=7))
    assert session.client("sqs").meta.config.read_timeout == 7
    other = boto3.Session(region_name="eu-west-1")
    other._session.set_config_variable("sts_regional_endpoints", "legacy")
    other.client("sqs")
    assert put_together == ["sqs", "sqs", "sqs"]


def test_providers_of_settings_count(put_together):
    new_client()
    session = boto3.Session()
    store = session._session.get_component("config_store")
    store.set_config_provider("region", ConstantProvider("us-west-2"))
    assert session.client("sqs").meta.region_name == "us-west-2"
    assert put_together == ["sqs", "sqs"]


def test_a_session_with_handlers_of_its_own_makes_clients_of_its_own(put_together):
    new_client()
    session, seen = boto3.Session(region_name="eu-west-1"), []
    session.events.register("creating-client-class.sqs", lambda class_attributes, **_: seen.append("class"))
    session.client("sqs")
    assert (put_together, seen) == (["sqs", "sqs"], ["class"])


def test_handlers_for_calls_that_each_session_gets_are_those_of_its_clients(put_together):
    seen = []
    for name in ("first", "second"):
        session = get_session()
        session.register("before-send", lambda name=name, **_: seen.append(name))
        client = boto3.Session(region_name="eu-west-1", botocore_session=session).client("sqs")
        client.list_queues()
    assert (put_together, seen) == (["sqs"], ["first", "second"])


@pytest.mark.parametrize("service", ["s3", "s3control", "sqs", "events", "dynamodb"])
def test_the_second_client_has_the_handlers_of_the_first(put_together, service):
    first, second = new_client(service), new_client(service)
    assert put_together == [service]
    assert cold_starts._heard(first) == cold_starts._heard(second)
    assert type(first).__mro__[1:] == type(second).__mro__[1:]


def test_a_client_with_other_handlers_than_those_known_here_is_made_by_botocore(put_together):
    first, second = new_client("timestream-query"), new_client("timestream-query")
    assert put_together == ["timestream-query"] * 2
    assert cold_starts._heard(first) == cold_starts._heard(second)


def test_retries_are_told_to_the_client_that_makes_them(put_together):
    first, second = new_client(), new_client()
    handlers = [
        client.meta.events._emitter._handlers.prefix_search("needs-retry.sqs.SendMessage")[0]
        for client in (first, second)
    ]
    assert handlers[0].__self__ is not handlers[1].__self__


def test_errors_are_told_apart_by_session(put_together):
    first, second = new_client(), new_client()
    with pytest.raises(second.exceptions.QueueDoesNotExist) as caught:
        second.get_queue_url(QueueName="none")
    assert not isinstance(caught.value, first.exceptions.QueueDoesNotExist)


@pytest.fixture
def classes_made(monkeypatch):
    """The resources of which the class was put together, not copied from an earlier one."""
    seen, real = [], cold_starts._real_load_resource

    def noting(factory, name, *rest):
        seen.append(name)
        return real(factory, name, *rest)

    monkeypatch.setattr(cold_starts, "_resources", {})
    monkeypatch.setattr(cold_starts, "_real_load_resource", noting)
    return seen


def new_table(session=None):
    """A table as a cold start names it."""
    return (session or boto3.Session(region_name="eu-west-1")).resource("dynamodb").Table("t")


def test_the_second_resource_has_a_class_like_the_first(classes_made):
    first, second = new_table(), new_table()
    assert classes_made == ["dynamodb", "Table"]
    assert type(first) is not type(second)
    assert dir(first) == dir(second)
    assert first.meta.client is not second.meta.client


def test_what_is_changed_in_the_class_of_a_resource_stays_there(classes_made):
    first = new_table()
    type(first).marked = True
    assert not hasattr(new_table(), "marked")


def test_a_session_hears_of_the_classes_of_its_resources(classes_made):
    new_table()
    session, seen = boto3.Session(region_name="eu-west-1"), []
    session.events.register(
        "creating-resource-class.dynamodb.Table", lambda class_attributes, **_: seen.append(class_attributes)
    )
    new_table(session)
    new_table()
    assert len(seen) == 1
    assert classes_made == ["dynamodb", "Table"] * 2
