"""polars: exact quantiles and approximate distinct counts; it has no state to keep, so nothing is merged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from benches.data import is_numeric, read_batches

QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]


def stream(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """A profile of every batch for itself: less than what the others do, since batches are not merged."""
    batches = read_batches(folder, case)

    def run() -> dict[str, Any]:
        profiles = []
        for batch in batches:
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            profiles.append(_profile(frame))
        return {"count": sum(profile.row(0)[0] for profile in profiles)}

    return run


def table(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """One profile of a frame in memory."""
    frame = pl.from_arrow(pa.Table.from_batches(read_batches(folder, case)))
    assert isinstance(frame, pl.DataFrame)

    def run() -> dict[str, Any]:
        row = _profile(frame).row(0)
        answer = {"count": row[0], "distinct": float(row[2])}
        return {**answer, "median": row[3][QUANTILES.index(0.5)]} if is_numeric(case) else answer

    return run


def _profile(frame: pl.DataFrame) -> pl.DataFrame:
    expressions = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        expressions += [column.count().alias(f"{name}.n"), column.null_count().alias(f"{name}.nulls")]
        expressions += [_distinct(column, kind).alias(f"{name}.distinct")]
        if kind == pl.Float64:
            expressions += [column.quantile(QUANTILES).alias(f"{name}.quantiles")]
            expressions += [column.min().alias(f"{name}.min"), column.max().alias(f"{name}.max")]
            expressions += [column.mean().alias(f"{name}.mean"), column.std().alias(f"{name}.std")]
        else:
            expressions += [column.value_counts(sort=True).head(100).implode().alias(f"{name}.top")]
    return frame.select(expressions)


def _distinct(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    exact = kind in (pl.Categorical, pl.Enum)  # the approximation does not take these
    return column.n_unique() if exact else column.approx_n_unique()
