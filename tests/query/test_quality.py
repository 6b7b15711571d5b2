"""Faults that were put into real tables, and what quality says of them, against counts of the rows."""

from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import datasets

import driftline
from driftline import _core
from driftline.demo.flights import load_flights
from driftline.query import EngineTransport, Monitor, compare_quality
from driftline.query.results import QualityResult
from driftline.v1 import ingest_pb2, quality_pb2

TABLES = ["breast_cancer", "wine", "flights"]


@cache
def halves(name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two halves of a real table, drawn at random, each with a column of categories ``group``."""
    if name == "flights":
        columns = ["distance", "temp", "pressure", "departure_minute", "carrier"]
        frame = load_flights().select(columns).to_pandas().sample(20_000, random_state=3)
        frame = frame.rename(columns={"carrier": "group"}).astype({"group": str})
        frame = frame.astype({"departure_minute": float, "distance": float})
    else:
        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        frame = bunch.data.assign(group=bunch.target.map(lambda target: f"class {target}"))
    order = np.random.default_rng(11).permutation(len(frame))
    middle = len(frame) // 2
    return frame.iloc[order[:middle]], frame.iloc[order[middle:]]


def numbers_of(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if name != "group"]


def planted(frame: pd.DataFrame) -> tuple[pa.Table, dict[str, str]]:
    """The table with faults, and the column of each."""
    broken = frame.copy()
    names = numbers_of(frame)
    random = np.random.default_rng(5)
    hit = random.random((4, len(frame))) < 0.3
    faults = {"null": names[0], "far": names[1], "constant": names[2], "text": names[3]}
    columns = {name: pa.array(broken[name], from_pandas=True) for name in broken.columns}
    first = broken[names[0]].to_numpy(copy=True)
    first[hit[1]], first[hit[2]] = np.nan, np.inf
    columns[names[0]] = pa.array(first, mask=hit[0] | broken[names[0]].isna().to_numpy())
    far = broken[names[1]].to_numpy(copy=True)
    far[hit[3]] = 1e9
    columns[names[1]] = pa.array(far, from_pandas=True)
    columns[names[2]] = pa.array(np.full(len(frame), 7.0))
    columns[names[3]] = pa.array(broken[names[3]].astype(str))
    group = broken["group"].to_numpy(copy=True)
    group[hit[0]] = "never seen"
    columns["group"] = pa.array(group)
    columns["brand_new"] = pa.array(np.arange(len(frame)))
    return pa.table(columns), faults


def arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize("name", TABLES)
def test_two_halves_of_a_table_are_alike(name: str) -> None:
    found = compare_quality(*map(arrow, halves(name)))
    assert found.schema == ()
    assert {column.column for column in found} == set(halves(name)[0].columns)
    for column in found:
        for finding in column:
            assert finding.adjusted_p_value is None or finding.adjusted_p_value > 0.01, (
                column.column,
                finding,
            )


@pytest.mark.parametrize("name", TABLES)
def test_planted_faults_are_found_and_counted(name: str) -> None:
    before, after = halves(name)
    broken, faults = planted(after)
    gone = numbers_of(before)[-1]
    broken = broken.drop_columns([gone]) if gone not in faults.values() else broken
    found = compare_quality(arrow(before), broken)
    told = {(column, finding.check) for column, finding in found.exceeding}
    assert told >= {
        (faults["null"], "null_rate"),
        (faults["null"], "nan_rate"),
        (faults["null"], "infinity_rate"),
        (faults["far"], "out_of_range"),
        (faults["constant"], "constant"),
        ("group", "unseen_rate"),
    }
    changes = {(change.column, change.change) for change in found.schema}
    expected = {(faults["text"], "kind"), ("brand_new", "added")}
    assert changes == expected | ({(gone, "missing")} if gone not in faults.values() else set())

    first = broken[faults["null"]]
    values = first.drop_null().to_numpy()
    nothing = (0, int(before[faults["null"]].notna().sum()))
    rows, nulls = len(before), int(before[faults["null"]].isna().sum())
    check_share(found, faults["null"], "null_rate", (first.null_count, len(first)), (nulls, rows))
    check_share(found, faults["null"], "nan_rate", (np.isnan(values).sum(), len(values)), nothing)
    check_share(found, faults["null"], "infinity_rate", (np.isinf(values).sum(), len(values)), nothing)
    groups = broken["group"].to_pandas()
    unseen = (~groups.isin(before["group"])).sum()
    check_share(found, "group", "unseen_rate", (unseen, len(groups)), (0, rows))
    far, known = broken[faults["far"]].drop_null().to_numpy(), before[faults["far"]].dropna()
    exact = np.mean((far < known.min()) | (far > known.max()))
    finding = found[faults["far"]]["out_of_range"]
    assert finding.current.low - 1e-9 <= exact <= finding.current.high + 1e-9
    for column in found:
        for distinct in (
            each for each in column if each.check == "distinct" and column.kind == "categorical"
        ):
            assert distinct.current.value == broken[column.column].to_pandas().nunique()
            assert distinct.reference.value == before[column.column].nunique()


def check_share(
    found: QualityResult, column: str, check: str, current: tuple[Any, int], reference: tuple[int, int]
) -> None:
    """A share of rows on both sides, and the p-value of Fisher's exact test."""
    finding = found[column][check]
    (hits, rows), (before, rows_before) = (int(current[0]), current[1]), reference
    assert finding.current.value == pytest.approx(hits / rows, abs=1e-12)
    assert finding.reference.value == pytest.approx(before / rows_before, abs=1e-12)
    assert (finding.n_current, finding.n_reference) == (rows, rows_before)
    table = [[hits, rows - hits], [before, rows_before - before]]
    assert finding.p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6, abs=1e-300)


def test_p_values_are_adjusted_as_scipy_does() -> None:
    before, after = halves("wine")
    found = compare_quality(arrow(before), planted(after)[0])
    pairs = [
        (finding.p_value, finding.adjusted_p_value)
        for column in found
        for finding in column
        if finding.p_value is not None
    ]
    assert len(pairs) > 20
    expected = stats.false_discovery_control([p for p, _ in pairs])
    assert [adjusted for _, adjusted in pairs] == pytest.approx(expected.tolist(), rel=1e-12)


@given(
    st.lists(st.one_of(st.none(), st.floats(width=64)), min_size=1, max_size=40),
    st.lists(st.one_of(st.none(), st.floats(width=64)), max_size=40),
)
def test_any_numbers_are_counted(before: list[float | None], after: list[float | None]) -> None:
    found = compare_quality(*(pa.table({"x": pa.array(side, pa.float64())}) for side in (before, after)))
    if not found.entries:
        assert not after
        return
    column = found["x"]
    values = np.array([value for value in after if value is not None])
    for check, hits, rows in (
        ("null_rate", after.count(None), len(after)),
        ("nan_rate", np.isnan(values).sum(), len(values)),
        ("infinity_rate", np.isinf(values).sum(), len(values)),
    ):
        for finding in (each for each in column if each.check == check):
            assert finding.current.value == pytest.approx(hits / rows)
            assert finding.n_current == rows
    for finding in column:
        assert finding.p_value is None or 0 <= finding.p_value <= 1
        assert finding.current.low <= finding.current.value <= finding.current.high
        assert finding.exceeds_noise == (
            max(
                finding.current.low - finding.reference.high,
                finding.reference.low - finding.current.high,
                0.0,
            )
            > finding.noise_q95
        )


@given(st.lists(st.sampled_from("abcdefg"), min_size=1), st.lists(st.sampled_from("efghij"), min_size=1))
def test_any_categories_are_counted(before: list[str], after: list[str]) -> None:
    column = compare_quality(pa.table({"x": before}), pa.table({"x": after}))["x"]
    assert column["distinct"].current.value == len(set(after))
    assert column["distinct"].reference.value == len(set(before))
    unseen = sum(value not in before for value in after) / len(after)
    assert column["unseen_rate"].current.value == pytest.approx(unseen)
    assert column["constant"].current.value == (len(set(after)) == 1)


def test_volume_and_gaps_are_those_of_the_rows(monitor: Monitor, records: pa.Table) -> None:
    found = monitor.quality({"version": "1"}, version="2")
    hours = records["timestamp"].cast(pa.int64()).to_numpy() // (3_600 * 10**9)
    middle = len(hours) // 2
    assert found.volume is not None
    assert found.volume.period == timedelta(hours=1)
    for rate, mine in ((found.volume.reference, hours[:middle]), (found.volume.current, hours[middle:])):
        counts = np.bincount(mine - mine.min())
        assert (rate.records, rate.periods) == (len(mine), len(counts))
        assert rate.empty_periods == (counts == 0).sum()
        assert rate.mean == pytest.approx(counts.mean())
    mine = np.unique(hours[middle:])
    assert found.freshness is not None
    assert found.freshness.longest_gap_seconds == (np.diff(mine).max() - 1) * 3_600
    assert found.freshness.event_age_high_seconds is not None
    assert found.freshness.event_age_high_seconds > 10 * 365 * 86_400
    assert not found.volume.exceeds_noise


def test_the_default_reference_and_profiles_and_periods(monitor: Monitor) -> None:
    before = monitor.profile(version="1")
    found = monitor.quality(before, version="2")
    assert (found.volume, found.freshness) == (None, None)
    assert found["carrier"]["null_rate"].current.value == 0
    by_month = monitor.quality({"version": "1"}, every="1mo", columns=["dep_delay"])
    assert [len(result) for result in by_month] == [1] * len(by_month)
    assert "period" in by_month.grid().headers
    with pytest.raises(driftline.errors.NotFoundError, match='no column "no"; known: "carrier"'):
        monitor.quality({"version": "1"}, columns=["no"])


def test_what_is_found_is_shown_and_is_a_table(monitor: Monitor) -> None:
    before, after = halves("wine")
    found = compare_quality(arrow(before), planted(after)[0])
    text = repr(found)
    assert "schema_kind" in text
    assert "numeric -> categorical" in text
    assert text.index("beyond noise") > 0
    assert "null_rate" in found._repr_html_()
    table = found.to_arrow()
    assert table.num_rows == len(found.schema) + sum(map(len, found))
    frame = found.to_pandas()
    assert frame[frame.exceeds_noise].check.nunique() > 5
    one = found[numbers_of(before)[0]]
    assert one.to_arrow().num_rows == len(one)
    assert "quality of" in repr(one)
    with_time = monitor.quality({"version": "1"}, version="2")
    checks = set(with_time.to_arrow()["check"].to_pylist())
    assert {"volume", "event_age", "longest_gap"} <= checks
    assert "records each 1:00:00" in repr(with_time)


def ingested(engine: _core.Engine, version: str, table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    request = ingest_pb2.IngestRequest(model="m", version=version, records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), 1_500_000_000 * 10**9)


def test_half_the_records_and_a_kind_that_was_refused_are_told() -> None:
    engine = _core.Engine("test")
    random = np.random.default_rng(8)
    for version, rate in (("1", 200), ("2", 100), ("3", 200)):
        counts = random.poisson(rate * random.uniform(0.7, 1.3, 30))
        minutes = np.repeat(np.arange(30), counts) * 60 * 10**9 + 1_400_000_040 * 10**9
        times = pa.array(minutes.astype("datetime64[ns]"), pa.timestamp("ns", "UTC"))
        ingested(
            engine,
            version,
            pa.table({"timestamp": times, "amount": pa.array(np.arange(float(len(minutes))))}),
        )
    with pytest.raises(driftline.errors.DriftlineError, match="was numeric before and is categorical now"):
        ingested(engine, "2", pa.table({"amount": ["1"]}))
    asked = Monitor(EngineTransport(engine))
    half = asked.quality({"version": "1"}, version="2")
    assert half.volume is not None
    assert half.volume.ratio is not None
    assert half.volume.exceeds_noise
    assert half.volume.ratio.low <= 0.5 <= half.volume.ratio.high
    assert half.volume.dispersion is not None
    assert half.volume.dispersion > 2
    assert [(each.column, each.batches) for each in half.kind_refusals] == [("amount", 1)]
    assert half.batches_rejected == {"schema": 1}
    same = asked.quality({"version": "1"}, version="3")
    assert same.volume is not None
    assert not same.volume.exceeds_noise
    assert same.kind_refusals == ()


def test_refusals_are_shown_by_column() -> None:
    message = quality_pb2.QualityResponse()
    message.kind_refusals.add(version="2", column="amount", batches=3)
    found = QualityResult.from_proto(message)
    assert found.kind_refusals[0].batches == 3
    assert "batches of version 2" in repr(found)
