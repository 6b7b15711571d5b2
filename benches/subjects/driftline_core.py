"""driftline's engine through its Python boundary, from the bytes of requests as they come from the network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from benches.data import is_numeric, read_batches
from benches.doors import encapsulated
from driftline import _core
from driftline.query import EngineTransport, Monitor, Profile
from driftline.query.results import SummaryResult
from driftline.v1 import ingest_pb2

MODEL = "bench"
NOW = 1_767_225_600_000_000_000  # one window takes everything


@dataclass
class Stream:
    """Feeds requests to an engine; the next engine, with its baseline, is made outside the timed part."""

    requests: list[bytes]
    case: str
    baseline: pa.RecordBatch | None
    engine: _core.Engine = field(init=False)

    def __post_init__(self) -> None:
        self._renew()

    def __call__(self) -> dict[str, Any]:
        """Batch after batch through one session: protobuf and Arrow IPC decoding are part of the time."""
        session = self.engine.session()
        for request in self.requests:
            session.ingest(request, NOW)
        return _answer(Monitor(EngineTransport(self.engine)).summary(MODEL), self.case)

    def settle(self) -> None:
        """Make sure that the baseline's bins have counted: without them it would be less work."""
        rows = Monitor(EngineTransport(self.engine)).profile(MODEL).to_arrow()
        counts = rows["baseline_counts"].to_pylist()
        if self.baseline is not None and not any(sum(bins) for bins in counts if bins):
            raise RuntimeError("nothing was counted in the bins of the baseline")
        self._renew()

    def _renew(self) -> None:
        self.engine = _core.Engine()
        if self.baseline is not None:
            self.engine.set_baseline(MODEL, "training", self.baseline, True)


def stream(case: str, folder: Path) -> Stream:
    """Requests of all batches; numbers are also counted in the bins of a baseline, the first batch's profile."""
    batches = read_batches(folder, case)
    first, _, *rest = encapsulated(batches)
    requests = [
        ingest_pb2.IngestRequest(
            producer_id="bench", sequence=i, model=MODEL, records=records
        ).SerializeToString()
        for i, records in enumerate([first, *rest], start=1)
    ]

    baseline = _core.profile(pa.Table.from_batches(_baseline_rows(folder))) if is_numeric(case) else None
    return Stream(requests, case, baseline)


def table(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """All rows at rest: two passes, since a profile of its own also gets exact counts in bins on its own edges."""
    rows = pa.Table.from_batches(read_batches(folder, case)).combine_chunks()
    return lambda: _answer(Profile(pa.Table.from_batches([_core.profile(rows)])).summary(), case)


def table_on_baseline(case: str, folder: Path) -> Callable[[], dict[str, Any]]:
    """All rows at rest in one pass: the bins are those of a baseline that exists already."""
    rows = pa.Table.from_batches(read_batches(folder, case)).combine_chunks()
    baseline = _core.profile(rows)
    return lambda: _answer(
        Profile(pa.Table.from_batches([_core.profile(rows, None, baseline)])).summary(), case
    )


def _baseline_rows(folder: Path) -> list[pa.RecordBatch]:
    return read_batches(folder, "float64")[:1]


def _answer(summary: SummaryResult, case: str) -> dict[str, Any]:
    column = summary[0]
    answer = {"count": column.count, "distinct": column.distinct.value}
    return {**answer, "median": column.p50} if is_numeric(case) else answer
