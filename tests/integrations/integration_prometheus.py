"""A real Prometheus scrapes a real collector that has seen flights: its numbers are those of the Python API."""

import pytest
from tests.integrations.prometheus.scene import MODEL, VERSION, Scene
from tests.integrations.prometheus.server import Prometheus

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
    # OpenMetrics names a family of counters without the suffix of its series.
    assert metadata["driftline_predictions"][0]["type"] == "counter"
    assert metadata["driftline_feature_psi"][0]["type"] == "gauge"
    assert all(name.startswith("driftline_") for name in metadata)
