from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

import driftline
from driftline.config import MonitorConfig
from driftline.errors import InvalidArgumentError, InvalidBatchError
from driftline.query import Profile, infer_roles
from driftline.query.sources import Source


def column(table: pa.Table, name: str) -> np.ndarray:
    return table[name].drop_null().to_numpy()


def test_a_profile_counts_every_value(records: pa.Table) -> None:
    profile = driftline.profile(records)
    for summary in profile.summary():
        assert summary.nulls == records[summary.column].null_count
        assert summary.count == len(records) - summary.nulls
    assert "timestamp" not in [summary.column for summary in profile.summary()]


def test_figures_of_a_profile_are_those_of_numpy(records: pa.Table) -> None:
    summary = driftline.profile(records).summary()["dep_delay"]
    values = column(records, "dep_delay")
    assert summary.mean == pytest.approx(values.mean(), rel=1e-12)
    assert summary.std_dev == pytest.approx(values.std(ddof=1), rel=1e-12)
    assert summary.skewness == pytest.approx(stats.skew(values), rel=1e-9)
    assert summary.excess_kurtosis == pytest.approx(stats.kurtosis(values), rel=1e-9)
    assert (summary.min, summary.max) == (values.min(), values.max())
    assert summary.distinct.value == pytest.approx(len(np.unique(values)), rel=0.04)


def test_quantiles_lie_in_their_certified_intervals(records: pa.Table) -> None:
    values = np.sort(column(records, "distance"))
    for quantile in driftline.profile(records).quantiles("distance", [0.01, 0.5, 0.9, 0.99]):
        exact = np.quantile(values, quantile.q, method="inverted_cdf")
        assert quantile.low <= exact <= quantile.high
        assert quantile.low <= quantile.value <= quantile.high
        assert np.searchsorted(values, quantile.value) / len(values) == pytest.approx(quantile.q, abs=0.01)


def test_a_distribution_counts_items_and_bins_exactly(records: pa.Table) -> None:
    profile = driftline.profile(records)
    counted = Counter(records["carrier"].to_pylist())
    assert {item.item: item.count for item in profile.distribution("carrier")} == counted  # type: ignore[union-attr]
    values = column(records, "distance")
    histogram = profile.distribution("distance")
    assert histogram.kind == "numeric"
    assert sum(entry.count for entry in histogram) == len(values)
    for entry in histogram:
        inside = (entry.lower < values) & (values <= entry.upper)  # type: ignore[union-attr]
        assert entry.count == inside.sum()


@pytest.fixture
def sources(records: pa.Table, tmp_path: Path) -> dict[str, Source]:
    plain = records.drop_columns(["timestamp"])
    pq.write_table(plain, tmp_path / "records.parquet", row_group_size=1_000)
    return {
        "pyarrow": plain,
        "pandas": plain.to_pandas(),
        "polars": pl.DataFrame(plain),
        "path": tmp_path / "records.parquet",
        "glob": str(tmp_path / "*.parquet"),
    }


@pytest.mark.parametrize("kind", ["pandas", "polars", "path", "glob"])
def test_every_kind_of_source_gives_the_same_summary(sources: dict[str, Source], kind: str) -> None:
    expected = driftline.profile(sources["pyarrow"]).summary()
    found = driftline.profile(sources[kind]).summary()
    for summary in expected:
        twin = found[summary.column]
        assert (twin.count, twin.min, twin.max) == (summary.count, summary.min, summary.max)
        assert (twin.mean is None) == (summary.mean is None)
        if summary.mean is not None:
            assert twin.mean == pytest.approx(summary.mean, rel=1e-9)
        assert twin.distinct == summary.distinct


def test_ks_of_two_tables_is_that_of_scipy(records: pa.Table) -> None:
    before, after = records.slice(0, 3_000), records.slice(3_000)
    drift = driftline.compare(before, after)
    for name in ("dep_delay", "distance"):
        exact = stats.ks_2samp(column(before, name), column(after, name)).statistic
        found = drift[name]["ks"]
        assert found.low - 1e-12 <= exact <= found.high + 1e-12
    assert drift["dep_delay"]["psi"].exceeds_noise
    assert not drift["distance"]["psi"].exceeds_noise
    assert drift[0].column == "dep_delay"


def test_a_source_is_counted_on_the_bins_of_the_reference(records: pa.Table) -> None:
    before, after = records.slice(0, 3_000), records.slice(3_000)
    by_source = driftline.compare(before, after)["dep_delay"]["psi"]
    assert by_source.basis == "baseline_bins"
    assert by_source.low == by_source.value == by_source.high
    by_profile = driftline.compare(before, driftline.profile(after))["dep_delay"]["psi"]
    assert by_profile.basis == "sketch"
    assert by_profile.low <= by_source.value <= by_profile.high


def test_the_same_records_have_not_drifted(records: pa.Table) -> None:
    for moved in driftline.compare(records, records):
        assert moved["psi"].value == 0


def test_tables_without_a_common_column_are_not_compared(records: pa.Table) -> None:
    other = records.select(["distance"]).rename_columns(["length"])
    with pytest.raises(
        InvalidArgumentError, match=r"no column can be compared: .*length: not in the records"
    ):
        driftline.compare(other, records)


def test_columns_and_metrics_are_chosen(records: pa.Table) -> None:
    drift = driftline.compare(records, records, columns=["distance"], metrics=["ks"])
    assert [(moved.column, [value.metric for value in moved]) for moved in drift] == [("distance", ["ks"])]
    with pytest.raises(InvalidArgumentError, match="psi"):
        driftline.compare(records, records, metrics=["nonsense"])


def test_roles_are_those_given_then_configured_then_inferred(records: pa.Table) -> None:
    monitor = MonitorConfig(model="delays", roles={"distance": "ignore", "score": "feature"})
    found = infer_roles(records, monitor=monitor, roles={"score": "score"})
    assert found["label"].role == "label"
    assert found["label"].origin == "inferred"
    assert (found["distance"].role, found["distance"].origin) == ("ignore", "configuration")
    assert found["score"].role == "score"
    profile = driftline.profile(records, monitor=monitor)
    assert profile.model == "delays"
    assert "distance" not in [summary.column for summary in profile.summary()]


def test_a_column_that_cannot_be_profiled_is_named() -> None:
    table = pa.table({"x": [1, 2], "tags": [["a"], ["b"]]})
    with pytest.raises(InvalidBatchError, match="tags"):
        driftline.profile(table)


def test_a_saved_profile_is_compared_as_a_profile(records: pa.Table, tmp_path: Path) -> None:
    path = tmp_path / "before.parquet"
    driftline.profile(records.slice(0, 3_000)).save(path)
    assert driftline.compare(path, records.slice(3_000)) == driftline.compare(
        Profile.load(path), records.slice(3_000)
    )
