"""The failures of a run, each in a line that says why as far as anybody told it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.history.event import Event
from harness.history.store import History
from harness.near import counted

LINE_MAX = 100
_FRAME = re.compile(r'File "/var/task/([^"]+)", line (\d+), in [^\n]*\n\s*(\S[^\n]*)')
_OF_LAMBDA = ("INIT_", "START ", "END ", "REPORT ")


def failed_invocations(history: History) -> Iterator[tuple[Event, str]]:
    """The ends of invocations that failed, each with the error and the line of the function's code."""
    for event in history.of("invocation-ended"):
        if event.data["outcome"] not in ("ok", "pending"):
            yield event, _failed(history, event)


def failures(history: History) -> list[Event]:
    """The ends of invocations that failed or reported messages as failed, and the events by which messages
    became dead letters or were dropped."""
    return [
        event for event in history.of("invocation-ended", "dead-lettered", "dropped") if _is_failure(event)
    ]


def told(history: History, failure: Event) -> str:
    """One of them in a line."""
    if failure.kind == "dead-lettered":
        return f"{failure.subject} → {failure.data['to']}: {failure.data['reason']}"
    if failure.kind == "dropped":
        return f"{failure.subject} dropped a message: {failure.data['reason']}"
    if failure.data["outcome"] != "ok":
        return " ".join(_failed(history, failure).split())
    said = last_words(history.logs.get(failure.seq, ""))
    reported = f"{failure.subject} reported {counted(len(failure.data['failed']), 'message')} as failed"
    return f"{reported}: {said}" if said else reported


def _is_failure(event: Event) -> bool:
    if event.kind != "invocation-ended":
        return True
    return event.data["outcome"] not in ("ok", "pending") or bool(event.data.get("failed"))


def _failed(history: History, ended: Event) -> str:
    error = ended.data["error"] or ended.data["outcome"]
    return f"{ended.subject}: {error}{_place(history.logs.get(ended.seq, ''))}"


def failed_execution(history: History) -> str:
    """The error of an execution that failed without a Fail state, which somebody would have thought of."""
    ended = {event.seq for event in history.of("execution-ended")}
    for event in history.of("dead-lettered", "dropped"):
        if event.cause in ended:
            return f"{event.subject}: {event.data['reason']}"
    return ""


def dead_letter(history: History) -> str:
    """Where the first dead letter is, why, and the last words of the function that reported it as failed."""
    for event in history.of("dead-lettered"):
        told = f"it ended in {event.data['to']}: {event.data['reason']}"
        for end in reversed(history.of("invocation-ended")):
            if {*event.messages} & {*(end.data.get("failed") or ())}:
                said = last_words(history.logs.get(end.seq, ""))
                return f"{told}; {end.subject} reported it as failed" + (f": {said}" if said else "")
        return told
    return ""


def _place(log: str) -> str:
    """The innermost line of the function's own code in the traceback of its log."""
    frames = _FRAME.findall(log)
    if not frames:
        return ""
    file, line, code = frames[-1]
    return f" ({file}:{line}: {_cut(code)})"


def said_in(log: str) -> list[str]:
    """The lines of a function's log without those that Lambda writes."""
    return [line for line in log.strip().splitlines() if not line.startswith(_OF_LAMBDA)]


def last_words(log: str) -> str:
    """The last line that a function itself has logged; "" if there is none."""
    said = [line.strip() for line in said_in(log) if line.strip()]
    return _cut(said[-1]) if said else ""


def _cut(line: str) -> str:
    return line if len(line) <= LINE_MAX else f"{line[: LINE_MAX - 1]}…"
