"""Ranked lists at the doors of Python."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.metrics import ndcg_score
from tests.query.conftest import ingest

from driftline import _core
from driftline.config import MonitorConfig
from driftline.config.alerting.figures import check_path
from driftline.query import EngineTransport, Monitor
from driftline.query.results import PerformanceResult

Numbers = npt.NDArray[np.float64]
QUERIES, ITEMS = 40, 8


@pytest.fixture(scope="module")
def relevances() -> Numbers:
    return np.random.default_rng(3).choice([0.0, 1.0, 2.0], (QUERIES, ITEMS), p=[0.7, 0.2, 0.1])


@pytest.fixture(scope="module")
def scores(relevances: Numbers) -> Numbers:
    return (relevances + np.random.default_rng(4).normal(0, 1, relevances.shape)).round(1)


@pytest.fixture(scope="module")
def found(relevances: Numbers, scores: Numbers) -> PerformanceResult:
    """Lists of two devices, each query on one; one in five queries has no label yet."""
    query = np.repeat(np.arange(QUERIES), ITEMS)
    columns: dict[str, pa.Array[Any]] = {
        "qid": pa.array(query),
        "score": pa.array(scores.ravel()),
        "device": pa.array(np.where(query % 2, "phone", "desk").tolist()),
        "label": pa.array(relevances.ravel(), mask=query % 5 == 0),
    }
    engine = _core.Engine("test")
    monitor = MonitorConfig.model_validate(
        {"model": "m", "segments": [["device"]], "ranking": {"at": [3, 6]}}
    )
    engine.set_monitor(monitor.to_proto().SerializeToString())
    ingest(engine, pa.table(columns), "m", "1")
    return Monitor(EngineTransport(engine)).performance(by="device")


def test_segments_have_their_own_lists(
    found: PerformanceResult,
    relevances: Numbers,
    scores: Numbers,
) -> None:
    for device, odd in (("phone", True), ("desk", False)):
        chosen = [each for each in range(QUERIES) if each % 2 == odd and each % 5 and relevances[each].any()]
        figure = found[device]["ndcg@3"]
        assert figure.value == pytest.approx(ndcg_score(relevances[chosen], scores[chosen], k=3), abs=1e-9)
        assert figure.n == len(chosen)
        ranking = found[device].ranking
        assert ranking is not None
        assert (ranking.queries, ranking.judged_queries) == (20, 16)
        assert ranking.coverage is not None
        assert ranking.coverage.value == pytest.approx(0.8)
    # The worst first, by NDCG of the longest lists.
    assert found[0]["ndcg@6"].value <= found[1]["ndcg@6"].value


def test_tables_and_words_have_the_figures(found: PerformanceResult) -> None:
    names = {f"{name}@{at}" for name in ("ndcg", "precision", "recall", "map", "hit_rate") for at in (3, 6)}
    assert set(found[0].estimates) == {"mrr", *names}
    assert list(found[0].headlines) == ["mrr", "ndcg@6", "precision@6", "recall@6"]
    table = found.to_arrow()
    assert table["ndcg@3"].to_pylist() == [entry["ndcg@3"].value for entry in found]
    assert set(found.all_figures.to_arrow()["figure"].to_pylist()) == {"mrr", *names}
    assert "16 of 20 queries have a label" in str(found)
    assert any(sentence.startswith("mrr is ") for sentence in found.sentences())


@pytest.mark.parametrize("name", ["mrr", "ndcg@7", "precision@1", "recall@100", "map@10", "hit_rate@3"])
def test_rules_look_at_figures_of_any_length(name: str) -> None:
    assert check_path(f"performance.{name}") == f"performance.{name}"


@pytest.mark.parametrize(
    "path", ["performance.ndcg", "performance.mrr@3", "performance.ndcg@0", "drift.ndcg@3"]
)
def test_rules_look_at_no_figure_that_there_is_not(path: str) -> None:
    with pytest.raises(ValueError, match=r"has .*, got"):
        check_path(path)
