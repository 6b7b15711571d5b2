"""Quality and series of a month of flights in a real collector and in its data directory."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy import stats
from tests.e2e.conftest import BASELINE, MODEL, Rows

from driftline.query import Monitor

NUMBERS = ["temp", "wind_gust", "precip_ratio", "log_precip"]


@pytest.mark.parametrize("name", NUMBERS)
def test_shares_are_those_of_the_rows(monitor: Monitor, rows: Rows, name: str) -> None:
    found = monitor.quality(BASELINE, model=MODEL, columns=[name])[name]
    checks = (("null_rate", pc.is_null), ("nan_rate", pc.is_nan), ("infinity_rate", pc.is_inf))
    for check, holds in checks:
        sides = []
        for table in (rows.training, rows.april):
            column = table[name] if check == "null_rate" else table[name].drop_null()
            sides.append((holds(column).to_numpy().sum(), len(column)))
        (before, n), (now, m) = sides
        finding = found[check]
        assert (finding.n_reference, finding.n_current) == (n, m)
        assert finding.reference.value == pytest.approx(before / n, abs=1e-12)
        assert finding.current.value == pytest.approx(now / m, abs=1e-12)
        exact = stats.fisher_exact([[before, n - before], [now, m - now]]).pvalue
        assert finding.p_value == pytest.approx(exact, rel=0.02, abs=1e-12)


def test_volume_is_that_of_whole_windows(monitor: Monitor, rows: Rows) -> None:
    found = monitor.quality(BASELINE, model=MODEL)
    assert found.reference.name == BASELINE
    assert found.volume is None or found.volume.current.records <= rows.april.num_rows
    assert found.freshness is not None
    assert found.freshness.event_age_low_seconds is not None
    before = monitor.quality({"end": "2013-04-16"}, model=MODEL, start="2013-04-16")
    assert before.volume is not None
    minutes = before.volume.period.total_seconds()
    times = rows.april["timestamp"].cast(pa.int64()).to_numpy() // int(minutes * 10**9)
    middle = int(np.datetime64("2013-04-16", "ns").astype(np.int64)) // int(minutes * 10**9)
    assert before.volume.reference.records == (times < middle).sum()
    assert before.volume.current.records == (times >= middle).sum()


def test_series_are_those_of_the_rows(monitor: Monitor, rows: Rows) -> None:
    frame = rows.april.select(["timestamp", "temp", "distance"]).to_pandas()
    days = frame.groupby(frame["timestamp"].dt.floor("1D"))
    records = monitor.series(every="1d", model=MODEL)
    assert [point.records for point in records] == days.size().tolist()
    mean = monitor.series("distance", "mean", every="1d", model=MODEL)
    found = [point.value.value for point in mean if point.value is not None]
    assert found == pytest.approx(days["distance"].mean().tolist(), rel=1e-9)
    ranked = monitor.anomalies(["temp", "distance"], every="1d", model=MODEL)
    assert {series.column for series in ranked} == {"temp", "distance"}
    assert all(series.is_judged for series in ranked)
