"""ClickHouse in this process (chdb): t-digests, uniqCombined and topK in SQL, one thread."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from chdb import session

from benches.data import is_numeric, read_batches

LEVELS = "0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99"
SETTINGS = "SETTINGS max_threads = 1, max_insert_threads = 1"
TOP = 100


def stream_states(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """Batch after batch as aggregate states into an AggregatingMergeTree, merged at the end."""
    batches = [pa.Table.from_batches([batch]) for batch in read_batches(folder, case)]
    client = _client()
    aggregates = _aggregates(batches[0].schema)
    states = ", ".join(
        f"{_call(name, 'State', column)} AS s{i}" for i, (name, column, _) in enumerate(aggregates)
    )
    types = ", ".join(
        f"s{i} AggregateFunction({name}, {kind})" for i, (name, _, kind) in enumerate(aggregates)
    )
    merged = ", ".join(f"{_call(name, 'Merge', f's{i}')}" for i, (name, _, _) in enumerate(aggregates))

    def run() -> dict[str, Any]:
        client.query("DROP TABLE IF EXISTS states")
        client.query(f"CREATE TABLE states (k UInt8, {types}) ENGINE = AggregatingMergeTree ORDER BY k")
        for batch in batches:  # noqa: B007 - the query finds the Arrow table by the name of this variable
            client.query(f"INSERT INTO states SELECT 0, {states} FROM Python(batch) {SETTINGS}")
        return _answer(client, f"SELECT {merged} FROM states {SETTINGS}", case)

    return run


def stream_rows(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """Batch after batch as rows into a Memory table, queried once at the end: it keeps every row."""
    batches = [pa.Table.from_batches([batch]) for batch in read_batches(folder, case)]
    client = _client()

    def run() -> dict[str, Any]:
        _create_rows(client, batches[0].schema)
        for batch in batches:  # noqa: B007
            client.query(f"INSERT INTO rows SELECT * FROM Python(batch) {SETTINGS}")
        return _answer(client, _profile_query(batches[0].schema), case)

    return run


def table(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """One query over a Memory table."""
    rows = pa.Table.from_batches(read_batches(folder, case))
    client = _client()
    _create_rows(client, rows.schema)
    client.query(f"INSERT INTO rows SELECT * FROM Python(rows) {SETTINGS}")
    query = _profile_query(rows.schema)
    return lambda: _answer(client, query, case)


def _client() -> session.Session:
    client = session.Session()
    client.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
    client.query("USE bench")
    return client


def _create_rows(client: session.Session, schema: pa.Schema) -> None:
    columns = ", ".join(f"{field.name} {_kind(field)}" for field in schema)
    client.query("DROP TABLE IF EXISTS rows")
    client.query(f"CREATE TABLE rows ({columns}) ENGINE = Memory")


def _kind(field: "pa.Field[Any]") -> str:
    if pa.types.is_dictionary(field.type):
        return "LowCardinality(Nullable(String))"
    return "Nullable(Float64)" if pa.types.is_float64(field.type) else "Nullable(String)"


def _aggregates(schema: pa.Schema) -> list[tuple[str, str, str]]:
    """Function, column and column type of every aggregate."""
    numbers = ("count", "uniqCombined", f"quantilesTDigest({LEVELS})", "min", "max", "avg", "stddevSamp")
    texts = ("count", "uniqCombined", f"topK({TOP})")
    aggregates = []
    for field in schema:
        number = pa.types.is_float64(field.type)
        kind = "Nullable(Float64)" if number else "Nullable(String)"
        aggregates += [(function, field.name, kind) for function in (numbers if number else texts)]
    return aggregates


def _call(function: str, suffix: str, argument: str) -> str:
    name, bracket, parameters = function.partition("(")
    return f"{name}{suffix}{bracket}{parameters}({argument})"


def _profile_query(schema: pa.Schema) -> str:
    calls = ", ".join(_call(function, "", column) for function, column, _ in _aggregates(schema))
    return f"SELECT {calls} FROM rows {SETTINGS}"


def _answer(client: session.Session, query: str, case: str) -> dict[str, Any]:
    row = json.loads(str(client.query(query, "JSONCompactEachRow")))
    answer = {"count": int(row[0]), "distinct": float(row[1])}
    return {**answer, "median": row[2][3]} if is_numeric(case) else answer
