import time
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

import driftline._core as core
from driftline.config import MonitorConfig
from driftline.errors import UnavailableError
from driftline.exporters.prometheus import EngineCollector
from driftline.v1 import ingest_pb2

Key = tuple[str, frozenset[tuple[str, str]]]
Samples = dict[Key, float]
NOW = 1_700_000_000 * 10**9
HOUR = 3_600 * 10**9


def ingest(engine: core.Engine, columns: dict[str, Any], model: str = "m", version: str = "1") -> None:
    batch = pa.record_batch({name: pa.array(values) for name, values in columns.items()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    request = ingest_pb2.IngestRequest(model=model, version=version, records=sink.getvalue().to_pybytes())
    engine.ingest_batch(request.SerializeToString(), NOW)


def scrape(collector: EngineCollector) -> Samples:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    families = parse_text(generate_latest(registry).decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def at(samples: Samples, name: str, **labels: str) -> float | None:
    """The value of one series of model `m`, version `1`."""
    key = (f"driftline_{name}", frozenset({"model": "m", "version": "1", **labels}.items()))
    return samples.get(key)


def times(rows: int, start: int = NOW) -> Any:
    return pa.array(np.full(rows, start)).cast(pa.timestamp("ns", tz="UTC"))


def test_an_empty_engine_reports_itself() -> None:
    samples = scrape(EngineCollector(core.Engine()))
    assert samples[("driftline_records_total", frozenset())] == 0
    assert samples[("driftline_build_info", frozenset({("version", core.__version__)}))] == 1
    assert samples[("driftline_scrape_duration_seconds", frozenset())] >= 0


def test_memory_is_counted_and_what_does_not_fit_is_refused() -> None:
    engine = core.Engine(memory_bytes=1 << 50)
    before = scrape(EngineCollector(engine))[("driftline_memory_bytes", frozenset())]
    for model in range(200):
        ingest(engine, {"x": np.arange(1_000.0)}, model=f"m{model}")
    samples = scrape(EngineCollector(engine))
    assert samples[("driftline_memory_bytes", frozenset())] > before + 200 * 1_000
    assert samples[("driftline_memory_limit_bytes", frozenset())] == 1 << 50
    full = core.Engine(memory_bytes=1)
    with pytest.raises(UnavailableError, match="memory_bytes is 1, and this batch would need") as refusal:
        ingest(full, {"x": [1.0]})
    assert refusal.value.retry_after_seconds == 0.5
    samples = scrape(EngineCollector(full))
    assert samples[("driftline_batches_rejected_total", frozenset({("reason", "memory")}))] == 1
    assert ("driftline_memory_limit_bytes", frozenset()) not in scrape(EngineCollector(core.Engine()))


def test_distributions_agree_with_numpy() -> None:
    values = np.random.default_rng(1).normal(50, 10, 20_000)
    latencies = np.random.default_rng(2).exponential(0.05, 20_000)
    engine = core.Engine()
    nulls = np.arange(20_000) % 10 == 0
    columns = {"a": pa.array(values, mask=nulls), "latency": latencies, "timestamp": times(20_000)}
    ingest(engine, columns)
    samples = scrape(EngineCollector(engine))
    kept = values[~nulls]
    assert at(samples, "feature_mean", feature="a") == pytest.approx(kept.mean())
    assert at(samples, "feature_std_dev", feature="a") == pytest.approx(kept.std(ddof=1))
    assert at(samples, "feature_null_ratio", feature="a") == 0.1
    assert at(samples, "feature_distinct_values", feature="a") == pytest.approx(len(kept), rel=0.05)
    assert at(samples, "feature_quantile", feature="a", quantile="0.5") == pytest.approx(
        np.quantile(kept, 0.5), rel=0.01
    )
    for quantile in (0.5, 0.9, 0.99):
        assert at(samples, "latency_seconds", quantile=f"{quantile:g}") == pytest.approx(
            np.quantile(latencies, quantile), rel=0.03
        )
    assert at(samples, "predictions_total") == 20_000


def test_only_the_recent_range_is_reported() -> None:
    engine = core.Engine()
    ingest(engine, {"a": [1.0] * 10, "timestamp": times(10, NOW - 3 * HOUR)})
    ingest(engine, {"a": [5.0] * 10, "timestamp": times(10)})
    assert at(scrape(EngineCollector(engine)), "feature_mean", feature="a") == 5
    monitor = MonitorConfig(model="m", recent="4h")  # type: ignore[arg-type]
    engine.set_monitor(monitor.to_proto().SerializeToString())
    assert at(scrape(EngineCollector(engine)), "feature_mean", feature="a") == 3


def test_data_quality_beside_the_baseline() -> None:
    engine = core.Engine()
    baseline = pa.table({"a": pa.array(np.arange(100.0)), "b": ["x", "y"] * 50, "gone": list(range(100))})
    engine.set_baseline("m", "training", core.profile(baseline), True)
    numbers = [np.nan, np.inf, 500.0, 600.0, 50.0, 60.0, 70.0, 80.0, 90.0, 99.0]
    ingest(engine, {"a": numbers, "b": ["x"] * 7 + ["z"] * 3, "timestamp": times(10, NOW - HOUR)})
    ingest(engine, {"a": [1.0] * 10, "timestamp": times(10, NOW - HOUR)})
    samples = scrape(EngineCollector(engine))
    assert at(samples, "feature_nan_ratio", feature="a") == 0.05
    assert at(samples, "feature_infinity_ratio", feature="a") == 0.05
    assert at(samples, "feature_out_of_range_ratio", feature="a") == pytest.approx(2 / 18)
    assert at(samples, "feature_unseen_ratio", feature="b") == pytest.approx(0.3)
    assert at(samples, "feature_absent_ratio", feature="b") == 0.5
    assert at(samples, "feature_nan_ratio", feature="b") is None
    assert at(samples, "columns_changed") == 1
    assert at(samples, "recent_records") == 20
    age = at(samples, "event_age_seconds")
    assert age is not None
    assert age > (time.time_ns() - NOW) / 1e9


def test_quality_of_classes_and_of_numbers() -> None:
    engine = core.Engine()
    labels = [True] * 50 + [False] * 50
    scores = [0.9] * 40 + [0.2] * 10 + [0.9] * 5 + [0.2] * 45
    ingest(engine, {"score": scores, "label": labels, "timestamp": times(100)})
    numbers = {"prediction": [1.0, 2.0, 3.0], "label": [1.0, 2.0, 5.0], "timestamp": times(3)}
    ingest(engine, numbers, model="n")
    samples = scrape(EngineCollector(engine))
    assert at(samples, "accuracy_ratio") == pytest.approx(0.85)
    assert at(samples, "precision_ratio") == pytest.approx(40 / 45)
    assert at(samples, "recall_ratio") == pytest.approx(0.8)
    assert at(samples, "f1_ratio") == pytest.approx(80 / 95)
    assert at(samples, "log_loss") is not None
    assert at(samples, "label_coverage_ratio") == 1
    assert at(samples, "mean_absolute_error") is None
    assert at(samples, "mean_absolute_error", model="n") == pytest.approx(2 / 3)
    assert at(samples, "root_mean_squared_error", model="n") == pytest.approx((4 / 3) ** 0.5)


def test_labels_that_wait_are_no_counter() -> None:
    engine = core.Engine()
    ingest(engine, {"prediction_id": ["a", "b"], "prediction": [1, 0], "timestamp": times(2)})
    ingest(engine, {"prediction_id": ["a", "c"], "label": [1, 1]})
    samples = scrape(EngineCollector(engine))
    assert at(samples, "labels_total", outcome="matched") == 1
    assert at(samples, "labels_total", outcome="pending") is None
    assert samples[("driftline_pending_labels", frozenset())] == 1
    assert samples[("driftline_pending_predictions", frozenset())] == 1


def test_drift_from_the_default_baseline_and_the_most_drifted_first() -> None:
    generator = np.random.default_rng(3)
    names = [f"f{number}" for number in range(8)]
    baseline = {name: pa.array(generator.normal(0, 1, 5_000)) for name in names}
    engine = core.Engine()
    engine.set_baseline("m", "training", core.profile(pa.table(baseline)), True)
    shifts = {name: 2.0 if name in ("f3", "f6") else 0.0 for name in names}
    current = {name: generator.normal(shift, 1, 5_000) for name, shift in shifts.items()}
    ingest(engine, current | {"timestamp": times(5_000)})
    samples = scrape(EngineCollector(engine))
    for name, shift in shifts.items():
        psi, noise = (at(samples, each, feature=name) for each in ("feature_psi", "feature_psi_noise_q95"))
        assert psi is not None
        assert noise is not None
        assert (psi > 10 * noise) == (shift > 0)
        assert at(samples, "feature_ks", feature=name) is not None
        assert at(samples, "feature_jensen_shannon", feature=name) is not None
        assert at(samples, "feature_wasserstein", feature=name) == pytest.approx(shift, abs=0.1)
    few = EngineCollector(engine, max_features=2)
    samples = scrape(few)
    reported = {dict(labels)["feature"] for name, labels in samples if name == "driftline_feature_mean"}
    assert reported == {"f3", "f6"}
    assert samples[("driftline_series_dropped_total", frozenset())] == 6
    assert scrape(few)[("driftline_series_dropped_total", frozenset())] == 12


def test_series_about_models_are_bounded_and_the_same_ones_stay() -> None:
    everything, other = core.Engine(), core.Engine()
    models, versions = [f"m{number:02}" for number in range(20)], ["2", "1"]
    sent = [(model, version) for model in models[7:] + models[:7] for version in versions]
    for engine, order in ((everything, sent), (other, sent[::-1])):
        for model, version in order:
            ingest(engine, {"a": [1.0], "b": [2.0], "timestamp": times(1)}, model, version)
    whole = scrape(EngineCollector(everything))

    def about_models(samples: Samples) -> Samples:
        return {key: value for key, value in samples.items() if "model" in dict(key[1])}

    dropped: Key = ("driftline_series_dropped_total", frozenset())
    cut: Key = ("driftline_versions_cut", frozenset())
    assert (whole[dropped], whole[cut]) == (0, 0)
    counters = 7 * len(models) * len(versions)
    limits = (0, 1, counters - 3, counters, counters + 25, len(about_models(whole)) - 1)
    earlier: Samples = {}
    for limit in limits:
        collector = EngineCollector(everything, max_series=limit)
        samples = scrape(collector)
        kept = about_models(samples)
        assert len(kept) == limit
        ages = ("driftline_last_record_age_seconds", "driftline_event_age_seconds")
        assert all(whole[key] == value for key, value in kept.items() if key[0] not in ages)
        assert earlier.keys() <= kept.keys(), "more room takes nothing away"
        again = about_models(scrape(EngineCollector(other, max_series=limit)))
        assert again.keys() == kept.keys(), "the same ones stay, in whatever order they came"
        earlier = kept
        assert len(samples) - len(kept) == len(whole) - len(about_models(whole)), (
            "the process is always there"
        )
        assert samples[dropped] > 0 or limit == counters
        assert samples[cut] > 0
    first = {dict(labels)["model"] for name, labels in kept if name == "driftline_feature_mean"}
    assert first == set(models)
    samples = scrape(EngineCollector(everything, max_series=len(about_models(whole))))
    assert (samples[dropped], samples[cut]) == (0, 0)


def test_openmetrics_is_valid_for_a_strict_parser() -> None:
    engine = core.Engine()
    engine.set_baseline("m", "training", core.profile(pa.table({"a": [1.0, 2.0], "b": ["x", "y"]})), True)
    ingest(engine, {"a": [1.0, 2.0], "b": ["x", "z"], "score": [0.1, 0.9], "label": [0, 1]})
    registry = CollectorRegistry(auto_describe=False)
    registry.register(EngineCollector(engine))
    text = generate_openmetrics(registry).decode()  # type: ignore[no-untyped-call]
    families = {family.name: family for family in parse_openmetrics(text)}  # type: ignore[no-untyped-call]
    assert families["driftline_records"].type == "counter"
    assert families["driftline_feature_chi_square"].samples


def test_a_scrape_of_a_hundred_features_is_quick() -> None:
    engine = core.Engine()
    columns = {
        f"f{number}": pa.array(np.random.default_rng(number).normal(size=1_000)) for number in range(100)
    }
    engine.set_baseline("m", "training", core.profile(pa.table(columns)), True)
    ingest(engine, columns)
    collector = EngineCollector(engine)
    started = time.process_time()
    samples = scrape(collector)
    assert time.process_time() - started < 1
    assert len([name for name, _ in samples if name == "driftline_feature_psi"]) == 100


def test_objectives_and_signals_have_gauges() -> None:
    engine = core.Engine()
    objectives = {"fast": {"latency": "200ms", "target": 0.9}}
    monitor = MonitorConfig.model_validate({"model": "m", "objectives": objectives, "signals": True})
    engine.set_monitor(monitor.to_proto().SerializeToString())
    who = np.repeat([f"p{number}" for number in range(20)], 100)
    near = (who == "p7") | (np.arange(2_000) % 20 == 0)
    columns = {
        "latency": np.where(np.arange(2_000) % 4 == 0, 1.0, 0.1),
        "principal": who,
        "score": np.where(near, 0.5, 0.9),
        "x": np.arange(2_000.0),
        "timestamp": times(2_000),
    }
    ingest(engine, columns)
    samples = scrape(EngineCollector(engine))
    for seconds in ("300", "1800", "3600", "7200", "21600", "86400", "259200"):
        burn = at(samples, "objective_burn_rate", objective="fast", window_seconds=seconds)
        assert burn == pytest.approx(2.5, rel=1e-6)
    assert at(samples, "objective_alert", objective="fast", severity="page") == 0
    assert at(samples, "objective_alert", objective="fast", severity="ticket") == 1
    assert at(samples, "principals_named", signal="near_boundary") == 1
    assert at(samples, "principals_named", signal="outliers") == 0
    plain = core.Engine()
    ingest(plain, columns)
    assert not any(name.startswith("driftline_principals") for name, _ in scrape(EngineCollector(plain)))
