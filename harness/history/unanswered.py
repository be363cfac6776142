"""Requests to third parties that nobody answered: an app that gets no answer shows little."""

from __future__ import annotations

from harness.history.store import History


def asked_in_vain(history: History) -> list[tuple[str, str]]:
    """The functions and the hosts that they asked, each once."""
    ended = history.of("invocation-ended")
    return list(
        dict.fromkeys((end.subject, host) for end in ended for host in end.data.get("unanswered", ()))
    )


def unanswered(history: History) -> list[str]:
    """Each of them in a sentence that says how to answer."""
    return [
        f"{function} asked {host} and got an error, as no byte leaves: "
        f'app.stub_http("{host}", …) answers in its place'
        for function, host in asked_in_vain(history)
    ]
