"""Lambda's retries of asynchronous events.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

FUNCTION_ERROR_DELAYS_SECONDS = (60.0, 120.0)
"""Between the attempts after an error of the function: one minute, then two."""
SYSTEM_ERROR_DELAY_SECONDS_MIN = 1.0
SYSTEM_ERROR_DELAY_SECONDS_MAX = 300.0
"""After a throttle or an error of Lambda itself: from one second up to five minutes."""
EVENT_AGE_SECONDS_MAX = 21_600
RETRY_ATTEMPTS_MAX = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """The configuration of a function for asynchronous invocation."""

    retry_attempts_max: int = RETRY_ATTEMPTS_MAX
    event_age_seconds_max: int = EVENT_AGE_SECONDS_MAX


@dataclass(frozen=True, slots=True)
class Tries:
    """The attempts at an event so far: runs that ended in an error, and tries that never ran."""

    function_errors: int = 0
    system_errors: int = 0

    @property
    def made(self) -> int:
        """Attempts in all."""
        return self.function_errors + self.system_errors

    def after(self, *, ran: bool) -> Tries:
        """With one attempt more. `ran`: the function was reached."""
        if ran:
            return replace(self, function_errors=self.function_errors + 1)
        return replace(self, system_errors=self.system_errors + 1)


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The event goes back to the queue for so long."""

    after_seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """The event goes where failed events go. `condition` is a destination record's word for why."""

    condition: str


def next_step(
    limits: Limits,
    tries: Tries,
    age_seconds: float,
    *,
    ran: bool,
    retryable: bool = True,
    stopped: bool = False,
) -> TryAgain | Failed:
    """The step after a failed attempt, which `tries` counts.

    `ran`: the function was reached. If it wasn't: `retryable`, trying again could help; `stopped`, it was
    throttled because its reserved concurrency is zero.
    """
    if not ran and not retryable:
        return Failed("RetriesExhausted")
    if not ran and stopped:
        return Failed("ZeroReservedConcurrency")
    if ran:
        if tries.function_errors > limits.retry_attempts_max:
            return Failed("RetriesExhausted")
        delays = FUNCTION_ERROR_DELAYS_SECONDS
        delay = delays[min(tries.function_errors, len(delays)) - 1]
    else:
        doubled = SYSTEM_ERROR_DELAY_SECONDS_MIN * 2.0 ** min(tries.system_errors - 1, 30)
        delay = min(doubled, SYSTEM_ERROR_DELAY_SECONDS_MAX)
    if age_seconds + delay > limits.event_age_seconds_max:
        return Failed("EventAgeExceeded")
    return TryAgain(delay)
