"""Reading the next message of a stream while the core is at work on the present one."""

import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _End:
    """After the last message: why there is no other, if it was an error."""

    error: BaseException | None


def read_ahead(messages: Iterator[T]) -> Generator[T, None, None]:
    """
    Yield the messages in order, having the next one read by another thread meanwhile.

    At most one message waits. What reading raises is raised after the messages that came before. When the generator
    is closed, the thread ends as soon as the message that it is reading has come.

    Parameters
    ----------
    messages
        What to read; no other thread may use it.
    """
    arrived: SimpleQueue[T | _End] = SimpleQueue()
    wanted: SimpleQueue[bool] = SimpleQueue()
    reader = threading.Thread(
        target=_read, args=(messages, arrived, wanted), name="driftline-read-ahead", daemon=True
    )
    reader.start()
    wanted.put(True)
    try:
        while not isinstance(message := arrived.get(), _End):
            yield message
            wanted.put(True)
        if message.error is not None:
            raise message.error
    finally:
        wanted.put(False)


def _read(messages: Iterator[T], arrived: "SimpleQueue[T | _End]", wanted: "SimpleQueue[bool]") -> None:
    try:
        for message in messages:
            arrived.put(message)
            if not wanted.get():
                return
    except BaseException as error:  # noqa: BLE001 (the other thread raises it)
        arrived.put(_End(error))
    else:
        arrived.put(_End(None))
