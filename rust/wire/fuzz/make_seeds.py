"""
Writes the seeds of the target ``ingest`` beside this file: ``python make_seeds.py``.

A seed is a row of steps as ``src/ingest.rs`` reads them: a byte of flags, two bytes of length, Arrow IPC or a monitor.
"""

import struct
from pathlib import Path
from typing import Any

import pyarrow as pa

from driftline.v1 import control_pb2

HERE = Path(__file__).parent
CENTURY = 36_600 * 86_400 * 10**9
GOLDEN = HERE.parent / "tests/golden"
PRODUCER, VERSION, MODEL, ACKNOWLEDGE, AGAIN, MONITOR = 1, 4, 8, 16, 32, 64


def request(records: bytes, flags: int = PRODUCER) -> bytes:
    return struct.pack("<BH", flags, len(records)) + records


def golden(name: str) -> bytes:
    return (GOLDEN / f"{name}.arrows").read_bytes()


def stream(columns: dict[str, pa.Array], *, compression: str | None = None) -> bytes:
    batch = pa.RecordBatch.from_pydict(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(
        sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression=compression)
    ) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def predictions(rows: int) -> dict[str, pa.Array]:
    return {
        "prediction_id": pa.array([f"id{row}" for row in range(rows)]),
        "prediction": pa.array([row % 3 == 0 for row in range(rows)]),
        "score": pa.array([row / rows for row in range(rows)]),
        "timestamp": pa.array([1_700_000_000 - 40 * row for row in range(rows)], pa.timestamp("s")),
        "colour": pa.array(["red", "green", "blue", "grey", None] * rows)[:rows],
        "latency": pa.array([0.01] * rows),
    }


def labels(rows: int) -> dict[str, pa.Array]:
    return {
        "prediction_id": pa.array([f"id{2 * row}" for row in range(rows)]),
        "label": pa.array([row % 2 == 0 for row in range(rows)]),
    }


def monitor(**fields: Any) -> bytes:
    """Of the model that the flag ``MODEL`` chooses, whatever its name says."""
    segments = [control_pb2.SegmentColumns(columns=["colour"])]
    message = control_pb2.Monitor(model="m", segments=segments, max_segments=2, **fields)
    return request(message.SerializeToString(), MONITOR)


def seeds() -> dict[str, bytes]:
    asked = PRODUCER | ACKNOWLEDGE
    ends = {
        "timestamp": pa.array([-(2**63), 2**63 - 1, 0], pa.timestamp("ns")),
        "x": pa.array([1.0, 2.0, 3.0]),
    }
    small = stream({"boolean": pa.array([True, None]), "int8": pa.array([1, 2], pa.int8())})
    return {
        "duplicate": request(golden("roles")) + request(golden("roles"), asked | AGAIN),
        "dictionaries": request(golden("dictionary_delta")) + request(golden("dictionary_replaced"), asked),
        "no_producer": request(golden("no_nulls"), MODEL) + request(golden("dictionary_null_entries"), 0),
        "labels": request(stream(predictions(12))) + request(stream(labels(8)), asked),
        "labels_first": request(stream(labels(8))) + request(stream(predictions(12)), PRODUCER | VERSION),
        "segments": request(small) + request(small, PRODUCER | VERSION | MODEL),
        "compressed": request(stream(predictions(30), compression="zstd"))
        + request(stream(predictions(30), compression="lz4")),
        "long_windows": monitor(window_nanos=CENTURY, max_future_nanos=CENTURY)
        + request(stream(ends), PRODUCER | MODEL)
        + request(stream(predictions(5)), PRODUCER | MODEL | VERSION),
        "bounds": monitor(max_pending=2, label_horizon_nanos=10**9, window_nanos=10**9, kll_columns=["*"])
        + request(stream(predictions(9)), PRODUCER | MODEL)
        + request(stream(labels(4)), asked | MODEL),
        "too_long": monitor(window_nanos=2**63 - 1) + request(stream(labels(2)), PRODUCER | MODEL),
        "refused": request(golden("before_0_15")) + request(golden("no_nulls"), asked),
    }


def main() -> None:
    (HERE / "seeds/ingest").mkdir(exist_ok=True)
    for name, seed in seeds().items():
        (HERE / "seeds/ingest" / name).write_bytes(seed)


if __name__ == "__main__":
    main()
