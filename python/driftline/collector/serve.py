"""A collector as a process."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from driftline.collector.collector import Collector
from driftline.config import CollectorConfig
from driftline.errors import DriftlineError
from driftline.logs import configure_logging, get_logger

logger = get_logger("driftline.collector")

EXIT_RESTART = 75
"""EX_TEMPFAIL of sysexits.h."""

_LOOK_SECONDS = 0.5
"""How often the collector is looked at."""

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
        Exit status: 0 after an orderly stop; 1 if it cannot start, or cannot write its state at the end; 75 if it has
        to be started again, which makes everything good: the disk failed, or a defect damaged a model.
    """
    configure_logging(config.log_level, config.log_format)
    try:
        with _noted_signals() as signals:
            collector = Collector(config).start()
            while (received := _stop_signal(signals)) is None:
                if collector.is_durable and collector.failure is not None:
                    return _give_up(collector, collector.failure)
            logger.info("signal received", signal=received.name)
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
        reader.settimeout(_LOOK_SECONDS)
        writer.setblocking(False)
        earlier_fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        earlier = {number: signal.signal(number, lambda *_: None) for number in _STOP_SIGNALS}
        try:
            yield reader
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(earlier_fd)


def _give_up(collector: Collector, failure: str) -> int:
    """Stop a collector that can do nothing more; what was acknowledged is in its log."""
    logger.error("collector must be started again", reason=failure)
    try:
        collector.stop()
    except (DriftlineError, OSError) as error:
        logger.error("the state was not written at the end, the log has it", reason=str(error))
    return EXIT_RESTART


def _stop_signal(signals: socket.socket) -> signal.Signals | None:
    """The next signal to stop; ``None`` after a while without one."""
    try:
        number = signals.recv(1)[0]
    except TimeoutError:
        return None
    return signal.Signals(number) if number in _STOP_SIGNALS else None
