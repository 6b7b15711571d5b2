"""Fewer, wider buckets that hold the same values: two neighbours become one, as often as it takes."""

from dataclasses import replace

import numpy as np

from driftline.exporters.histograms import Buckets, ColumnHistogram

MAX_BUCKETS = 160
"""Most buckets on either side of zero, the number that OpenTelemetry's own histograms keep to."""


def coarsened(buckets: Buckets, scale: int, max_buckets: int = MAX_BUCKETS) -> tuple[Buckets, int]:
    """
    Merge neighbours until at most so many buckets are left between the first and the last that has values.

    Parameters
    ----------
    buckets
        Those of one sign.
    scale
        Of them.
    max_buckets
        At least 2: the two neighbours of 1 never merge.

    Returns
    -------
    tuple
        The coarser buckets, which hold the same values, and their scale.
    """
    shift = _shift(buckets, max_buckets)
    return _merged(buckets, shift), scale - shift


def at_most(histogram: ColumnHistogram, max_buckets: int) -> ColumnHistogram:
    """
    The histogram with at most so many buckets of either sign, both of the largest scale at which they fit.

    A change of scale by one halves the indexes: https://opentelemetry.io/docs/specs/otel/metrics/data-model/, "perfect
    subsetting".

    Parameters
    ----------
    histogram
        Any.
    max_buckets
        At least 2.
    """
    shift = max(_shift(each, max_buckets) for each in (histogram.positive, histogram.negative))
    return replace(
        histogram,
        scale=histogram.scale - shift,
        positive=_merged(histogram.positive, shift),
        negative=_merged(histogram.negative, shift),
    )


def _shift(buckets: Buckets, max_buckets: int) -> int:
    """How often the indexes are to be halved."""
    used = np.flatnonzero(buckets.counts)
    if not used.size:
        return 0
    first, last = buckets.offset + int(used[0]), buckets.offset + int(used[-1])
    shift = 0
    while (last >> shift) - (first >> shift) >= max_buckets:
        shift += 1
    return shift


def _merged(buckets: Buckets, shift: int) -> Buckets:
    used = np.flatnonzero(buckets.counts)
    if not used.size:
        return Buckets(0, np.zeros(0, np.uint64))
    kept = buckets.counts[used[0] : used[-1] + 1]
    first = buckets.offset + int(used[0])
    indexes = (np.arange(first, first + kept.size) >> shift) - (first >> shift)
    merged = np.zeros(int(indexes[-1]) + 1, np.uint64)
    np.add.at(merged, indexes, kept)
    return Buckets(first >> shift, merged)
