"""Having another thread take the next items of an iterator while the present one is at work on those before them."""

import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _End:
    """After the last item: why there is no other, if it was an error."""

    error: BaseException | None


def read_ahead(items: Iterator[T], most: int = 1) -> Generator[T, None, None]:
    """
    Yield the items in order, having the next ones taken by another thread meanwhile.

    What taking them raises is raised after the items that came before. When the generator is closed, the thread ends as
    soon as the item that it is waiting for has come; the iterator, if it is a generator, is closed by that thread.

    Parameters
    ----------
    items
        What to take from; no other thread may use it.
    most
        Most items that wait.
    """
    arrived: SimpleQueue[T | _End] = SimpleQueue()
    # One for each item that may still be taken; nothing is, once it is False.
    wanted: SimpleQueue[bool] = SimpleQueue()
    closed = threading.Event()
    reader = threading.Thread(
        target=_read, args=(items, arrived, wanted, closed), name="driftline-read-ahead", daemon=True
    )
    reader.start()
    for _ in range(most):
        wanted.put(True)
    try:
        while not isinstance(item := arrived.get(), _End):
            yield item
            wanted.put(True)
        if item.error is not None:
            raise item.error
    finally:
        closed.set()
        wanted.put(False)


def _read(
    items: Iterator[T],
    arrived: "SimpleQueue[T | _End]",
    wanted: "SimpleQueue[bool]",
    closed: threading.Event,
) -> None:
    try:
        for item in items:
            arrived.put(item)
            if not wanted.get() or closed.is_set():
                break
        if isinstance(items, Generator):
            items.close()
    except BaseException as error:  # noqa: BLE001 (the other thread raises it)
        arrived.put(_End(error))
    else:
        arrived.put(_End(None))
