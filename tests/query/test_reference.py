"""What records are compared with: ranges found from those asked about, and baselines of what a collector has seen."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy import stats

import driftline
from driftline import _core
from driftline.config import CompareWith, MonitorConfig
from driftline.errors import FailedPreconditionError, InvalidArgumentError
from driftline.query import EngineTransport, Monitor

from .conftest import ingest


def between(records: pa.Table, first: str, last: str) -> pa.Table:
    start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    return records.filter((pc.field("timestamp") >= start) & (pc.field("timestamp") < end))


def test_a_trailing_week_is_the_one_before(monitor: Monitor, records: pa.Table) -> None:
    drift = monitor.drift(
        {"trailing": "7d"}, start="2013-02-10", end="2013-02-17", columns=["distance"], metrics=["ks"]
    )
    before, after = (
        between(records, *days)["distance"].to_numpy()
        for days in (("2013-02-03", "2013-02-10"), ("2013-02-10", "2013-02-17"))
    )
    ks = drift["distance"]["ks"]
    assert drift.reference.coverage.records == len(before)
    assert ks.low <= stats.ks_2samp(before, after).statistic <= ks.high
    shifted = monitor.drift(
        CompareWith.parse({"trailing": "7d", "offset": "7d"}), start="2013-02-10", end="2013-02-17"
    )
    assert shifted.reference.coverage.records == between(records, "2013-01-27", "2013-02-03").num_rows


def test_the_same_days_of_earlier_weeks_without_an_excluded_one(monitor: Monitor, records: pa.Table) -> None:
    rule = {"period": "7d", "repeats": 3, "exclude": [{"start": "2013-02-18", "end": "2013-02-19"}]}
    drift = monitor.drift(rule, start="2013-02-25", end="2013-02-27")
    weeks = [("2013-02-19", "2013-02-20"), ("2013-02-11", "2013-02-13"), ("2013-02-04", "2013-02-06")]
    assert drift.reference.coverage.records == sum(between(records, *week).num_rows for week in weeks)


def test_excluded_ranges_belong_to_no_answer(monitor: Monitor, records: pa.Table) -> None:
    summary = monitor.summary(start="2013-02-01", end="2013-02-11", exclude=[("2013-02-03", "2013-02-05")])
    kept = [between(records, "2013-02-01", "2013-02-03"), between(records, "2013-02-05", "2013-02-11")]
    assert summary["distance"].count == pa.concat_tables(kept).num_rows


def test_each_period_is_compared_with_what_came_before_it(monitor: Monitor, records: pa.Table) -> None:
    weekly = monitor.drift({"trailing": "7d"}, every="1w", start="2013-02-04", end="2013-03-04")
    counts = [drift.reference.coverage.records for drift in weekly.results]
    starts = ["2013-01-28", "2013-02-04", "2013-02-11", "2013-02-18", "2013-02-25"]
    expected = [between(records, *week).num_rows for week in pairwise(starts)]
    assert counts == expected


@pytest.fixture
def own(records: pa.Table) -> Monitor:
    engine = _core.Engine("own")
    config = MonitorConfig(model="delays", window=timedelta(hours=1))
    engine.set_monitor(config.to_proto().SerializeToString())
    ingest(engine, records.slice(0, 3_000), "delays", "1")
    return _Writable(engine)


class _Writable(Monitor):
    """A monitor of an engine in this process that also takes baselines."""

    def __init__(self, engine: _core.Engine) -> None:
        super().__init__(EngineTransport(engine))
        self.engine = engine


def test_a_baseline_of_what_was_seen_has_exact_bins(
    own: _Writable, records: pa.Table, tmp_path: Path
) -> None:
    profile = own.profile()
    own.engine.set_baseline("delays", "first", profile.to_arrow(), True)
    ingest(own.engine, records.slice(3_000), "delays", "2")
    drift = own.drift("first", version="2", metrics=["psi", "chi_square"])
    assert {value.basis for value in drift["distance"].entries} == {"baseline_bins"}
    assert {value.basis for value in drift["carrier"].entries} == {"categories"}
    value = drift["distance"]["psi"]
    assert value.low == value.value == value.high
    assert drift.reference.versions == ()
    assert drift.reference.coverage.records == 3_000
    profile.save(tmp_path / "first.parquet")
    again = driftline.Profile.load(tmp_path / "first.parquet")
    other = _Writable(_core.Engine("other"))
    other.engine.set_baseline("delays", "renamed", again.to_arrow(), True)
    ingest(other.engine, records.slice(3_000), "delays", "2")
    assert other.drift("renamed").reference.fingerprint == drift.reference.fingerprint
    assert len(drift.reference.fingerprint) == 32


def test_what_cannot_be_compared_is_told(own: _Writable) -> None:
    with pytest.raises(FailedPreconditionError, match="no default baseline"):
        own.drift()
    with pytest.raises(InvalidArgumentError, match="must have a start, got none"):
        own.drift({"trailing": "7d"})
    with pytest.raises(InvalidArgumentError, match="longer than the period"):
        own.drift({"period": "1d"}, start="2013-01-01", end="2013-01-03")
    with pytest.raises(InvalidArgumentError, match="start of an excluded range"):
        own.summary(exclude=[("2013-01-02", "2013-01-01")])
    with pytest.raises(InvalidArgumentError, match="end would select records"):
        own.set_baseline("delays", "x", own.profile(), end="2013-02-01")
