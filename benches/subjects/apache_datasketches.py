"""Apache DataSketches for Python: KLL (or t-digest) and HLL sketches, with numpy for the moments."""

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasketches
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benches.data import read_batches, read_records

HLL_LG_K = 12
KLL_K = 200
TDIGEST_COMPRESSION = 100
TOP_LG_SIZE = 10


class NumberProfile:
    """Quantile sketch, distinct sketch and moments of one column."""

    def __init__(self, quantiles: str) -> None:
        if quantiles == "kll":
            self.quantiles: Any = datasketches.kll_doubles_sketch(KLL_K)
        else:
            self.quantiles = datasketches.tdigest_double(TDIGEST_COMPRESSION)
        self.distinct = datasketches.hll_sketch(HLL_LG_K, datasketches.tgt_hll_type.HLL_8)
        self.nulls = 0
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0
        self.low, self.high = np.inf, -np.inf

    def update(self, column: "pa.Array[Any]") -> None:
        """Take in one batch."""
        self.nulls += column.null_count
        values = column.drop_null().to_numpy().copy()  # it takes no read-only arrays
        self.quantiles.update(values)
        deque(map(self.distinct.update, values.tolist()), maxlen=0)  # there is no call that takes an array
        self._moments(values)

    def _moments(self, values: np.ndarray) -> None:
        count, mean = len(values), values.mean()
        total, shift = self.count + count, mean - self.mean
        self.squares += values.var() * count + shift * shift * self.count * count / total
        self.mean += shift * count / total
        self.count = total
        self.low, self.high = min(self.low, values.min()), max(self.high, values.max())

    def answer(self) -> dict[str, Any]:
        """What the harness checks."""
        return {
            "count": self.count,
            "distinct": self.distinct.get_estimate(),
            "median": float(self.quantiles.get_quantile(0.5)),
        }


class TextProfile:
    """Distinct sketch and frequent items of one column."""

    def __init__(self) -> None:
        self.distinct = datasketches.hll_sketch(HLL_LG_K, datasketches.tgt_hll_type.HLL_8)
        self.top = datasketches.frequent_strings_sketch(TOP_LG_SIZE)
        self.nulls = 0
        self.count = 0

    def update(self, column: "pa.Array[Any]") -> None:
        """Take in one batch; a dictionary column is counted by code first."""
        self.nulls += column.null_count
        self.count += len(column) - column.null_count
        if isinstance(column, pa.DictionaryArray):
            counts: Any = pc.value_counts(column)
            texts = counts.field("values").cast(pa.string()).to_pylist()
            for text, count in zip(texts, counts.field("counts").to_pylist(), strict=True):
                self.distinct.update(text)
                self.top.update(text, count)
            return
        for text in column.to_pylist():
            self.distinct.update(text)
            self.top.update(text)

    def answer(self) -> dict[str, Any]:
        """What the harness checks."""
        return {"count": self.count, "distinct": self.distinct.get_estimate()}


def stream(case: str, folder: Path, quantiles: str = "kll") -> Callable[[], dict[str, Any]]:
    """Batch after batch into mergeable sketches."""
    batches = read_batches(folder, case)

    def run() -> dict[str, Any]:
        profiles = [_profile(field.type, quantiles) for field in batches[0].schema]
        for batch in batches:
            for profile, column in zip(profiles, batch.columns, strict=True):
                profile.update(column)
        answers = [profile.answer() for profile in profiles]
        return answers[0]

    return run


def table(case: str, folder: Path, quantiles: str = "kll") -> Callable[[], dict[str, Any]]:
    """All rows as one batch."""
    whole = pa.Table.from_batches(read_batches(folder, case)).combine_chunks().to_batches()[0]

    def run() -> dict[str, Any]:
        answers = []
        for column in whole.columns:
            profile = _profile(column.type, quantiles)
            profile.update(column)
            answers.append(profile.answer())
        return answers[0]

    return run


def records(case: str, folder: Path, rows: int) -> Callable[[], dict[str, Any]]:
    """Single records into a quantile and a distinct sketch a feature."""
    prepared = read_records(folder, case, rows)

    def run() -> dict[str, Any]:
        quantiles = {name: datasketches.kll_doubles_sketch(KLL_K) for name in prepared[0]}
        distinct = {name: datasketches.hll_sketch(HLL_LG_K) for name in prepared[0]}
        for record in prepared:
            for name, value in record.items():
                if value is not None:
                    quantiles[name].update(value)
                    distinct[name].update(value)
        return {"records": len(prepared)}

    return run


def _profile(kind: pa.DataType, quantiles: str) -> NumberProfile | TextProfile:
    return NumberProfile(quantiles) if pa.types.is_float64(kind) else TextProfile()
