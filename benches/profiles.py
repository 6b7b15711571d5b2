"""The engine alone: nanoseconds a value to profile columns, on one thread."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benches import environments
from benches.data import CASES, SMALL_BATCHES, is_numeric, read_batches
from benches.figures import OURS, Sample
from benches.rounds import Outcome, Subject, take_turns

SECONDS_EACH = 20.0
DISTINCT_TOLERANCE = 0.15
RANK_TOLERANCE = 0.02


def cases(bench: str) -> tuple[str, ...]:
    """Small batches are a matter of the stream alone."""
    return (*CASES, SMALL_BATCHES) if bench == "profile_stream" else CASES


def subjects(bench: str, case: str) -> list[Subject]:
    """Who takes part in a case of ``profile_stream`` or ``profile_table``."""
    peers, whylogs = environments.peers("peers"), environments.peers("peers-whylogs")
    task = "stream" if bench == "profile_stream" else "table"
    chosen = [
        Subject(OURS, "driftline_core", environments.own(), task),
        Subject("datasketches-kll", "apache_datasketches", peers, task),
        Subject("datasketches-tdigest", "apache_datasketches", peers, task, {"quantiles": "tdigest"}),
        Subject("duckdb", "duckdb_sql", peers, task),
        Subject("polars", "polars_frames", peers, task),
        Subject("datafusion-rows" if task == "stream" else "datafusion", "datafusion_sql", peers, task),
        Subject("whylogs", "whylogs_profiles", whylogs, task),
    ]
    if is_numeric(case):
        chosen.append(
            Subject("whylogs-homogeneous", "whylogs_profiles", whylogs, task, {"homogeneous": True})
        )
    if case == "float64":
        chosen.append(Subject("memory-floor", "memory_floor", environments.own(), task))
    if task == "table":
        chosen.append(
            Subject("driftline-baseline", "driftline_core", environments.own(), "table_on_baseline")
        )
    clickhouse = {"clickhouse": "stream_states", "clickhouse-rows": "stream_rows"} if task == "stream" else {}
    for name, function in (clickhouse or {"clickhouse": "table"}).items():
        chosen.append(Subject(name, "clickhouse", peers, function))
    return chosen


def measure(bench: str, folder: Path, runs: int) -> tuple[list[Sample], dict[str, str]]:
    """Samples in nanoseconds a value, and who is absent and why."""
    samples, absent = [], {}
    for case in cases(bench):
        print(f"{bench} {case} ...", file=sys.stderr)
        batches = read_batches(folder, case)
        values = sum(batch.num_rows * batch.num_columns for batch in batches)
        outcomes = take_turns(
            subjects(bench, case), case, folder, runs=runs, seconds_each=SECONDS_EACH, pinned=True
        )
        _check(outcomes, case, folder)
        for name, outcome in outcomes.items():
            if outcome.absent:
                absent[f"{name} in {bench} {case}"] = outcome.absent
            nanoseconds = [seconds * 1e9 / values for seconds in outcome.seconds]
            samples.append(Sample(bench, case, name, "ns/value", nanoseconds))
    return samples, absent


def _check(outcomes: Mapping[str, Outcome], case: str, folder: Path) -> None:
    """A subject that answers wrongly has not done the work: its times do not count."""
    column = _first_column(folder, case)
    for outcome in outcomes.values():
        fault = "" if outcome.absent else _fault(outcome.answer, column)
        if fault:
            outcome.absent, outcome.seconds = fault, []


def _first_column(folder: Path, case: str) -> Any:
    import pyarrow as pa

    return pa.chunked_array([batch.column(0) for batch in read_batches(folder, case)]).drop_null()


def _fault(answer: Mapping[str, Any], column: Any) -> str:
    import pyarrow.compute as pc

    if answer["count"] != len(column):
        return f"wrong answer: counts {answer['count']} values, there are {len(column)}"
    distinct = len(column.unique())
    if "distinct" in answer and abs(answer["distinct"] / distinct - 1) > DISTINCT_TOLERANCE:
        return f"wrong answer: {answer['distinct']:.0f} distinct values, there are {distinct}"
    if "median" in answer:
        rank = pc.sum(pc.less_equal(column, answer["median"])).as_py() / len(column)
        if abs(rank - 0.5) > RANK_TOLERANCE:
            return f"wrong answer: its median has rank {rank:.3f}"
    return ""
