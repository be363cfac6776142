"""What the guest tells: each kind is a method of the recorder, and its words are read strictly."""

from __future__ import annotations

import inspect
import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from botocore.config import Config

from harness.aws import Does
from harness.gateway.reported import KINDS
from tests.unit.gateway.fakes import ACCOUNT, DEAD, FUNCTION, QUEUE, TOPIC, answering, post

NOT_THE_GUESTS = {
    "call",
    "answer",
    "hop",
    "arrived",
    "hop_failed",
    "invocation",
    "invocation_ended",
    "execution",
    "entered",
    "execution_ended",
    "fault",
    "state",
    "settled",
    "expectation",
}
"""Methods of the recorder for what the gateway itself sees, decides or is asked about, or the simulator alone
has."""


def test_every_word_of_the_vocabulary_can_be_told():
    from harness.history import Recorder

    told = {kind.say for kind in KINDS.values()}
    methods = {name: value for name, value in vars(Recorder).items() if not name.startswith("_")}
    assert {name for name, value in methods.items() if value not in told} == NOT_THE_GUESTS


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_has_the_words_of_its_method(name):
    kind = KINDS[name]
    parameters = list(inspect.signature(kind.say).parameters)
    assert list(kind.words) == [one for one in parameters if one not in ("self", "cause", "actor")]


@pytest.fixture
def tell(guest):
    """Tell an event; gives it as the history has it."""

    def tell(kind, **words):
        seq = guest("event", kind=kind, **words)["event"]
        return guest.door.history()[seq]

    return tell


def test_who_made_a_call_is_the_actor_of_what_follows_from_it(guest, tell):
    call = guest.door.recorder.call("sqs:SendMessage", Does.SENDS, "Work", region="us-east-1", actor="Caller")
    words = {"body": "x", "attributes": {"a": {"DataType": "String", "StringValue": "b"}}, "group": "g"}
    event = tell("accepted", place=QUEUE, message="m-1", cause=call.seq, actor="", **words)
    assert (event.subject, event.messages, event.cause, event.actor) == ("Work", ("m-1",), 0, "Caller")
    assert dict(event.data) == words


def test_what_the_emulator_does_by_itself_has_it_for_its_actor(tell):
    event = tell("accepted", place=QUEUE, message="m-1", body="x")
    assert (event.cause, event.actor) == (None, "emulator")


def test_a_function_and_its_mapping_act_by_their_names(tell):
    words = {"place": QUEUE, "message": "m-1"}
    assert tell("deleted", actor=f"mapping:{FUNCTION}", by_mover=True, **words).actor == "mapping:F"
    assert tell("deleted", actor=FUNCTION, **words).actor == "F"


def test_moments_are_seconds_of_the_run(guest, tell):
    began = guest.door.clock._began_at
    event = tell("received", place=QUEUE, counts={"m-1": 2}, visible_at=began + 30, actor="sqs")
    assert dict(event.data) == {"counts": {"m-1": 2}, "visible_at": 30.0}
    assert event.messages == ("m-1",)


def test_places_go_by_their_names(tell):
    words = {"messages": ["m-1"], "to": DEAD, "ids": ["m-2"], "reason": "r", "target": QUEUE}
    event = tell("dead-lettered", place=TOPIC, **words)
    assert (event.subject, event.data["to"], event.data["target"]) == ("Orders", "Dead", "Work")
    event = tell("filtered", source=TOPIC, target="mailto:a@b", messages=["m-1"])
    assert event.subject == "Orders → mailto:a@b"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"kind": "eaten"}, "kind: expected one of accepted, deduplicated,"),
        ({"kind": "kept", "place": QUEUE}, "message: expected a string, got nothing"),
        ({"kind": "kept", "place": "", "message": "m"}, "place: expected an ARN or an address"),
        ({"kind": "kept", "place": QUEUE, "message": "m", "why": "x"}, "why: unknown; expected kind, cause,"),
        (
            {"kind": "received", "place": QUEUE, "counts": {"m": "1"}, "visible_at": 1},
            "counts: expected an object of whole numbers",
        ),
        (
            {"kind": "received", "place": QUEUE, "counts": {"m": 1}, "visible_at": "soon"},
            "visible_at: expected seconds since 1970",
        ),
        ({"kind": "purged", "place": QUEUE, "reason": "r"}, "messages: expected a list of strings"),
        ({"kind": "kept", "place": QUEUE, "message": "m", "cause": 99}, "cause: expected the number of an"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence_and_makes_the_run_unknown(guest, words, sentence):
    status, answer = post(guest.door, "event", words)
    assert status == 400
    assert answer["message"].startswith(f"event: {sentence}")
    assert guest.door.gateway.untold == [answer["message"]]
    assert len(guest.door.recorder) == 0


def test_a_name_that_the_cloud_made_up_goes_by_what_it_stands_for(doors, fakes):
    name = str(uuid4())
    made = json.dumps({"UUID": name, "FunctionArn": f"{FUNCTION}:live"}).encode()
    door = doors(fakes(answering(made, 202)).url)
    functions = door.client("lambda")
    functions.create_event_source_mapping(FunctionName="F", EventSourceArn=QUEUE)
    functions.update_event_source_mapping(UUID=name, Enabled=False)
    assert [call.data["resource"] for call in door.of("call")] == ["F", "F"]


def test_a_message_for_a_service_that_the_guest_tells_nothing_of_has_left(doors, fakes):
    url = fakes(answering(b'{"FailedEntryCount": 0, "Entries": [{"EventId": "e-1"}]}')).url
    entries = [{"Source": "s", "DetailType": "d", "Detail": "{}", "EventBusName": "bus"}]
    door = doors(url, guest_url=url, told_of=("sqs",))
    door.client("events").put_events(Entries=entries)
    [left] = door.of("left")
    assert (left.subject, left.actor, left.cause) == ("bus", "test", 0)
    assert left.data["why"] == "the emulator doesn't tell what becomes of what events is given"
    unguested = doors(url)
    unguested.client("events").put_events(Entries=entries)
    assert not unguested.of("left")


def test_queues_go_by_their_logical_id_whatever_host_stands_in_their_url(door):
    sqs = door.client("sqs")
    name = f"q-{uuid4()}"
    sqs.create_queue(QueueName=name)
    door.names.add("Work", name, service="sqs")
    sqs.send_message(QueueUrl=f"http://another.host:4566/{ACCOUNT}/{name}", MessageBody="x")
    assert door.of("call")[-1].data["resource"] == "Work"


def test_calls_of_many_threads_are_recorded_once_each_in_one_order(door):
    sqs = door.client("sqs", config=Config(max_pool_connections=8))
    url = sqs.create_queue(QueueName=f"q-{uuid4()}")["QueueUrl"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: sqs.send_message(QueueUrl=url, MessageBody=str(n)), range(40)))
    history = door.history()
    assert [event.seq for event in history] == list(range(len(history)))
    assert len(history.of("call")) == len(history.of("answer")) == 41
    assert [event.at for event in history] == sorted(event.at for event in history)
