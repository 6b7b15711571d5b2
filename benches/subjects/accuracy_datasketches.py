"""Answers of Apache DataSketches for Python: ranks at given points, or a distinct count."""

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import datasketches
import numpy as np

from benches.data import read_batches

HLL_LG_K = 12


def stream(case: str, folder: Path, sketch: str, points: Sequence[float]) -> Callable[[], dict[str, Any]]:
    """One sketch that takes window after window."""

    def run() -> dict[str, Any]:
        filled = _new(sketch)
        for values in _windows(case, folder):
            _update(filled, values)
        return _answer(filled, points)

    return run


def merged(case: str, folder: Path, sketch: str, points: Sequence[float]) -> Callable[[], dict[str, Any]]:
    """A sketch a window, all merged at the end."""

    def run() -> dict[str, Any]:
        whole = datasketches.hll_union(HLL_LG_K) if sketch == "hll" else _new(sketch)
        for values in _windows(case, folder):
            part = _new(sketch)
            _update(part, values)
            whole.update(part) if sketch == "hll" else whole.merge(part)
        return _answer(whole, points)

    return run


def _windows(case: str, folder: Path) -> list[np.ndarray]:
    return [batch.column(0).to_numpy().copy() for batch in read_batches(folder, case)]  # no read-only arrays


def _new(sketch: str) -> Any:
    kind, _, size = sketch.partition("-")
    if kind == "hll":
        return datasketches.hll_sketch(HLL_LG_K, datasketches.tgt_hll_type.HLL_8)
    return (datasketches.tdigest_double if kind == "tdigest" else datasketches.kll_doubles_sketch)(int(size))


def _update(sketch: Any, values: np.ndarray) -> None:
    if isinstance(sketch, datasketches.hll_sketch):
        deque(map(sketch.update, values.tolist()), maxlen=0)
    else:
        sketch.update(values)


def _answer(sketch: Any, points: Sequence[float]) -> dict[str, Any]:
    if hasattr(sketch, "get_estimate"):
        return {"distinct": sketch.get_estimate()}
    return {"ranks": [sketch.get_rank(point) for point in points]}
