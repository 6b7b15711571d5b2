"""Keeps the core within its budget of memory, in the background."""

import threading
import time

from driftline._core import Engine
from driftline.collector.flusher import Flusher
from driftline.collector.logs import get_logger

logger = get_logger("driftline.collector")

_LOOK_SECONDS = 0.05
"""How often memory is looked at: it may fill at hundreds of megabytes a second."""

_TIRED_SECONDS = 1.0
"""How long nothing is tried after there was nothing left to let go of."""


class MemoryKeeper:
    """
    Lets old windows leave memory while it is short.

    Parameters
    ----------
    engine
        Whose windows leave.
    flusher
        Writes them first; ``None``: they cannot be written, and the oldest are dropped.
    """

    def __init__(self, engine: Engine, flusher: Flusher | None) -> None:
        self._engine = engine
        self._flusher = flusher
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="driftline-memory", daemon=True)

    def start(self) -> None:
        """Look at memory from now on, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, after what it is at."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def relieve(self) -> None:
        """
        Make room, if memory is short.

        Raises
        ------
        OSError
            If what would leave cannot be written.
        """
        if not self._engine.memory_status().is_short:
            return
        started = time.perf_counter()
        if self._flusher is None:
            dropped = self._engine.drop_oldest()
            logger.warning("memory is short and there is no data_dir: windows were dropped", windows=dropped)
            return
        evicted = self._engine.evict()
        if self._engine.memory_status().is_short:
            self._flusher.flush()
            evicted += self._engine.evict()
        logger.debug("windows left memory", windows=evicted, seconds=round(time.perf_counter() - started, 3))

    def _run(self) -> None:
        pause = _LOOK_SECONDS
        while not self._stopped.wait(pause):
            pause = _LOOK_SECONDS
            try:
                self.relieve()
            except Exception as error:
                logger.error("memory is short, and what is in it cannot be written", exc_info=error)
            if self._engine.memory_status().is_short:
                pause = _TIRED_SECONDS
