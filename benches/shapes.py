"""The distributions of the accuracy bench, a million values each, in windows of 10,000."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

SEED = 20_131_231
WINDOW = 10_000

Draw = Callable[[np.random.Generator, int], np.ndarray]
SHAPES: dict[str, Draw] = {
    "uniform": lambda random, n: random.uniform(size=n),
    "normal": lambda random, n: random.normal(size=n),
    "lognormal-1": lambda random, n: random.lognormal(0.0, 1.0, n),
    "lognormal-2": lambda random, n: random.lognormal(0.0, 2.0, n),
    "exponential": lambda random, n: random.exponential(size=n),
    "pareto-1.5": lambda random, n: random.pareto(1.5, n) + 1.0,
    "zeros-90%": lambda random, n: np.where(random.uniform(size=n) < 0.9, 0.0, random.normal(size=n)),
    "sorted": lambda random, n: np.sort(random.normal(size=n)),
}
#: Values that repeat, so that windows share them: the distinct count after merges.
DISTINCT = {f"distinct-{size}": size for size in (1_000, 20_000, 1_000_000)}


def write_shape(folder: Path, case: str, rows: int, draw: int) -> np.ndarray:
    """Write a draw of a case as one Arrow IPC file of windows; return its values."""
    random = np.random.default_rng(SEED + draw)
    if case in SHAPES:
        values = SHAPES[case](random, rows)
    else:
        values = random.permutation(np.arange(rows) % DISTINCT[case]) * 0.5
    schema = pa.schema([pa.field("f0", pa.float64(), metadata={"driftline.role": "feature"})])
    with pa.OSFile(str(folder / f"{case}.arrow"), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for start in range(0, rows, WINDOW):
            writer.write_batch(pa.record_batch([pa.array(values[start : start + WINDOW])], schema=schema))
    return values
