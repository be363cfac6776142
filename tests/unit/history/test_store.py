"""Histories on disk: what was written is what is read, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.aws import Does
from harness.history import KINDS, Event, History, HistoryError, Recorder

NAMES = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def histories(draw):
    events = []
    for seq in range(draw(st.integers(0, 6))):
        cause = draw(st.none() | st.integers(0, seq - 1)) if seq else None
        events.append(
            Event(
                seq,
                draw(st.floats(0, 1e6, allow_nan=False)),
                draw(st.sampled_from(KINDS)),
                cause,
                draw(NAMES),
                draw(NAMES),
                tuple(draw(st.lists(NAMES, max_size=3))),
                draw(st.dictionaries(NAMES, JSON, max_size=3)),
            )
        )
    return History(events, {"seed": draw(st.integers(0, 99))})


@given(histories())
def test_what_was_written_is_read_back(history):
    again = History.from_json(history.to_json())
    assert list(again) == list(history)
    assert again.header == history.header
    assert again.hash() == history.hash()


@given(st.text())
def test_any_other_text_is_refused_with_the_line_at_fault(text):
    with pytest.raises(HistoryError, match=r"^line \d+: "):
        History.from_json(text)


@given(histories(), st.data())
def test_a_history_with_a_line_missing_is_refused(history, data):
    lines = history.to_json().removesuffix("\n").split("\n")
    if len(lines) < 3:
        return
    del lines[data.draw(st.integers(1, len(lines) - 2))]
    with pytest.raises(HistoryError, match="out of order or lines are missing"):
        History.from_json("\n".join(lines))


def test_another_format_is_refused():
    with pytest.raises(HistoryError, match="reads format 2 only"):
        History.from_json('{"format": 1}\n')


def test_causes_lead_back_to_the_beginning():
    recorder = Recorder(lambda: 0.0)
    call = recorder.call("sns:Publish", Does.SENDS, "Orders", region="us-east-1")
    with recorder.caused_by(call, actor="sns"):
        hop = recorder.hop("Orders", "Work", ("m-1",))
        with recorder.caused_by(hop):
            arrived = recorder.arrived(hop, ("q-1",))
    after = recorder.call("sqs:SendMessage", Does.SENDS, "Work", region="us-east-1")
    history = recorder.history()
    assert [event.seq for event in history.causes(arrived)] == [hop.seq, call.seq]
    assert (hop.actor, after.actor, after.cause) == ("sns", "test", None)
