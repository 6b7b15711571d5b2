"""The exact answers, by numpy, scipy and scikit-learn on the rows themselves."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Numbers: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]

#: Columns without a profile: they name a record or its time, or came later, to be joined.
NOT_PROFILED = ("timestamp", "prediction_id", "label")
PSI_SMOOTHING = 0.5
Z = 1.959963984540054


def is_text(column: "pa.ChunkedArray[Any]") -> bool:
    """Whether a column is categorical to driftline."""
    kind = column.type
    return bool(pa.types.is_dictionary(kind) or pa.types.is_string(kind) or pa.types.is_boolean(kind))


def texts(column: "pa.ChunkedArray[Any]") -> list[str]:
    """The values of a categorical column that are not null; booleans as ``true`` and ``false``."""
    return [str(value) for value in column.drop_null().cast(pa.string()).to_pylist()]


def numbers(column: "pa.ChunkedArray[Any]") -> Numbers:
    """The values of a numeric column that are not null, infinities and not-a-number included."""
    values: Numbers = column.drop_null().cast(pa.float64()).to_numpy()
    return values


def finite(column: "pa.ChunkedArray[Any]") -> Numbers:
    """The finite values of a numeric column, ascending."""
    values = numbers(column)
    return np.sort(values[np.isfinite(values)])


def rank_error(ascending: Numbers, value: float, q: float) -> float:
    """How far ``q`` is from the ranks, in [0, 1], that ``value`` has among the values."""
    low = np.searchsorted(ascending, value, side="left") / len(ascending)
    high = np.searchsorted(ascending, value, side="right") / len(ascending)
    return float(max(low - q, q - high, 0.0))


def quantile(ascending: Numbers, q: float) -> float:
    """The smallest value that at least a share ``q`` of the values does not exceed."""
    return float(np.quantile(ascending, q, method="inverted_cdf"))


def bin_counts(values: Numbers, edges: Numbers) -> Counts:
    """Values by bin: bin ``j`` holds ``edges[j - 1] < x <= edges[j]``."""
    counts: Counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return counts


def category_counts(values: list[str], categories: list[str]) -> Counts:
    """Values by category, those of none of them last."""
    found = np.asarray(
        pc.index_in(pa.array(values), value_set=pa.array(categories, pa.string())).fill_null(len(categories))
    )
    counts: Counts = np.bincount(found, minlength=len(categories) + 1)
    return counts


def psi(reference: Counts, current: Counts) -> float:
    """Population stability index in nats, half a row added to every bin."""
    p, q = (counts + PSI_SMOOTHING for counts in (reference, current))
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum((p - q) * np.log(p / q)))


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """95% interval of a share."""
    share = hits / trials
    centre = share + Z * Z / (2 * trials)
    half = Z * np.sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials))
    scale = 1 + Z * Z / trials
    return float((centre - half) / scale), float((centre + half) / scale)


def labelled(flights: pa.Table) -> pa.Table:
    """The flights whose label has come."""
    return flights.filter(pc.is_valid(flights["label"]))
