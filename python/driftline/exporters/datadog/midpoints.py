"""A histogram as a few values, each so many times: for what takes values only."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from driftline.exporters.histograms import Buckets, ColumnHistogram


def midpoints(histogram: ColumnHistogram) -> Iterator[tuple[float, int]]:
    """
    The middle of each bucket that has values, and how many, in ascending order.

    The middle is the geometric one, cut to the smallest and largest value: no value is farther from it than by the
    factor ``2 ** 2 ** (-scale - 1)``.

    Yields
    ------
    (float, int)
        A value, and how often it stands for one.
    """
    negative, times = _middles(histogram.negative, histogram.scale)
    yield from _pairs(-negative[::-1], times[::-1], histogram)
    if histogram.zero_count:
        yield 0.0, histogram.zero_count
    positive, times = _middles(histogram.positive, histogram.scale)
    yield from _pairs(positive, times, histogram)


def _pairs(
    values: npt.NDArray[np.float64], times: npt.NDArray[np.uint64], histogram: ColumnHistogram
) -> Iterator[tuple[float, int]]:
    cut = np.clip(values, histogram.min, histogram.max)
    return zip(cut.tolist(), times.tolist(), strict=True)


def _middles(buckets: Buckets, scale: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint64]]:
    """Of the buckets that have values, by the absolute value."""
    places = np.flatnonzero(buckets.counts)
    with np.errstate(over="ignore", under="ignore"):
        middles = np.exp2((places + buckets.offset + 0.5) * 2.0**-scale)
    return middles, buckets.counts[places]
