"""The user's part of an error and of failed functions' logs, as reports show them."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from itertools import pairwise
from types import TracebackType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.history import Event, History

LOGS_SHOWN = 3
LINES_MAX = 30
FAILED = "failed"
TRACEBACK = "Traceback (most recent call last)"
_OF_ARGUMENTS = (AttributeError, LookupError, TypeError, ValueError)
"""Errors of Python's own that tell a caller of a wrong argument or name."""
_MACHINERY = frozenset(("_pytest", "contextlib", "pluggy", "pytest_asyncio"))


def show_callers_only(call: pytest.CallInfo[None], config: pytest.Config) -> bool:
    """Of an error that harness tells on purpose, leave the frames that aren't harness's own; of one that AWS
    answers to a handle, those before it.

    False if nothing is left to show but the message: then none of the user's code was at work. What goes
    wrong inside, and everything under `--full-trace`, stays whole.
    """
    if call.excinfo is None or config.getoption("fulltrace", False):
        return True
    error = call.excinfo.value
    traces = list(_traces(error.__traceback__))
    if _is_told(error):
        kept = [trace for trace in traces if not _is_inside(trace)]
    elif _is_aws(error) and (entered := _entered(traces)):
        kept = traces[:entered]
    else:
        return True
    if all(_is_machinery(trace) for trace in kept):
        return False
    shown: TracebackType | None = None
    for trace in reversed(kept):
        shown = TracebackType(shown, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
    assert shown is not None
    if error.__cause__ is not None:  # what it was told from
        error.__cause__, error.__suppress_context__ = None, True
    call.excinfo = pytest.ExceptionInfo.from_exc_info((type(error), error, shown))
    return True


def failed_functions(history: History) -> str:
    """The logs of invocations that failed, reported messages as failed or logged a traceback though no fault
    hit them, one for each function and error; those that failed come first."""
    hit = {cause.seq for fault in history.of("fault") for cause in (fault, *history.causes(fault))}
    first: dict[tuple[str, str, str], list[Event]] = {}
    for event in history.of("invocation-ended"):
        trouble = None if event.cause in hit else _trouble(event, history.logs.get(event.seq, ""))
        if trouble is not None:
            first.setdefault((event.subject, *trouble), []).append(event)
    troubles = sorted(first.items(), key=lambda item: item[0][1] != FAILED)
    parts = []
    for (function, how, _), events in troubles[:LOGS_SHOWN]:
        times = f", {len(events)} times like this" if len(events) > 1 else ""
        parts.append(
            f"{function} {how} at +{events[0].at:.3f}s{times}:\n{_log(history.logs.get(events[0].seq, ''))}"
        )
    if len(first) > LOGS_SHOWN:
        parts.append(f"… and {len(first) - LOGS_SHOWN} more")
    return "\n\n".join(parts)


def _trouble(event: Event, log: str) -> tuple[str, str] | None:
    """How an invocation ended badly, and its error; None if it didn't, as far as anybody can tell."""
    if event.data.get("outcome") not in ("ok", "pending", "throttled"):
        return FAILED, str(event.data.get("error"))
    from harness.history.failures import last_words

    if event.data.get("failed") and (said := last_words(log)):
        return "reported messages as failed", said
    return ("logged an error", last_words(log)) if TRACEBACK in log else None


def unnoticed(history: History) -> list[str]:
    """Problems in a run without faults that nobody in the app notices; each kind once."""
    from harness.aws.rules import recursion  # late: the plugin is loaded in every test run
    from harness.history.unanswered import unanswered

    found = unanswered(history)
    unread = [event for event in history.of("invocation-ended") if event.data.get("unread")]
    if unread:
        found.append(
            f"{unread[0].subject} reports messages as failed, and its mapping doesn't read that: they are "
            "deleted. Set FunctionResponseTypes: [ReportBatchItemFailures]"
        )
    hit = {fault.cause for fault in history.of("fault")}
    for_good = [
        event for event in history.of("hop-failed") if event.cause not in hit and not event.data["retried"]
    ]
    shut_out = [event for event in for_good if event.data["error"] in _SHUT_OUT]
    if shut_out:
        found.append(f"{shut_out[0].subject} fails for good, each time: {shut_out[0].data['message']}")
    stopped = [event for event in for_good if event.data["error"] == recursion.EXCEPTION]
    if stopped:
        found.append(f"{stopped[0].data['message']}. If the loop is meant, set RecursiveLoop: Allow")
    idle = [event for event in history.of("expectation") if event.data.get("idle")]
    if idle:
        found.append(f"{idle[0].subject} had nothing to check: {idle[0].data['idle']}")
    return found


_SHUT_OUT = frozenset(
    ("AccessDenied", "AccessDeniedException", "KMSAccessDeniedException", "KmsAccessDenied")
)


def _is_told(error: BaseException) -> bool:
    """Is it an error of harness's own, or one that a `raise` of harness makes?"""
    if type(error).__module__.partition(".")[0] == "harness":
        return True
    *_, last = (None, *_traces(error.__traceback__))
    if last is None or not _is_inside(last) or not isinstance(error, _OF_ARGUMENTS):
        return False
    line = linecache.getline(last.tb_frame.f_code.co_filename, last.tb_lineno)
    return line.lstrip().startswith("raise ")


def _is_aws(error: BaseException) -> bool:
    """Is it the SDK's: a refusal of AWS's, or parameters that make no sense?"""
    return type(error).__module__.partition(".")[0] == "botocore"


def _entered(traces: list[TracebackType]) -> int:
    """The number of frames up to where the user's code called harness; 0 if it didn't."""
    for number, (caller, called) in enumerate(pairwise(traces), 1):
        if _is_inside(called) and not _is_inside(caller) and not _is_machinery(caller):
            return number
    return 0


def _traces(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _is_inside(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0] == "harness"


def _is_machinery(trace: TracebackType) -> bool:
    """Does it only lead from pytest to what was called?"""
    return str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0] in _MACHINERY


def _log(text: str) -> str:
    from harness.history.failures import said_in

    kept = said_in(text)
    left_out = [f"… {len(kept) - LINES_MAX} more lines …"] if len(kept) > LINES_MAX else []
    shown = [*left_out, *kept[-LINES_MAX:]]
    return "\n".join(f"  {line[:200]}" for line in shown)
