"""How far quantile and distinct answers are from the truth: from one stream, and merged from 100 windows."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benches import environments
from benches.figures import Sample
from benches.rounds import Outcome, Subject, take_turns
from benches.shapes import DISTINCT, SHAPES, WINDOW, write_shape

LEVELS = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)
TAILS = (0.001, 0.999)
WINDOWS = 100
MERGED = "-merged"


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Errors in ppm: of rank, or of the distinct count. More runs than one would give the same answers."""
    samples: list[Sample] = []
    absent: dict[str, str] = {}
    for case in (*SHAPES, *DISTINCT):
        print(f"{bench} {case} ...", file=sys.stderr)
        values = write_shape(folder, case, WINDOWS * WINDOW)
        outcomes = take_turns(
            _subjects(case, values), case, folder, runs=min(runs, 1), seconds_each=0.0, pinned=True
        )
        judged = (
            _distinct(bench, case, outcomes, values)
            if case in DISTINCT
            else _ranks(bench, case, outcomes, values)
        )
        samples += judged
        absent.update({f"{name} in {bench} {case}": o.absent for name, o in outcomes.items() if o.absent})
    return samples, absent


def _subjects(case: str, values: np.ndarray) -> list[Subject]:
    own, peers = environments.own(), environments.peers("peers")
    points = _points(np.sort(values)).tolist()
    chosen = []
    for task in ("stream", "merged"):
        suffix = "" if task == "stream" else MERGED
        chosen.append(Subject(f"driftline{suffix}", "accuracy_driftline", own, task, {"levels": LEVELS}))
        sketches = ("hll",) if case in DISTINCT else ("tdigest-100", "tdigest-200", "kll-200")
        for sketch in sketches:
            asked = {"sketch": sketch, "points": points}
            chosen.append(Subject(f"{sketch}{suffix}", "accuracy_datasketches", peers, task, asked))
    return chosen


def _ranks(bench: str, case: str, outcomes: Mapping[str, Outcome], values: np.ndarray) -> list[Sample]:
    order = np.sort(values)
    whole, tails = [], []
    for name, outcome in outcomes.items():
        if outcome.absent:
            continue
        subject, merged = _parts(name)
        errors = _rank_errors(outcome.answer, order)
        extreme = [error for level, error in zip(LEVELS, errors, strict=True) if level in TAILS]
        whole.append(Sample(bench, f"{case}{merged}", subject, "ppm", [max(errors) * 1e6]))
        tails.append(Sample(bench, f"{case}{merged} tails", subject, "ppm", [max(extreme) * 1e6]))
    return sorted(whole + tails, key=lambda sample: sample.case)


def _parts(name: str) -> tuple[str, str]:
    """A subject and, if it merged windows, what that adds to the name of the case."""
    subject = name.removesuffix(MERGED)
    return subject, "" if subject == name else " merged"


def _rank_errors(answer: Mapping[str, Any], order: np.ndarray) -> list[float]:
    """How far the level (of a quantile answer) or the rank (of a rank answer) is from the ranks of the value.

    A value that occurs more than once has all the ranks from the share below it to the share up to it.
    """
    points = np.array(answer["quantiles"] if "quantiles" in answer else _points(order))
    claimed = np.array(LEVELS if "quantiles" in answer else answer["ranks"])
    below = np.searchsorted(order, points, "left") / len(order)
    up_to = np.searchsorted(order, points, "right") / len(order)
    errors: list[float] = np.maximum(0.0, np.maximum(below - claimed, claimed - up_to)).tolist()
    return errors


def _points(order: np.ndarray) -> np.ndarray:
    """The true quantiles."""
    points: np.ndarray = order[np.ceil(np.array(LEVELS) * len(order)).astype(int) - 1]
    return points


def _distinct(bench: str, case: str, outcomes: Mapping[str, Outcome], values: np.ndarray) -> list[Sample]:
    true = len(np.unique(values))
    answers = {name: outcome.answer["distinct"] for name, outcome in outcomes.items() if not outcome.absent}
    return [
        Sample(bench, case + _parts(name)[1], _parts(name)[0], "ppm", [abs(found / true - 1) * 1e6])
        for name, found in answers.items()
    ]
