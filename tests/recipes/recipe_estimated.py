"""Confidence-based performance estimation beside that of NannyML, on flights and on inputs that have moved."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import driftline
from driftline import _core
from driftline.demo.flights import between, load_flights
from driftline.demo.main_job import FIRST_DAY, LIVE_FROM, with_roles
from driftline.demo.model import serve, train
from driftline.query import EngineTransport, Monitor
from driftline.query.results import EstimatedPerformanceResult
from driftline.v1 import ingest_pb2

COLUMNS = ("score", "prediction", "label")
TURN = np.datetime64("2013-07-01")
END = np.datetime64("2013-12-31")
SENT = 50_000
NOW = 10**18


def _records(random: np.random.Generator, rows: int, lean: float) -> pa.Table:
    """Scores that lean to one; a record at a score is positive with the chance of its square."""
    score = random.beta(1 + lean, 1, rows)
    return pa.table(
        {
            "score": pa.array(score),
            "prediction": pa.array(score >= 0.5),
            "label": pa.array(random.random(rows) < score**2),
        }
    )


@pytest.fixture(scope="module")
def cases() -> dict[str, tuple[pa.Table, pa.Table]]:
    """Labelled records of a reference and of the time after it."""
    random = np.random.default_rng(1)
    flights = load_flights()
    model = train(between(flights, FIRST_DAY, LIVE_FROM))
    spring, autumn = (
        with_roles(serve(model, between(flights, start, end), lambda _: None)).select(COLUMNS).drop_null()
        for start, end in ((LIVE_FROM, TURN), (TURN, END))
    )
    return {
        "flights": (spring, autumn),
        "moved": (_records(random, 40_000, 0.2), _records(random, 40_000, 3.0)),
        "few": (_records(random, 3_000, 0.2), _records(random, 2_000, 3.0)),
    }


def _estimated(reference: pa.Table, current: pa.Table) -> EstimatedPerformanceResult:
    engine = _core.Engine("test")
    for start in range(0, current.num_rows, SENT):
        sink = pa.BufferOutputStream()
        part = current.slice(start, SENT)
        with pa.ipc.new_stream(sink, part.schema) as writer:
            writer.write_table(part)
        request = ingest_pb2.IngestRequest(model="m", version="1", records=sink.getvalue().to_pybytes())
        engine.ingest_batch(request.SerializeToString(), NOW)
    engine.set_baseline("m", "reference", driftline.profile(reference).to_arrow(), make_default=True)
    return Monitor(EngineTransport(engine)).estimated_performance()


def test_estimates_are_those_of_nannyml(
    root: Path, cases: dict[str, tuple[pa.Table, pa.Table]], tmp_path: Path
) -> None:
    python = root / ".venv-recipe-nannyml" / "bin" / "python"
    assert python.exists(), f"{python} is missing: run make test-recipes"
    arrays = {
        f"{name}/{side}/{column}": table[column].to_numpy(zero_copy_only=False)
        for name, both in cases.items()
        for side, table in zip(("reference", "current"), both, strict=True)
        for column in COLUMNS
    }
    np.savez(tmp_path / "cases.npz", **arrays)  # type: ignore[arg-type]
    done = subprocess.run(
        [str(python), str(Path(__file__).with_name("say_estimated.py")), str(tmp_path / "cases.npz")],
        stdout=subprocess.PIPE,
        env={**os.environ, "NML_DISABLE_USAGE_LOGGING": "1"},
        check=True,
    )
    said: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    for name, (reference, current) in cases.items():
        ours = _estimated(reference, current)
        for figure, value in said[name].items():
            found = ours[figure].estimated
            assert found is not None
            assert found.value == pytest.approx(value, abs=0.005), f"{name}, {figure}"
