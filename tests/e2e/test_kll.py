"""A column keeps a KLL sketch because the configuration file says so, over flushes and a restart."""

import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tests.e2e.exact import rank_error

import driftline
from driftline.demo.process import CollectorProcess

MONITORS = [{"model": "m", "kll_columns": ["*"]}]


def sent(folder: Path, values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    """A run of a collector that takes these values in, with two flushes."""
    collector = CollectorProcess.start(folder, {"monitors": MONITORS})
    with (
        driftline.Client(collector.grpc_address, model="m") as client,
        driftline.connect(collector.grpc_address) as monitor,
    ):
        for part in np.array_split(values, 2):
            client.log_table(pa.table({"x": pa.array(part), "word": ["a"] * len(part)}))
            assert client.flush(30), client.stats
            monitor.flush()
    assert collector.stop() == 0, collector.log_end()


def test_a_configured_column_keeps_every_value(tmp_path: Path) -> None:
    values = np.random.default_rng(4).lognormal(size=20_000)
    for half in np.split(values, 2):
        sent(tmp_path, half)
    rows = pq.read_table(tmp_path / "data" / "profiles").to_pylist()
    stored = [row for row in rows if row["column"] == "x"]
    assert len(stored) == 4
    assert [struct.unpack_from("<Q", row["kll"], 8) for row in stored] == [(row["n"],) for row in stored]
    assert [row["kll"] for row in rows if row["column"] == "word"] == [None] * 4
    with driftline.open(tmp_path / "data") as monitor:
        answer = monitor.quantiles("x", [0.0, 0.01, 0.5, 0.99, 1.0], model="m")
        assert len(monitor.profile(model="m").sketch("x", "kll")) > 1_000
    assert answer.count == len(values)
    assert answer.kll_rank_error is not None
    for found in answer:
        assert found.kll is not None
        assert rank_error(np.sort(values), found.kll, found.q) <= answer.kll_rank_error, found
    assert (answer[0].kll, answer[-1].kll) == (values.min(), values.max())
