"""How many bytes of requests are in flight: they have arrived, and their answer is not known yet."""

import threading
from types import TracebackType
from typing import Self


class ByteBudget:
    """
    Bytes that all calls of all doors together may hold at a time.

    Once somebody was refused it is shut until half of it is free again: who has not sent anything yet is not asked to
    meanwhile, so that memory is not taken for what would be refused.

    Parameters
    ----------
    limit
        Most bytes.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._used = 0
        self._shut = False

    @property
    def used(self) -> int:
        """Bytes that are in flight now."""
        return self._used

    @property
    def is_shut(self) -> bool:
        """Whether nobody new should be asked for a request."""
        return self._shut

    def open(self) -> "ByteAccount":
        """The account of a new call; close it with the call."""
        return ByteAccount(self)

    def take(self, size: int) -> bool:
        """Note that so many bytes have arrived; ``False``, and nothing is noted, if they are too many."""
        with self._lock:
            if self._used + size > self.limit:
                # Alone, it is too large for the whole budget; that says nothing about others.
                self._shut = self._used * 2 > self.limit
                return False
            self._used += size
            return True

    def give_back(self, size: int) -> None:
        """Note that so many bytes are held no longer."""
        with self._lock:
            self._used -= size
            if self._used * 2 <= self.limit:
                self._shut = False


class ByteAccount:
    """
    What one call holds of a budget; ``with`` closes it.

    Two threads use it, one that reads and one that works, and either may come too late: when the account is closed,
    what is left goes back, and from then on nothing is taken and nothing is given back a second time.

    Parameters
    ----------
    budget
        What it takes from.
    """

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._lock = threading.Lock()
        self._held = 0
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether the call is over."""
        return self._closed

    def take(self, size: int) -> bool:
        """Hold so many bytes more; ``False`` if that is too many, or the account is closed."""
        with self._lock:
            if self._closed or not self._budget.take(size):
                return False
            self._held += size
            return True

    def give_back(self, size: int) -> None:
        """Hold so many bytes less."""
        with self._lock:
            size = min(size, self._held)
            self._held -= size
            self._budget.give_back(size)

    def close(self) -> None:
        """Give back what is left, and take nothing more."""
        with self._lock:
            self._closed = True
            self._budget.give_back(self._held)
            self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
