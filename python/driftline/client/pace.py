"""How many batches may be on their way at a time: fewer when the collector has its hands full, then more and more."""

import threading

from driftline.client.store import MAX_BATCHES


class Pace:
    """
    A bound on unanswered batches, held across the streams of one client.

    The collector says with each answer how many are this stream's part. A refusal for now halves what is sent, and
    each round trip after that adds one: what is sent beyond only waits in line, and takes memory and time from all.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bound = float(MAX_BATCHES)
        self._part = MAX_BATCHES
        self._unanswered = 0

    @property
    def limit(self) -> int:
        """Most batches that should be unanswered, 1 to 64."""
        return min(int(self._bound), self._part)

    def sent(self, unanswered: int) -> None:
        """A batch is sent, and so many are unanswered now."""
        self._unanswered = unanswered

    def answered(self, batches: int, most_unanswered: int) -> None:
        """
        An answer has come.

        Parameters
        ----------
        batches
            How many it was for.
        most_unanswered
            What the collector asks to keep to; zero if it says nothing.
        """
        with self._lock:
            self._bound = min(self._bound + batches / self._bound, float(MAX_BATCHES))
            self._part = min(most_unanswered or MAX_BATCHES, MAX_BATCHES)

    def refused(self) -> None:
        """The collector has refused a batch, or the stream, for now."""
        with self._lock:
            in_use = min(self._bound, float(max(self._unanswered, 1)))
            self._bound = max(1.0, in_use / 2)
