"""The answer to a scrape: as the client library writes text, and as Prometheus reads protobuf."""

import io
import math
from typing import Any

import numpy as np
import pytest
from google.protobuf import proto
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Summary
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.samples import Exemplar
from tests.exporters.test_prometheus import NOW, ingest, times

import driftline._core as core
from driftline.exporters.exposition import Exposition
from driftline.exporters.families import Families
from driftline.exporters.messages import exposition_pb2 as pb
from driftline.exporters.names import Metric
from driftline.exporters.prometheus import EngineCollector
from driftline.exporters.protobuf_exposition import CONTENT_TYPE, is_preferred
from driftline.exporters.text_exposition import render
from driftline.query import Monitor
from driftline.query.results.distribution import Bin
from driftline.query.transport import EngineTransport

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
#: What Prometheus 2.42 sends with native histograms, and without.
NATIVE = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
    "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
PLAIN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"

LABELED = Metric("driftline_a", 'Says "a\\b".', ("model", "feature"))
COUNTED = Metric("driftline_b", "Counts.", ("z", "a"))
BARE = Metric("driftline_c", "Alone.")

texts = st.text(max_size=20)
numbers = st.one_of(
    st.floats(), st.integers(-(10**12), 10**12).map(float), st.sampled_from([1e6, 123456789.0])
)


class Fixed:
    """Gives the client library some families."""

    def __init__(self, families: Families) -> None:
        self._families = families

    def collect(self) -> list[Family]:
        return [family.to_client() for family in self._families]


@given(st.lists(st.tuples(texts, texts, numbers), max_size=8), numbers, st.floats(0, 1e9), st.booleans())
def test_text_is_what_the_client_library_writes(
    rows: list[tuple[str, str, float]], alone: float, moment: float, has_exemplar: bool
) -> None:
    families = Families(1_000)
    for first, second, value in rows:
        families.gauge(LABELED, value, first, second)
    exemplar = Exemplar({"trace_id": "4bf9"}, 0.25, moment) if has_exemplar else None
    for first, second, value in rows:
        families.count(COUNTED, abs(value), first, second, exemplar=exemplar)
    families.gauge(BARE, alone)
    fixed: Any = Fixed(families)
    assert render(families, openmetrics=False).encode() == generate_latest(fixed)
    openmetrics = generate_openmetrics(fixed)  # type: ignore[no-untyped-call]
    assert render(families, openmetrics=True).encode() + b"# EOF\n" == openmetrics


def read(body: bytes) -> dict[str, pb.MetricFamily]:
    stream, families = io.BytesIO(body), {}
    while stream.tell() < len(body):
        family = proto.parse_length_prefixed(pb.MetricFamily, stream)
        assert family is not None
        assert family.name not in families
        families[family.name] = family
    return families


@pytest.fixture(scope="module")
def engine() -> core.Engine:
    random = np.random.default_rng(7)
    engine = core.Engine()
    columns = {
        "latency": random.lognormal(-3, 1, 5_000),
        "score": np.concatenate([np.zeros(100), random.beta(2, 5, 4_900)]),
        "x": random.normal(size=5_000),
        "trace_id": [f"{number:032x}" for number in range(5_000)],
    }
    ingest(engine, columns | {"timestamp": times(5_000)})
    ingest(engine, {"y": [1.0], "timestamp": times(1)}, model="bare")
    return engine


@pytest.fixture(scope="module")
def exposition(engine: core.Engine) -> Exposition:
    others = CollectorRegistry(auto_describe=False)
    Summary("driftline_flush_duration_seconds", "Time.", registry=others).observe(0.5)
    return Exposition(EngineCollector(engine), others)


def test_a_scraper_gets_what_it_prefers(exposition: Exposition) -> None:
    assert exposition.answer(NATIVE)[1] == CONTENT_TYPE
    assert exposition.answer(PLAIN)[1].startswith("application/openmetrics-text; version=1.0.0")
    for accept in ("", "*/*", "text/plain", "text/html,application/xhtml+xml"):
        assert exposition.answer(accept)[1].startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (NATIVE, True),
        (PLAIN, False),
        (
            'application/vnd.google.protobuf;proto="io.prometheus.client.MetricFamily";encoding=delimited',
            True,
        ),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", False),
        ("application/vnd.google.protobuf", False),
        (f"text/plain;q=0.9,{PROTOBUF};q=0.5", False),
        (f"text/plain;q=0.5,{PROTOBUF};q=0.9", True),
        (f"{PROTOBUF};q=0", False),
        (f"{PROTOBUF};q=x", False),
        (";;=,,", False),
    ],
)
def test_which_one_that_is(accept: str, expected: bool) -> None:
    assert is_preferred(accept) is expected


def test_all_formats_say_the_same(exposition: Exposition) -> None:
    text = exposition.answer(OPENMETRICS)[0].decode()
    assert text.endswith("# EOF\n")
    assert text.count("# EOF") == 1
    families = {family.name: family for family in parse_openmetrics(text)}  # type: ignore[no-untyped-call]
    messages = read(exposition.answer(NATIVE)[0])
    native = {"driftline_latency_distribution_seconds", "driftline_score_distribution"}
    assert {name.removesuffix("_total") for name in messages} - native == families.keys()
    changing = {
        "driftline_scrape_duration_seconds",
        "driftline_event_age_seconds",
        "driftline_last_record_age_seconds",
        "driftline_memory_bytes",
    }
    for name, family in families.items():
        if family.type not in ("counter", "gauge") or name in changing:
            continue
        kind = family.type
        message = messages[f"{name}_total" if kind == "counter" else name]
        told = {
            frozenset((label.name, label.value) for label in metric.label): getattr(metric, kind).value
            for metric in message.metric
        }
        assert told == {frozenset(sample.labels.items()): sample.value for sample in family.samples}, name
        assert message.help == family.documentation
    (metric,) = messages["driftline_flush_duration_seconds"].metric
    assert (metric.summary.sample_count, metric.summary.sample_sum) == (1, 0.5)


def test_native_histograms_are_the_sketches(exposition: Exposition, engine: core.Engine) -> None:
    messages = read(exposition.answer(NATIVE)[0])
    monitor = Monitor(EngineTransport(engine))
    for column, name in (("latency", "latency_distribution_seconds"), ("score", "score_distribution")):
        message = messages[f"driftline_{name}"]
        assert message.type == pb.GAUGE_HISTOGRAM
        (metric,) = message.metric
        assert {label.name: label.value for label in metric.label} == {"model": "m", "version": "1"}
        histogram = metric.histogram
        base = 2.0**2.0**-histogram.schema
        found, index, count = {}, 0, 0
        deltas = iter(histogram.positive_delta)
        for span in histogram.positive_span:
            index += span.offset
            for _ in range(span.length):
                count += next(deltas)
                found[round(base**index, 12)] = count
                index += 1
        bins = monitor.distribution(column, model="m", limit=10_000)
        expected = {
            round(each.upper, 12): each.count for each in bins if isinstance(each, Bin) and each.upper > 0
        }
        assert found == pytest.approx(expected)
        zeros = 100 if column == "score" else 0
        assert (histogram.sample_count, histogram.zero_count) == (5_000, zeros)
        assert sum(found.values()) + zeros == 5_000
        mean = monitor.summary(model="m")[column].mean
        assert mean is not None
        assert histogram.sample_sum == pytest.approx(mean * 5_000)
        assert math.isfinite(histogram.sample_sum)


def test_the_slowest_record_is_an_exemplar(exposition: Exposition) -> None:
    latency = np.random.default_rng(7).lognormal(-3, 1, 5_000)
    slow = int(latency.argmax())
    text = exposition.answer(OPENMETRICS)[0].decode()
    families = {family.name: family for family in parse_openmetrics(text)}  # type: ignore[no-untyped-call]
    exemplars = {
        sample.labels["model"]: sample.exemplar for sample in families["driftline_predictions"].samples
    }
    assert exemplars["bare"] is None
    assert exemplars["m"].labels == {"trace_id": f"{slow:032x}"}
    assert exemplars["m"].value == latency[slow]
    assert float(exemplars["m"].timestamp) == NOW / 1e9
    message = read(exposition.answer(NATIVE)[0])["driftline_predictions_total"]
    (told,) = (metric.counter.exemplar for metric in message.metric if metric.counter.HasField("exemplar"))
    assert told.label[0].value == f"{slow:032x}"
    assert told.timestamp.ToNanoseconds() == NOW
    assert "trace_id" not in exposition.answer("text/plain")[0].decode(), "the older format has none"


def test_no_series_is_made_of_traces(engine: core.Engine) -> None:
    (model,) = (each for each in Monitor(EngineTransport(engine)).models() if each.name == "m")
    assert {column.column for column in model.versions[0].columns} == {"latency", "score", "x"}
