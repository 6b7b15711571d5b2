"""How often, and how long apart, things are sent again."""

import threading

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.nap import sleep_using_event
from tenacity.stop import stop_base, stop_never, stop_when_event_set
from tenacity.wait import wait_base, wait_exponential, wait_random

from driftline.delivery.errors import DestinationUnavailableError

LONGEST_WAIT_SECONDS = 60.0


class _AsTold(wait_base):
    """Exponentially longer, with jitter, and not before the time that the destination has said."""

    def __init__(self, longest_seconds: float) -> None:
        self._longest = longest_seconds
        self._backoff = wait_exponential(multiplier=0.5, max=longest_seconds) + wait_random(
            0, min(0.5, longest_seconds)
        )

    def __call__(self, retry_state: RetryCallState) -> float:
        wait = self._backoff(retry_state)
        error = retry_state.outcome.exception() if retry_state.outcome else None
        told = error.retry_after_seconds if isinstance(error, DestinationUnavailableError) else None
        return max(wait, min(told or 0.0, 10 * self._longest))


def retrying(
    stopped: threading.Event,
    stop: stop_base = stop_never,
    longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
) -> Retrying:
    """
    Attempts until one succeeds or fails for good; use as ``for attempt in retrying(...): with attempt: ...``.

    Parameters
    ----------
    stopped
        Ends the waiting, and raises what the last attempt raised.
    stop
        When to give up besides.
    longest_wait_seconds
        Most seconds between two attempts, but for what a destination asks for: ten times that at most.

    Raises
    ------
    DestinationUnavailableError
        Of the last attempt.
    """
    return Retrying(
        retry=retry_if_exception_type(DestinationUnavailableError),
        wait=_AsTold(longest_wait_seconds),
        stop=stop_when_event_set(stopped) | stop,
        sleep=sleep_using_event(stopped),
        reraise=True,
    )
