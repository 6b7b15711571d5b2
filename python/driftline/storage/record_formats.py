"""How records that are kept lie in files: as Parquet, or as lines of JSON by the Elastic Common Schema."""

from collections.abc import Callable
from typing import Any, BinaryIO, Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from driftline import _core

RecordFormat: TypeAlias = Literal["parquet", "ecs_json"]

SUFFIXES: dict[RecordFormat, str] = {"parquet": ".parquet", "ecs_json": ".ndjson"}
"""How the names of the files end."""

ECS_VERSION = "8.11.0"

_TRACE_COLUMNS = ("trace.id", "trace_id")
_UTC = "+00:00"
"""As JSON shows it: the core knows no names of time zones."""


def writer_of(record_format: RecordFormat, batch: pa.RecordBatch) -> Callable[[BinaryIO], object]:
    """Give what writes records into an open file."""
    table = pa.Table.from_batches([batch])
    if record_format == "parquet":
        return lambda file: pq.write_table(table, file, compression="zstd")
    return lambda file: file.write(_core.json_lines(ecs_rows(table)))


def ecs_rows(records: pa.Table) -> pa.Table:
    """
    Arrange records by the Elastic Common Schema.

    Parameters
    ----------
    records
        As a flush gives them.

    Returns
    -------
    pyarrow.Table
        ``@timestamp``, ``ecs``, ``event``, ``labels``, ``driftline``, and ``trace`` where the records have a column
        ``trace_id`` or ``trace.id``.
    """
    rows = records.num_rows
    fields: Any = records["record"].combine_chunks()
    record = _with_offset(pa.RecordBatch.from_struct_array(fields))
    window = _struct({"start": records["window_start"].cast(_offset(records["window_start"].type))})
    own: dict[str, Any] = {
        name: records[name] for name in ("is_sampled", "sample_size", "anomalous_size", "anomalies")
    } | {
        "window": window,
        "record": record.to_struct_array(),
    }
    arranged: dict[str, Any] = {
        "@timestamp": records["timestamp"].cast(_offset(records["timestamp"].type)),
        "ecs": _struct({"version": _same(ECS_VERSION, rows)}),
        "event": _struct(
            {
                "kind": _same("event", rows),
                "dataset": _same("driftline.inference", rows),
                "id": records["id"],
            }
        ),
        "labels": _struct({"model": records["model"], "version": records["version"]}),
        "driftline": _struct(own),
    }
    trace = next((name for name in _TRACE_COLUMNS if name in record.schema.names), None)
    if trace is not None:
        arranged["trace"] = _struct({"id": record[trace].cast(pa.string())})
    return pa.table(arranged)


def _with_offset(record: pa.RecordBatch) -> pa.RecordBatch:
    return record.cast(pa.schema([field.with_type(_offset(field.type)) for field in record.schema]))


def _offset(data_type: pa.DataType) -> pa.DataType:
    return pa.timestamp("ns", _UTC) if pa.types.is_timestamp(data_type) else data_type


def _same(text: str, rows: int) -> Any:
    return pa.repeat(pa.scalar(text), rows)


def _struct(fields: dict[str, Any]) -> Any:
    """Whole columns side by side as one."""
    arrays = [
        each.combine_chunks() if isinstance(each, pa.ChunkedArray) else each for each in fields.values()
    ]
    return pa.StructArray.from_arrays(arrays, names=list(fields))
