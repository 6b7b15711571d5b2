"""Buckets as Prometheus has them, read back by its rules."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from driftline.exporters.native_histogram import buckets


def read(offset: int, counts: list[int]) -> dict[int, int]:
    """Counts by Prometheus' index, as its readers make them of spans and deltas."""
    made = buckets(offset, np.array(counts, np.uint64))
    found, index, count = {}, 0, 0
    deltas = iter(made.deltas.tolist())
    for gap, length in zip(made.offsets.tolist(), made.lengths.tolist(), strict=True):
        index += gap
        for _ in range(length):
            count += next(deltas)
            found[index] = count
            index += 1
    assert next(deltas, None) is None
    return found


@given(st.integers(-300, 300), st.lists(st.one_of(st.just(0), st.integers(0, 2**62)), max_size=40))
def test_no_count_is_lost_and_none_is_empty(offset: int, counts: list[int]) -> None:
    expected = {offset + number + 1: count for number, count in enumerate(counts) if count}
    assert read(offset, counts) == expected


@given(st.integers(-300, 300), st.lists(st.integers(0, 3), max_size=40))
def test_runs_are_as_long_as_they_can_be(offset: int, counts: list[int]) -> None:
    made = buckets(offset, np.array(counts, np.uint64))
    assert (made.lengths > 0).all()
    assert (made.offsets[1:] > 0).all()


def test_bucket_of_one() -> None:
    # With schema 0 OpenTelemetry's bucket 0 is (1, 2], Prometheus' bucket 1.
    made = buckets(0, np.array([5], np.uint64))
    assert (made.offsets.tolist(), made.lengths.tolist(), made.deltas.tolist()) == ([1], [1], [5])
