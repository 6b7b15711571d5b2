"""driftline's engine through its Python boundary, from the bytes of requests as they come from the network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from benches.data import read_batches
from benches.doors import encapsulated
from driftline import _core
from driftline.query import EngineTransport, Monitor, Profile
from driftline.query.results import SummaryResult
from driftline.v1 import ingest_pb2

MODEL = "bench"
NOW = 1_767_225_600_000_000_000  # one window takes everything


def stream(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """Batch after batch through one session: protobuf and Arrow IPC decoding are part of the time."""
    batches = read_batches(folder, case)
    first, _, *rest = encapsulated(batches)
    requests = [
        ingest_pb2.IngestRequest(
            producer_id="bench", sequence=i, model=MODEL, records=records
        ).SerializeToString()
        for i, records in enumerate([first, *rest], start=1)
    ]

    def run() -> dict[str, Any]:
        engine = _core.Engine()
        session = engine.session()
        for request in requests:
            session.ingest(request, NOW)
        return _answer(Monitor(EngineTransport(engine)).summary(MODEL), case)

    return run


def table(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """All rows at rest: two passes, since a profile of its own also gets exact counts in bins on its own edges."""
    rows = pa.Table.from_batches(read_batches(folder, case)).combine_chunks()
    return lambda: _answer(Profile(pa.Table.from_batches([_core.profile(rows)])).summary(), case)


def _answer(summary: SummaryResult, case: str) -> dict[str, Any]:
    column = summary[0]
    answer = {"count": column.count, "distinct": column.distinct.value}
    return {**answer, "median": column.p50} if case == "float64" else answer
