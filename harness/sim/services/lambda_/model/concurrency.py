"""The number of runs of each function that may go on at once.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

ACCOUNT_LIMIT = 1000
UNRESERVED_MIN = 100
"""The concurrency that functions without a reservation always keep."""

RESERVED_EXHAUSTED = "ReservedFunctionConcurrentInvocationLimitExceeded"
ACCOUNT_EXHAUSTED = "ConcurrentInvocationLimitExceeded"


class Concurrency:
    """The accounts of one region. A reservation is a guarantee and a limit; 0 stops a function.

    Provisioned concurrency belongs to a version and is used first. What it has is taken from the function's
    reservation, or from what the functions without one share.

    >>> concurrency = Concurrency()
    >>> concurrency.reserve("f", 1)
    >>> concurrency.begin("f"), concurrency.begin("f")
    (None, 'ReservedFunctionConcurrentInvocationLimitExceeded')
    """

    def __init__(self) -> None:
        self._reserved: dict[str, int] = {}
        self._provisioned: dict[str, dict[str, int]] = {}
        self._running: dict[str, Counter[str]] = {}
        self._shared = 0

    @property
    def unreserved(self) -> int:
        """The concurrency that functions without a reservation share."""
        provisioned = sum(self.provisioned(each) for each in self._provisioned if each not in self._reserved)
        return ACCOUNT_LIMIT - sum(self._reserved.values()) - provisioned

    def reserved(self, function: str) -> int | None:
        """A function's reservation."""
        return self._reserved.get(function)

    def provisioned(self, function: str) -> int:
        """The provisioned concurrency of all versions of a function."""
        return sum(self._provisioned.get(function, {}).values())

    def running(self, function: str) -> int:
        """Runs of a function that go on now."""
        return sum(self._running.get(function, {}).values())

    def can_reserve(self, function: str, amount: int) -> bool:
        """Is enough left for the functions without a reservation?"""
        return self.unreserved + self._reserved.get(function, 0) - amount >= UNRESERVED_MIN

    def reserve(self, function: str, amount: int | None) -> None:
        """Set a reservation; None takes it back. Runs that go on keep going."""
        if amount is None:
            self._reserved.pop(function, None)
        else:
            self._reserved[function] = amount
        self._count_shared()

    def provision(self, function: str, amounts: dict[str, int]) -> None:
        """Set the provisioned concurrency of each version of a function."""
        self._provisioned[function] = amounts
        self._count_shared()

    def has_provisioned(self, function: str, version: str) -> bool:
        """Would a run of this version find provisioned concurrency that nobody uses?"""
        amount = self._provisioned.get(function, {}).get(version, 0)
        return bool(amount) and self._running.get(function, Counter())[version] < amount

    def begin(self, function: str, version: str = "") -> str | None:
        """A run begins, or doesn't: then why, in the words of TooManyRequestsException."""
        if not self.has_provisioned(function, version):
            limit = self._reserved.get(function)
            if limit is None:
                if self._shared >= self.unreserved:
                    return ACCOUNT_EXHAUSTED
                self._shared += 1
            elif self._on_demand(function) >= limit - self.provisioned(function):
                return RESERVED_EXHAUSTED
        self._running.setdefault(function, Counter())[version] += 1
        return None

    def end(self, function: str, version: str = "") -> None:
        """A run is over."""
        running = self._running[function]
        if function not in self._reserved and not self._fits(function, version):
            self._shared -= 1
        running[version] -= 1

    def _fits(self, function: str, version: str) -> bool:
        amount = self._provisioned.get(function, {}).get(version, 0)
        return self._running[function][version] <= amount

    def _on_demand(self, function: str) -> int:
        """Runs that don't use provisioned concurrency."""
        amounts = self._provisioned.get(function, {})
        running: Mapping[str, int] = self._running.get(function, {})
        return sum(max(count - amounts.get(version, 0), 0) for version, count in running.items())

    def _count_shared(self) -> None:
        self._shared = sum(self._on_demand(each) for each in self._running if each not in self._reserved)
