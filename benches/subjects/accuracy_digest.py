"""Ranks by driftline's t-digest itself, at any compression, from the example ``ranks`` of the crate."""

import json
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benches.data import read_batches

ROOT = Path(__file__).parents[2]


def stream(
    case: str, folder: Path, compression: int, points: Sequence[float]
) -> Callable[[], dict[str, Any]]:
    """One digest that takes window after window."""
    return _ranks(case, folder, compression, points, is_merged=False)


def merged(
    case: str, folder: Path, compression: int, points: Sequence[float]
) -> Callable[[], dict[str, Any]]:
    """A digest a window, all merged at the end."""
    return _ranks(case, folder, compression, points, is_merged=True)


def _ranks(
    case: str, folder: Path, compression: int, points: Sequence[float], *, is_merged: bool
) -> Callable[[], dict[str, Any]]:
    windows = [batch.column(0).to_numpy() for batch in read_batches(folder, case)]
    path = folder / f"{case}-{compression}.f64"
    np.concatenate(windows).astype("<f8").tofile(path)
    digests = len(windows) if is_merged else 1
    command = [_program(), str(path), str(compression), str(digests), *map(repr, points)]

    def run() -> dict[str, Any]:
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {"ranks": [float(line) for line in printed.split()]}

    return run


@cache
def _program() -> str:
    """Build the example that prints ranks, and return where it is."""
    command = ["cargo", "build", "--release", "--package", "driftline-sketches", "--example", "ranks"]
    built = subprocess.run(
        [*command, "--message-format", "json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return str(next(message["executable"] for message in messages if message.get("executable")))
