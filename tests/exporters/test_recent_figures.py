"""Scrapes in a hurry: what has not changed is not asked again, what there is no time for comes with the next scrape."""

import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from tests.exporters.test_prometheus import Samples, at, ingest, scrape, times

import driftline._core as core
from driftline.config import MonitorConfig
from driftline.exporters import recent_figures
from driftline.exporters.prometheus import EngineCollector


class Counting:
    """Answers for an engine, notes what it is asked and by which thread, and may be slow."""

    def __init__(self, engine: core.Engine) -> None:
        self._engine = engine
        self.asked: Counter[str] = Counter()
        self.by: set[str] = set()
        self.pause = 0.0

    def query(self, method: str, request: bytes, now: int) -> bytes:
        self.asked[method] += 1
        if method == "Summary":
            self.by.add(threading.current_thread().name)
            time.sleep(self.pause)
        return self._engine.query(method, request, now)


@pytest.fixture(autouse=True)
def _young(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, nothing is too old."""
    monkeypatch.setattr(recent_figures, "MAX_AGE_SECONDS", 3_600.0)


@pytest.fixture
def engine() -> core.Engine:
    engine = core.Engine()
    for model in "mn":
        ingest(engine, {"a": [1.0, 1.0], "timestamp": times(2)}, model=model)
    return engine


@pytest.fixture
def counting(engine: core.Engine) -> Counting:
    return Counting(engine)


def collectors(engine: core.Engine, counting: Counting, budget: float | None) -> Iterator[EngineCollector]:
    collector = EngineCollector(engine, questions=counting, budget_seconds=budget)
    yield collector
    collector.close()


@pytest.fixture
def quick(engine: core.Engine, counting: Counting) -> Iterator[EngineCollector]:
    yield from collectors(engine, counting, 60.0)


@pytest.fixture
def hurried(engine: core.Engine, counting: Counting) -> Iterator[EngineCollector]:
    yield from collectors(engine, counting, 0.0)


def stale(samples: Samples) -> float:
    return samples["driftline_scrape_stale_versions", frozenset()]


def about_models(samples: Samples) -> Samples:
    return {
        key: value
        for key, value in samples.items()
        if "model" in dict(key[1]) and not key[0].endswith("age_seconds")
    }


def test_what_has_not_changed_is_not_asked_again(
    engine: core.Engine, counting: Counting, quick: EngineCollector
) -> None:
    first = scrape(quick)
    assert counting.asked["Summary"] == 2
    again = scrape(quick)
    assert counting.asked["Summary"] == 2
    assert about_models(again) == about_models(first)
    assert len(about_models(first)) > 20
    ingest(engine, {"a": [4.0, 4.0], "timestamp": times(2)}, model="n")
    samples = scrape(quick)
    assert counting.asked["Summary"] == 3
    assert at(samples, "feature_mean", feature="a", model="n") == 2.5
    assert at(samples, "feature_mean", feature="a") == 1


def test_labels_and_settings_are_changes(
    engine: core.Engine, counting: Counting, quick: EngineCollector
) -> None:
    ingest(engine, {"prediction_id": ["p"], "prediction": [True], "timestamp": times(1)})
    assert at(scrape(quick), "label_coverage_ratio") == 0
    ingest(engine, {"prediction_id": ["p"], "label": [True]})
    assert at(scrape(quick), "label_coverage_ratio") == 1
    before = counting.asked["Summary"]
    engine.set_monitor(
        MonitorConfig.model_validate({"model": "m", "recent": "3h"}).to_proto().SerializeToString()
    )
    scrape(quick)
    assert counting.asked["Summary"] == before + 1


def test_what_there_is_no_time_for_comes_later_and_is_counted(
    engine: core.Engine, counting: Counting, hurried: EngineCollector
) -> None:
    assert stale(scrape(hurried)) == 0, "what was never told is asked however long it takes"
    counting.pause = 0.2
    for model in "mn":
        ingest(engine, {"a": [4.0, 4.0], "timestamp": times(2)}, model=model)
    counting.by.clear()
    samples = scrape(hurried)
    assert counting.by <= {"metrics"}, "the scrape asks nothing"
    assert stale(samples) == 2
    assert at(samples, "feature_mean", feature="a") == 1
    assert at(samples, "predictions_total") == 4, "counters are those of the moment"
    deadline = time.monotonic() + 30
    while stale(samples) and time.monotonic() < deadline:
        time.sleep(0.05)
        samples = scrape(hurried)
    assert stale(samples) == 0
    assert at(samples, "feature_mean", feature="a") == 2.5
    assert at(samples, "feature_mean", feature="a", model="n") == 2.5


def test_without_a_budget_all_is_asked_every_time(engine: core.Engine, counting: Counting) -> None:
    collector = EngineCollector(engine, questions=counting)
    scrape(collector)
    scrape(collector)
    assert counting.asked["Summary"] == 4


def test_a_closed_collector_still_answers(engine: core.Engine, hurried: EngineCollector) -> None:
    scrape(hurried)
    hurried.close()
    ingest(engine, {"a": [4.0, 4.0], "timestamp": times(2)})
    assert stale(scrape(hurried)) == 1


def test_what_is_old_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, counting: Counting, quick: EngineCollector
) -> None:
    scrape(quick)
    monkeypatch.setattr(recent_figures, "MAX_AGE_SECONDS", 0.0)
    scrape(quick)
    assert counting.asked["Summary"] == 4
