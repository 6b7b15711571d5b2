"""A thread that can be made to stand still while the process forks."""

import threading
import time
from collections.abc import Callable


class PausableThread:
    """
    Calls one function again and again in a thread of its own.

    A paused thread waits rather than ends: the end of a thread takes locks of allocators, Arrow's among them, that a
    child of a fork would find taken for ever.

    Parameters
    ----------
    name
        Name of the thread.
    run
        Called with an event that is set when it is to return.
    wake
        Makes ``run`` look at the event at once.
    """

    def __init__(self, name: str, run: Callable[[threading.Event], None], wake: Callable[[], None]) -> None:
        self._target = run
        self._wake = wake
        self._changed = threading.Condition()
        self._interrupted = threading.Event()
        self._paused = self._stopped = self._stands_still = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def pause(self) -> None:
        """Tell it to stand still; :meth:`wait_until_still` waits for that."""
        self._interrupt(paused=True)

    def resume(self) -> None:
        """Let it go on."""
        with self._changed:
            self._paused = False
            if not self._stopped:
                self._interrupted.clear()
            self._changed.notify_all()

    def stop(self) -> None:
        """Tell it to end."""
        self._interrupt(stopped=True)

    def wait_until_still(self, timeout: float) -> None:
        """Wait ``timeout`` seconds for a paused or stopped thread to be out of ``run``."""
        if self._thread is not threading.current_thread():
            with self._changed:
                self._changed.wait_for(lambda: self._stands_still, timeout)

    def _interrupt(self, *, paused: bool = False, stopped: bool = False) -> None:
        with self._changed:
            self._paused |= paused
            self._stopped |= stopped
            self._interrupted.set()
            self._changed.notify_all()
        self._wake()

    def _run(self) -> None:
        while True:
            self._target(self._interrupted)
            with self._changed:
                self._stands_still = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._paused or self._stopped)
                if self._stopped:
                    return
                self._stands_still = False


def wait_until_still(threads: tuple[PausableThread, ...], timeout: float) -> None:
    """Wait ``timeout`` seconds for all of them."""
    deadline = time.monotonic() + timeout
    for thread in threads:
        thread.wait_until_still(max(0.0, deadline - time.monotonic()))
