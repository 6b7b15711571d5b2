from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.errors import InvalidArgumentError
from driftline.query.instants import (
    MAX_PERIODS,
    Period,
    enclosing,
    format_instant,
    from_nanos,
    periods,
    to_nanos,
)

DAY = 86_400 * 10**9
YEAR_2000 = 10957 * DAY
moments = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))
nanoseconds = st.integers(YEAR_2000, YEAR_2000 + 3 * 365 * DAY)


@given(moments)
def test_a_datetime_without_zone_is_utc(moment: datetime) -> None:
    expected = pd.Timestamp(moment, tz="UTC").as_unit("ns").value
    assert to_nanos(moment) == expected
    assert to_nanos(moment.replace(tzinfo=UTC)) == expected
    assert to_nanos(moment.isoformat()) == expected
    assert to_nanos(moment.isoformat() + "Z") == expected
    assert to_nanos(np.datetime64(moment)) == expected
    assert from_nanos(expected) == moment.replace(tzinfo=UTC)


def test_a_zone_is_taken_into_account() -> None:
    west = timezone(timedelta(hours=-5))
    assert to_nanos(datetime(2013, 1, 1, 7, tzinfo=west)) == to_nanos("2013-01-01T12:00Z")
    assert to_nanos("2013-01-01T07:00-05:00") == to_nanos("2013-01-01T12:00Z")


def test_a_date_is_its_midnight_and_an_integer_is_nanoseconds() -> None:
    assert to_nanos(date(1970, 1, 3)) == 2 * DAY
    assert to_nanos(17) == 17
    assert to_nanos(np.datetime64(17, "ns")) == 17


@pytest.mark.parametrize(
    "wrong", ["yesterday", "", True, 2**63, np.datetime64("NaT", "ns"), np.datetime64("9999-01-01"), 1.5]
)
def test_what_is_no_time_is_refused_with_its_value(wrong: object) -> None:
    with pytest.raises(InvalidArgumentError, match="a time must"):
        to_nanos(wrong)  # type: ignore[arg-type]


@given(nanoseconds)
def test_text_of_an_instant_reads_back(nanos: int) -> None:
    cut = nanos // 1_000 * 1_000
    assert to_nanos(format_instant(cut)) == cut


@given(
    nanoseconds,
    st.integers(1, 400 * DAY),
    st.sampled_from(["1d", "12h", "1w", "2w", "1mo", "3mo", "1y", timedelta(days=5)]),
)
def test_periods_cut_the_range_without_gap_or_overlap(
    start: int, length: int, every: str | timedelta
) -> None:
    cut = periods(every, start, start + length)
    assert cut[0].start == start
    assert cut[-1].end == start + length
    assert all(before.end == after.start for before, after in pairwise(cut))
    assert all(period.start < period.end for period in cut)


@given(
    nanoseconds,
    st.integers(1, 900 * DAY),
    st.sampled_from([("1mo", "MS"), ("3mo", "QS"), ("1y", "YS"), ("1w", "W-MON"), ("1d", "D"), ("6h", "6h")]),
)
def test_inner_boundaries_are_those_of_the_calendar(start: int, length: int, step: tuple[str, str]) -> None:
    every, frequency = step
    inner = [period.start for period in periods(every, start, start + length)[1:]]
    days = pd.date_range(
        pd.Timestamp(start).normalize() - pd.Timedelta(days=400), pd.Timestamp(start + length), freq=frequency
    )
    expected = [stamp.value for stamp in days.as_unit("ns") if start < stamp.value < start + length]
    assert inner == expected


def test_an_open_range_is_widened_to_whole_periods() -> None:
    start, end = to_nanos("2013-04-10"), to_nanos("2013-06-02T05:00")
    assert enclosing("1mo", start, end) == Period(to_nanos("2013-04-01"), to_nanos("2013-07-01"))
    assert enclosing("1mo", to_nanos("2013-04-01"), to_nanos("2013-05-01")) == Period(
        to_nanos("2013-04-01"), to_nanos("2013-05-01")
    )


@pytest.mark.parametrize(
    "every", ["", "1", "d", "0d", "1 d", "1month", "-1d", timedelta(0), timedelta(days=-1)]
)
def test_a_step_that_makes_no_sense_is_refused(every: str | timedelta) -> None:
    with pytest.raises(InvalidArgumentError, match="every must"):
        periods(every, 0, DAY)


def test_an_empty_range_and_too_many_periods_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="start must be before end"):
        periods("1d", DAY, DAY)
    assert len(periods("1s", 0, MAX_PERIODS * 10**9)) == MAX_PERIODS
    with pytest.raises(InvalidArgumentError, match="at most 10,000 periods"):
        periods("1s", 0, (MAX_PERIODS + 1) * 10**9)
