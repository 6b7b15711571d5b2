"""A collector as a process."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from driftline.collector.collector import Collector
from driftline.collector.logs import configure_logging, get_logger
from driftline.config import CollectorConfig
from driftline.errors import DriftlineError

logger = get_logger("driftline.collector")

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def serve(config: CollectorConfig) -> int:
    """
    Run a collector until SIGTERM or SIGINT; call it from the main thread.

    Parameters
    ----------
    config
        Its settings, those of logging among them.

    Returns
    -------
    int
        Exit status: 0 after an orderly stop; 1 if it cannot start, or cannot write its state at the end.
    """
    configure_logging(config.log_level, config.log_format)
    try:
        with _noted_signals() as signals:
            collector = Collector(config).start()
            logger.info("signal received", signal=_next_stop_signal(signals).name)
            collector.stop()
    except (DriftlineError, OSError) as error:
        logger.error("collector failed", reason=str(error))
        return 1
    return 0


@contextmanager
def _noted_signals() -> Iterator[socket.socket]:
    """
    A socket that gets a byte for each signal, whichever thread that is delivered to.

    A main thread that waits for an event would not wake up for a signal that another thread was given.
    """
    reader, writer = socket.socketpair()
    with reader, writer:
        writer.setblocking(False)
        earlier_fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        earlier = {number: signal.signal(number, lambda *_: None) for number in _STOP_SIGNALS}
        try:
            yield reader
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(earlier_fd)


def _next_stop_signal(signals: socket.socket) -> signal.Signals:
    while (number := signals.recv(1)[0]) not in _STOP_SIGNALS:
        pass
    return signal.Signals(number)
