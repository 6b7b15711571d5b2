"""Data files of two periods, and a way to run the command in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from driftline.cli import app


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run() -> Run:
    """Runs ``driftline`` with arguments. What would be a traceback is raised."""

    def run_command(*arguments: object) -> Outcome:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run_command


def write(path: Path, shift: float) -> Path:
    random = np.random.default_rng(11)
    table = pa.table(
        {
            "amount": pa.array(random.normal(100 + shift, 15, 2_000)),
            "city": pa.array(random.choice(["Oslo", "Rome"], 2_000)),
            "y_pred": pa.array(random.random(2_000) < 0.3),
        }
    )
    pq.write_table(table, path)
    return path


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return write(tmp_path / "before.parquet", 0)


@pytest.fixture
def after(tmp_path: Path) -> Path:
    return write(tmp_path / "after.parquet", 15)
