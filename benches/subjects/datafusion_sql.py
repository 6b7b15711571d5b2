"""Apache DataFusion: approximate median (t-digest) of numbers and distinct counts of text in SQL, one partition."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from datafusion import SessionConfig, SessionContext

from benches.data import is_numeric, read_batches

TOP = 100


def stream(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """Batches kept as rows and asked once at the end: it has no states that can be kept."""
    batches = read_batches(folder, case)
    return lambda: _profile(_context(batches), batches[0].schema, case)


def table(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """A table in memory that is registered beforehand."""
    batches = read_batches(folder, case)
    context = _context(batches)
    return lambda: _profile(context, batches[0].schema, case)


def _context(batches: list[pa.RecordBatch]) -> SessionContext:
    context = SessionContext(SessionConfig().with_target_partitions(1))
    context.register_record_batches("rows", [batches])
    return context


def _profile(context: SessionContext, schema: pa.Schema, case: str) -> dict[str, Any]:
    calls = [call for name in schema.names for call in _calls(name, is_numeric(case))]
    query = ", ".join(f"{call} AS a{index}" for index, call in enumerate(calls))
    row = list(context.sql(f"SELECT {query} FROM rows").collect()[0].to_pylist()[0].values())
    if is_numeric(case):
        return {"count": row[0], "median": row[1]}
    for name in schema.names:  # it has no approximate frequent items: exact counts
        groups = f"SELECT {name}, count(*) AS n FROM rows GROUP BY {name}"
        context.sql(f"{groups} ORDER BY n DESC LIMIT {TOP}").collect()
    return {"count": row[0], "distinct": float(row[1])}


def _calls(name: str, numeric: bool) -> list[str]:
    """The aggregates of a column: one quantile, since each is a digest more; its `approx_distinct` takes no floats."""
    if not numeric:
        return [f"count({name})", f"approx_distinct(CAST({name} AS VARCHAR))"]
    percentile = f"approx_percentile_cont(0.5) WITHIN GROUP (ORDER BY {name})"
    return [
        f"count({name})",
        percentile,
        *(f"{function}({name})" for function in ("min", "max", "avg", "stddev")),
    ]
