"""The data that every subject gets: 20 float64 columns of five shapes, a dictionary and a string column.

Written once a run as Arrow IPC files, which every process maps into memory.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

BATCH_ROWS = 10_000
FLOAT_COLUMNS = 20
DICTIONARY_SIZE = 50
STRINGS = 100_000
CASES = ("float64", "dictionary", "string")
SMALL_BATCHES = "float64-100"
SMALL_BATCH_ROWS = 100
SMALL_BATCHES_SHARE = 25  # of the rows: what a peer spends on a call would else take minutes
ALL = "all"
SEED = 20_131_231


def write_cases(folder: Path, rows: int) -> None:
    """Write ``rows`` rows as one file a case, and one with all 22 columns, in batches of 10,000 rows.

    ``float64-100`` holds the first of 25 parts of ``float64`` in batches of 100 rows.
    """
    table = make_table(rows)
    floats = [name for name in table.column_names if name.startswith("f")]
    selections = {"float64": floats, "dictionary": ["d"], "string": ["s"], ALL: table.column_names}
    for case, names in selections.items():
        _write(folder / f"{case}.arrow", table.select(names), BATCH_ROWS)
    few = table.select(floats).slice(0, max(rows // SMALL_BATCHES_SHARE, 1))
    _write(folder / f"{SMALL_BATCHES}.arrow", few, SMALL_BATCH_ROWS)


def is_numeric(case: str) -> bool:
    """Whether a case profiles the float64 columns."""
    return case in ("float64", SMALL_BATCHES)


def _write(path: Path, table: pa.Table, batch_rows: int) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        for batch in batches_of(table, batch_rows):
            writer.write_batch(batch)


def read_batches(folder: Path, case: str) -> list[pa.RecordBatch]:
    """Map a case's file into memory and return its batches."""
    reader = pa.ipc.open_file(pa.memory_map(str(folder / f"{case}.arrow")))
    return [reader.get_batch(index) for index in range(reader.num_record_batches)]


def read_records(folder: Path, case: str, rows: int) -> list[dict[str, Any]]:
    """The first ``rows`` rows of a case as mappings of column to value, repeated if there are too few."""
    records: list[dict[str, Any]] = []
    for batch in read_batches(folder, case):
        records += batch.slice(0, rows - len(records)).to_pylist()
        if len(records) == rows:
            return records
    return (records * (rows // len(records) + 1))[:rows]


def batches_of(table: pa.Table, rows: int) -> Iterator[pa.RecordBatch]:
    """Cut a table into batches of ``rows`` rows that share their dictionaries."""
    for start in range(0, table.num_rows, rows):
        yield table.slice(start, rows).combine_chunks().to_batches()[0]


def make_table(rows: int) -> pa.Table:
    """``f0`` to ``f19``: normal, lognormal, uniform, heavy ties, 5% nulls in turn; ``d`` and ``s``: text."""
    random = np.random.default_rng(SEED)
    columns: dict[str, Any] = {f"f{i}": _floats(random, i % 5, rows) for i in range(FLOAT_COLUMNS)}
    codes: Any = pa.array(random.integers(0, DICTIONARY_SIZE, rows, dtype=np.int32))
    names = pa.array([f"category-{i:02d}" for i in range(DICTIONARY_SIZE)])
    columns["d"] = pa.DictionaryArray.from_arrays(codes, names)
    strings = pa.array([f"string-{i:06d}" for i in range(STRINGS)])
    chosen: Any = pa.array(random.integers(0, STRINGS, rows))
    columns["s"] = strings.take(chosen)
    fields = [
        pa.field(name, array.type, metadata={"driftline.role": "feature"}) for name, array in columns.items()
    ]
    return pa.table(list(columns.values()), schema=pa.schema(fields))


def _floats(random: np.random.Generator, shape: int, rows: int) -> Any:
    if shape == 0:
        return pa.array(random.normal(size=rows))
    if shape == 1:
        return pa.array(random.lognormal(size=rows))
    if shape == 2:
        return pa.array(random.uniform(size=rows))
    if shape == 3:
        return pa.array(random.poisson(2.0, size=rows).astype(np.float64))
    return pa.array(random.normal(size=rows), mask=random.uniform(size=rows) < 0.05)
