"""Keeps the core within its budget of memory, in the background."""

import time

from driftline._core import Engine
from driftline.collector.flusher import Flusher
from driftline.logs import get_logger
from driftline.repeated_work import RepeatedWork

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
        self._is_tired = False
        self._work = RepeatedWork(
            "memory",
            self._look,
            lambda: _TIRED_SECONDS if self._is_tired else _LOOK_SECONDS,
            "memory is short, and what is in it cannot be written",
        )

    def start(self) -> None:
        """Look at memory from now on, in a thread."""
        self._work.start()

    def stop(self) -> None:
        """Stop the thread, after what it is at."""
        self._work.stop()

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

    def _look(self) -> None:
        try:
            self.relieve()
        finally:
            self._is_tired = self._engine.memory_status().is_short
