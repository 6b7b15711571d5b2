"""Windows as lines of JSON: appended to a file, or sent to a socket."""

import json
import os
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from driftline.config.address import split_address
from driftline.config.exporters import JsonLinesConfig
from driftline.delivery import DestinationUnavailableError
from driftline.exporters.window_exporter import ClosedWindow, WindowExporter
from driftline.exporters.window_figures import Figure, figures_of
from driftline.query.instants import format_instant
from driftline.query.monitor import Monitor

ECS_VERSION = "8.11.0"


class JsonLinesExporter(WindowExporter):
    """
    One object a window and column, and one for the window itself, in Elastic Common Schema.

    ``event.id`` names a window: a later line with the same one takes the place of the earlier.

    Parameters
    ----------
    config
        Where to.
    monitor
        Is asked what the windows say.
    """

    def __init__(self, config: JsonLinesConfig, monitor: Monitor) -> None:
        self._config = config
        self._monitor = monitor
        self._connection: socket.socket | None = None

    def export(self, windows: Sequence[ClosedWindow]) -> None:
        """See :meth:`WindowExporter.export`."""
        lines = [
            json.dumps(document, separators=(",", ":"), allow_nan=False)
            for window in windows
            for document in self._documents(window)
        ]
        body = "".join(f"{line}\n" for line in lines).encode()
        if self._config.path is not None:
            _append(self._config.path, body)
        else:
            self._send(body)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _documents(self, window: ClosedWindow) -> Iterator[dict[str, Any]]:
        by_feature: dict[str | None, list[Figure]] = {None: []}
        for figure in figures_of(self._monitor, window, self._config.max_features):
            by_feature.setdefault(figure.labels.get("feature"), []).append(figure)
        for feature, figures in by_feature.items():
            yield _document(window, feature, figures)

    def _send(self, body: bytes) -> None:
        """A line protocol acknowledges nothing: what the system's buffers held when the other side died is lost."""
        host, port = split_address(self._config.tcp or "")
        try:
            if self._connection is None:
                timeout = self._config.timeout.total_seconds()
                self._connection = socket.create_connection((host, port), timeout)
            self._connection.sendall(body)
        except OSError as error:
            self.close()
            raise DestinationUnavailableError(
                f"{self._config.tcp} cannot be reached: {error.strerror}"
            ) from None


def _append(path: Path, body: bytes) -> None:
    try:
        with path.open("ab") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise DestinationUnavailableError(f"{path} cannot be written: {error.strerror}") from error


def _document(window: ClosedWindow, feature: str | None, figures: Sequence[Figure]) -> dict[str, Any]:
    labels = {"model": window.model, "version": window.version} | ({"feature": feature} if feature else {})
    return {
        "@timestamp": format_instant(window.end_unix_nanos),
        "ecs.version": ECS_VERSION,
        "event.kind": "metric",
        "event.dataset": "driftline.window",
        "event.id": "|".join((*labels.values(), str(window.start_unix_nanos))),
        "event.start": format_instant(window.start_unix_nanos),
        "event.end": format_instant(window.end_unix_nanos),
        "event.sequence": window.revision,
        "labels": labels,
        "driftline": {
            "records": window.records,
            "labels": window.labels,
            **{_field(figure): figure.value for figure in figures if _is_finite(figure.value)},
        },
    }


def _is_finite(value: float) -> bool:
    return abs(value) < float("inf")


def _field(figure: Figure) -> str:
    """The name of a metric without its prefix, and with what its labels say besides."""
    rest = [value for name, value in figure.labels.items() if name not in ("model", "version", "feature")]
    return "_".join((figure.name.removeprefix("driftline_"), *rest))
