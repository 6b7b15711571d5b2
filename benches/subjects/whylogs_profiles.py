"""whylogs 1: KLL, HLL, moments and frequent items of pandas frames, and of single records."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from whylogs.core import DatasetProfile, DatasetSchema
from whylogs.core.preprocessing import ColumnProperties

from benches.data import read_batches, read_records


def stream(case: str, folder: Path, homogeneous: bool = False) -> Callable[[], dict[str, Any]]:
    """Batch after batch; the conversion to pandas is not timed."""
    frames = [batch.to_pandas() for batch in read_batches(folder, case)]
    schema = _schema(pd.concat(frames)) if homogeneous else None

    def run() -> dict[str, Any]:
        profile = DatasetProfile(schema=schema)
        for frame in frames:
            profile.track(frame)
        return _answer(profile, frames[0].columns[0])

    return run


def table(case: str, folder: Path, homogeneous: bool = False) -> Callable[[], dict[str, Any]]:
    """All rows as one frame."""
    frame = pd.concat([batch.to_pandas() for batch in read_batches(folder, case)], ignore_index=True)
    schema = _schema(frame) if homogeneous else None

    def run() -> dict[str, Any]:
        profile = DatasetProfile(schema=schema)
        profile.track(frame)
        return _answer(profile, frame.columns[0])

    return run


def records(case: str, folder: Path, rows: int) -> Callable[[], dict[str, Any]]:
    """Single records of 20 numbers, as a service would log them."""
    prepared = read_records(folder, case, rows)

    def run() -> dict[str, Any]:
        profile = DatasetProfile()
        for record in prepared:
            profile.track(row=record)
        return {"records": len(prepared)}

    return run


def _schema(frame: pd.DataFrame) -> DatasetSchema:
    """Send columns without nulls the faster way, which looks at no value by itself; it takes no others."""
    whole = [name for name in frame.columns if not frame[name].hasnans]
    return DatasetSchema(types=dict.fromkeys(whole, (float, ColumnProperties.homogeneous)))


def _answer(profile: DatasetProfile, column: str) -> dict[str, Any]:
    summary = profile.view().get_column(column).to_summary_dict()
    answer = {"count": summary["counts/n"] - summary["counts/null"], "distinct": summary["cardinality/est"]}
    return {**answer, "median": summary["distribution/median"]} if summary.get("distribution/n") else answer
