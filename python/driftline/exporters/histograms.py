"""The exponential histograms of a window, exactly as the engine keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from driftline.exporters.window_exporter import ClosedWindow
from driftline.exporters.window_figures import selection_of
from driftline.query import questions
from driftline.query.monitor import Monitor
from driftline.query.transport import Transport
from driftline.v1 import selection_pb2

_FIELDS = ("column", "role", "hist_scale", "hist_zero_count", "hist_pos", "hist_neg", "sum", "min", "max")


@dataclass(frozen=True)
class Buckets:
    """
    Buckets of one sign, by the absolute value.

    Attributes
    ----------
    offset
        Index of the first bucket.
    counts
        Counts of it and those after it, uint64; empty without values.
    """

    offset: int
    counts: npt.NDArray[np.uint64]


@dataclass(frozen=True)
class ColumnHistogram:
    """
    Base-2 exponential histogram of the finite values of one column, in the layout of OpenTelemetry.

    Bucket ``i`` holds values in ``(base ** i, base ** (i + 1)]`` with ``base = 2 ** 2 ** -scale``; Prometheus gives the
    same bucket the index ``i + 1``.

    Attributes
    ----------
    column, role
        Which column, and what it is.
    scale
        Of the buckets, -4 to 7.
    zero_count
        Values that are 0.
    positive, negative
        Buckets of the others.
    count, sum, min, max
        Of the finite values.
    """

    column: str
    role: str
    scale: int
    zero_count: int
    positive: Buckets
    negative: Buckets
    count: int
    sum: float
    min: float
    max: float


def histograms_of(
    monitor: Monitor, window: ClosedWindow, columns: Sequence[str] | None = None
) -> list[ColumnHistogram]:
    """
    The histograms of the numeric columns of a window.

    Parameters
    ----------
    monitor
        Is asked.
    window
        The window.
    columns
        Names of columns; ``None``: all. Columns without finite values have no histogram.
    """
    return histograms_in(monitor.transport, selection_of(window).to_proto(), columns)


def histograms_in(
    transport: Transport, selection: selection_pb2.Selection, columns: Sequence[str] | None = None
) -> list[ColumnHistogram]:
    """The histograms of any records; see :func:`histograms_of`."""
    rows = questions.profile_rows(transport, selection, columns)
    numeric = rows.filter(pc.field("kind") == "numeric").select(_FIELDS)
    found = [_histogram(numeric, place) for place in range(numeric.num_rows)]
    return [histogram for histogram in found if histogram.count]


def _histogram(rows: pa.Table, place: int) -> ColumnHistogram:
    """One row, its buckets as whole arrays."""
    scalars = {name: rows[name][place] for name in _FIELDS}
    values = {name: scalar.as_py() for name, scalar in scalars.items() if not name.startswith("hist_")}
    positive, negative = _dense(scalars["hist_pos"]), _dense(scalars["hist_neg"])
    zeros = int(scalars["hist_zero_count"].as_py() or 0)
    return ColumnHistogram(
        column=values["column"],
        role=values["role"],
        scale=int(scalars["hist_scale"].as_py() or 0),
        zero_count=zeros,
        positive=positive,
        negative=negative,
        count=zeros + int(positive.counts.sum()) + int(negative.counts.sum()),
        sum=_float(values["sum"]),
        min=_float(values["min"]),
        max=_float(values["max"]),
    )


def _float(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _dense(entries: Any) -> Buckets:
    """Buckets one after the other, from a map of index to count."""
    pairs = entries.values
    if pairs is None or len(pairs) == 0:
        return Buckets(0, np.zeros(0, np.uint64))
    keys = pairs.field(0).to_numpy(zero_copy_only=False).astype(np.int64)
    first = int(keys.min())
    counts = np.zeros(int(keys.max()) - first + 1, np.uint64)
    counts[keys - first] = pairs.field(1).to_numpy(zero_copy_only=False)
    return Buckets(first, counts)
