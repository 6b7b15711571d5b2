"""What an exporter is: something that takes closed windows to another system."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from driftline.delivery import DestinationRefusedError
from driftline.exporters.names import Metric


@dataclass(frozen=True)
class ClosedWindow:
    """
    One window of one version that is over.

    Attributes
    ----------
    model, version
        Whose window it is.
    start_unix_nanos, end_unix_nanos
        Half-open range of event time.
    records, labels
        Records in it, and those of them whose label has come.
    revision
        Grows with whatever comes into the window.
    is_update
        Whether it was exported before, with less in it.
    """

    model: str
    version: str
    start_unix_nanos: int
    end_unix_nanos: int
    records: int
    labels: int
    revision: int
    is_update: bool = False


class WindowsRefusedError(DestinationRefusedError):
    """
    Some windows of a batch will never be taken; all others are.

    Parameters
    ----------
    message
        Why, without secrets.
    windows
        Those that are refused.
    """

    def __init__(self, message: str, windows: Sequence[ClosedWindow]) -> None:
        super().__init__(message)
        self.windows = tuple(windows)


class WindowExporter(ABC):
    """Takes closed windows to another system; called from one thread."""

    @abstractmethod
    def export(self, windows: Sequence[ClosedWindow]) -> None:
        """
        Hand windows over; returns when the destination has taken them all.

        A window may come again: after an error, after a crash, and when more has come into it.

        Raises
        ------
        DestinationUnavailableError
            If it is worth another attempt; all windows come again.
        DestinationRefusedError
            If it will never take them; they count as dropped.
        WindowsRefusedError
            If it will never take some of them: only those do.
        """

    def begin(self, name: str, writer_id: str) -> None:  # noqa: ARG002 (for those that want to know)
        """
        Hear who exports, once, before anything else.

        Parameters
        ----------
        name
            Of the exporter, in the configuration.
        writer_id
            Tells the collector from others; empty without a data directory.
        """
        return

    def counters(self) -> Iterable[tuple[Metric, int]]:
        """What ``/metrics`` tells of this exporter besides: counters whose only label is its name; from any thread."""
        return ()

    def close(self) -> None:
        """Give back what the exporter holds."""
        return


def export_each(windows: Sequence[ClosedWindow], export: Callable[[ClosedWindow], None]) -> None:
    """
    Hand windows over one by one, so that one that is refused keeps no other back.

    Raises
    ------
    WindowsRefusedError
        If some were refused.
    DestinationUnavailableError
        As soon as one is to come again.
    """
    refused = []
    reason = ""
    for window in windows:
        try:
            export(window)
        except DestinationRefusedError as error:
            refused.append(window)
            reason = reason or str(error)
    if refused:
        raise WindowsRefusedError(reason, refused)
