from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.client.timestamps import timestamp_array, to_nanoseconds

SECOND = 1_000_000_000


@given(st.datetimes(datetime(1678, 1, 1), datetime(2261, 12, 31)))
def test_a_datetime_agrees_with_pandas(moment: datetime) -> None:
    assert to_nanoseconds(moment) == pd.Timestamp(moment, tz="UTC").value
    shifted = moment.replace(tzinfo=timezone(timedelta(hours=5)))
    assert to_nanoseconds(shifted) == to_nanoseconds(moment) - 5 * 3_600 * SECOND  # type: ignore[operator]


@given(st.integers(1_000_000_000, 4_000_000_000), st.sampled_from([1, 10**3, 10**6, 10**9]))
def test_the_unit_of_a_whole_number_is_told_from_its_size(seconds: int, unit: int) -> None:
    assert to_nanoseconds(seconds * unit) == seconds * SECOND
    assert to_nanoseconds(np.int64(seconds * unit)) == seconds * SECOND


def test_other_forms() -> None:
    assert to_nanoseconds(None) is None
    assert to_nanoseconds(1.5) == 1_500_000_000
    assert to_nanoseconds(0) == 0
    assert to_nanoseconds(np.datetime64("2013-01-01")) == 1_356_998_400 * SECOND
    assert to_nanoseconds(pd.Timestamp(123_456_789_012_345_678, tz=UTC)) == 123_456_789_012_345_678
    assert to_nanoseconds(datetime(2013, 1, 1)) == to_nanoseconds(datetime(2013, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("value", ["2013-01-01", True, float("nan"), float("inf"), object(), 10**30])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        timestamp_array([value])
