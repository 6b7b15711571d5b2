"""How much each principal may send: debt that is paid off by waiting."""

import threading
import time
from collections.abc import Callable

BURST_SECONDS = 1.0
"""What has not been sent for so long may be sent at once."""

LONGEST_DELAY_SECONDS = 2.0
"""A stream that has to wait longer is ended, so that it does not hold a thread of the server."""


class _Bucket:
    """
    An allowance that grows at a rate up to a burst.

    It may be overdrawn, since what a request holds is known only once it is taken: nothing is too large for a bucket,
    and in the long run the rate holds.
    """

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._most = rate * BURST_SECONDS
        self._level = self._most
        self._seen = now

    def charge(self, amount: float, now: float) -> None:
        self._fill(now)
        self._level -= amount

    def debt_seconds(self, now: float) -> float:
        self._fill(now)
        return max(0.0, -self._level / self._rate)

    def _fill(self, now: float) -> None:
        self._level = min(self._most, self._level + (now - self._seen) * self._rate)
        self._seen = now


class Quota:
    """
    What one principal may send through all of its streams together.

    Parameters
    ----------
    records_per_second, bytes_per_second
        Rates; ``None``: without a bound.
    clock
        Seconds that never go back.
    """

    def __init__(
        self,
        records_per_second: float | None = None,
        bytes_per_second: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        now = clock()
        self._records = _Bucket(records_per_second, now) if records_per_second is not None else None
        self._bytes = _Bucket(bytes_per_second, now) if bytes_per_second is not None else None

    @property
    def counts_records(self) -> bool:
        """Whether it matters how many records there are."""
        return self._records is not None

    def charge(self, *, records: int = 0, size: int = 0) -> None:
        """Note what was sent: records, and bytes."""
        with self._lock:
            if self._records is not None and records:
                self._records.charge(records, self._clock())
            if self._bytes is not None and size:
                self._bytes.charge(size, self._clock())

    def debt_seconds(self) -> float:
        """How long to send nothing; zero if something may be sent now."""
        with self._lock:
            buckets = [bucket for bucket in (self._records, self._bytes) if bucket is not None]
            return max((bucket.debt_seconds(self._clock()) for bucket in buckets), default=0.0)
