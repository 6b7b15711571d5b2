"""Which columns of a version have series of their own, and what is said of the others together."""

from collections.abc import Sequence

from driftline.exporters import names
from driftline.exporters.judgement_metrics import Samples
from driftline.exporters.names import Metric
from driftline.v1 import evidence_pb2, quality_pb2, query_pb2

OTHER = "__other__"
"""The feature that stands for all columns without series of their own."""

TOLD_OF_OTHERS = frozenset(
    {
        names.FEATURE_NULLS.name,
        names.FEATURE_NANS.name,
        names.FEATURE_INFINITIES.name,
        names.FEATURE_EVIDENCE.name,
        names.DRIFT["psi"].name,
        names.DRIFT["ks"].name,
        names.DRIFT["jensen_shannon"].name,
        *(metric.name for metric in names.QUALITY.values()),
    }
)
"""Metrics that mean the same of every column, so that the largest of several says something."""


def ranking(
    columns: Sequence[str],
    evidence: Sequence[evidence_pb2.ColumnEvidence],
    drifts: Sequence[query_pb2.ColumnDrift],
    quality: quality_pb2.QualityResponse | None,
) -> list[str]:
    """
    Columns in the order in which they deserve to be told of.

    First those that have moved for certain, the surest first; then those whose first distance is beyond its noise, the
    furthest first; then those with a finding of quality beyond its noise; then the others by their distance.

    Parameters
    ----------
    columns
        Names of all.
    evidence, drifts, quality
        As the engine answers: sorted.
    """
    moved = [each.column for each in evidence if each.is_discovery]
    beyond = [
        each.column for each in drifts if each.values and each.values[0].value > each.values[0].noise_q95
    ]
    found = [
        column.column
        for column in (quality.columns if quality is not None else ())
        if any(finding.exceeds_noise for finding in column.findings)
    ]
    rest = [each.column for each in drifts]
    known = set(columns)
    order = dict.fromkeys([*moved, *beyond, *found, *rest, *columns])
    return [name for name in order if name in known]


class FeatureSamples:
    """
    Takes samples of columns; of those that are not reported it keeps the largest.

    Parameters
    ----------
    samples
        Takes the samples of those that are.
    version
        Model and version.
    ranked
        All columns that the version has, in the order in which they are told of.
    most
        How many are reported.
    """

    def __init__(self, samples: Samples, version: tuple[str, str], ranked: Sequence[str], most: int) -> None:
        self._samples = samples
        self._version = version
        self._reported = frozenset(ranked[:most])
        self._others = frozenset(ranked[most:])
        self._largest: dict[str, tuple[Metric, float]] = {}

    def gauge(self, metric: Metric, value: float, feature: str, *labels: str) -> None:
        """Take a sample of a column."""
        if feature in self._reported:
            self._samples.gauge(metric, value, *self._version, feature, *labels)
        elif feature in self._others and metric.name in TOLD_OF_OTHERS:
            known = self._largest.get(metric.name)
            if known is None or value > known[1]:
                self._largest[metric.name] = (metric, value)

    def add_rest(self) -> None:
        """Add the largest of the columns that are not reported, as those of one feature."""
        for metric, value in self._largest.values():
            self._samples.gauge(metric, value, *self._version, OTHER)
