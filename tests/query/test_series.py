"""A year of flights by day: numbers against pandas, and the days of which the newspapers wrote."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from driftline import _core
from driftline.demo.flights import load_flights
from driftline.errors import InvalidArgumentError, NotFoundError
from driftline.query import EngineTransport, Monitor
from driftline.query.report import period_for
from driftline.query.results.values import Coverage
from driftline.v1 import control_pb2, ingest_pb2

DAY = 86_400 * 10**9
#: Days on which a fifth of all flights and more did not arrive: storms of February and March, and July's.
STORMS = {"2013-02-08", "2013-02-09", "2013-03-08"}


@pytest.fixture(scope="module")
def flights() -> pa.Table:
    """Without the weather; ``arrived_late`` is null for what was cancelled or diverted."""
    columns = load_flights().select(["timestamp", "distance", "departure_minute", "carrier", "label"])
    return columns.rename_columns(["timestamp", "distance", "departure_minute", "carrier", "arrived_late"])


@pytest.fixture(scope="module")
def monitor(flights: pa.Table) -> Monitor:
    engine = _core.Engine("test")
    monitor = control_pb2.Monitor(model="flights", window_nanos=DAY // 4, roles={"arrived_late": "feature"})
    engine.set_monitor(monitor.SerializeToString())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, flights.schema) as writer:
        writer.write_table(flights, max_chunksize=60_000)
    request = ingest_pb2.IngestRequest(model="flights", version="1", records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), 1_400_000_000 * 10**9)
    return Monitor(EngineTransport(engine))


@pytest.fixture(scope="module")
def by_day(flights: pa.Table) -> Any:
    frame = flights.to_pandas()
    return frame.groupby(frame["timestamp"].dt.floor("1D"))


def test_numbers_are_those_of_the_rows(monitor: Monitor, by_day: Any) -> None:
    exact = {
        ("", "records"): by_day.size(),
        ("distance", "mean"): by_day["distance"].mean(),
        ("distance", "std_dev"): by_day["distance"].std(),
        ("arrived_late", "null_rate"): by_day["arrived_late"].apply(lambda day: day.isna().mean()),
        ("carrier", "share:UA"): by_day["carrier"].apply(lambda day: (day == "UA").mean()),
    }
    for (column, statistic), expected in exact.items():
        series = monitor.series(column or None, statistic, every="1d")
        assert [point.start for point in series] == list(expected.index.to_pydatetime()), statistic
        found = [point.value.value for point in series if point.value is not None]
        assert found == pytest.approx(expected.tolist(), rel=1e-9), statistic


@pytest.mark.parametrize(("statistic", "q"), [("p50", 0.5), ("p99", 0.99)])
def test_quantiles_and_distinct_values_lie_in_their_intervals(
    monitor: Monitor, by_day: Any, statistic: str, q: float
) -> None:
    exact = by_day["departure_minute"].apply(np.quantile, q, method="inverted_cdf")
    for point, expected in zip(monitor.series("departure_minute", statistic, every="1d"), exact, strict=True):
        assert point.value is not None
        assert point.value.low <= expected <= point.value.high
    distinct = by_day["distance"].nunique()
    for point, expected in zip(monitor.series("distance", "distinct", every="1d"), distinct, strict=True):
        assert point.value is not None
        assert point.value.low <= expected + 0.01
        assert expected - 0.01 <= point.value.high


def test_storms_are_anomalies_and_most_days_are_none(monitor: Monitor) -> None:
    series = monitor.series("arrived_late", "null_rate", every="1d")
    assert series.season == 7
    days = {f"{point.start:%Y-%m-%d}" for point in series.anomalies}
    assert days >= STORMS, sorted(days)
    assert len(days) < 40, sorted(days)
    records = monitor.series(every="1d")
    # Thanksgiving has the fewest flights of a Thursday.
    assert any(point.start == datetime(2013, 11, 28, tzinfo=UTC) for point in records.anomalies)
    assert records.next is not None
    assert 400 < records.next.value < 1_200


def test_a_year_of_which_the_days_are_shuffled_is_quiet(flights: pa.Table) -> None:
    random = np.random.default_rng(4)
    shuffled = flights.set_column(1, "distance", pa.array(random.permutation(flights["distance"].to_numpy())))
    engine = _core.Engine("test")
    engine.set_monitor(control_pb2.Monitor(model="m", window_nanos=DAY).SerializeToString())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, shuffled.schema) as writer:
        writer.write_table(shuffled)
    request = ingest_pb2.IngestRequest(model="m", version="1", records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), 1_400_000_000 * 10**9)
    asked = Monitor(EngineTransport(engine))
    found = asked.anomalies(["distance"], ["mean", "std_dev", "p50"])
    assert len(found) == 3
    assert found.anomalies == ()


def test_all_columns_are_ranked_by_their_furthest_anomaly(monitor: Monitor) -> None:
    found = monitor.anomalies(every="1d")
    assert found.error == 0.05
    assert {series.name for series in found} >= {"records", "null_rate of arrived_late", "mean of distance"}
    counts = [bool(series.anomalies) for series in found]
    assert counts == sorted(counts, reverse=True)
    assert found["arrived_late", "null_rate"].anomalies
    text = repr(found)
    assert "null_rate of arrived_late" in text
    assert found.to_arrow().num_rows == sum(map(len, found))
    assert found.to_pandas().is_anomaly.sum() == len(found.anomalies)
    assert "<table>" in found._repr_html_()


def test_short_series_say_what_they_need(monitor: Monitor) -> None:
    short = monitor.series("distance", "mean", every="1d", start="2013-03-01", end="2013-03-08")
    assert not short.is_judged
    assert "too few periods to judge any, 10 with a number are needed first" in repr(short)
    weeks = monitor.series(every="1w")
    assert all(point.start.weekday() == 0 for point in weeks)
    assert not weeks[0].is_whole


def test_what_makes_no_sense_is_refused(monitor: Monitor) -> None:
    with pytest.raises(InvalidArgumentError, match="one length"):
        monitor.series(every="1mo")
    with pytest.raises(InvalidArgumentError, match="multiple of the window"):
        monitor.series(every="1h")
    with pytest.raises(InvalidArgumentError, match="statistic must be one of"):
        monitor.series("distance", "median")
    with pytest.raises(NotFoundError, match="no series"):
        monitor.series("carrier", "mean", every="1d")


def test_the_report_says_which_days_were_unlike(monitor: Monitor) -> None:
    report = monitor.report()
    assert report.series == monitor.anomalies(every="1d")
    said = next(
        sentence for sentence in report.sentences() if sentence.startswith("null_rate of arrived_late: ")
    )
    assert "periods of 1d are unlike those before, the furthest 2013-0" in said
    assert report.series in report.results()
    assert "null_rate of arrived_late" in report.to_html()
    # Nothing is predicted here, and no objective declared: there is a table of neither.
    assert report.performance not in report.results()
    assert "\n over " in repr(report.objectives)
    # With a period of a few windows there is nothing to judge, and no table.
    quiet = monitor.report(start="2013-03-01", end="2013-03-02")
    assert quiet.series is not None
    assert not quiet.series.anomalies
    assert quiet.series not in quiet.results()


def test_a_report_looks_at_no_more_periods_than_anybody_reads() -> None:
    def spanning(days: int) -> Coverage:
        return Coverage(start_unix_nanos=DAY, end_unix_nanos=(days + 1) * DAY, windows=1, records=1)

    minute = timedelta(minutes=1)
    assert period_for(minute, spanning(0)) == minute
    assert period_for(minute, spanning(2)) == "1h"
    assert period_for(minute, spanning(300)) == "1d"
    assert period_for(minute, spanning(10_000)) == "1w"
    # Hours cannot be made of these.
    assert period_for(timedelta(minutes=7), spanning(2)) == timedelta(minutes=7)
    assert period_for(timedelta(days=2), spanning(10_000)) == timedelta(days=2)


def test_points_are_made_when_they_are_looked_at_and_stay_equal(monitor: Monitor) -> None:
    series, again = (monitor.series("distance", "mean", every="1d") for _ in range(2))
    assert series == again
    assert series.entries[0] == again[0]
    assert series[-2:] == tuple(again)[-2:]
    assert series != monitor.series("distance", "std_dev", every="1d")
    assert hash(series.entries) == hash(again.entries)
    assert "SeriesPoint(" in repr(series.entries)
    table = series.to_arrow()
    assert table["value"].to_pylist() == [point.value and point.value.value for point in series]
    assert table["score"].to_pylist() == [point.expected and point.expected.score for point in series]
    assert table["start"].to_pylist() == [point.start for point in series]
