"""The exposition by protobuf, the only one through which Prometheus scrapes native histograms."""

import io
import math
from collections.abc import Iterable, Iterator
from itertools import chain

from google.protobuf import proto
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer, RepeatedScalarFieldContainer
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Exemplar, Sample

from driftline.exporters.messages import exposition_pb2 as pb
from driftline.exporters.native_histogram import ZERO_THRESHOLD, Buckets, NativeHistogram

MEDIA_TYPE = "application/vnd.google.protobuf"
PARAMETERS = {"proto": "io.prometheus.client.MetricFamily", "encoding": "delimited"}
CONTENT_TYPE = "; ".join([MEDIA_TYPE, *(f"{name}={value}" for name, value in PARAMETERS.items())])

_TYPES = {"counter": pb.COUNTER, "gauge": pb.GAUGE, "summary": pb.SUMMARY}


def is_preferred(accept: str) -> bool:
    """
    Whether a scraper would rather have protobuf than any text.

    Parameters
    ----------
    accept
        Its header of that name.
    """
    weights: dict[bool, float] = {True: 0.0, False: 0.0}
    for offer in accept.split(","):
        media_type, *rest = (part.strip() for part in offer.split(";"))
        parameters = dict(part.split("=", 1) for part in rest if "=" in part)
        weight = _weight(parameters.pop("q", "1"))
        asked = {name: value.strip('"') for name, value in parameters.items() if name in PARAMETERS}
        is_protobuf = media_type.lower() == MEDIA_TYPE and asked == PARAMETERS
        weights[is_protobuf] = max(weights[is_protobuf], weight)
    return weights[True] > 0 and weights[True] >= weights[False]


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def encode(families: Iterable[Family], histograms: Iterable[NativeHistogram]) -> bytes:
    """
    Return families and native histograms, each family with its length before it.

    Parameters
    ----------
    families
        What the text formats show, too.
    histograms
        The ones of a family next to each other.
    """
    output = io.BytesIO()
    for family in chain(map(_family, families), _histogram_families(histograms)):
        proto.serialize_length_prefixed(family, output)
    return output.getvalue()


def _family(family: Family) -> pb.MetricFamily:
    kind = _TYPES.get(family.type, pb.UNTYPED)
    # Unlike in the text formats, a family of counters has the name of its series.
    name = f"{family.name}_total" if kind == pb.COUNTER else family.name
    message = pb.MetricFamily(name=name, help=family.documentation, type=kind)
    if kind == pb.SUMMARY:
        _add_summaries(message, family.samples)
        return message
    for sample in family.samples:
        if sample.name == name:
            _add_sample(message.metric.add(), kind, sample)
    return message


def _add_sample(metric: pb.Metric, kind: "pb.MetricType", sample: Sample) -> None:
    _label(metric, sample.labels.items())
    if kind == pb.COUNTER:
        metric.counter.value = sample.value
        if sample.exemplar is not None:
            _add_exemplar(metric.counter.exemplar, sample.exemplar)
    elif kind == pb.GAUGE:
        metric.gauge.value = sample.value
    else:
        metric.untyped.value = sample.value


def _add_exemplar(message: pb.Exemplar, exemplar: Exemplar) -> None:
    for name, value in exemplar.labels.items():
        message.label.add(name=name, value=value)
    message.value = exemplar.value
    if exemplar.timestamp is not None:
        message.timestamp.FromNanoseconds(round(float(exemplar.timestamp) * 1e9))


def _add_summaries(message: pb.MetricFamily, samples: Iterable[Sample]) -> None:
    """Samples of one summary are those with the same labels: its count and its sum."""
    found: dict[tuple[tuple[str, str], ...], pb.Metric] = {}
    for sample in samples:
        labels = tuple(sorted(sample.labels.items()))
        if labels not in found:
            found[labels] = message.metric.add()
            _label(found[labels], labels)
        if sample.name.endswith("_count"):
            found[labels].summary.sample_count = int(sample.value)
        elif sample.name.endswith("_sum"):
            found[labels].summary.sample_sum = sample.value


def _histogram_families(histograms: Iterable[NativeHistogram]) -> Iterator[pb.MetricFamily]:
    family: pb.MetricFamily | None = None
    for each in histograms:
        if family is None or family.name != each.metric.name:
            if family is not None:
                yield family
            family = pb.MetricFamily(name=each.metric.name, help=each.metric.help, type=pb.GAUGE_HISTOGRAM)
        metric = family.metric.add()
        _label(metric, zip(each.metric.labels, each.labels, strict=True))
        _fill(metric.histogram, each)
    if family is not None:
        yield family


def _fill(message: pb.Histogram, histogram: NativeHistogram) -> None:
    message.sample_count = histogram.count
    message.sample_sum = histogram.sum if math.isfinite(histogram.sum) else math.nan
    message.schema = histogram.schema
    message.zero_threshold = ZERO_THRESHOLD
    message.zero_count = histogram.zero_count
    _add_buckets(message.positive_span, message.positive_delta, histogram.positive)
    _add_buckets(message.negative_span, message.negative_delta, histogram.negative)


def _add_buckets(
    spans: RepeatedCompositeFieldContainer[pb.BucketSpan],
    deltas: RepeatedScalarFieldContainer[int],
    buckets: Buckets,
) -> None:
    for offset, length in zip(buckets.offsets.tolist(), buckets.lengths.tolist(), strict=True):
        spans.add(offset=offset, length=length)
    deltas.extend(buckets.deltas.tolist())


def _label(metric: pb.Metric, labels: Iterable[tuple[str, str]]) -> None:
    for name, value in labels:
        metric.label.add(name=name, value=value)
