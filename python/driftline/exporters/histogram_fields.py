"""Histograms in the shapes that search engines and experiment trackers take."""

from typing import Any

import numpy as np
import numpy.typing as npt

from driftline.exporters.coarser_buckets import MAX_BUCKETS, coarsened
from driftline.exporters.histograms import Buckets, ColumnHistogram

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint64]


def edges(buckets: Buckets, scale: int) -> Floats:
    """Bounds of buckets, ascending, of shape (buckets + 1,); what a double cannot hold is its largest."""
    indexes = np.arange(buckets.offset, buckets.offset + buckets.counts.size + 1)
    with np.errstate(over="ignore", under="ignore"):
        bounds: Floats = np.exp2(indexes * 2.0**-scale)
    return np.minimum(bounds, np.finfo(np.float64).max)


def bins_of(histogram: ColumnHistogram, max_buckets: int = MAX_BUCKETS) -> tuple[Floats, Counts]:
    """
    Give the histogram as adjoining bins over all numbers that it holds.

    Returns
    -------
    tuple
        ``edges`` of shape (bins + 1,), ascending, and ``counts`` of shape (bins,). The bins of negative numbers come
        first, then one around zero if there are zeros or both signs, then those of positive numbers.
    """
    below, low_scale = coarsened(histogram.negative, histogram.scale, max_buckets)
    above, high_scale = coarsened(histogram.positive, histogram.scale, max_buckets)
    zero = np.array([histogram.zero_count], np.uint64)
    lows = -edges(below, low_scale)[::-1] if below.counts.size else np.zeros(1)
    highs = edges(above, high_scale) if above.counts.size else np.zeros(1)
    if not (below.counts.size and above.counts.size) and not histogram.zero_count:
        return (lows, below.counts[::-1]) if below.counts.size else (highs, above.counts)
    if not below.counts.size and not above.counts.size:
        return np.array([0.0, np.finfo(np.float64).tiny]), zero
    return np.concatenate([lows, highs]), np.concatenate([below.counts[::-1], zero, above.counts])


def values_and_counts(histogram: ColumnHistogram, max_buckets: int = MAX_BUCKETS) -> dict[str, Any]:
    """The type ``histogram`` of Elasticsearch: middles of the buckets that have values, ascending, and their counts."""
    below, negative = _middles(histogram.negative, histogram.scale, max_buckets)
    above, positive = _middles(histogram.positive, histogram.scale, max_buckets)
    values = np.concatenate([-below[::-1], [0.0], above])
    counts = np.concatenate([negative[::-1], np.array([histogram.zero_count], np.uint64), positive])
    used = counts > 0
    # A bucket is wider than what is in it: no value lies outside the smallest and the largest number.
    values = np.fmin(np.fmax(values, histogram.min), histogram.max)
    return {"values": values[used].tolist(), "counts": counts[used].tolist()}


def _middles(buckets: Buckets, scale: int, max_buckets: int) -> tuple[Floats, Counts]:
    """Middles of the buckets of one sign, as positive numbers, ascending, and their counts."""
    merged, coarser = coarsened(buckets, scale, max_buckets)
    bounds = edges(merged, coarser)
    return bounds[:-1] + (bounds[1:] - bounds[:-1]) / 2, merged.counts


def exponential_field(histogram: ColumnHistogram) -> dict[str, Any]:
    """The type ``exponential_histogram`` of Elasticsearch: the buckets themselves, without loss."""
    field: dict[str, Any] = {"scale": histogram.scale, "sum": histogram.sum}
    field |= {"min": histogram.min, "max": histogram.max}
    if histogram.zero_count:
        field["zero"] = {"count": histogram.zero_count}
    for side, buckets in (("positive", histogram.positive), ("negative", histogram.negative)):
        used = np.flatnonzero(buckets.counts)
        if used.size:
            indices = (used + buckets.offset).tolist()
            field[side] = {"indices": indices, "counts": buckets.counts[used].tolist()}
    return field
