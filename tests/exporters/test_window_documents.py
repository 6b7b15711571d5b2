"""What documents say is what the Python API says, under names of the Elastic Common Schema."""

import json
from typing import Any

import numpy as np
import pytest
from tests.exporters.windows import (
    MINUTE,
    MODEL,
    START,
    engine_with,
    monitor_of,
    range_of,
    records,
    send,
    windows_of,
)

from driftline.exporters.window_documents import documents_of, json_line
from driftline.query import Monitor


@pytest.fixture(scope="module")
def monitor() -> Monitor:
    return monitor_of(engine_with(2))


def by_column(monitor: Monitor, place: int = 0) -> dict[str, dict[str, Any]]:
    window = windows_of(monitor)[place]
    return {
        document.source["driftline"].get("column", ""): dict(document.source)
        for document in documents_of(monitor, window, max_features=100)
    }


def test_figures_are_those_of_the_api(monitor: Monitor) -> None:
    window = windows_of(monitor)[1]
    found = {column: source["driftline"] for column, source in by_column(monitor, 1).items()}
    options = range_of(window)
    summary = monitor.summary(**options)
    assert found.keys() == {"", *(each.column for each in summary)}
    drift = monitor.drift(**options)
    for column in ("x", "odd/name", "city", "score"):
        assert found[column]["feature_psi"] == drift[column]["psi"].value
    assert found["x"]["feature_mean"] == summary["x"].mean
    assert found["x"]["feature_quantile"] == {"p50": summary["x"].p50, "p99": summary["x"].p99}
    assert found["city"]["feature_distinct_values"] == summary["city"].distinct.value
    p50, p90, p99 = (each.value for each in monitor.quantiles("latency", **options))
    assert found[""]["latency_seconds"] == {"p50": p50, "p90": p90, "p99": p99}
    classification = monitor.performance(**options)[0].classification
    assert classification is not None
    assert classification.roc_auc is not None
    assert found[""]["roc_auc_ratio"] == classification.roc_auc.value
    assert found[""]["window"] == {
        "records": 200,
        "labels": 200,
        "revision": window.revision,
        "length_seconds": 60.0,
    }


def test_histograms_hold_all_values(monitor: Monitor) -> None:
    found = by_column(monitor)
    with_histogram = {column for column, source in found.items() if "histogram" in source["driftline"]}
    assert with_histogram == {"x", "odd/name", "latency", "score"}
    for column in with_histogram:
        histogram = found[column]["driftline"]["histogram"]
        values, counts = np.array(histogram["values"]), np.array(histogram["counts"])
        assert counts.sum() == 200
        assert (counts > 0).all()
        assert (np.diff(values) > 0).all(), "ascending"
        summary = monitor.summary(**range_of(windows_of(monitor)[0]))[column]
        assert np.average(values, weights=counts) == pytest.approx(
            summary.mean, abs=0.01 * (summary.std_dev or 0)
        )


def test_times_and_names_are_those_of_the_schema(monitor: Monitor) -> None:
    source = by_column(monitor)["x"]
    assert source["@timestamp"] == source["event"]["end"] == "2023-03-28T10:41:00Z"
    assert source["event"] == {
        "kind": "metric",
        "module": "driftline",
        "dataset": "driftline.windows",
        "start": "2023-03-28T10:40:00Z",
        "end": "2023-03-28T10:41:00Z",
    }
    assert source["service"] == {"name": MODEL, "version": "2", "type": "model"}
    assert source["driftline"]["role"] == "feature"


def test_identifiers_only_depend_on_what_a_document_is_about() -> None:
    engine = engine_with(2)
    monitor = monitor_of(engine)
    window = windows_of(monitor)[0]
    before = documents_of(monitor, window, max_features=100)
    send(engine, records(1, seed=4))
    changed = windows_of(monitor, is_update=True)[0]
    after = documents_of(monitor, changed, max_features=100)
    assert {each.id for each in before} == {each.id for each in after}
    assert changed.revision > window.revision
    assert {each.revision for each in after} == {changed.revision}
    other = documents_of(monitor, windows_of(monitor)[1], max_features=100)
    assert len({each.id for each in [*after, *other]}) == len(after) + len(other)


def test_few_columns_if_few_are_wanted(monitor: Monitor) -> None:
    documents = documents_of(monitor, windows_of(monitor)[0], max_features=2)
    told = [each.source["driftline"] for each in documents]
    # The window, two columns, and the largest figures of all others.
    assert len(told) == 4
    assert sum("histogram" in each for each in told) <= 2
    assert [each["column"] for each in told if each.get("column") == "__other__"] == ["__other__"]


@pytest.mark.parametrize("text", ["Zürich\n", "\ud800 alone", '"quoted"'])
def test_a_line_is_one_line_of_json(text: str) -> None:
    line = json_line({"a": text})
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"a": text}


def test_the_window_starts_where_it_says(monitor: Monitor) -> None:
    assert [each.start_unix_nanos for each in windows_of(monitor)] == [START, START + MINUTE]
