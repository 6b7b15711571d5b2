"""A collector that starts on the data directory of another gives the same answers."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import BASELINE, MODEL, Rows, Scene
from tests.e2e.exact import finite, rank_error

import driftline
from driftline.demo.process import CollectorProcess
from driftline.query import Monitor

QUESTIONS: dict[str, Callable[[Monitor], Any]] = {
    "models": lambda monitor: monitor.models(),
    "summary": lambda monitor: monitor.summary(MODEL),
    "summary of a segment": lambda monitor: monitor.summary(MODEL, segment={"origin": "JFK"}),
    "quantiles": lambda monitor: monitor.quantiles("score", model=MODEL),
    "distribution": lambda monitor: monitor.distribution("dest", model=MODEL),
    "drift": lambda monitor: monitor.drift(BASELINE, model=MODEL),
    "performance": lambda monitor: monitor.performance("carrier", model=MODEL),
    "configuration": lambda monitor: monitor.get_monitor(MODEL),
}

#: Answers, or parts of them, that come from t-digests: how those were merged shows within their error.
BY_DIGEST = ("summary", "summary of a segment", "quantiles", "drift")


@pytest.fixture(scope="module")
def answers(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the running collector says, and another one that starts on a copy of its data."""
    folder = tmp_path_factory.mktemp("copy")
    with driftline.connect(scene.collector.grpc_address) as monitor:
        before = {question: ask(monitor) for question, ask in QUESTIONS.items()}
    shutil.copytree(scene.folder / "data", folder / "data")
    other = CollectorProcess.start(folder)
    try:
        with driftline.connect(other.grpc_address) as monitor:
            after = {question: ask(monitor) for question, ask in QUESTIONS.items()}
    finally:
        assert other.stop() == 0, other.log_end()
    return before, after


@pytest.mark.parametrize("question", [question for question in QUESTIONS if question not in BY_DIGEST])
def test_the_answer_is_the_same(answers: tuple[dict[str, Any], dict[str, Any]], question: str) -> None:
    before, after = answers
    assert before[question] == after[question]


@pytest.mark.parametrize("question", ["summary", "summary of a segment"])
def test_summaries_differ_in_quantiles_at_most(
    answers: tuple[dict[str, Any], dict[str, Any]], question: str
) -> None:
    before, after = (answer[question] for answer in answers)
    assert [column.column for column in before] == [column.column for column in after]
    for old, new in zip(before, after, strict=True):
        exact = ("role", "kind", "count", "nulls", "nans", "infinities", "distinct", "min", "max", "top")
        assert [getattr(old, name) for name in exact] == [getattr(new, name) for name in exact], old.column
        if old.kind == "numeric":
            assert (new.mean, new.std_dev) == pytest.approx((old.mean, old.std_dev), rel=1e-12)


def test_quantiles_stay_within_1_percent_rank(
    answers: tuple[dict[str, Any], dict[str, Any]], rows: Rows
) -> None:
    values = finite(rows.april["score"])
    for answer in answers:
        for found in answer["quantiles"]:
            assert rank_error(values, found.value, found.q) <= 0.01


def test_distances_on_bins_are_the_same(answers: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = (
        {
            (column.column, value.metric): value
            for column in answer["drift"]
            for value in column
            if value.basis in ("baseline_bins", "categories") and value.metric != "ks"
        }
        for answer in answers
    )
    assert len(before) > 40
    assert before == after


def test_labels_find_predictions_of_the_run_before(tmp_path: Path) -> None:
    first = CollectorProcess.start(tmp_path)
    with driftline.Client(first.grpc_address, model="m", version="1") as client:
        for number in range(100):
            client.log({"x": number}, prediction=number % 2 == 0, id=str(number))
        client.log_labels(["200"], [True])
        assert client.flush(60.0), client.stats
    assert first.stop() == 0, first.log_end()
    second = CollectorProcess.start(tmp_path)
    with driftline.Client(second.grpc_address, model="m", version="1") as client:
        client.log_labels([str(number) for number in range(100)], [True] * 100)
        client.log({"x": 200}, prediction=True, id="200")
        assert client.flush(60.0), client.stats
    with driftline.connect(second.grpc_address) as monitor:
        (quality,) = monitor.performance(model="m")
    assert second.stop() == 0, second.log_end()
    assert (quality.predictions, quality.labels) == (101, 101)
    assert quality["accuracy"].value == pytest.approx(51 / 101)
