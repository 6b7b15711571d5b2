"""DuckDB: approximate quantiles (t-digest) and distinct counts (HyperLogLog) in SQL, one thread."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from benches.data import is_numeric, read_batches

QUANTILES = "[0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]"
TOP = 100


def stream(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """Batch after batch as exported aggregate states, one row a batch, combined at the end."""
    batches = [pa.Table.from_batches([batch]) for batch in read_batches(folder, case)]
    expressions = _expressions(batches[0].schema)
    exported = ", ".join(f"{expression} EXPORT_STATE AS s{i}" for i, expression in enumerate(expressions))
    final = ", ".join(f"finalize(combine_aggr(s{i}))" for i in range(len(expressions)))

    def run() -> dict[str, Any]:
        connection = duckdb.connect(config={"threads": 1})
        for number, batch in enumerate(batches):
            connection.register("batch", batch)
            into = "INSERT INTO states" if number else "CREATE TEMP TABLE states AS"
            connection.execute(f"{into} SELECT {exported} FROM batch")
        return _answer(connection.execute(f"SELECT {final} FROM states").fetchall()[0], case)

    return run


def table(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """One query over a table that DuckDB holds in its own format."""
    rows = pa.Table.from_batches(read_batches(folder, case))
    connection = duckdb.connect(config={"threads": 1})
    connection.register("arrow_rows", rows)
    connection.execute("CREATE TABLE rows AS SELECT * FROM arrow_rows")
    query = f"SELECT {', '.join(_expressions(rows.schema))} FROM rows"
    return lambda: _answer(connection.execute(query).fetchall()[0], case)


def _expressions(schema: pa.Schema) -> list[str]:
    expressions = []
    for field in schema:
        name = field.name
        expressions += [f"count({name})", f"approx_count_distinct({name})"]
        if pa.types.is_float64(field.type):
            expressions += [f"approx_quantile({name}, {QUANTILES})", f"min({name})", f"max({name})"]
            expressions += [f"avg({name})", f"stddev_samp({name})"]
        else:
            expressions += [f"approx_top_k({name}, {TOP})"]
    return [*expressions, "count(*)"]


def _answer(row: tuple[Any, ...], case: str) -> dict[str, Any]:
    answer = {"count": row[0], "distinct": float(row[1])}
    return {**answer, "median": row[2][3]} if is_numeric(case) else answer
