"""How much is too much: token buckets, one a client or one an address, on a clock that is given."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

Clock = Callable[[], float]
"""Monotonic seconds."""

MAX_ADDRESSES: Final = 4_096
"""Addresses remembered at a time; the one heard of longest ago is forgotten first."""


class TokenBucket:
    """Lets ``rate_per_s`` through on average and ``burst`` at once."""

    def __init__(self, rate_per_s: float, burst: float, clock: Clock) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._at_s = clock()

    def take(self, amount: float = 1.0) -> float:
        """Takes ``amount`` and returns 0.0, or takes nothing and returns in how many seconds it could."""
        wait_s = self.wait_s(amount)
        if not wait_s:
            self._tokens -= amount
        return wait_s

    def wait_s(self, amount: float) -> float:
        """In how many seconds ``amount`` could be taken; 0.0 for now."""
        now_s = self._clock()
        self._tokens = min(self._burst, self._tokens + max(0.0, now_s - self._at_s) * self._rate_per_s)
        self._at_s = now_s
        return max(0.0, amount - self._tokens) / self._rate_per_s


class AddressBuckets:
    """A bucket of the same size for each address, for a bounded number of addresses."""

    def __init__(self, rate_per_s: float, burst: float, clock: Clock) -> None:
        self._make: Callable[[], TokenBucket] = lambda: TokenBucket(rate_per_s, burst, clock)
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def take(self, address: str, amount: float = 1.0) -> float:
        """As ``TokenBucket.take`` for ``address``."""
        return self._bucket(address).take(amount)

    def wait_s(self, address: str, amount: float) -> float:
        """As ``TokenBucket.wait_s`` for ``address``."""
        return self._bucket(address).wait_s(amount)

    def _bucket(self, address: str) -> TokenBucket:
        bucket = self._buckets.pop(address, None) or self._make()
        self._buckets[address] = bucket
        while len(self._buckets) > MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        return bucket


class Counter:
    """How many of something each address has now."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def __getitem__(self, address: str) -> int:
        return self._counts.get(address, 0)

    def add(self, address: str) -> None:
        """One more."""
        self._counts[address] = self[address] + 1

    def remove(self, address: str) -> None:
        """One fewer."""
        left = self[address] - 1
        if left > 0:
            self._counts[address] = left
        else:
            self._counts.pop(address, None)
