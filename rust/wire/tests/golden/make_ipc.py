"""Writes the Arrow IPC streams that the tests of the decoder read, and the values that they hold.

Run with ``python make_ipc.py`` in this folder; the committed files were written by pyarrow 26.0.1.

``NAME.arrows`` is a stream. ``NAME.tsv`` holds its rows, all record batches one after the other: the column names, then
one line a row. Cells: ``\\N`` for null, integers and ticks as integers, decimals as their unscaled integer, floats as
Python writes them, text with ``\\`` and ``\\t`` escaped. ``refused.bin`` holds streams that must be refused:
length and text of the type's name, length and bytes of the stream, lengths as 32-bit little-endian integers.
"""

import decimal
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa

HERE = Path(__file__).parent
ROWS = 67


def cell(value: Any, kind: pa.DataType) -> str:
    """One value as the table shows it."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if value is None:
        return "\\N"
    if pa.types.is_boolean(kind):
        return "true" if value else "false"
    if pa.types.is_decimal(kind):
        return str(int(value.scaleb(kind.scale)))
    if pa.types.is_floating(kind):
        return repr(float(value))
    if pa.types.is_integer(kind):
        return str(value)
    return value.replace("\\", "\\\\").replace("\t", "\\t")


def ticks(column: pa.Array) -> pa.Array:
    """Times as the integers that they are stored as."""
    kind = column.type
    if pa.types.is_temporal(kind):
        return column.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    return column


def write_table(name: str, batches: list[pa.RecordBatch]) -> None:
    lines = ["\t".join(batches[0].schema.names)]
    for batch in batches:
        kinds = [ticks(column).type for column in batch.columns]
        columns = [ticks(column).to_pylist() for column in batch.columns]
        rows = zip(*columns, strict=True)
        lines.extend("\t".join(map(cell, row, kinds)) for row in rows)
    (HERE / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def stream(batches: list[pa.RecordBatch], **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batches[0].schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def write_stream(name: str, batches: list[pa.RecordBatch], **options: Any) -> None:
    (HERE / f"{name}.arrows").write_bytes(stream(batches, **options))


def write(name: str, batches: list[pa.RecordBatch], **options: Any) -> None:
    write_stream(name, batches, **options)
    write_table(name, batches)


def numbers(kind: pa.DataType, low: int, high: int) -> pa.Array:
    step = max(1, (high - low) // ROWS)
    values: list[int | None] = [low + step * row for row in range(ROWS)]
    values[0], values[1] = low, high
    values[5] = values[64] = None
    return pa.array(values, kind)


def floats(kind: pa.DataType) -> pa.Array:
    values: list[float | None] = [0.25 * row - 7.5 for row in range(ROWS)]
    values[:6] = [float("nan"), float("inf"), float("-inf"), -0.0, None, 6e-8]
    return pa.array(values, pa.float64()).cast(kind)


def decimals(kind: pa.DataType) -> pa.Array:
    unscaled = [decimal.Decimal(row * 12_345 - 400_000) for row in range(ROWS)]
    values: list[decimal.Decimal | None] = [value.scaleb(-kind.scale) for value in unscaled]
    values[2] = None
    return pa.array(values, kind)


def text(kind: pa.DataType) -> pa.Array:
    words = ["", "a", "naïve", "日本", "🦀", "x" * 40, None, "tab\there"]
    return pa.array([words[row * row % len(words)] for row in range(ROWS)], pa.string()).cast(kind)


def dictionary(keys: pa.DataType, values: pa.DataType) -> pa.Array:
    entries = pa.array(["red", "green", "blau", "日本", ""], values)
    positions = pa.array([None if row % 6 == 5 else row % 5 for row in range(ROWS)], keys)
    return pa.DictionaryArray.from_arrays(positions, entries)


def every_type() -> pa.RecordBatch:
    columns: dict[str, pa.Array] = {
        "null": pa.nulls(ROWS),
        "boolean": pa.array([None if row % 9 == 8 else row % 3 == 0 for row in range(ROWS)]),
    }
    for bits in (8, 16, 32, 64):
        columns[f"int{bits}"] = numbers(getattr(pa, f"int{bits}")(), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        columns[f"uint{bits}"] = numbers(getattr(pa, f"uint{bits}")(), 0, 2**bits - 1)
    for bits in (16, 32, 64):
        columns[f"float{bits}"] = floats(getattr(pa, f"float{bits}")())
    columns["decimal32"] = decimals(pa.decimal32(9, 3))
    columns["decimal64"] = decimals(pa.decimal64(18, 0))
    columns["decimal128"] = decimals(pa.decimal128(38, 10))
    columns["decimal256"] = decimals(pa.decimal256(76, 2))
    columns["date32"] = numbers(pa.int32(), -5_000, 20_000).view(pa.date32())
    columns["date64"] = columns["date32"].cast(pa.date64())
    for unit in ("s", "ms", "us", "ns"):
        moments = numbers(pa.int64(), -9_000, 1_700_000_000)
        columns[f"timestamp_{unit}"] = moments.view(pa.timestamp(unit, tz="UTC"))
        columns[f"duration_{unit}"] = numbers(pa.int64(), -77, 999_999).view(pa.duration(unit))
    for unit in ("s", "ms"):
        columns[f"time32_{unit}"] = numbers(pa.int32(), 0, 86_399).view(pa.time32(unit))
    for unit in ("us", "ns"):
        columns[f"time64_{unit}"] = numbers(pa.int64(), 0, 86_399_000).view(pa.time64(unit))
    columns["utf8"] = text(pa.string())
    columns["large_utf8"] = text(pa.large_string())
    for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        columns[f"dictionary_{name}"] = dictionary(getattr(pa, name)(), pa.string())
    columns["dictionary_large"] = dictionary(pa.int32(), pa.large_string())
    return pa.RecordBatch.from_pydict(columns)


def refused() -> dict[str, pa.Array]:
    structs = pa.array([{"x": 1}])
    return {
        "binary": pa.array([b"x"]),
        "large_binary": pa.array([b"x"], pa.large_binary()),
        "fixed_size_binary": pa.array([b"x"], pa.binary(1)),
        "binary_view": pa.array([b"x"], pa.binary_view()),
        "utf8_view": pa.array(["x"], pa.string_view()),
        "list": pa.array([[1]]),
        "large_list": pa.array([[1]], pa.large_list(pa.int64())),
        "fixed_size_list": pa.array([[1]], pa.list_(pa.int64(), 1)),
        "list_view": pa.array([[1]], pa.list_view(pa.int64())),
        "large_list_view": pa.array([[1]], pa.large_list_view(pa.int64())),
        "struct": structs,
        "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
        "union": pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]),
        "run_end_encoded": pa.RunEndEncodedArray.from_arrays(pa.array([1], pa.int32()), pa.array([1])),
        "interval": pa.array([(1, 2, 3)], pa.month_day_nano_interval()),
        "dictionary of int": pa.array([7]).dictionary_encode(),
        "dictionary of binary": pa.array([b"x"]).dictionary_encode(),
    }


def write_refused() -> None:
    archive = b""
    for name, array in refused().items():
        data = stream([pa.RecordBatch.from_arrays([array], ["column"])])
        archive += struct.pack("<I", len(name)) + name.encode() + struct.pack("<I", len(data)) + data
    (HERE / "refused.bin").write_bytes(archive)


def growing_dictionary() -> list[pa.RecordBatch]:
    """Three batches whose dictionaries extend one another."""
    schema = pa.schema([("colour", pa.dictionary(pa.int16(), pa.string())), ("x", pa.int64())])
    batches = []
    for entries in (["red", "green"], ["red", "green", "blue"], ["red", "green", "blue", "grey"]):
        keys = pa.array([len(entries) - 1, 0, None, 1], pa.int16())
        column = pa.DictionaryArray.from_arrays(keys, pa.array(entries))
        batches.append(pa.RecordBatch.from_arrays([column, pa.array([1, 2, 3, len(entries)])], schema=schema))
    return batches


def main() -> None:
    full = every_type()
    write("every_type", [full])
    write_stream("every_type_lz4", [full], compression="lz4")
    write_stream("every_type_zstd", [full], compression="zstd")
    write_stream("every_type_version_4", [full], metadata_version=pa.ipc.MetadataVersion.V4)
    write("sliced", [full.slice(3, 29), full.slice(61)])
    write("empty", [full.slice(0, 0)])
    write("no_nulls", [pa.RecordBatch.from_pydict({"x": pa.array([1.5, 2.5]), "s": pa.array(["a", "b"])})])
    # More than one LZ4 block; the test knows the values.
    steps = pa.array([float(row // 50) for row in range(30_000)])
    write_stream("several_blocks", [pa.RecordBatch.from_pydict({"x": steps})], compression="lz4")
    write("dictionary_delta", growing_dictionary(), emit_dictionary_deltas=True)
    write("dictionary_replaced", growing_dictionary(), emit_dictionary_deltas=False)
    null_entries = pa.DictionaryArray.from_arrays(
        pa.array([0, 1, 2, None, 1], pa.int8()), pa.array(["red", None, "blue"])
    )
    write("dictionary_null_entries", [pa.RecordBatch.from_pydict({"colour": null_entries})])
    prediction = pa.field("p", pa.float64(), metadata={"driftline.role": "prediction"})
    roles = pa.schema([prediction, pa.field("q", pa.int8())])
    write("roles", [pa.RecordBatch.from_pydict({"p": [0.5], "q": [1]}, schema=roles)])
    write_stream("before_0_15", [full.select(["int64"])], use_legacy_format=True)
    write_refused()


if __name__ == "__main__":
    main()
