import json
from typing import Any

import numpy as np
import pytest
from scipy import stats
from tests.e2e.conftest import BASELINE, MODEL, Rows
from tests.e2e.exact import Counts, bin_counts, category_counts, finite, is_text, psi, texts

from driftline.query import Monitor

NUMERIC = ["temp", "distance", "departure_minute", "pressure", "precip", "wind_gust", "score", "log_precip"]
CATEGORICAL = ["carrier", "origin", "dest", "prediction"]


def _counts(rows: Rows, name: str) -> tuple[Counts, Counts, Counts]:
    """Baseline counts as stored, and both sides counted by numpy in the bins that the baseline names."""
    row = _row_of(rows, name)
    training, april = rows.training[name], rows.april[name]
    stored = np.array(row["baseline_counts"])
    if is_text(training):
        categories = row["baseline_categories"]
        return stored, category_counts(texts(training), categories), category_counts(texts(april), categories)
    edges = np.array(row["baseline_edges"])
    return stored, bin_counts(finite(training), edges), bin_counts(finite(april), edges)


def _row_of(rows: Rows, name: str) -> dict[str, Any]:
    table = rows.profile.to_arrow()
    position = table["column"].to_pylist().index(name)
    row: dict[str, Any] = table.slice(position, 1).to_pylist()[0]
    return row


@pytest.mark.parametrize("name", NUMERIC + CATEGORICAL)
def test_the_baseline_is_counted_exactly_on_its_own_bins(rows: Rows, name: str) -> None:
    stored, training, _ = _counts(rows, name)
    assert stored.tolist() == training.tolist()


@pytest.mark.parametrize("name", NUMERIC + CATEGORICAL)
def test_psi_is_that_of_exact_counts(monitor: Monitor, rows: Rows, name: str) -> None:
    _, training, april = _counts(rows, name)
    found = monitor.drift(BASELINE, columns=[name], model=MODEL)[name]["psi"]
    assert found.value == pytest.approx(psi(training, april), rel=1e-9)
    assert (found.low, found.high) == (found.value, found.value)
    assert (found.n_reference, found.n_current) == (training.sum(), april.sum())
    assert found.basis == ("categories" if name in CATEGORICAL else "baseline_bins")


@pytest.mark.parametrize("name", NUMERIC + CATEGORICAL)
def test_jensen_shannon_and_chi_square_are_those_of_exact_counts(
    monitor: Monitor, rows: Rows, name: str
) -> None:
    _, training, april = _counts(rows, name)
    drift = monitor.drift(BASELINE, columns=[name], model=MODEL)[name]
    p, q = training / training.sum(), april / april.sum()
    middle = (p + q) / 2
    divergence = (stats.entropy(p, middle, base=2) + stats.entropy(q, middle, base=2)) / 2
    assert drift["jensen_shannon"].value == pytest.approx(np.sqrt(divergence), rel=1e-6)
    occupied = (training + april) > 0
    exact = stats.chi2_contingency(np.stack([training, april])[:, occupied], correction=False)
    found = drift["chi_square"]
    assert found.value == pytest.approx(exact.statistic, rel=1e-9)
    assert found.p_value == pytest.approx(exact.pvalue, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("name", NUMERIC + CATEGORICAL)
def test_noise_is_what_chance_gives_at_these_counts(monitor: Monitor, rows: Rows, name: str) -> None:
    _, training, april = _counts(rows, name)
    found = monitor.drift(BASELINE, columns=[name], metrics=["psi"], model=MODEL)[name]["psi"]
    freedom = int(((training + april) > 0).sum()) - 1
    scale = 1 / training.sum() + 1 / april.sum()
    assert found.noise_floor == pytest.approx(scale * freedom, rel=1e-6)
    assert found.noise_q95 == pytest.approx(scale * stats.chi2.ppf(0.95, freedom), rel=1e-6)


@pytest.mark.parametrize("name", NUMERIC)
def test_distances_of_distribution_functions_lie_in_their_intervals(
    monitor: Monitor, rows: Rows, name: str
) -> None:
    training, april = finite(rows.training[name]), finite(rows.april[name])
    drift = monitor.drift(BASELINE, columns=[name], model=MODEL)[name]
    ks = stats.ks_2samp(training, april).statistic
    assert drift["ks"].low - 1e-12 <= ks <= drift["ks"].high + 1e-12
    assert drift["ks"].low <= drift["ks"].value <= drift["ks"].high
    distance = stats.wasserstein_distance(training, april)
    slack = 1e-9 * max(abs(april[0]), abs(april[-1]))
    assert drift["wasserstein"].low - slack <= distance <= drift["wasserstein"].high + slack
    assert drift["wasserstein"].value == pytest.approx(distance, rel=0.05, abs=0.002 * np.ptp(training))


def test_columns_come_in_the_order_of_noise_corrected_psi(monitor: Monitor) -> None:
    drift = monitor.drift(model=MODEL)
    excess = [column["psi"].value - column["psi"].noise_floor for column in drift]
    assert excess == sorted(excess, reverse=True), json.dumps(excess)
    assert drift.reference.name == BASELINE


def test_other_records_serve_as_a_reference(monitor: Monitor, rows: Rows) -> None:
    drift = monitor.drift({"end": "2013-04-16"}, start="2013-04-16", columns=["origin", "temp"], model=MODEL)
    days = rows.april["timestamp"].to_numpy()
    late = days >= np.datetime64("2013-04-16")
    assert drift["origin"]["psi"].n_current == late.sum()
    assert drift["origin"]["psi"].n_reference == (~late).sum()
    values = rows.april["temp"].to_numpy()
    ks = stats.ks_2samp(values[~late & np.isfinite(values)], values[late & np.isfinite(values)]).statistic
    assert drift["temp"]["ks"].low - 1e-12 <= ks <= drift["temp"]["ks"].high + 1e-12
