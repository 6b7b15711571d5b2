"""Base-2 exponential histograms in the layout of Prometheus' native histograms."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from driftline.exporters.histograms import ColumnHistogram
from driftline.exporters.names import Metric

SMALLEST_SCHEMA, LARGEST_SCHEMA = -4, 8
"""Of Prometheus. The sketches have scales from -4 to 7."""

ZERO_THRESHOLD = 2.0**-1074
"""Values that are not larger, without their sign, are counted as zero: the smallest number above it."""


@dataclass(frozen=True)
class Buckets:
    """
    Buckets of one sign, those that count something.

    Attributes
    ----------
    offsets
        Of each run of buckets, from the end of the run before it; of the first, its index.
    lengths
        Buckets of each run.
    deltas
        The count of each bucket less that of the one before it; of the first, its count.
    """

    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    deltas: NDArray[np.int64]


def buckets(offset: int, counts: NDArray[np.uint64]) -> Buckets:
    """
    Leave out empty buckets and number the others as Prometheus does.

    Parameters
    ----------
    offset
        Index of the first count, as OpenTelemetry has it: bucket i holds values in (base^i, base^(i+1)].
    counts
        Of buckets in a row.
    """
    filled = np.flatnonzero(counts)
    # Prometheus names a bucket by its upper end: bucket i holds (base^(i-1), base^i].
    index = filled + offset + 1
    first = np.flatnonzero(np.diff(filled, prepend=-2) > 1)
    lengths = np.diff(first, append=len(filled))
    ends = index[first] + lengths
    offsets = index[first] - np.concatenate(([0], ends[:-1]))
    return Buckets(
        offsets.astype(np.int64),
        lengths.astype(np.int64),
        np.diff(counts[filled].astype(np.int64), prepend=0).astype(np.int64),
    )


@dataclass(frozen=True)
class NativeHistogram:
    """
    One series of a metric: how values are distributed, for itself and not counted on from the one before.

    Attributes
    ----------
    metric, labels
        What it is of.
    schema
        Buckets end at the powers of 2^(2^-schema).
    count
        Values, those of all buckets together.
    sum
        Of them.
    zero_count
        Values that are zero, but for `ZERO_THRESHOLD`.
    positive, negative
        Buckets of the others.
    """

    metric: Metric
    labels: tuple[str, ...]
    schema: int
    count: int
    sum: float
    zero_count: int
    positive: Buckets
    negative: Buckets


def native_histogram(metric: Metric, labels: tuple[str, ...], histogram: ColumnHistogram) -> NativeHistogram:
    """A column's histogram as a series of a metric."""
    return NativeHistogram(
        metric=metric,
        labels=labels,
        schema=histogram.scale,
        count=histogram.count,
        sum=histogram.sum,
        zero_count=histogram.zero_count,
        positive=buckets(histogram.positive.offset, histogram.positive.counts),
        negative=buckets(histogram.negative.offset, histogram.negative.counts),
    )
