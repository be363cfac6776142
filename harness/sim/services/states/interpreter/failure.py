"""The ways in which states and executions end early."""

from __future__ import annotations

from harness.sim.activities import Killed


class StateFailed(Exception):
    """A state failed. `error` and `cause` are None where nobody told them.

    `aborts`: the state was at work when it failed, so within a branch it is told of as aborted. `known_as`:
    the error that retriers and catchers look for, where it is more exact than `error`. `meant`: a Fail state
    told it.
    """

    def __init__(
        self,
        error: str | None,
        cause: str | None = None,
        *,
        aborts: bool = True,
        meant: bool = False,
        known_as: str = "",
    ) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause
        self.aborts = aborts
        self.meant = meant
        self.known_as = known_as or error or ""

    @property
    def output(self) -> dict[str, str | None]:
        """What a catcher gets."""
        return {"Error": self.error, "Cause": self.cause}


class Stopped(Killed):
    """The execution was ended from outside, or a branch because another one failed."""
