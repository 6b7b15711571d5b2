"""What is let in: in overload, what comes is refused before memory grows, and told when to come again."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from driftline.collector.byte_budget import ByteAccount, ByteBudget
from driftline.collector.places import Places, host_of
from driftline.collector.refusals import Refusals
from driftline.errors import UnavailableError
from driftline.exporters import names

BYTES_AGAIN_SECONDS = 0.3
"""When to come again on average while too many bytes are in flight: about what it takes to count them."""

PLACES_AGAIN_SECONDS = 1.0
"""When to come again on average while there is no place."""


class OverloadedError(UnavailableError):
    """The collector has its hands full; ``retry_after_seconds`` is set."""


class Admission(Collector):
    """
    Bounds on what is in flight at all doors together.

    Parameters
    ----------
    max_inflight_bytes
        Most bytes of requests that have arrived and are not answered.
    max_streams, max_streams_per_peer
        Most streams at a time, and most from one machine.
    refusals
        Counts who was refused.
    """

    def __init__(
        self, max_inflight_bytes: int, max_streams: int, max_streams_per_peer: int, refusals: Refusals
    ) -> None:
        self._bytes = ByteBudget(max_inflight_bytes)
        self._streams = Places(max_streams, max_streams_per_peer)
        self._refusals = refusals

    @property
    def inflight_bytes(self) -> int:
        """Bytes of requests that have arrived and are not answered."""
        return self._bytes.used

    @property
    def open_streams(self) -> int:
        """Streams that have a place."""
        return self._streams.taken

    @contextmanager
    def stream(self, peer: str) -> Iterator[ByteAccount]:
        """
        A place for a stream, and the account of its bytes.

        Raises
        ------
        OverloadedError
            If there is no place, or too much is in flight already.
        """
        self.check()
        with self.place(self._streams, host_of(peer), "streams"), self._bytes.open() as account:
            yield account

    @contextmanager
    def place(self, places: Places, peer: str, what: str) -> Iterator[None]:
        """A place for a call; OverloadedError if there is none."""
        limit = places.take(peer)
        if limit is not None:
            whose = "" if limit == places.limit else " from one peer"
            message = f"at most {limit} {what}{whose} are taken at a time"
            raise self._refusal(message, PLACES_AGAIN_SECONDS)
        try:
            yield
        finally:
            places.give_back(peer)

    def account(self) -> ByteAccount:
        """The account of a single request; close it with the call."""
        return self._bytes.open()

    def take(self, account: ByteAccount, size: int) -> None:
        """Take the bytes of a request that has arrived; OverloadedError if too many are in flight."""
        if not account.take(size):
            if account.is_closed:
                raise OverloadedError("the call is over", PLACES_AGAIN_SECONDS)
            raise self._refusal(
                f"{self._bytes.used} bytes of requests are in flight, at most {self._bytes.limit} may be, "
                f"and {size} more have come",
                BYTES_AGAIN_SECONDS,
            )

    def check(self) -> None:
        """Raise OverloadedError if nobody new should be asked for a request."""
        if self._bytes.is_shut:
            raise self._refusal(
                f"{self._bytes.used} bytes of requests are in flight, of {self._bytes.limit} that may be",
                BYTES_AGAIN_SECONDS,
            )

    def _refusal(self, why: str, seconds: float) -> OverloadedError:
        """Spread over time, so that not all come back at once."""
        error = OverloadedError(
            f"overloaded: {why}; send what is not acknowledged again",
            seconds * random.uniform(0.5, 1.5),
        )
        self._refusals.count(error)
        return error

    def describe(self) -> Iterable[Family]:
        """Nothing: see :meth:`collect`."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield what is in flight."""
        for metric, value in (
            (names.INFLIGHT_BYTES, self.inflight_bytes),
            (names.OPEN_STREAMS, self.open_streams),
        ):
            yield GaugeMetricFamily(metric.name, metric.help, value)
