"""What a destination took of windows that come again because it did not take all of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from driftline.exporters.window_exporter import ClosedWindow


class TakenWindows:
    """
    Remembers them for as long as the rest is tried again, where telling one twice would count it twice.

    A crash forgets them: over a restart, windows are told at least once.
    """

    def __init__(self) -> None:
        self._revisions: dict[tuple[str, str, int], int] = {}

    def rest(self, windows: Sequence[ClosedWindow]) -> Iterator[ClosedWindow]:
        """Those that are still to be told; one that has changed since it was taken is an update."""
        for window in windows:
            taken = self._revisions.get(_key(window))
            if taken is None:
                yield window
            elif taken != window.revision:
                yield replace(window, is_update=True)

    def note(self, window: ClosedWindow) -> None:
        """The destination has taken it."""
        self._revisions[_key(window)] = window.revision

    def clear(self) -> None:
        """All that came together were taken."""
        self._revisions.clear()


def _key(window: ClosedWindow) -> tuple[str, str, int]:
    return (window.model, window.version, window.start_unix_nanos)
