from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.config.duration import format_duration, from_nanoseconds, nanoseconds, parse_duration


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("7d", timedelta(days=7)),
    ],
)
def test_durations_are_read(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "-5m", "1.5h", "5y", "5m ", "5m-3s", "\u0665m", "99999999999d"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is written like"):
        parse_duration(text)


@given(st.integers(0, 10**12))
def test_formatting_is_the_inverse_of_parsing(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration


@given(st.timedeltas())
def test_nanoseconds_are_exact(duration: timedelta) -> None:
    assert from_nanoseconds(nanoseconds(duration)) == duration


def test_half_a_microsecond_is_refused() -> None:
    with pytest.raises(ValueError, match="whole number of microseconds, got 1500 ns"):
        from_nanoseconds(1_500)
