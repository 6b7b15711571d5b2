from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import driftline
from driftline.config import MonitorConfig
from driftline.errors import InvalidArgumentError, NotFoundError
from driftline.query import Profile

NUMBERS = st.lists(
    st.none() | st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=1, max_size=60
)
WORDS = st.sampled_from(["Oslo", "Rome", "Lima", ""])


def table(numbers: list[float | None]) -> pa.Table:
    words = [None if index % 7 == 3 else "abc"[index % 3] for index in range(len(numbers))]
    return pa.table({"x": pa.array(numbers, pa.float64()), "word": pa.array(words, pa.string())})


@given(NUMBERS, NUMBERS)
def test_merging_counts_like_profiling_all(left: list[float | None], right: list[float | None]) -> None:
    merged = driftline.profile(table(left)).merge(driftline.profile(table(right))).summary()
    whole = driftline.profile(pa.concat_tables([table(left), table(right)])).summary()
    for summary in whole:
        twin = merged[summary.column]
        counts = (summary.count, summary.nulls, summary.nans, summary.infinities, summary.min, summary.max)
        assert (twin.count, twin.nulls, twin.nans, twin.infinities, twin.min, twin.max) == counts
        assert twin.distinct == summary.distinct
        assert twin.top == summary.top
        if summary.mean is not None:
            assert twin.mean == pytest.approx(summary.mean, rel=1e-9, abs=1e-30)


def test_merging_keeps_segments_apart(records: pa.Table) -> None:
    monitor = MonitorConfig(model="delays", segments=(("carrier",),))
    halves = [driftline.profile(records.slice(start, 3_000), monitor=monitor) for start in (0, 3_000)]
    merged = halves[0].merge(halves[1])
    of_carrier = records.filter(pc.field("carrier") == "AA")["distance"]
    assert merged.summary(segment={"carrier": "AA"})["distance"].count == len(of_carrier)
    assert merged.summary()["distance"].count == len(records)


def test_profiles_of_two_models_do_not_merge(records: pa.Table) -> None:
    one, other = (driftline.profile(records, monitor=MonitorConfig(model=name)) for name in ("a", "b"))
    with pytest.raises(InvalidArgumentError, match="got 'a' and 'b'"):
        one.merge(other)


def test_a_saved_profile_answers_as_before(records: pa.Table, tmp_path: Path) -> None:
    profile = driftline.profile(records)
    profile.save(tmp_path / "p.parquet")
    loaded = Profile.load(tmp_path / "p.parquet")
    assert loaded.to_arrow().equals(profile.to_arrow())
    assert loaded.summary() == profile.summary()
    assert loaded.quantiles("distance") == profile.quantiles("distance")
    assert repr(loaded) == repr(profile)


def test_what_is_no_profile_is_refused(records: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no such file: .*nothing\.parquet"):
        Profile.load(tmp_path / "nothing.parquet")
    (tmp_path / "text.parquet").write_text("text")
    with pytest.raises(InvalidArgumentError, match=r"text\.parquet cannot be read as Parquet"):
        Profile.load(tmp_path / "text.parquet")
    pq.write_table(records, tmp_path / "records.parquet")
    with pytest.raises(InvalidArgumentError, match="these are missing: column, format_version"):
        Profile.load(tmp_path / "records.parquet")


def test_a_column_that_is_not_there_is_answered_with_those_that_are(records: pa.Table) -> None:
    with pytest.raises(NotFoundError, match="dep_delay"):
        driftline.profile(records).quantiles("arr_delay")


def test_a_profile_shows_its_summary(records: pa.Table) -> None:
    assert "dep_delay" in repr(driftline.profile(records))
    assert "<td>dep_delay</td>" in driftline.profile(records)._repr_html_()
