"""The door for hops: what the guest is answered, and what the history tells of it."""

from __future__ import annotations

import json
import threading
import time

import pytest
from botocore.exceptions import HTTPClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import faults
from harness.aws import Does
from tests.unit.gateway.fakes import FUNCTION, QUEUE, TOPIC, post

VERBS = (
    "hop",
    "arrived",
    "hop-failed",
    "invocation",
    "invocation-ended",
    "execution",
    "execution-ended",
    "event",
    "sent",
)


def test_a_hop_begins_and_arrives(guest):
    hop = guest.hop()
    assert hop == {"hop": 0, "refuse": None, "copies": [], "lose_answer": False}
    guest("arrived", hop=0, ids=["m-2"], copy=False)
    begun, arrived = guest.door.history()
    assert (begun.subject, begun.messages, begun.actor) == ("Orders → Work", ("m-1",), "sns")
    assert dict(begun.data) == {"source": "Orders", "target": "Work", "attempt": 1}
    assert (arrived.kind, arrived.messages, arrived.cause, arrived.actor) == ("arrived", ("m-2",), 0, "sns")
    assert dict(arrived.data) == {"source": "Orders", "target": "Work", "parents": ["m-1"]}


def test_a_hop_is_under_way_until_it_has_arrived(guest):
    hop = guest.hop()
    assert guest.door.gateway.busy() == [("Orders → Work", None)]
    guest("arrived", hop=hop["hop"], ids=["m-2"])
    assert guest.door.gateway.busy() == []


def test_a_delivery_to_a_function_is_shown_by_its_invocation(guest):
    guest.hop(source=QUEUE, target=FUNCTION)
    assert guest.door.gateway.busy() == []


def test_a_refused_hop_fails_and_is_over(guest):
    guest.door.inject(faults.refuse_hop("Orders", "Work", code="Boom"))
    hop = guest.hop()
    assert hop["refuse"]["code"] == "Boom"
    assert hop["refuse"]["retryable"] is True
    guest("hop-failed", hop=hop["hop"], code="Boom", message="again", retryable=True, applied=False)
    assert [e.kind for e in guest.door.history()] == ["hop", "fault", "hop-failed"]
    failed = guest.of("hop-failed")[0]
    assert (failed.data["error"], failed.data["retried"], failed.cause) == ("Boom", True, 0)
    assert guest.door.gateway.busy() == []


def test_a_delivery_that_is_not_under_way_can_not_fail(guest):
    guest("arrived", hop=guest.hop()["hop"], ids=["m-2"])
    for hop in (0, 9):
        status, answer = post(guest.door, "hop-failed", {"hop": hop, "code": "Gone"})
        assert (status, answer["message"]) == (400, f"hop {hop}: no delivery of this number is under way")
    assert len(guest.door.gateway.untold) == 2


def test_copies_arrive_on_their_own(guest):
    guest.door.inject(faults.redeliver("Orders", "Work", copies=2, apart_seconds=5))
    hop = guest.hop()
    assert hop["copies"] == [5.0, 10.0]
    guest("arrived", hop=0, ids=["a"])
    guest("arrived", hop=0, ids=["b"], copy=True)
    guest("hop-failed", hop=0, code="Gone", message="", retryable=False)
    assert [e.kind for e in guest.door.history()] == ["hop", "arrived", "fault", "arrived", "hop-failed"]
    assert [e.data.get("copy") for e in guest.of("arrived")] == [None, True]
    status, answer = post(guest.door, "arrived", {"hop": 0, "ids": []})
    assert (status, answer["message"]) == (400, "hop 0: no delivery of this number is under way")


def test_a_lost_acknowledgement_is_recorded_once(guest):
    guest.door.inject(faults.ack_lost("Orders", "Work"))
    assert guest.hop()["lose_answer"] is True
    guest("arrived", hop=0, ids=["a"])
    guest("hop-failed", hop=0, code="AnswerLost", message="", retryable=True, applied=True)
    assert [e.kind for e in guest.door.history()] == ["hop", "arrived", "fault", "hop-failed"]
    assert guest.of("hop-failed")[0].data["applied"] is True


def test_an_acknowledgement_that_there_is_none_of_is_not_lost(guest):
    guest.door.inject(faults.ack_lost("Orders", "Work"))
    guest.hop()
    guest("arrived", hop=0, ids=["a"], acknowledged=False)
    assert [e.kind for e in guest.door.history()] == ["hop", "arrived"]


def test_a_poisoned_body_is_what_arrives(guest):
    guest.door.inject(faults.poison("Work"))
    assert guest.hop()["parcel"]["body"] == '{"poison":'
    assert guest.of("fault") == []
    guest("arrived", hop=0, ids=["a"])
    assert [e.kind for e in guest.door.history()] == ["hop", "fault", "arrived"]


def test_a_delayed_hop_is_answered_when_its_time_has_come(guest):
    guest.door.inject(faults.delay_hop("Orders", "Work", seconds=600))
    answers = []
    asking = threading.Thread(target=lambda: answers.append(guest.hop()))
    asking.start()
    while not (held := [due for _, due in guest.door.gateway.busy() if due]):
        time.sleep(0.005)
    assert 590 < held[0] <= 600
    assert answers == []
    guest.door.clock.skip(600)
    asking.join(60)
    assert answers[0]["hop"] == 0


def test_a_mapping_s_events_follow_from_one_another(guest):
    mapping = f"mapping:{FUNCTION}"
    words = {"place": QUEUE, "counts": {"m-2": 1}, "visible_at": time.time() + 30}
    received = guest("event", kind="received", actor=mapping, cause=None, **words)["event"]
    hop = guest.hop(source=QUEUE, target=FUNCTION, messages=["m-2"], actor=mapping, cause=received)["hop"]
    run = guest.invocation(cause=hop, source=QUEUE, messages=["m-2"], actor=mapping)["invocation"]
    how = {"outcome": "ok", "error": None, "failed": [], "unread": ["m-2"], "log": "hello"}
    ended = guest("invocation-ended", invocation=run, **how)["event"]
    guest("arrived", hop=hop, ids=["m-2"])
    by_kind = {event.kind: event for event in guest.door.history()}
    taken = by_kind["received"]
    assert (taken.seq, taken.subject, taken.actor, taken.cause) == (received, "Work", "mapping:F", None)
    assert by_kind["hop"].cause == received
    begun, over = by_kind["invocation"], by_kind["invocation-ended"]
    assert (begun.subject, begun.cause, begun.data["source"], begun.data["cold"]) == ("F", hop, "Work", True)
    assert (over.seq, over.cause, over.actor) == (ended, begun.seq, "mapping:F")
    assert over.data["unread"] == ["m-2"]
    assert guest.door.recorder.logs == {ended: "hello"}


def test_an_asynchronous_event_has_a_queue_of_its_own(guest):
    accepted = guest.door.recorder.accepted("F", "r-1", body="{}", actor="test").seq
    source, target = f"{FUNCTION}#async", f"{FUNCTION}:live"
    guest.hop(source=source, target=target, messages=["r-1"], actor="lambda", cause=accepted)
    [hop] = guest.of("hop")
    assert (hop.subject, hop.cause, hop.actor) == ("F (async) → F", accepted, "lambda")


def test_what_leaves_the_cloud_is_in_the_outbox(guest):
    guest("sent", protocol="email", endpoint="a@b", subject="s", body="text", message_id="m", topic=TOPIC)
    sent = guest.door.gateway.outbox
    assert [(one.protocol, one.endpoint, one.subject, one.body) for one in sent] == [
        ("email", "a@b", "s", "text")
    ]


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (faults.crash("F", when="before"), {"how": "crash", "when": "before", "nth": 1}),
        (faults.crash("F", when="after"), {"how": "crash", "when": "after", "nth": 1}),
        (faults.out_of_memory("F", after_call=2), {"how": "oom", "when": "call", "nth": 2}),
        (faults.time_out("F", when="before"), {"how": "timeout", "when": "before", "nth": 1}),
        (faults.init_failure("F"), {"how": "init-failure", "when": "before", "nth": 1}),
    ],
)
def test_how_an_invocation_must_die(guest, fault, answer):
    guest.door.inject(fault)
    told = guest.invocation()
    assert (told["kill"], told["throttle"]) == (answer, False)
    assert guest.of("fault") == []
    guest("invocation-ended", invocation=told["invocation"], outcome="crash", acted=["kill"])
    assert guest.of("fault")[0].cause == told["invocation"]


def test_an_invocation_that_went_on_as_it_would_have_was_hit_by_no_fault(guest):
    guest.door.inject(faults.crash("F", after_call=99))
    guest.door.inject(faults.clock_skew("F", seconds=-7))
    told = guest.invocation()
    guest("invocation-ended", invocation=told["invocation"], outcome="ok", acted=[])
    assert guest.of("fault") == []
    assert guest.door.plan.unfired() == [0, 1]


def test_a_wrong_clock_has_acted_when_the_handler_looked_at_it(guest):
    guest.door.inject(faults.clock_skew("F", seconds=-7))
    told = guest.invocation()
    guest("invocation-ended", invocation=told["invocation"], outcome="ok", acted=["skew"])
    assert [event.data["kind"] for event in guest.of("fault")] == ["clock_skew"]


def test_a_throttled_invocation_and_a_skewed_one(guest):
    guest.door.inject(faults.throttle_invocation("F"))
    guest.door.inject(faults.clock_skew("F", seconds=-7, nth=2))
    first, second = guest.invocation(), guest.invocation()
    assert (first["throttle"], first["kill"]) == (True, None)
    assert (second["throttle"], second["skew_seconds"]) == (False, -7)


@pytest.mark.parametrize("how", ["crash", "oom"])
def test_an_environment_dies_of_its_nth_call(guest, how):
    fault = faults.crash if how == "crash" else faults.out_of_memory
    guest.door.inject(fault("F", after_call=2))
    guest.invocation()
    sqs = guest.door.client("sqs", token="harness.env.e-1")
    sqs.list_queues()
    with pytest.raises(HTTPClientError):
        sqs.list_queues()
    assert guest.kills == [("e-1", how)]
    assert [event.cause for event in guest.of("fault")] == [guest.of("invocation")[0].seq]
    with pytest.raises(HTTPClientError):
        sqs.list_queues()
    assert [call.actor for call in guest.of("call")] == ["F", "F"]
    assert len(guest.of("answer")) == 2


def test_an_environment_hangs_over_its_nth_call_until_its_time_is_over(guest):
    guest.door.inject(faults.time_out("F", after_call=1))
    run = guest.invocation()["invocation"]
    failed = []

    def call():
        try:
            guest.door.client("sqs", token="harness.env.e-1").list_queues()
        except HTTPClientError as error:
            failed.append(error)

    calling = threading.Thread(target=call)
    calling.start()
    while not guest.kills:
        time.sleep(0.005)
    assert guest.kills == [("e-1", "timeout")]
    assert failed == []
    assert guest.door.gateway.busy() == []
    guest("invocation-ended", invocation=run, outcome="timeout", error="Sandbox.Timedout", failed=[], log="")
    calling.join(60)
    assert len(failed) == 1


def test_only_the_guest_may_ask(guest, doors, fakes):
    status, answer = post(guest.door, "hop", {}, token="guessed")
    assert status == 403
    assert "token" in answer["message"]
    without_guest = doors(fakes().url)
    assert post(without_guest, "hop", {})[0] == 403


def test_an_unknown_verb_is_answered_with_those_there_are(guest):
    status, answer = post(guest.door, "jump", {})
    assert status == 404
    assert "hop-failed" in answer["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        *(
            "source",
            "target",
            "messages",
            "attempt",
            "parcel",
            "cause",
            "actor",
            "hop",
            "ids",
            "copy",
            "code",
        ),
        *("message", "retryable", "applied", "function", "request_id", "environment", "cold", "invocation"),
        *("outcome", "error", "failed", "unread", "log", "kind", "place", "protocol", "endpoint", "version"),
        *("counts", "visible_at", "reason", "to", "dedup", "what", "why", "payload"),
    ]
)
LIKELY = st.one_of(
    JSON,
    st.sampled_from([TOPIC, QUEUE, FUNCTION, "ok", "received", "filtered", 0, ["m-1"], {"m-1": 1}]),
)


@pytest.mark.parametrize("verb", VERBS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(body=st.dictionaries(FIELDS, LIKELY))
def test_whatever_is_said_is_done_or_refused_with_a_sentence(guest, caplog, verb, body):
    status, answer = post(guest.door, verb, body)
    assert status in (200, 400)
    assert status == 200 or answer["message"]
    assert "Traceback" not in json.dumps(answer)
    assert not [record for record in caplog.records if record.name == "harness.gateway"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(raw=st.binary() | JSON.map(json.dumps).map(str.encode))
def test_a_body_that_is_no_object_is_refused(guest, raw):
    status, answer = post(guest.door, "sent", None, raw=raw)
    assert (status, answer["message"][:5]) == (400, "sent:")


def test_who_waits_for_a_function_is_the_actor_of_its_run(guest):
    call = guest.door.recorder.call("lambda:Invoke", Does.SENDS, "F", region="us-east-1", actor="Caller")
    run = guest.invocation(cause=call.seq, actor="")["invocation"]
    guest("invocation-ended", invocation=run, outcome="ok", error=None, failed=[], log="")
    assert [e.actor for e in guest.of("invocation", "invocation-ended")] == ["Caller", "Caller"]
