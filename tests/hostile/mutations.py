"""Valid Arrow IPC streams, and the same damaged where damage tells: in lengths, offsets, counts, keys, and any byte."""

import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa

Array: TypeAlias = Any
"""What pyarrow makes; its stubs have no name for all kinds of it."""

ROWS = 7
CONTINUATION = b"\xff\xff\xff\xff"
NUMBERS = (0, 1, 2, 3, 7, 8, 9, 63, 64, 127, 128, 255, 2**15, 2**31 - 1, 2**31, 2**40, 2**63 - 1, 2**64 - 1)
"""Lengths and keys at which readers go wrong."""


def _integers(kind: pa.DataType, start: int = 0) -> Array:
    return pa.array([None if row == 2 else start + row for row in range(ROWS)], kind)


def _decimals(kind: pa.DataType) -> Array:
    return pa.array([None if row == 2 else Decimal(row - 3) for row in range(ROWS)], kind)


def _texts(kind: pa.DataType) -> Array:
    return pa.array(["", "a", None, "naïve", "日本", "🦀", "xyz" * 9], pa.string()).cast(kind)


def _dictionary(keys: pa.DataType, values: pa.DataType) -> Array:
    entries = pa.array(["red", "grün", None, "日本"], values)
    positions: Array = pa.array([0, 1, None, 2, 3, 3, 0], keys)
    return pa.DictionaryArray.from_arrays(positions, entries)


def _columns() -> list[tuple[str, Array]]:
    """One column of every type that is taken."""
    columns = [(f"int{bits}", _integers(getattr(pa, f"int{bits}")(), -3)) for bits in (8, 16, 32, 64)]
    columns += [(f"uint{bits}", _integers(getattr(pa, f"uint{bits}")())) for bits in (8, 16, 32, 64)]
    columns += [
        (f"float{bits}", _integers(pa.float64()).cast(getattr(pa, f"float{bits}")())) for bits in (16, 32, 64)
    ]
    columns += [
        ("null", pa.nulls(ROWS)),
        ("boolean", pa.array([True, False, None, True, True, False, None])),
        ("decimal32", _decimals(pa.decimal32(9, 1))),
        ("decimal64", _decimals(pa.decimal64(18, 0))),
        ("decimal128", _decimals(pa.decimal128(30, 2))),
        ("decimal256", _decimals(pa.decimal256(60, 2))),
        ("date32", _integers(pa.int32()).view(pa.date32())),
        ("date64", _integers(pa.int32()).view(pa.date32()).cast(pa.date64())),
        ("time32", _integers(pa.int32()).view(pa.time32("s"))),
        ("time64", _integers(pa.int64()).view(pa.time64("ns"))),
        ("timestamp", _integers(pa.int64()).view(pa.timestamp("us", tz="UTC"))),
        ("duration", _integers(pa.int64()).view(pa.duration("ms"))),
        ("string", _texts(pa.string())),
        ("large_string", _texts(pa.large_string())),
    ]
    columns += [
        (f"keys_{name}", _dictionary(getattr(pa, name)(), pa.string()))
        for name in ("int8", "uint16", "int64")
    ]
    return [*columns, ("large_entries", _dictionary(pa.int32(), pa.large_string()))]


def streams() -> list[bytes]:
    """Small streams of a few columns each, so that damage to one is not hidden by all others."""
    columns = _columns()
    groups = [columns[start : start + 4] for start in range(0, len(columns), 4)]
    batches = [pa.RecordBatch.from_pydict(dict(group)) for group in groups]
    grown = [
        pa.RecordBatch.from_pydict({"colour": pa.array(values).dictionary_encode(), "x": [1.0] * len(values)})
        for values in (["red", "green"], ["red", "green", "blue"], ["red", "green", "blue", None])
    ]
    made = [stream([batch]) for batch in batches]
    made += [stream([batch], compression=codec) for batch in batches[-3:] for codec in ("lz4", "zstd")]
    made += [stream([batch.slice(1, 5), batch.slice(3)]) for batch in batches[-4:]]
    made += [stream(grown, emit_dictionary_deltas=deltas) for deltas in (True, False)]
    return [*made, stream([batches[0]], metadata_version=pa.ipc.MetadataVersion.V4)]


def stream(batches: list[pa.RecordBatch], **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    written_with = pa.ipc.IpcWriteOptions(**options)  # type: ignore[arg-type]
    with pa.ipc.new_stream(sink, batches[0].schema, options=written_with) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


@dataclass(frozen=True)
class Part:
    """Where something is in a stream: ``[start, stop)``."""

    start: int
    stop: int


def parts(data: bytes) -> tuple[list[Part], list[Part]]:
    """The metadata and the bodies of the messages of a valid stream."""
    metadata, bodies = [], []
    at = 0
    while data[at : at + 4] == CONTINUATION:
        (length,) = struct.unpack_from("<i", data, at + 4)
        if length == 0:
            break
        start = at + 8
        body = start + length
        metadata.append(Part(start, body))
        size = pa.ipc.read_message(data[at:]).body
        at = body + (size.size if size is not None else 0)
        bodies.append(Part(body, at))
    return metadata, [body for body in bodies if body.stop > body.start]


def damaged(count: int, seed: int) -> Iterator[bytes]:
    """So many streams with one to three damages each, the same for the same seed."""
    choose = random.Random(seed)
    valid = [(data, *parts(data)) for data in streams()]
    for _ in range(count):
        data, metadata, bodies = choose.choice(valid)
        changed = bytearray(data)
        for _ in range(choose.choice((1, 1, 2, 3))):
            if bodies and choose.random() < 0.5:
                _damage(choose, changed, choose.choice(bodies))
            else:
                _damage(choose, changed, choose.choice(metadata))
        if choose.random() < 0.05:
            _cut(choose, changed)
        yield bytes(changed)


def _damage(choose: random.Random, data: bytearray, part: Part) -> None:
    damage: Callable[[random.Random, bytearray, Part], None] = choose.choice(
        (_number, _number, _nudge, _bit, _byte)
    )
    damage(choose, data, part)


def _place(choose: random.Random, part: Part, width: int) -> int:
    """Where a number of this width may stand: numbers are aligned."""
    return part.start + choose.randrange(max(1, (part.stop - part.start) // width)) * width


def _number(choose: random.Random, data: bytearray, part: Part) -> None:
    width = choose.choice((1, 2, 4, 8))
    at = _place(choose, part, width)
    value = choose.choice(NUMBERS).to_bytes(8, "little")[:width]
    data[at : at + width] = value[: len(data) - at]


def _nudge(choose: random.Random, data: bytearray, part: Part) -> None:
    """A length, an offset or a count that is a little wrong."""
    width = choose.choice((2, 4, 8))
    at = _place(choose, part, width)
    value = int.from_bytes(data[at : at + width], "little") + choose.choice((-8, -4, -2, -1, 1, 2, 4, 8))
    data[at : at + width] = (value % 2 ** (8 * width)).to_bytes(width, "little")[: len(data) - at]


def _bit(choose: random.Random, data: bytearray, part: Part) -> None:
    data[choose.randrange(part.start, part.stop)] ^= 1 << choose.randrange(8)


def _byte(choose: random.Random, data: bytearray, part: Part) -> None:
    data[choose.randrange(part.start, part.stop)] = choose.randrange(256)


def _cut(choose: random.Random, data: bytearray) -> None:
    at = choose.randrange(len(data))
    if choose.random() < 0.5:
        del data[at:]
    else:
        del data[at : at + choose.randrange(1, 32)]
