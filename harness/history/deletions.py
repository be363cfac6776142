"""The end of messages that a function deleted itself, and then failed: lost, or does nobody know?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.aws.rules.envelopes import contents
from harness.history.copies import Accepted, Copy, Fate, FunctionRun, Key

_OPEN = frozenset(("hung", "running"))
_FAILED = frozenset(("error", "timeout", "crash", "oom", "init-error"))


def judge_own_deletions(
    invocations: Mapping[int, FunctionRun],
    accepted: Mapping[Key, Accepted],
    sent_by: Mapping[int, Sequence[Accepted]],
) -> None:
    """A function that deletes a message itself and then fails.

    Lost if it had done nothing since it held the message; if it had, it may or may not have been done
    with it. As long as it runs, or when it hung, nobody knows. One that it sent again, to the same place and
    as it was, has gone on as a new message.
    """
    for invocation in invocations.values():
        name, sent = invocation.event.subject, [*sent_by.get(invocation.event.seq, ())]
        for copy, had_worked in invocation.deleted.items():
            failed = invocation.outcome in _FAILED or copy.id in invocation.failed
            open_ones = [seq for seq in copy.tried if invocations[seq].outcome in _OPEN]
            if copy.handled or not (failed or invocation.outcome in _OPEN):
                continue
            if _sent_again(copy, accepted, sent):
                copy.why = f"deleted by {name} itself, which sent it again"
            elif failed and not had_worked and not open_ones:
                ended_at = copy.ended_at or invocation.event.at
                copy.end(Fate.LOST, ended_at, f"deleted by {name} before it was handled")
                copy.applied_at = None
            else:
                how = "failed" if failed and not open_ones else "hung or was still running"
                copy.doubt = f"{name} deleted it itself, then {how}: had it been handled?"


def _sent_again(copy: Copy, accepted: Mapping[Key, Accepted], sent: list[Accepted]) -> bool:
    """Has it gone on as another message? Each of `sent` stands for one, and is taken out."""
    message = accepted.get(copy.origin)
    if message is None:
        return False
    for new in sent:
        if new.key[0] == copy.place and _said(new.body) == _said(message.body):
            sent.remove(new)
            return True
    return False


def _said(body: object) -> object:
    return list(contents(body)) or body
