"""A subject in a process of its own: takes orders as JSON lines on standard input, answers on standard output.

``{"prepare": {"module", "task", "case", "data", "options"}}`` loads the data, ``{"run": true}`` times the task once.
The process keeps to one processor if ``--cpu`` names one, before any library starts threads.
"""

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
    "ARROW_NUM_THREADS",
)


def main() -> None:
    """Serve orders until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cpu", type=int)
    cpu = parser.parse_args().cpu
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
        os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    task: Callable[[], dict[str, Any]] | None = None
    for line in sys.stdin:
        try:
            order = json.loads(line)
            if "prepare" in order:
                task, answer = prepare(**order["prepare"]), {}
            else:
                assert task is not None, "prepare comes before run"
                answer = run(task)
        except Exception as error:  # noqa: BLE001 - the harness reports it and goes on with the other subjects
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def prepare(
    module: str, task: str, case: str, data: str, options: dict[str, Any]
) -> Callable[[], dict[str, Any]]:
    """Return the function to time: ``<task>(case, folder, **options)`` of a subject's module makes it."""
    make = getattr(importlib.import_module(f"benches.subjects.{module}"), task)
    prepared: Callable[[], dict[str, Any]] = make(case, Path(data), **options)
    return prepared


def run(task: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Time one run; what the task returns goes along, to be checked. A task's ``settle`` follows untimed."""
    before = time.perf_counter()
    answer = task()
    seconds = time.perf_counter() - before
    settle = getattr(task, "settle", None)
    if settle is not None:
        settle()
    return {"seconds": seconds, "answer": answer}


if __name__ == "__main__":
    main()
