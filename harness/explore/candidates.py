"""The faults that a campaign tries at a fault point: those that each kind says can land there."""

from __future__ import annotations

from harness import faults as faults  # all kinds register themselves
from harness.faults.points import Candidate, HopPoint, Point, RoutePoint
from harness.plan import kinds


def candidates_of(point: Point) -> list[Candidate]:
    """The faults that can land at this point, by kind in alphabetical order.

    Faults that come to the same thing at a point are tried once: a crash after the last call is a crash after
    the work.
    """
    found = (candidate for _, kind in sorted(kinds().items()) for candidate in kind.candidates(point))
    if not isinstance(point, HopPoint | RoutePoint):
        return list(found)
    return [candidate for candidate in found if not candidate.fault.why_not(point.ends)]
