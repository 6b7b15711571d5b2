"""A closed window as documents for search engines: one for the window, and one for each of its columns.

The fields are those of the Elastic Common Schema where it has one; ours are under ``driftline``, a figure by the name
of its metric: ``driftline_feature_psi`` is the field ``driftline.feature_psi``.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from driftline.config.exporters.histogram_type import HistogramType
from driftline.exporters import names
from driftline.exporters.histogram_fields import exponential_field, values_and_counts
from driftline.exporters.histograms import ColumnHistogram, histograms_of
from driftline.exporters.window_exporter import ClosedWindow
from driftline.exporters.window_figures import Figure, figures_of
from driftline.query.instants import format_instant
from driftline.query.monitor import Monitor

ECS_VERSION = "8.17.0"

DATASET = "driftline.windows"
"""What the documents are, as ``event.dataset``."""


@dataclass(frozen=True)
class WindowDocument:
    """
    One document, and an identifier that only depends on what it is about.

    Attributes
    ----------
    id
        Of model, version, window and column: the document of a window that late records have changed has that of the
        one before.
    revision
        Of the window.
    source
        The fields.
    """

    id: str
    revision: int
    source: Mapping[str, Any]


def documents_of(
    monitor: Monitor, window: ClosedWindow, max_features: int, histogram_type: HistogramType = "histogram"
) -> list[WindowDocument]:
    """
    Ask for the figures and histograms of a window.

    Parameters
    ----------
    monitor
        Is asked.
    window
        What about.
    max_features
        Most columns with figures.
    histogram_type
        How the histograms are written: as values and counts (``histogram`` and ``object``, for servers without that
        type), as buckets (``exponential_histogram``), or not at all.
    """
    figures = figures_of(monitor, window, max_features)
    columns: dict[str, dict[str, Any]] = {}
    whole: dict[str, Any] = {}
    for figure in figures:
        if math.isfinite(figure.value):
            column = figure.labels.get("feature")
            _add(whole if column is None else columns.setdefault(column, {}), figure)
    if histogram_type != "none":
        for histogram in histograms_of(monitor, window):
            if histogram.column in columns:
                fields = columns[histogram.column]
                fields["role"] = histogram.role
                fields["histogram"] = _histogram_field(histogram, histogram_type)
    return [
        _document(window, None, whole),
        *(_document(window, column, fields) for column, fields in columns.items()),
    ]


def _histogram_field(histogram: ColumnHistogram, histogram_type: HistogramType) -> dict[str, Any]:
    if histogram_type == "exponential_histogram":
        return exponential_field(histogram)
    return values_and_counts(histogram)


def _document(window: ClosedWindow, column: str | None, fields: Mapping[str, Any]) -> WindowDocument:
    about = [
        window.model,
        window.version,
        window.start_unix_nanos,
        window.end_unix_nanos,
        *([] if column is None else [column]),
    ]
    text = json.dumps(about, ensure_ascii=False).encode("utf-8", "surrogatepass")
    start, end = format_instant(window.start_unix_nanos), format_instant(window.end_unix_nanos)
    length = (window.end_unix_nanos - window.start_unix_nanos) / 1e9
    ours: dict[str, Any] = {
        "model": window.model,
        "version": window.version,
        "window": {
            "records": window.records,
            "labels": window.labels,
            "revision": window.revision,
            "length_seconds": length,
        },
    }
    if column is not None:
        ours["column"] = column
    source = {
        "@timestamp": end,
        "ecs": {"version": ECS_VERSION},
        "event": {
            "kind": "metric",
            "module": "driftline",
            "dataset": DATASET,
            "start": start,
            "end": end,
        },
        "service": {"name": window.model, "version": window.version, "type": "model"},
        "driftline": {**ours, **fields},
    }
    return WindowDocument(hashlib.blake2b(text, digest_size=16).hexdigest(), window.revision, source)


def _add(fields: dict[str, Any], figure: Figure) -> None:
    """Add a figure under the name of its metric, and below it under the values of its own labels."""
    own = [
        _field_name(label, value)
        for label, value in figure.labels.items()
        if label not in names.FEATURE_LABELS
    ]
    place = fields
    path = [figure.name.removeprefix("driftline_"), *own]
    for name in path[:-1]:
        place = place.setdefault(name, {})
    place[path[-1]] = figure.value


def _field_name(label: str, value: str) -> str:
    """A label's value as the name of a field; a dot would begin another field."""
    if label == "quantile":
        return f"p{100 * float(value):g}".replace(".", "_")
    return value.strip().replace(".", "_") or "_"


def json_line(document: Mapping[str, Any]) -> bytes:
    """One JSON object and the end of its line, UTF-8; a lone surrogate, which UTF-8 has not, is escaped."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(document, allow_nan=False, separators=(",", ":")).encode() + b"\n"
