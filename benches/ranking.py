"""What ranked lists cost: items of queries and their labels come in, beside the same records without queries.

One engine each, in one process on one thread, which take turns message by message; processor time of that thread. The
NDCG of the lists is compared with scikit-learn's.
"""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.metrics import ndcg_score

from benches.figures import OURS, Sample
from driftline._core import Engine
from driftline.config import MonitorConfig
from driftline.query import EngineTransport, Monitor
from driftline.v1 import ingest_pb2

LISTS = 10_000
ITEMS = 20
LISTS_A_MESSAGE = 50
CUT = 10
MODEL = "m"
SUBJECTS = (OURS, f"{OURS}-unranked")

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lists:
    """Scores, and what turned out to be relevant: a row a list. Scores tie now and then."""

    scores: Numbers
    relevances: Numbers

    @classmethod
    def drawn(cls, seed: int) -> "Lists":
        """Draw lists with two relevances above 0 in ten items, which score higher than the others as a rule."""
        random = np.random.default_rng(seed)
        relevances = random.choice([0.0, 1.0, 2.0], (LISTS, ITEMS), p=[0.8, 0.15, 0.05])
        return cls((relevances + random.normal(0, 1, relevances.shape)).round(2), relevances)

    def items(self, first: int, subject: str) -> bytes:
        """A message with the items of some lists."""
        ids, scores = self._part(first, self.scores)
        columns: dict[str, Any] = {
            "timestamp": pa.array(np.zeros(len(ids), np.int64)).cast(pa.timestamp("ns", "UTC")),
            "prediction_id": pa.array(ids),
            "score": pa.array(scores),
        }
        if subject == OURS:
            columns["query_id"] = pa.array(ids // ITEMS)
        return _message(columns)

    def labels(self, first: int) -> bytes:
        """A message with all their labels."""
        ids, relevances = self._part(first, self.relevances)
        return _message({"prediction_id": pa.array(ids), "label": pa.array(relevances)})

    def _part(self, first: int, values: Numbers) -> tuple[npt.NDArray[np.int64], Numbers]:
        rows = slice(first, first + LISTS_A_MESSAGE)
        return np.arange(LISTS * ITEMS).reshape(LISTS, ITEMS)[rows].ravel(), values[rows].ravel()


@dataclass
class Spent:
    """Nanoseconds of one run, by subject."""

    items: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUBJECTS, 0))
    labels: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SUBJECTS, 0))


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples in nanoseconds a record, and in millionths how far NDCG is from scikit-learn's."""
    del folder
    values: dict[tuple[str, str], list[float]] = {}
    distances, theirs = [], []
    for run in range(runs + 1):
        lists = Lists.drawn(run)
        engines = {subject: _engine() for subject in SUBJECTS}
        spent = _ingest(lists, engines)
        started = time.thread_time_ns()
        expected = _ndcg(lists)
        asked = time.thread_time_ns() - started
        distance = abs(_answer(engines[OURS]) - expected)
        if not run:
            continue
        for case, nanos in (("an item comes in", spent.items), ("its label comes in", spent.labels)):
            for subject in SUBJECTS:
                values.setdefault((case, subject), []).append(nanos[subject] / LISTS / ITEMS)
        theirs.append(asked / LISTS / ITEMS)
        distances.append(1e6 * distance)
    samples = [Sample(bench, case, subject, "ns/record", each) for (case, subject), each in values.items()]
    samples.append(Sample(bench, "NDCG of all lists at rest", "scikit-learn", "ns/record", theirs))
    samples.append(Sample(bench, "NDCG, ppm from scikit-learn's", OURS, "ppm", distances))
    return samples, {}


def _ingest(lists: Lists, engines: dict[str, Engine]) -> Spent:
    sessions = {subject: engine.session() for subject, engine in engines.items()}
    spent = Spent()
    for first in range(0, LISTS, LISTS_A_MESSAGE):
        for subject, session in sessions.items():
            message = lists.items(first, subject)
            started = time.thread_time_ns()
            session.ingest(message, 0)
            spent.items[subject] += time.thread_time_ns() - started
    for first in range(0, LISTS, LISTS_A_MESSAGE):
        message = lists.labels(first)
        for subject, session in sessions.items():
            started = time.thread_time_ns()
            session.ingest(message, 0)
            spent.labels[subject] += time.thread_time_ns() - started
    return spent


def _engine() -> Engine:
    config = MonitorConfig.model_validate({"model": MODEL, "window": "1d", "ranking": {"at": [CUT]}})
    engine = Engine("")
    engine.set_monitor(config.to_proto().SerializeToString())
    return engine


def _answer(engine: Engine) -> float:
    """NDCG of all lists that have something relevant; raise RuntimeError where a label is missing."""
    found = Monitor(EngineTransport(engine)).performance(model=MODEL)[0]
    if found.labels != LISTS * ITEMS or found.ranking is None or found.ranking.judged_queries != LISTS:
        raise RuntimeError(f"{found.labels} labels were counted, of lists {found.ranking}")
    return found[f"ndcg@{CUT}"].value


def _ndcg(lists: Lists) -> float:
    """The same of the numbers themselves; ties have all their orders in both."""
    is_judged = lists.relevances.any(axis=1)
    return float(ndcg_score(lists.relevances[is_judged], lists.scores[is_judged], k=CUT))


def _message(columns: dict[str, Any]) -> bytes:
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return ingest_pb2.IngestRequest(model=MODEL, records=sink.getvalue().to_pybytes()).SerializeToString()
