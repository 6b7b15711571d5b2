import re

from prometheus_client.core import GaugeMetricFamily

from driftline.exporters import names


def all_metrics() -> list[names.Metric]:
    found: list[names.Metric] = []
    for value in vars(names).values():
        if isinstance(value, names.Metric):
            found.append(value)
        elif isinstance(value, dict) and all(isinstance(each, names.Metric) for each in value.values()):
            found.extend(value.values())
    return found


def test_names_follow_the_conventions() -> None:
    metrics = all_metrics()
    assert len(metrics) > 40
    assert len({metric.name for metric in metrics}) == len(metrics)
    for metric in metrics:
        assert re.fullmatch(r"driftline_[a-z0-9_]+", metric.name)
        assert not metric.name.endswith("_total"), "the exposition adds it"
        assert metric.help.endswith(".") or metric.name == "driftline_build_info"
        assert GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
