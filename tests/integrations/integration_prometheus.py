"""A real Prometheus scrapes a real collector that has seen flights: its numbers are those of the Python API."""

import math
import re
from itertools import pairwise

import pytest
from tests.integrations.prometheus.pages import PAGES
from tests.integrations.prometheus.scene import MODEL, VERSION, Scene
from tests.integrations.prometheus.server import Prometheus

from driftline.query.results.distribution import Bin

OF_MODEL = f'{{model="{MODEL}",version="{VERSION}"}}'


def values(server: Prometheus, metric: str, label: str) -> dict[str, float | None]:
    return {series.labels[label]: series.value for series in server.query(metric + OF_MODEL)}


def test_drift_and_evidence_are_those_of_the_python_api(
    prometheus_server: Prometheus, flights: Scene
) -> None:
    with flights.monitor() as monitor:
        drift, evidence = (
            monitor.drift(**flights.recent(monitor)),
            monitor.evidence(**flights.recent(monitor)),
        )
    expected = {column.column: column["psi"].value for column in drift}
    assert values(prometheus_server, "driftline_feature_psi", "feature") == pytest.approx(expected)
    assert len(expected) > 15
    expected = {each.column: each.log_e_value for each in evidence}
    assert values(prometheus_server, "driftline_feature_log_e_value", "feature") == pytest.approx(expected)
    assert prometheus_server.value("driftline_features_moved" + OF_MODEL) == len(evidence.discoveries) > 0


def test_quality_and_latency_are_those_of_the_python_api(
    prometheus_server: Prometheus, flights: Scene
) -> None:
    with flights.monitor() as monitor:
        (performance,) = monitor.performance(**flights.recent(monitor))
        latency = monitor.quantiles("latency", [0.5, 0.9, 0.99], **flights.recent(monitor))
        fairness = monitor.fairness("carrier", **flights.recent(monitor))
    assert performance.classification is not None
    assert performance.classification.accuracy is not None
    assert prometheus_server.value("driftline_accuracy_ratio" + OF_MODEL) == pytest.approx(
        performance.classification.accuracy.value
    )
    assert performance.coverage is not None
    assert prometheus_server.value("driftline_label_coverage_ratio" + OF_MODEL) == pytest.approx(
        performance.coverage.value
    )
    assert values(prometheus_server, "driftline_latency_seconds", "quantile") == pytest.approx(
        {f"{each.q:g}": each.value for each in latency}
    )
    spreads = {spread.criterion: spread.difference.value for spread in fairness.spreads}
    assert {
        series.labels["criterion"]: series.value
        for series in prometheus_server.query('driftline_fairness_difference{by="carrier"}')
    } == pytest.approx(spreads)


def test_counters_are_those_of_what_was_sent(prometheus_server: Prometheus, flights: Scene) -> None:
    assert prometheus_server.value("driftline_predictions_total" + OF_MODEL) == flights.predictions
    assert values(prometheus_server, "driftline_labels_total", "outcome")["matched"] == flights.labels
    (target,) = prometheus_server.get("/api/v1/targets")["activeTargets"]
    assert (target["health"], target["lastError"]) == ("up", "")


def test_the_metadata_is_what_the_names_say(prometheus_server: Prometheus) -> None:
    metadata = prometheus_server.get("/api/v1/metadata")
    assert metadata["driftline_predictions_total"][0]["type"] == "counter"
    assert metadata["driftline_feature_psi"][0]["type"] == "gauge"
    assert metadata["driftline_latency_distribution_seconds"][0]["type"] == "gaugehistogram"
    assert all(name.startswith("driftline_") for name in metadata)


@pytest.mark.parametrize(
    ("metric", "role"), [("latency_distribution_seconds", "latency"), ("score_distribution", "score")]
)
def test_native_histograms_have_the_buckets_of_the_sketches(
    prometheus_server: Prometheus, flights: Scene, metric: str, role: str
) -> None:
    with flights.monitor() as monitor:
        bins = monitor.distribution(role, limit=10_000, **flights.recent(monitor))
        quantiles = monitor.quantiles(role, [0.5, 0.99], **flights.recent(monitor))
        mean = monitor.summary(**flights.recent(monitor))[role].mean
    (series,) = prometheus_server.wait_for(f"driftline_{metric}{OF_MODEL}")
    assert series.histogram is not None
    buckets = {float(upper): float(count) for _, _, upper, count in series.histogram["buckets"]}
    counts = {f"{upper:.9g}": count for upper, count in buckets.items()}
    assert counts == {
        f"{each.upper:.9g}": each.count for each in bins if isinstance(each, Bin) and each.count
    }
    assert len(counts) > 20
    assert float(series.histogram["count"]) == sum(each.count for each in bins)
    assert float(series.histogram["sum"]) == pytest.approx(mean * sum(each.count for each in bins))
    for each in quantiles:
        asked = prometheus_server.value(f"histogram_quantile({each.q}, driftline_{metric}{OF_MODEL})")
        # Prometheus knows the bucket, and nothing of where values lie in it.
        width = 2.0**2.0 ** -_schema(list(buckets))
        assert each.value / width <= asked <= each.value * width


def test_the_queries_of_the_page_are_answered(prometheus_server: Prometheus, flights: Scene) -> None:
    page = (PAGES / "prometheus.md").read_text("utf-8")
    quantile, fraction = re.findall(r"^histogram_.*$", page, re.MULTILINE)
    with flights.monitor() as monitor:
        (p99,) = monitor.quantiles("latency", [0.99], **flights.recent(monitor))
        bins = monitor.distribution("latency", limit=10_000, **flights.recent(monitor))
    (asked,) = prometheus_server.wait_for(quantile)
    assert asked.value == pytest.approx(p99.value, rel=0.1)
    found = [each for each in bins if isinstance(each, Bin)]
    total = sum(each.count for each in bins)
    least = sum(each.count for each in found if each.upper <= 0.2) / total
    most = sum(each.count for each in found if each.lower < 0.2) / total
    assert 0 < least <= prometheus_server.value(fraction) <= most


def _schema(uppers: list[float]) -> int:
    """Of buckets that end at powers of 2^(2^-schema): some follow on each other."""
    uppers = sorted(upper for upper in uppers if upper > 0)
    least = min(math.log2(after / before) for before, after in pairwise(uppers))
    return round(-math.log2(least))


def test_the_trace_of_a_slow_record_is_an_exemplar(prometheus_server: Prometheus, flights: Scene) -> None:
    (told,) = prometheus_server.get(
        "/api/v1/query_exemplars",
        query="driftline_predictions_total" + OF_MODEL,
        start="1300000000",
        end="1400000000",
    )
    exemplar = told["exemplars"][0]
    assert len(exemplar["labels"]["trace_id"]) == 32
    with flights.monitor() as monitor:
        (version,) = monitor.models()[MODEL].versions
        end = version.coverage.end_unix_nanos
        newest = monitor.summary(model=MODEL, start=end - 86_400 * 10**9, end=end)["latency"]
    assert float(exemplar["value"]) == newest.max
    assert end / 1e9 - 86_400 <= exemplar["timestamp"] < end / 1e9
