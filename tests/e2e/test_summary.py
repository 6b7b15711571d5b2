import numpy as np
import pyarrow as pa
import pytest
from tests.e2e.conftest import MODEL, Rows
from tests.e2e.exact import NOT_PROFILED, finite, is_text, numbers, rank_error, texts

from driftline.query import Monitor

SOME = (
    "carrier",
    "dest",
    "flight",
    "distance",
    "temp",
    "wind_gust",
    "log_precip",
    "precip_ratio",
    "score",
    "latency",
)


def test_all_columns_are_there_with_their_roles(monitor: Monitor, rows: Rows) -> None:
    summary = monitor.summary(MODEL)
    roles = {
        f.name: (f.metadata or {})[b"driftline.role"].decode()
        for f in rows.april.schema
        if f.name not in NOT_PROFILED
    }
    assert {column.column: column.role for column in summary} == roles
    assert summary.coverage.records == rows.april.num_rows
    assert summary.coverage.windows == 30


@pytest.mark.parametrize("name", SOME)
def test_counts_are_exact(monitor: Monitor, rows: Rows, name: str) -> None:
    column = rows.april[name]
    found = monitor.summary(MODEL, columns=[name])[name]
    assert (found.count, found.nulls) == (len(column) - column.null_count, column.null_count)
    if is_text(column):
        assert (found.kind, found.nans, found.infinities) == ("categorical", 0, 0)
    else:
        values = numbers(column)
        assert found.kind == "numeric"
        assert (found.nans, found.infinities) == (np.isnan(values).sum(), np.isinf(values).sum())


@pytest.mark.parametrize("name", SOME)
def test_distinct_values_are_within_4_percent(monitor: Monitor, rows: Rows, name: str) -> None:
    column = rows.april[name]
    exact = len(set(texts(column))) if is_text(column) else len(np.unique(finite(column)))
    found = monitor.summary(MODEL, columns=[name])[name].distinct
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(exact, rel=0.04, abs=2 if not is_text(column) else 0.5)


@pytest.mark.parametrize("name", [name for name in SOME if name not in ("carrier", "dest", "flight")])
def test_moments_are_exact_and_quantiles_within_1_percent_rank(
    monitor: Monitor, rows: Rows, name: str
) -> None:
    values = finite(rows.april[name])
    found = monitor.summary(MODEL, columns=[name])[name]
    assert found.mean == pytest.approx(values.mean(), rel=1e-9)
    assert found.std_dev == pytest.approx(values.std(ddof=1), rel=1e-9)
    assert (found.min, found.max) == (values[0], values[-1])
    assert found.p50 is not None
    assert found.p99 is not None
    assert rank_error(values, found.p50, 0.5) <= 0.01
    assert rank_error(values, found.p99, 0.99) <= 0.01


@pytest.mark.parametrize("name", ["carrier", "origin", "dest", "prediction"])
def test_frequent_items_are_exact_where_they_are_few(monitor: Monitor, rows: Rows, name: str) -> None:
    items, counts = np.unique(texts(rows.april[name]), return_counts=True)
    exact = dict(zip(items.tolist(), counts.tolist(), strict=True))
    top = monitor.summary(MODEL, columns=[name])[name].top
    assert len(top) == min(10, len(exact))
    assert [(item.count, item.error) for item in top] == [(exact[item.item], 0) for item in top]
    assert [item.count for item in top] == sorted(exact.values(), reverse=True)[:10]


def test_a_day_and_a_segment_are_counted_apart(monitor: Monitor, rows: Rows) -> None:
    carriers = rows.april["carrier"].cast(pa.string()).to_numpy(zero_copy_only=False)
    days = rows.april["timestamp"].to_numpy().astype("datetime64[D]")
    chosen = (carriers == "DL") & (days == np.datetime64("2013-04-20"))
    found = monitor.summary(MODEL, start="2013-04-20", end="2013-04-21", segment={"carrier": "DL"})
    temperature = finite(rows.april.filter(pa.array(chosen))["temp"])
    assert found.coverage.records == chosen.sum()
    assert found["temp"].count == len(temperature)
    assert found["temp"].mean == pytest.approx(temperature.mean(), rel=1e-9)
