"""Histograms of windows add up to that of their range, whatever their scales are: what a receiver of OTLP relies on."""

from collections import Counter

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from driftline import _core
from driftline.exporters.histograms import Buckets, ColumnHistogram, histograms_of
from driftline.exporters.window_exporter import ClosedWindow
from driftline.query import EngineTransport, Monitor
from driftline.v1 import ingest_pb2

MINUTE = 60 * 10**9
START = 28_000_000 * MINUTE

values = st.lists(
    st.one_of(
        st.floats(-1e6, 1e6),
        st.floats(1.0, 1.001),
        st.sampled_from([0.0, 1e-300, -1e300, 1e150, 0.5, 1.0, 2.0]),
    ),
    min_size=1,
    max_size=30,
)


def ingest(engine: _core.Engine, minute: int, numbers: list[float]) -> None:
    times = pa.array([START + minute * MINUTE] * len(numbers), pa.timestamp("ns", "UTC"))
    table = pa.table({"timestamp": times, "x": pa.array(numbers)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    request = ingest_pb2.IngestRequest(model="m", version="1", records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), START + 100 * MINUTE)


def histogram(monitor: Monitor, start: int, end: int) -> ColumnHistogram:
    window = ClosedWindow("m", "1", START + start * MINUTE, START + end * MINUTE, 0, 0, 0)
    (found,) = histograms_of(monitor, window, ["x"])
    return found


def at_scale(buckets: Buckets, scale: int, coarser: int) -> Counter[int]:
    """Counts by index at a coarser scale: two buckets next to each other become one."""
    counts: Counter[int] = Counter()
    for place, count in enumerate(buckets.counts.tolist()):
        counts[(buckets.offset + place) >> (scale - coarser)] += count
    return +counts


@given(values, values)
def test_windows_add_up_to_their_range(one: list[float], other: list[float]) -> None:
    engine = _core.Engine()
    ingest(engine, 0, one)
    ingest(engine, 1, other)
    monitor = Monitor(EngineTransport(engine))
    parts = [histogram(monitor, minute, minute + 1) for minute in (0, 1)]
    whole = histogram(monitor, 0, 2)
    assert whole.scale <= min(part.scale for part in parts)
    assert whole.count == len(one) + len(other)
    assert whole.zero_count == sum(part.zero_count for part in parts)
    for sign in ("positive", "negative"):
        added = sum(
            (at_scale(getattr(part, sign), part.scale, whole.scale) for part in parts), Counter[int]()
        )
        assert added == at_scale(getattr(whole, sign), whole.scale, whole.scale)
    assert (whole.min, whole.max) == (min(one + other), max(one + other))
