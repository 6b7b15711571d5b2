"""A thread that does the same again and again until it is stopped."""

import threading
from collections.abc import Callable

from driftline.logs import get_logger

logger = get_logger("driftline.work")


class RepeatedWork:
    """
    Work in the background; what it raises is logged, and it goes on.

    Parameters
    ----------
    name
        Of the thread.
    work
        What is done.
    pause_seconds
        How long to wait before it is done the next time; asked anew each time.
    failure
        What the log says when it fails.
    """

    def __init__(
        self, name: str, work: Callable[[], object], pause_seconds: Callable[[], float], failure: str
    ) -> None:
        self._work = work
        self._pause_seconds = pause_seconds
        self._failure = failure
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"driftline-{name}", daemon=True)

    @property
    def is_stopped(self) -> bool:
        """Whether it has been asked to stop: long work ends early then."""
        return self._stopped.is_set()

    def start(self) -> None:
        """Begin, with the first pause."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, after what is under way; not an error if it never began."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._pause_seconds()):
            try:
                self._work()
            except Exception as error:
                logger.error(self._failure, exc_info=error)
