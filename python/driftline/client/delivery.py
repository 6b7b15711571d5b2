"""The two threads of a client, from its queue to the collector."""

import threading

from driftline.client.batcher import Batcher
from driftline.client.pausable_thread import wait_until_still
from driftline.client.sender import Sender


class Delivery:
    """
    Starts, pauses and stops both threads together.

    Parameters
    ----------
    batcher, sender
        What the threads do.
    """

    def __init__(self, batcher: Batcher, sender: Sender) -> None:
        self._threads = (sender.thread, batcher.thread)
        self._lock = threading.Lock()
        self._started = self._wanted = self._paused = self._stopped = False

    def start(self) -> None:
        """Start, if that was not done before; while paused, at the end of the pause."""
        if not self._wanted:
            with self._lock:
                self._wanted = True
                self._start_threads()

    def pause(self, timeout: float) -> None:
        """Make both threads stand still, within ``timeout`` seconds if possible; what they hold stays with them."""
        with self._lock:
            self._paused = True
            if self._started:
                for thread in self._threads:
                    thread.pause()
                wait_until_still(self._threads, timeout)

    def resume(self) -> None:
        """Go on after :meth:`pause`."""
        with self._lock:
            self._paused = False
            if self._started:
                for thread in self._threads:
                    thread.resume()
            self._start_threads()

    def stop(self, timeout: float) -> None:
        """End both threads for good, within ``timeout`` seconds if possible, whatever is still on its way."""
        with self._lock:
            self._stopped = True
            if self._started:
                for thread in self._threads:
                    thread.stop()
                wait_until_still(self._threads, timeout)

    def _start_threads(self) -> None:
        if self._wanted and not (self._started or self._paused or self._stopped):
            self._started = True
            for thread in self._threads:
                thread.start()
