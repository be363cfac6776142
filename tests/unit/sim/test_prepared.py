"""Calls of deployments are prepared once for all runs, and are calls like all others."""

import pytest
from botocore.exceptions import ClientError

from harness import Simulator, faults
from harness.app.resources.shapes import fitted

ARGUMENTS = {"QueueName": "work", "Attributes": {"DelaySeconds": 5}}
DIRECT = ("create_queue", ARGUMENTS)


class Fitting:
    """Fits arguments, and counts how often."""

    def __init__(self):
        self.times = 0

    def __call__(self, client, method, arguments):
        self.times += 1
        return fitted(client, method, arguments)


def create(cloud, fit=fitted, **arguments):
    return cloud.call("sqs", "create_queue", {**ARGUMENTS, **arguments}, fit)


def calls_of(cloud):
    return [event for event in cloud.history() if event.kind == "call"]


def test_a_call_with_the_same_arguments_is_fitted_and_checked_once():
    fit = Fitting()
    for seed in range(3):
        with Simulator(seed=seed) as cloud:
            url = create(cloud, fit, QueueName="prepared-once")["QueueUrl"]
            asked = {"QueueUrl": url, "AttributeNames": ["DelaySeconds"]}
            assert cloud.client("sqs").get_queue_attributes(**asked)["Attributes"] == {"DelaySeconds": "5"}
    assert fit.times == 1


def test_a_prepared_call_tells_the_history_what_any_other_tells():
    def create_by_a_client(cloud):
        client = cloud.client("sqs")
        return client.create_queue(**fitted(client, *DIRECT))

    told = []
    for make in (create_by_a_client, create, create):
        with Simulator(seed=1) as cloud:
            make(cloud)
            told.append(list(cloud.history()))
    assert told[0] == told[1] == told[2]
    first, again = (next(event for event in events if event.kind == "call") for events in told[1:])
    assert first.data["params"] is not again.data["params"]


def test_arguments_that_look_alike_and_are_others_are_other_calls():
    with Simulator() as cloud:
        create(cloud)
        with pytest.raises(ClientError, match="InvalidAttributeValue"):
            create(cloud, Attributes={"DelaySeconds": "-5"})


def test_a_prepared_call_that_fails_raises_what_its_client_would():
    for _ in range(2):
        with Simulator() as cloud:
            create(cloud)
            with pytest.raises(ClientError, match="QueueAlreadyExists"):
                create(cloud, Attributes={"DelaySeconds": 7})


def test_a_fault_hits_a_prepared_call_and_the_sdk_tries_again():
    for _ in range(2):
        with Simulator() as cloud:
            cloud.inject(faults.throttle("sqs:CreateQueue", times=1))
            create(cloud)
            assert [event.data["attempt"] for event in calls_of(cloud)] == [1, 2]


def test_who_listens_to_a_client_hears_of_the_call():
    heard = []
    with Simulator() as cloud:
        create(cloud)
    with Simulator() as cloud:
        events = cloud.client("sqs").meta.events
        events.register("before-send.sqs.CreateQueue", lambda request, **_: heard.append(request))
        create(cloud)
    assert len(heard) == 1


def test_who_wraps_a_method_of_the_clients_sees_the_call(monkeypatch):
    with Simulator() as cloud:
        create(cloud)
        kind = type(cloud.client("sqs"))
        monkeypatch.setattr(kind, "create_queue", lambda *_, **__: {"QueueUrl": "a double's"})
        for name in ("work", "other", "other"):
            assert create(cloud, QueueName=name) == {"QueueUrl": "a double's"}
