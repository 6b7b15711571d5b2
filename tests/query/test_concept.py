"""Moved inputs and a moved relation of labels to scores are told apart: by an engine, a collector, and its disk."""

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute
import pytest

import driftline
from driftline import _core
from driftline.config import MonitorConfig
from driftline.demo.process import CollectorProcess
from driftline.errors import FailedPreconditionError, InvalidArgumentError
from driftline.query import EngineTransport, Monitor, Profile
from driftline.v1 import ingest_pb2

MINUTE = 60 * 10**9
START = 1_767_225_600 * 10**9
WINDOWS = 24
MOVES = 12
ROWS = 500
MONITOR = MonitorConfig.model_validate({"model": "m"})

Numbers: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"


def records(
    random: np.random.Generator, rows: int, minute: int = 0, *, shift: float = 0.0, flips: bool = False
) -> pa.Table:
    """Features, the score that follows from them, and labels that follow from the score or are flipped in a region."""
    x = random.normal(size=(rows, 2)) + np.array([shift, 0.0])
    score: Numbers = 1 / (1 + np.exp(-1.5 * x[:, 0] - x[:, 1]))
    label = random.random(rows) < 0.1 + 0.8 * score
    if flips:
        label = np.where(x[:, 0] > 0.8, ~label, label)
    times = START + minute * MINUTE + np.sort(random.integers(0, MINUTE, rows))
    return pa.table(
        {
            "timestamp": pa.array(times).cast(pa.timestamp("ns", "UTC")),
            "prediction_id": pa.array([f"{minute}-{number}" for number in range(rows)]),
            "x0": x[:, 0],
            "x1": x[:, 1],
            "score": pa.array(score),
            "label": pa.array(label),
        }
    )


def stream(seed: int, *, shift: float = 0.0, flips: bool = False) -> list[pa.Table]:
    """Minutes that are as the training data at first, and then are not."""
    random = np.random.default_rng(seed)
    before = [records(random, ROWS, minute) for minute in range(MOVES)]
    return before + [
        records(random, ROWS, minute, shift=shift, flips=flips) for minute in range(MOVES, WINDOWS)
    ]


@pytest.fixture(scope="module")
def training() -> Profile:
    return driftline.profile(records(np.random.default_rng(100), 20_000), monitor=MONITOR)


def ingest(engine: _core.Engine, table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    request = ingest_pb2.IngestRequest(model="m", version="1", records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), START + WINDOWS * MINUTE)


def watched(training: Profile, tables: list[pa.Table]) -> Monitor:
    engine = _core.Engine("test")
    engine.set_monitor(MONITOR.to_proto().SerializeToString())
    engine.set_baseline("m", "training", training.to_arrow(), True)
    for table in tables:
        ingest(engine, table)
    return Monitor(EngineTransport(engine))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("shift", "flips", "verdict"),
    [
        (0.0, False, "none"),
        (0.8, False, "inputs_moved"),
        (0.0, True, "relation_moved"),
        (0.8, True, "both"),
    ],
)
def test_what_has_moved_is_told_apart(
    training: Profile, seed: int, shift: float, flips: bool, verdict: str
) -> None:
    monitor = watched(training, stream(seed, shift=shift, flips=flips))
    found = monitor.concept_drift()
    assert found.verdict == verdict, repr(found)
    assert (found.windows, found.labels, found.not_ready) == (WINDOWS, WINDOWS * ROWS, None)
    assert [str(column) for column in found.inputs.discoveries] == (["x0"] if shift else [])
    assert found.has_relation_moved == flips
    if flips:
        assert found.since is not None
        assert abs(found.since.start - (START + MOVES * MINUTE)) <= MINUTE
        assert found.reached_at is not None
        assert found.reached_at.start <= START + (MOVES + 3) * MINUTE
        surest = found.entries[0]
        assert surest.current is not None
        assert surest.score_high is not None
        assert surest.score_high > 0.6
        assert not surest.low <= surest.current.value <= surest.high
        assert all(
            any(window.start >= START + MOVES * MINUTE for window in detector.drifts)
            for detector in found.detectors
        )
    else:
        assert (found.since, found.reached_at) == (None, None)
    before = monitor.concept_drift(end=START + MOVES * MINUTE)
    assert before.verdict == "none"


def test_windows_without_enough_labels_take_no_part(training: Profile) -> None:
    """The labels of the last minutes have not come, but for the positive ones, which are quick."""
    tables = stream(7)
    late = [table.drop_columns(["label"]) for table in tables[-4:]]
    rows = pa.concat_tables(tables[-4:])
    quick = rows.filter(rows["label"]).select(["prediction_id", "label"]).slice(0, 300)
    monitor = watched(training, [*tables[:-4], *late, quick])
    found = monitor.concept_drift(min_coverage=0.9)
    assert (found.verdict, found.windows, found.not_ready_windows) == ("none", WINDOWS - 4, 4)
    assert found.not_ready is not None
    assert found.not_ready.start == START + (WINDOWS - 4) * MINUTE
    assert any("not ready" in sentence for sentence in found.sentences())
    assert monitor.concept_drift().not_ready_windows >= 3
    assert monitor.concept_drift(min_coverage=0).verdict == "relation_moved"
    none = monitor.concept_drift(min_labels=ROWS + 1)
    assert (none.verdict, none.windows) == ("unknown", 0)
    assert none.log_e_value == pytest.approx(0, abs=1e-9)


def test_labels_that_were_corrected_count_as_what_they_are_now(training: Profile) -> None:
    tables = stream(14)
    given = [table.drop_columns(["label"]) for table in tables]
    right = [table.select(["prediction_id", "label"]) for table in tables]
    wrong = [
        each.set_column(1, "label", pa.compute.invert(each["label"])) if minute >= MOVES else each
        for minute, each in enumerate(right)
    ]
    engine = _core.Engine("test")
    engine.set_monitor(MONITOR.to_proto().SerializeToString())
    engine.set_baseline("m", "training", training.to_arrow(), True)
    for table in [*given, *wrong]:
        ingest(engine, table)
    monitor = Monitor(EngineTransport(engine))
    assert monitor.concept_drift().verdict == "relation_moved"
    for table in right[MOVES:]:
        ingest(engine, table)
    corrected = monitor.concept_drift()
    assert (corrected.verdict, corrected.labels) == ("none", WINDOWS * ROWS)
    once = watched(training, tables).concept_drift()
    assert corrected.to_arrow() == once.to_arrow()
    assert corrected.detectors == once.detectors


def test_other_records_are_a_reference_too() -> None:
    engine = _core.Engine("test")
    for table in stream(8, flips=True):
        ingest(engine, table)
    monitor = Monitor(EngineTransport(engine))
    found = monitor.concept_drift({"end": START + MOVES * MINUTE}, start=START + MOVES * MINUTE)
    assert found.has_relation_moved
    assert (found.reference_labels, found.since is not None) == (MOVES * ROWS, True)
    # Nothing was counted in bins.
    assert {left.reason for left in found.inputs.left_out} == {"no_bins"}


def test_classes_without_scores_are_watched_by_predicted_class() -> None:
    random = np.random.default_rng(9)
    kinds = np.array(["cat", "dog", "eel"])

    def classes(rows: int, minute: int, wrong: float) -> pa.Table:
        predicted = random.integers(0, 3, rows)
        is_wrong = random.random(rows) < np.where(predicted == 2, wrong, 0.1)
        label = np.where(is_wrong, (predicted + 1) % 3, predicted)
        times = START + minute * MINUTE + np.arange(rows)
        return pa.table(
            {
                "timestamp": pa.array(times).cast(pa.timestamp("ns", "UTC")),
                "prediction": pa.array(kinds[predicted]),
                "label": pa.array(kinds[label]),
            }
        )

    training = driftline.profile(classes(5_000, 0, 0.1), monitor=MONITOR)
    tables = [classes(300, minute, 0.1 if minute < 6 else 0.5) for minute in range(12)]
    found = watched(training, tables).concept_drift()
    assert found.has_relation_moved
    assert found.entries[0].predicted == "eel"
    assert found.entries[0].score_low is None
    assert "of predicted eel" in repr(found)


def delays(
    random: np.random.Generator, rows: int, minute: int = 0, *, shift: float = 0.0, wrong: str = ""
) -> pa.Table:
    """Predicted minutes of delay, and true ones: further off the longer they are, or in another way."""
    x = random.normal(size=(rows, 2)) + np.array([shift, 0.0])
    prediction: Numbers = 20 * np.exp(0.6 * x[:, 0] + 0.3 * x[:, 1])
    spread = np.where((prediction > 30) & (wrong == "spread"), 0.6, 0.2)
    offset = np.where((prediction > 30) & (wrong == "offset"), 0.2, 0.0)
    label = prediction * (1 + offset + spread * random.normal(size=rows))
    times = START + minute * MINUTE + np.sort(random.integers(0, MINUTE, rows))
    return pa.table(
        {
            "timestamp": pa.array(times).cast(pa.timestamp("ns", "UTC")),
            "x0": x[:, 0],
            "x1": x[:, 1],
            "prediction": pa.array(prediction),
            "label": pa.array(label),
        }
    )


@pytest.fixture(scope="module")
def long_training() -> Profile:
    return driftline.profile(delays(np.random.default_rng(101), 50_000), monitor=MONITOR)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("shift", "wrong", "verdict"),
    [
        (0.0, "", "none"),
        (0.8, "", "inputs_moved"),
        (-2.0, "", "inputs_moved"),
        (0.0, "offset", "relation_moved"),
        (0.0, "spread", "relation_moved"),
        (0.8, "spread", "both"),
    ],
)
def test_errors_of_numbers_are_watched_by_prediction(
    long_training: Profile, seed: int, shift: float, wrong: str, verdict: str
) -> None:
    random = np.random.default_rng(seed)
    tables = [delays(random, ROWS, minute) for minute in range(MOVES)]
    tables += [delays(random, ROWS, minute, shift=shift, wrong=wrong) for minute in range(MOVES, WINDOWS)]
    found = watched(long_training, tables).concept_drift()
    assert found.verdict == verdict, repr(found)
    assert (found.windows, found.labels, found.reference_labels) == (WINDOWS, WINDOWS * ROWS, 50_000)
    if not wrong:
        assert found.since is None
        return
    assert found.since is not None
    assert abs(found.since.start - (START + MOVES * MINUTE)) <= MINUTE
    surest = found.entries[0]
    assert surest.prediction_low is not None
    assert surest.prediction_high is not None
    assert surest.prediction_high > 30
    assert (surest.error_from is None) == (wrong == "offset")
    assert ("labels above" if wrong == "offset" else "errors of") in str(surest)
    assert found.to_arrow().column("prediction_low").null_count == 0
    if wrong == "spread":
        assert all(
            any(window.start >= START + MOVES * MINUTE for window in detector.drifts)
            for detector in found.detectors
        ), "errors are larger, and every detector is told which errors are large"


def test_a_reference_without_labels_is_said() -> None:
    training = driftline.profile(
        records(np.random.default_rng(1), 1_000).drop_columns(["label"]), monitor=MONITOR
    )
    monitor = watched(training, stream(10)[:3])
    found = monitor.concept_drift()
    assert (found.verdict, found.not_watched, len(found)) == ("unknown", "no_labels", 0)
    assert any("no labelled predictions" in sentence for sentence in found.sentences())
    assert "not watched" not in repr(monitor.report())


def test_requests_that_make_no_sense_are_refused(training: Profile) -> None:
    monitor = watched(training, stream(11)[:2])
    with pytest.raises(InvalidArgumentError, match="min_coverage must be a share of the predictions"):
        monitor.concept_drift(min_coverage=1.5)
    with pytest.raises(InvalidArgumentError, match="level"):
        monitor.concept_drift(level=1)
    engine = _core.Engine("test")
    ingest(engine, stream(11)[0])
    with pytest.raises(FailedPreconditionError, match="baseline"):
        Monitor(EngineTransport(engine)).concept_drift()


def test_a_result_shows_itself_and_is_a_table(training: Profile) -> None:
    monitor = watched(training, stream(12, flips=True))
    found = monitor.concept_drift()
    assert "relation moved" in repr(found)
    assert "adwin: 2026-01-01" in repr(found)
    frame = found.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert frame["log10_e_value"].is_monotonic_decreasing
    assert len(frame) == len(found) == round(20_000 ** (1 / 3))
    assert frame["reference_records"].sum() == found.reference_labels == 20_000
    assert found[str(found.entries[0])] == found.entries[0]
    assert "<table" in found._repr_html_()
    assert "the relation has moved since 2026-01-01" in repr(monitor.report())


def test_a_collector_says_the_same_before_and_after_a_restart(training: Profile, tmp_path: Path) -> None:
    settings = {"compaction_interval_seconds": 86_400, "monitors": [{"model": "m"}]}
    first = CollectorProcess.start(tmp_path, settings)
    try:
        with driftline.connect(first.grpc_address) as monitor:
            monitor.set_baseline("m", "training", training)
        with driftline.Client(first.grpc_address, model="m", version="1", on_full="block") as client:
            for table in stream(13, flips=True):
                client.log_table(table)
            assert client.flush(60.0), client.stats
        with driftline.connect(first.grpc_address) as monitor:
            found = monitor.concept_drift(end=START + WINDOWS * MINUTE)
    finally:
        first.stop()
    assert found.verdict == "relation_moved"
    second = CollectorProcess.start(tmp_path, settings)
    try:
        with driftline.connect(second.grpc_address) as monitor:
            assert monitor.concept_drift(end=START + WINDOWS * MINUTE) == found
    finally:
        second.stop()
    with driftline.open(tmp_path / "data") as monitor:
        assert monitor.concept_drift(end=START + WINDOWS * MINUTE).to_arrow() == found.to_arrow()
