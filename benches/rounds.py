"""Subjects take turns, run by run, so that a noisy minute of the machine falls on all of them."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benches.environments import Environment

ROOT = Path(__file__).parent.parent
FEWEST_RUNS = 3


class SubjectError(Exception):
    """A subject could not do its task."""


@dataclass(frozen=True)
class Subject:
    """Who does a task: a module of ``benches.subjects`` in an environment that has its library."""

    name: str
    module: str
    environment: Environment
    task: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class Worker:
    """A running worker process."""

    subject: Subject
    process: "subprocess.Popen[str]"

    @classmethod
    def start(cls, subject: Subject, pinned: bool) -> "Worker":
        """Start the process, on one processor if asked."""
        pin = ["--cpu", str(max(os.sched_getaffinity(0)))] if pinned else []
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "python")])}
        command = [str(subject.environment.python), "-m", "benches.worker", *pin]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        return cls(subject, process)

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        """Send an order and wait for the answer; raise SubjectError if it failed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise SubjectError(f"its process ended with exit code {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise SubjectError(answer["error"])
        return answer

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()


@dataclass
class Outcome:
    """What a subject's runs gave, or why it is absent."""

    seconds: list[float] = field(default_factory=list)
    answer: dict[str, Any] = field(default_factory=dict)
    absent: str = ""


def take_turns(
    subjects: Sequence[Subject], case: str, data: Path, *, runs: int, seconds_each: float, pinned: bool
) -> dict[str, Outcome]:
    """Run a case by all subjects: one unmeasured run each, then ``runs`` rounds.

    A subject whose measured runs have taken more than ``seconds_each`` stops after three.
    """
    outcomes = {subject.name: Outcome(absent=subject.environment.reason) for subject in subjects}
    workers: list[Worker] = []
    try:
        for subject in subjects:
            if subject.environment.python is not None:
                workers.append(Worker.start(subject, pinned))
                _attempt(workers[-1], outcomes[subject.name], preparation(subject, case, data))
        for turn in range(runs + 1):
            for worker in workers:
                outcome = outcomes[worker.subject.name]
                tired = len(outcome.seconds) >= FEWEST_RUNS and sum(outcome.seconds) > seconds_each
                if not (outcome.absent or tired):
                    _attempt(worker, outcome, {"run": True}, measured=turn > 0)
    finally:
        for worker in workers:
            worker.stop()
    return outcomes


def preparation(subject: Subject, case: str, data: Path) -> dict[str, Any]:
    """Return the order to load a case's data for the subject's task."""
    order = {"module": subject.module, "task": subject.task, "options": subject.options}
    return {"prepare": {**order, "case": case, "data": str(data)}}


def _attempt(worker: Worker, outcome: Outcome, order: dict[str, Any], measured: bool = False) -> None:
    try:
        answer = worker.order(order)
    except SubjectError as error:
        outcome.absent, outcome.seconds = str(error), []
        return
    outcome.answer = answer.get("answer", {})
    if measured:
        outcome.seconds.append(answer["seconds"])
