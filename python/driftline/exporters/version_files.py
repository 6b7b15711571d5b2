"""What an experiment tracker keeps beside a run: the baseline as a profile, and the report as a page."""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from driftline.errors import NotFoundError
from driftline.exporters.window_exporter import ClosedWindow
from driftline.logs import get_logger
from driftline.query.monitor import Monitor

logger = get_logger("driftline.exporters")

BASELINE = "baseline.parquet"
REPORT = "report.html"

Upload = Callable[[Sequence[Path]], None]


class VersionFiles:
    """
    Writes the files of model versions now and then.

    Parameters
    ----------
    monitor
        Is asked: for a model's default baseline, and for the report on its ``recent`` range up to a window's end.
    seconds
        Between two times; 0: never.
    """

    def __init__(self, monitor: Monitor, seconds: float) -> None:
        self._monitor = monitor
        self._seconds = seconds
        self._due: dict[tuple[str, str], float] = {}

    def refresh(self, window: ClosedWindow, upload: Upload) -> None:
        """
        Write the files and hand them over, if it is time.

        The figures are what matters: a failure, of whatever kind an artifact store has, is told and does no harm.

        Parameters
        ----------
        window
            The newest one of its version.
        upload
            Takes the paths, which are gone when it has returned.
        """
        version = (window.model, window.version)
        if not self._seconds or time.monotonic() < self._due.get(version, 0.0):
            return
        self._due[version] = time.monotonic() + self._seconds
        try:
            with tempfile.TemporaryDirectory(prefix="driftline-") as folder:
                upload(self._write(window, Path(folder)))
        except Exception as error:  # noqa: BLE001
            # The text of an error may hold a URL with what it takes to get in.
            kind = type(error).__name__
            logger.warning(
                "baseline and report could not be uploaded, the next time tries again",
                model=window.model,
                version=window.version,
                kind=kind,
            )

    def _write(self, window: ClosedWindow, folder: Path) -> list[Path]:
        written = []
        try:
            self._monitor.baseline(window.model).save(folder / BASELINE)
            written.append(folder / BASELINE)
        except NotFoundError:
            pass  # nothing to compare with is no fault
        recent = self._monitor.get_monitor(window.model).recent
        report = self._monitor.report(
            model=window.model,
            version=window.version,
            start=window.end_unix_nanos - int(recent.total_seconds()) * 10**9,
            end=window.end_unix_nanos,
        )
        report.save(folder / REPORT)
        return [*written, folder / REPORT]
