"""A visibility timeout that the work can outlast."""

from __future__ import annotations

from collections.abc import Iterator

from harness.lint.rule import Problem, Rule
from harness.lint.wiring import Poll, Wiring, seconds

FACTOR = 6
DEFAULT_VISIBILITY, DEFAULT_TIMEOUT = 30.0, 3.0


def visibility_too_short(app: Wiring) -> Iterator[Problem]:
    """A queue's visibility timeout is shorter than six times the timeout of the function that it feeds.

    Lambda tries again for a while when the function is throttled, and a batch may wait for its window. A
    message that becomes visible meanwhile is processed twice, and its extra receive counts towards the
    dead-letter queue. Set VisibilityTimeout to 6 × Timeout + MaximumBatchingWindowInSeconds or more, or
    shorten the function's timeout.
    """
    for poll in app.polls():
        visibility = poll.queue.number("VisibilityTimeout", default=DEFAULT_VISIBILITY)
        timeout = poll.function.number("Timeout", default=DEFAULT_TIMEOUT)
        window = poll.mapping.number("MaximumBatchingWindowInSeconds", default=0)
        if visibility is None or timeout is None or window is None:
            continue
        needed = FACTOR * timeout + window
        if visibility < needed:
            what = (
                f"{_told(poll, visibility)} is less than 6 × {poll.function}'s timeout of {seconds(timeout)}"
            )
            what += f" + {seconds(window)} of batching window" if window else ""
            what += ", so Lambda refuses the mapping" if visibility < timeout else ""
            yield Problem(poll.queue, what, f"set it to {needed:g} or more", ("VisibilityTimeout",))


def _told(poll: Poll, visibility: float) -> str:
    default = poll.queue.at("VisibilityTimeout") is None
    return (
        f"the default VisibilityTimeout of {seconds(visibility)}"
        if default
        else (f"VisibilityTimeout of {seconds(visibility)}")
    )


RULE = Rule(
    "visibility-too-short",
    "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    visibility_too_short,
)
