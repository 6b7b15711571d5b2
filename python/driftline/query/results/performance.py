"""How good the predictions are, by segment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure
from driftline.query.results.performance_figures import (
    ClassificationPerformance,
    RegressionPerformance,
    classification_from_proto,
    regression_from_proto,
)
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, Estimate, optional_estimate, optional_value
from driftline.v1 import query_pb2

_CLASSIFICATION = ("accuracy", "precision", "recall", "f1", "roc_auc", "log_loss")
_REGRESSION = ("mae", "rmse", "r2", "bias")
_COUNTS = ("predictions", "labels", "coverage", "confusion")
_ENDS = ("", "_low", "_high")
_DELAYS = ("label_delay_p50_seconds", "label_delay_p99_seconds")
_CONFUSION = pa.list_(
    pa.struct(
        [pa.field("label", pa.string()), pa.field("predicted", pa.string()), pa.field("count", pa.uint64())]
    )
)


@dataclass(frozen=True)
class SegmentPerformance:
    """Quality of the predictions of one segment: ``entry["accuracy"].value`` or ``entry.classification.accuracy``.

    Attributes
    ----------
    segment : mapping
        Column to value; empty for all records.
    predictions, labels : int
        Records that carry a prediction, and those of them whose label has come.
    coverage : Estimate, optional
        labels / predictions; ``None`` without predictions.
    label_delay_p50_seconds, label_delay_p99_seconds : float, optional
        Time from prediction to label; ``None`` without joined labels.
    classification : ClassificationPerformance, optional
        Where the labels are classes.
    regression : RegressionPerformance, optional
        Where the labels are numbers.
    """

    segment: Mapping[str, str]
    predictions: int
    labels: int
    coverage: Estimate | None
    label_delay_p50_seconds: float | None
    label_delay_p99_seconds: float | None
    classification: ClassificationPerformance | None
    regression: RegressionPerformance | None

    @classmethod
    def from_proto(cls, message: query_pb2.SegmentPerformance) -> "SegmentPerformance":
        """From the wire."""
        return cls(
            segment=dict(sorted(message.segment.items())),
            predictions=message.predictions,
            labels=message.labels,
            coverage=optional_estimate(message, "coverage"),
            label_delay_p50_seconds=optional_value(message, "label_delay_p50_seconds"),
            label_delay_p99_seconds=optional_value(message, "label_delay_p99_seconds"),
            classification=classification_from_proto(message),
            regression=regression_from_proto(message),
        )

    @property
    def estimates(self) -> dict[str, Estimate]:
        """All figures that exist, by name."""
        found = {name: getattr(self.classification, name, None) for name in _CLASSIFICATION}
        found |= {name: getattr(self.regression, name, None) for name in _REGRESSION}
        return {name: estimate for name, estimate in found.items() if estimate is not None}

    def __getitem__(self, name: str) -> Estimate:
        return self.estimates[name]

    def __str__(self) -> str:
        return ", ".join(f"{column}={value}" for column, value in self.segment.items()) or "all"


@dataclass(frozen=True, repr=False)
class PerformanceResult(Listing[SegmentPerformance]):
    """Quality by segment, the worst first, those without labels last.

    An entry is looked up by its values, ``performance[{"carrier": "AA"}]``, or by the value alone where there is
    one column, ``performance["AA"]``. Not broken down, there is one entry: ``performance[0]["accuracy"].value``.
    """

    coverage: Coverage

    _noun: ClassVar[str] = "segment"

    @classmethod
    def from_proto(cls, message: query_pb2.PerformanceResponse) -> "PerformanceResult":
        """From the wire."""
        segments = tuple(map(SegmentPerformance.from_proto, message.segments))
        return cls(segments, Coverage.from_proto(message.coverage))

    def _key(self, entry: SegmentPerformance) -> str:
        return str(entry)

    def _matches(self, entry: SegmentPerformance, key: object) -> bool:
        return key in (entry.segment, str(entry)) or [key] == list(entry.segment.values())

    def _segment_columns(self) -> list[str]:
        return sorted({_column_name(column) for entry in self.entries for column in entry.segment})

    def _figures(self) -> list[str]:
        """Names of the figures that at least one segment has."""
        names = _CLASSIFICATION + _REGRESSION
        return [name for name in names if any(name in entry.estimates for entry in self.entries)]

    def to_arrow(self) -> pa.Table:
        """One row a segment: its columns, counts, and each figure with its interval where it exists."""
        fields: dict[str, pa.DataType] = dict.fromkeys(self._segment_columns(), pa.string())
        fields |= dict.fromkeys(("predictions", "labels"), pa.uint64())
        figures = ("coverage", *self._figures())
        fields |= dict.fromkeys((f"{name}{end}" for name in figures for end in _ENDS), pa.float64())
        fields |= dict.fromkeys(_DELAYS, pa.float64()) | {"confusion": _CONFUSION}
        return pa.Table.from_pylist([_row(entry) for entry in self.entries], schema=pa.schema(fields))

    def grid(self) -> Grid:
        """One row a segment."""
        figures = self._figures()
        headers = ("segment", "predictions", "labels", "coverage", "delay (s)", *figures)
        rows = tuple(_cells(entry, figures) for entry in self.entries)
        return Grid(f"performance: {self.coverage} (± 95%)", headers, rows)


def _row(entry: SegmentPerformance) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(entry, name) for name in ("predictions", "labels", *_DELAYS)}
    coverage = {} if entry.coverage is None else {"coverage": entry.coverage}
    for name, estimate in (coverage | entry.estimates).items():
        row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    if entry.classification is not None:
        row["confusion"] = [vars(cell) for cell in entry.classification.confusion]
    return row | {_column_name(column): value for column, value in entry.segment.items()}


def _with_margin(estimate: Estimate | None) -> str:
    """A figure and the longer side of its interval: six whole intervals do not fit into a line."""
    if estimate is None:
        return "-"
    margin = max(estimate.high - estimate.value, estimate.value - estimate.low)
    return f"{estimate.value:.3g} ±{margin:.2g}"


def _column_name(segment_column: str) -> str:
    """A segment column keeps its name in a table, unless a figure has it."""
    figures = {f"{name}{end}" for name in (*_COUNTS, *_CLASSIFICATION, *_REGRESSION) for end in _ENDS}
    return f"segment_{segment_column}" if segment_column in figures else segment_column


def _cells(entry: SegmentPerformance, figures: list[str]) -> tuple[str, ...]:
    estimates = (_with_margin(entry.estimates.get(name)) for name in figures)
    coverage = "-" if entry.coverage is None else f"{entry.coverage.value:.1%}"
    counts = (f"{entry.predictions:,}", f"{entry.labels:,}", coverage)
    return (str(entry), *counts, figure(entry.label_delay_p50_seconds), *estimates)
