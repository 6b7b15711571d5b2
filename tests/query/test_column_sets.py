"""How columns move together: a change that no column shows alone is found, and said with its noise."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy import stats

import driftline
from driftline.config import MonitorConfig
from driftline.demo.process import CollectorProcess
from driftline.errors import FailedPreconditionError, NotFoundError
from driftline.query import Monitor

MONITOR = MonitorConfig.model_validate(
    {
        "model": "loans",
        "column_sets": {
            "money": {"columns": ["rent", "income", "debt"]},
            "who": {"columns": ["country", "device", "income"]},
        },
    }
)


def records(seed: int, rows: int, *, turned: bool = False) -> pa.Table:
    """Income and rent that go together, or against each other; each column alone is the same either way."""
    random = np.random.default_rng(seed)
    income = random.normal(size=rows)
    rent = 0.8 * (-income if turned else income) + 0.6 * random.normal(size=rows)
    country = random.integers(0, 4, rows)
    return pa.table(
        {
            "income": pa.array(3_000 + 400 * income),
            "rent": pa.array(900 + 100 * rent),
            "debt": pa.array(random.exponential(5_000, rows)),
            "country": pa.array([f"c{number}" for number in country]),
            "device": pa.array([f"d{(3 - number) if turned else number}" for number in country]),
        }
    )


BASELINE = driftline.profile(records(1, 4_000), monitor=MONITOR)
SAME = driftline.profile(records(2, 2_000), monitor=MONITOR, baseline=BASELINE)
TURNED = driftline.profile(records(3, 2_000, turned=True), monitor=MONITOR, baseline=BASELINE)


def test_a_turn_is_found_that_no_column_shows() -> None:
    drift = TURNED.drift(BASELINE, metrics=["psi", "ks"])
    assert not any(value.exceeds_noise and value.value > 0.1 for column in drift for value in column)
    found = TURNED.column_sets(BASELINE)
    for metric in ("covariance_distance", "correlation_change", "squared_mmd"):
        value = found["money"][metric]
        assert value.exceeds_noise
        assert value.p_value is not None
        assert value.p_value < 1e-9
    assert not found["money"]["mean_distance"].exceeds_noise
    change = found["money"]["correlation_change"]
    assert change.columns == ("income", "rent")
    assert change.reference == pytest.approx(0.8, abs=0.05)
    assert change.current == pytest.approx(-0.8, abs=0.05)
    unseen = found["who"]["unseen_combinations"]
    assert unseen.current == 1.0
    assert unseen.reference == 0.0
    assert found["who"].current.combinations is not None


def test_nothing_is_found_where_nothing_has_moved() -> None:
    for entry in SAME.column_sets(BASELINE):
        assert entry.notes == ()
        assert all(value.p_value is not None and value.p_value > 1e-3 for value in entry)


def test_means_and_correlations_are_those_of_numpy() -> None:
    before, after = (
        records(*of).select(["debt", "income", "rent"]).to_pandas() for of in ((1, 4_000), (2, 2_000))
    )
    found = SAME.column_sets(BASELINE, sets=["money"])["money"]
    n, m = len(before), len(after)
    pooled = ((n - 1) * before.cov() + (m - 1) * after.cov()) / (n + m - 2)
    apart = after.mean() - before.mean()
    squared = float(apart @ np.linalg.solve(pooled, apart))
    statistic = n * m / (n + m) * squared * (n + m - 4) / (3 * (n + m - 2))
    assert found["mean_distance"].value == pytest.approx(squared**0.5, rel=1e-9)
    assert found["mean_distance"].p_value == pytest.approx(stats.f.sf(statistic, 3, n + m - 4), rel=1e-6)
    change = float(np.abs(before.corr().to_numpy() - after.corr().to_numpy()).max())
    assert found["correlation_change"].value == pytest.approx(change, rel=1e-9)
    assert (found.reference.records, found.current.complete) == (n, m)


def test_records_outside_the_baselines_range_are_counted() -> None:
    strange = records(4, 1_000).to_pandas()
    strange.loc[:49, "income"] = 1e6
    strange.loc[:9, "rent"] = -1e6
    profile = driftline.profile(pa.Table.from_pandas(strange), monitor=MONITOR, baseline=BASELINE)
    found = profile.column_sets(BASELINE)["money"]
    rows = BASELINE.to_arrow().filter(pc.field("kind") == "column_set").to_pylist()
    scales = next(row["column_set"] for row in rows if row["column"] == "money")
    values = strange[scales["numeric_columns"]].to_numpy()
    outside = ((values < scales["scale_lows"]) | (values > scales["scale_highs"])).sum(axis=1)
    assert found.current.outside == tuple(np.bincount(outside, minlength=4))
    assert found.current.outside[2] >= 10
    assert found["strange_records"].exceeds_noise
    assert sum(found.reference.outside) == 2_000


def test_a_result_shows_itself_and_is_a_table() -> None:
    found = TURNED.column_sets(BASELINE)
    assert "squared_mmd" in repr(found)
    assert "income, rent" in repr(found)
    assert found.to_arrow().num_rows == sum(len(entry) for entry in found)
    assert isinstance(found.to_pandas(), pd.DataFrame)
    assert "<table" in found._repr_html_()
    with pytest.raises(NotFoundError, match="money"):
        found["mony"]
    with pytest.raises(NotFoundError, match="money"):
        TURNED.column_sets(BASELINE, sets=["mony"])
    with pytest.raises(FailedPreconditionError, match="column_sets"):
        driftline.profile(records(1, 10)).column_sets(BASELINE)


def test_profiles_with_sets_are_stored_and_merged(tmp_path: Path) -> None:
    TURNED.save(tmp_path / "profile.parquet")
    stored = driftline.Profile.load(tmp_path / "profile.parquet")
    assert stored.column_sets(BASELINE).to_arrow() == TURNED.column_sets(BASELINE).to_arrow()
    both = SAME.merge(TURNED).column_sets(BASELINE)["money"]
    assert both.current.records == 4_000
    assert both["squared_mmd"].n_current == 4_000
    assert "money" not in both.numeric_columns
    assert stored.columns == BASELINE.columns


def test_a_collector_finds_it_before_and_after_a_restart(tmp_path: Path) -> None:
    settings = {"monitors": [MONITOR.model_dump(mode="json", include={"model", "column_sets"})]}
    first = CollectorProcess.start(tmp_path, settings)
    try:
        with driftline.connect(first.grpc_address) as monitor:
            monitor.set_baseline("loans", "training", BASELINE)
        with driftline.Client(first.grpc_address, model="loans", version="1") as client:
            client.log_table(records(5, 2_000, turned=True))
            assert client.flush(60.0), client.stats
        with driftline.connect(first.grpc_address) as monitor:
            found = turned(monitor)
    finally:
        first.stop()
    second = CollectorProcess.start(tmp_path, settings)
    try:
        with driftline.connect(second.grpc_address) as monitor:
            again = turned(monitor)
            assert again["money"].current == found["money"].current
            week = monitor.profile("loans")
            monitor.set_baseline("loans", "week", week)
            assert not monitor.column_sets()["money"]["squared_mmd"].exceeds_noise
    finally:
        second.stop()
    with driftline.open(tmp_path / "data") as monitor:
        assert turned(monitor)["who"].current == found["who"].current


def turned(monitor: Monitor) -> driftline.query.results.ColumnSetsResult:
    """What is found in the turned records, compared with the training."""
    found = monitor.column_sets("training", model="loans")
    assert found.coverage.records == 2_000
    assert found["money"]["squared_mmd"].exceeds_noise
    assert found["money"]["covariance_distance"].exceeds_noise
    assert not found["money"]["mean_distance"].exceeds_noise
    unseen = found["who"]["unseen_combinations"]
    assert unseen.current == 1.0
    drift = monitor.drift("training", model="loans", metrics=["psi"])
    assert not any(value.value > 0.1 for column in drift for value in column)
    return found
