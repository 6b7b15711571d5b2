"""Every distance and test of driftline's own recipe as numpy and scipy compute it from the rows themselves."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from scipy.spatial import distance
from tests.e2e.exact import (
    PSI_SMOOTHING,
    Counts,
    Numbers,
    bin_counts,
    category_counts,
    finite,
    is_text,
    psi,
    texts,
)

from driftline import Profile
from driftline.query.results import DriftValue

#: Metrics of counts in bins or categories; of numbers alone; of single shares.
OF_BINS = (
    "psi",
    "kl",
    "jensen_shannon",
    "hellinger",
    "total_variation",
    "l_infinity",
    "chi_square",
    "g_test",
    "cramers_v",
)
OF_NUMBERS = ("ks", "wasserstein", "normalized_wasserstein", "mean_shift")
METRICS = (*OF_BINS, *OF_NUMBERS, "null_rate", "unseen_rate")


@dataclass(frozen=True)
class Exact:
    """What the rows say; ``slack`` is how far rounding may be off."""

    value: float
    p_value: float | None = None
    slack: float = 1e-9


def baseline_row(profile: Profile, column: str) -> dict[str, Any]:
    """The snapshot row of a column of a baseline: its bins or categories are in it."""
    table = profile.to_arrow()
    row: dict[str, Any] = table.slice(table["column"].to_pylist().index(column), 1).to_pylist()[0]
    return row


def exact_distances(
    reference: "pa.ChunkedArray[Any]", current: "pa.ChunkedArray[Any]", row: dict[str, Any]
) -> dict[str, Exact]:
    """All metrics that fit two columns, in the bins or categories of the reference's snapshot row."""
    found = {}
    if len(reference) and len(current):
        found["null_rate"] = _shares(
            (reference.null_count, len(reference)), (current.null_count, len(current))
        )
    if is_text(reference):
        one, other = texts(reference), texts(current)
        if not (one and other):
            return found
        categories = row["baseline_categories"]
        counts = category_counts(one, categories), category_counts(other, categories)
        found["unseen_rate"] = _shares((counts[0][-1], len(one)), (counts[1][-1], len(other)))
        return found | _of_bins(*counts)
    before, after = finite(reference), finite(current)
    if not (len(before) and len(after)):
        return found
    edges = np.array(row["baseline_edges"])
    return found | _of_bins(bin_counts(before, edges), bin_counts(after, edges)) | _of_numbers(before, after)


def assert_agrees(found: DriftValue, exact: Exact) -> None:
    """The exact number lies in the interval; where that has no width, it is the number."""
    slack = exact.slack * max(1.0, abs(exact.value))
    assert found.low - slack <= exact.value <= found.high + slack, (found, exact)
    assert found.low <= found.value <= found.high
    if found.low == found.high and exact.p_value is not None:
        assert found.p_value == pytest.approx(exact.p_value, rel=1e-6, abs=1e-12), (found, exact)


def _of_bins(reference: Counts, current: Counts) -> dict[str, Exact]:
    p, q = reference / reference.sum(), current / current.sum()
    smooth = [(counts + PSI_SMOOTHING) / (counts + PSI_SMOOTHING).sum() for counts in (reference, current)]
    table = np.stack([reference, current])
    table = table[:, table.sum(axis=0) > 0]
    chi_square = stats.chi2_contingency(table, correction=False)
    g_test = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    return {
        "psi": Exact(psi(reference, current)),
        "kl": Exact(float(stats.entropy(*smooth))),
        # A divergence known to 1e-16 is a distance known to 1e-8.
        "jensen_shannon": Exact(float(np.nan_to_num(distance.jensenshannon(p, q, base=2))), slack=1e-7),
        "hellinger": Exact(float(np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2)), slack=1e-7),
        "total_variation": Exact(float(distance.cityblock(p, q) / 2)),
        "l_infinity": Exact(float(distance.chebyshev(p, q))),
        "chi_square": Exact(float(chi_square.statistic), float(chi_square.pvalue)),
        "g_test": Exact(float(g_test.statistic), float(g_test.pvalue)),
        "cramers_v": Exact(float(np.sqrt(chi_square.statistic / table.sum()))),
    }


def _of_numbers(reference: Numbers, current: Numbers) -> dict[str, Exact]:
    largest = max(abs(values[end]) for values in (reference, current) for end in (0, -1))
    apart = float(stats.wasserstein_distance(reference, current))
    with warnings.catch_warnings():
        # The p-value, which is not used, of a handful of rows.
        warnings.simplefilter("ignore", RuntimeWarning)
        ks = stats.ks_2samp(reference, current, method="asymp")
    found = {
        "ks": Exact(float(ks.statistic)),
        "wasserstein": Exact(apart, slack=1e-9 * max(largest, 1.0)),
    }
    # What numpy's rounding leaves of equal values is no deviation.
    if reference[0] < reference[-1] and (deviation := float(reference.std())) > 0:
        slack = 1e-9 * max(largest / deviation, 1.0)
        shift = abs(float(current.mean() - reference.mean())) / deviation
        error = np.sqrt(1 / len(reference) + (current.std() / deviation) ** 2 / len(current))
        found["normalized_wasserstein"] = Exact(apart / deviation, slack=slack)
        found["mean_shift"] = Exact(shift, float(2 * stats.norm.sf(shift / error)), slack=slack)
    return found


def _shares(reference: tuple[int, int], current: tuple[int, int]) -> Exact:
    """Difference of two shares, each of hits and rows."""
    table = [[hits, rows - hits] for hits, rows in (reference, current)]
    apart = abs(reference[0] / reference[1] - current[0] / current[1])
    return Exact(apart, float(stats.fisher_exact(table).pvalue))
