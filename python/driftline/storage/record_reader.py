"""Reads the record log: of what all flushes wrote, the sample of each window and its strangest records."""

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from driftline.errors import NotFoundError
from driftline.storage.columns import mask, whole_numbers
from driftline.storage.names import file_name

Truths: TypeAlias = npt.NDArray[np.bool_]
Numbers: TypeAlias = npt.NDArray[np.int64]

_WINDOW = ("model", "version", "window_start")


def read_records(directory: str | Path, model: str | None = None) -> pa.Table:
    """
    Read the records that collectors keep in a directory, written as Parquet.

    A flush cannot know what later ones bring, so that files may hold more of a window than its sample. This takes the
    smallest ids of each window, which are those of a uniform sample of all its records, of several collectors too.

    Parameters
    ----------
    directory
        Where the files are: ``record_files.directory``, or ``records`` in the data directory.
    model
        Model name; ``None``: all models.

    Returns
    -------
    pyarrow.Table
        One row a record, by model, version, window and id. ``is_sampled`` says whether it is of its window's sample,
        ``is_anomalous`` whether it is of its strangest; at least one is true.

    Raises
    ------
    NotFoundError
        If there is no file of records.
    """
    pattern = "*/*.parquet" if model is None else f"{file_name(model)}/*.parquet"
    tables = [pq.read_table(path) for path in sorted(Path(directory).glob(pattern))]
    if not tables:
        raise NotFoundError(f"there is no Parquet file of records in {directory}")
    records = pa.concat_tables(tables, promote_options="permissive")
    anomalies: Any = pc.list_value_length(records["anomalies"])
    records = records.append_column("strangeness", pc.negate(anomalies.cast(pa.int32())))
    records = records.sort_by([(name, "ascending") for name in (*_WINDOW, "id")])
    sampled = _is_among_first(records, _truths(records["is_sampled"]), "sample_size")
    order: Any = pc.sort_indices(records, [(name, "ascending") for name in (*_WINDOW, "strangeness", "id")])
    strangest = records.take(order)
    is_strange = np.empty(len(records), dtype=bool)
    is_strange[np.from_dlpack(order)] = _is_among_first(
        strangest, whole_numbers(strangest, "strangeness") < 0, "anomalous_size"
    )
    place = records.schema.get_field_index("is_sampled")
    records = records.set_column(place, "is_sampled", mask(sampled))
    records = records.add_column(place + 1, "is_anomalous", mask(is_strange))
    return records.drop_columns(["strangeness"]).filter(mask(sampled | is_strange))


def _truths(column: Any) -> Truths:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    truths: Truths = np.from_dlpack(array.cast(pa.uint8())).astype(bool)
    return truths


def _is_among_first(records: pa.Table, candidates: Truths, size: str) -> Truths:
    """Which of the candidates are among the first of their window; the records are in the order of windows."""
    begins = np.ones(len(records), dtype=bool)
    changes = [_truths(pc.not_equal(records[name][1:], records[name][:-1])) for name in _WINDOW]
    begins[1:] = np.logical_or.reduce(changes)
    before: Numbers = np.cumsum(candidates) - candidates
    first = np.maximum.accumulate(np.where(begins, before, 0))
    among: Truths = candidates & (before - first < whole_numbers(records, size))
    return among
