"""How far rank and distinct answers are from the truth, over several draws, streamed and merged from 100 windows."""

import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benches import environments
from benches.figures import OURS, Sample
from benches.rounds import Subject, SubjectError, Worker, preparation
from benches.shapes import DISTINCT, SHAPES, WINDOW, write_shape

LEVELS = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)
TAILS = (0.001, 0.999)
WINDOWS = 100
COMPRESSIONS = (100, 200)
#: What each task adds to the name of a case.
TASKS = {"stream": "", "merged": " merged"}

#: By case and subject, one error a draw, in ppm.
Errors = dict[tuple[str, str], list[float]]


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Errors in ppm, of rank or of the distinct count, of ``2 * runs - 1`` draws; prints how the t-digests compare."""
    errors: Errors = {}
    absent: dict[str, str] = {}
    for cases, subjects in ((SHAPES, _rankers()), (DISTINCT, _counters())):
        with ExitStack() as stack:
            workers = list(_start(subjects, stack, absent))
            for case in cases:
                print(f"{bench} {case} ...", file=sys.stderr)
                for draw in range(2 * runs - 1):
                    values = write_shape(folder, case, WINDOWS * WINDOW, draw)
                    _add_errors(workers, case, folder, np.sort(values), errors, absent)
    print(*verdicts(errors), sep="\n")
    return [Sample(bench, case, name, "ppm", found) for (case, name), found in errors.items()], absent


def verdicts(errors: Errors) -> list[str]:
    """Whether the median error of our digest is at most that of DataSketches' of the same compression, a line each."""
    lines = [f"{'median of the largest rank error, ppm':<40}{'k':>5}{'ours':>8}{'theirs':>8}"]
    for case in (shape + suffix for shape in SHAPES for suffix in TASKS.values()):
        for k in COMPRESSIONS:
            ours, theirs = (errors.get((case, f"{name}-{k}")) for name in (OURS, "tdigest"))
            if ours and theirs:
                found, limit = statistics.median(ours), statistics.median(theirs)
                verdict = "ours is at most theirs" if found <= limit else "OURS IS LARGER"
                lines.append(f"{case:<40}{k:>5}{found:>8.0f}{limit:>8.0f}  {verdict}")
    return lines


def _rankers() -> list[Subject]:
    peers = environments.peers("peers")
    sketches = [*(f"tdigest-{k}" for k in COMPRESSIONS), "kll-200"]
    return [
        Subject(OURS, "accuracy_driftline", environments.own(), "", {"levels": LEVELS}),
        *(
            Subject(f"{OURS}-{k}", "accuracy_digest", environments.own(), "", {"compression": k})
            for k in COMPRESSIONS
        ),
        *(Subject(name, "accuracy_datasketches", peers, "", {"sketch": name}) for name in sketches),
    ]


def _counters() -> list[Subject]:
    return [
        Subject(OURS, "accuracy_driftline", environments.own(), "", {"levels": LEVELS}),
        Subject("hll", "accuracy_datasketches", environments.peers("peers"), "", {"sketch": "hll"}),
    ]


def _start(subjects: Sequence[Subject], stack: ExitStack, absent: dict[str, str]) -> Iterator[Worker]:
    for subject in subjects:
        if subject.environment.python is None:
            absent[subject.name] = subject.environment.reason
            continue
        worker = Worker.start(subject, pinned=False)
        stack.callback(worker.stop)
        yield worker


def _add_errors(
    workers: Sequence[Worker],
    case: str,
    folder: Path,
    order: np.ndarray,
    errors: Errors,
    absent: dict[str, str],
) -> None:
    """Ask every subject, for one draw, and judge the answers."""
    for task, suffix in TASKS.items():
        for worker in workers:
            name = worker.subject.name
            try:
                answer = _ask(worker, task, case, folder, _points(order).tolist())
            except SubjectError as error:
                absent[f"{name} in {case}{suffix}"] = str(error)
                continue
            for ending, error_found in _judge(answer, case, order).items():
                errors.setdefault((case + suffix + ending, name), []).append(error_found * 1e6)


def _ask(worker: Worker, task: str, case: str, folder: Path, points: list[float]) -> dict[str, Any]:
    asked = worker.subject.options
    options = asked if "levels" in asked else {**asked, "points": points}
    worker.order(preparation(replace(worker.subject, task=task, options=options), case, folder))
    answer: dict[str, Any] = worker.order({"run": True})["answer"]
    return answer


def _judge(answer: Mapping[str, Any], case: str, order: np.ndarray) -> dict[str, float]:
    """Errors by what they add to the name of the case."""
    if case in DISTINCT:
        return {"": abs(answer["distinct"] / len(np.unique(order)) - 1)}
    by_level = dict(zip(LEVELS, _rank_errors(answer, order), strict=True))
    return {"": max(by_level.values()), " tails": max(by_level[level] for level in TAILS)}


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
