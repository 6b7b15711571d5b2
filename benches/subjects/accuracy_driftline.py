"""Answers of driftline: quantiles at given levels and the distinct count, through its query API."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from benches.data import read_batches
from benches.subjects import driftline_core
from driftline import _core
from driftline.query import EngineTransport, Monitor, Profile


def stream(case: str, folder: Path, levels: Sequence[float]) -> Callable[[], dict[str, Any]]:
    """One engine that takes window after window."""
    requests = driftline_core.stream(case, folder).requests

    def run() -> dict[str, Any]:
        engine = _core.Engine()
        session = engine.session()
        for request in requests:
            session.ingest(request, driftline_core.NOW)
        return _answer(Monitor(EngineTransport(engine)).profile(driftline_core.MODEL), levels)

    return run


def merged(case: str, folder: Path, levels: Sequence[float]) -> Callable[[], dict[str, Any]]:
    """A profile a window, all merged at the end."""
    windows = [pa.Table.from_batches([batch]) for batch in read_batches(folder, case)]

    def run() -> dict[str, Any]:
        return _answer(
            Profile(pa.concat_tables(pa.Table.from_batches([_core.profile(w)]) for w in windows)), levels
        )

    return run


def _answer(profile: Profile, levels: Sequence[float]) -> dict[str, Any]:
    quantiles = profile.quantiles("f0", list(levels))
    return {
        "quantiles": [quantile.value for quantile in quantiles],
        "distinct": profile.summary()[0].distinct.value,
    }
