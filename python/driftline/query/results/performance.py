"""How good the predictions are, by segment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval, plural
from driftline.query.instants import format_instant, from_nanos
from driftline.query.results.performance_figures import (
    ClassificationPerformance,
    Figure,
    RegressionPerformance,
    WeightedFigure,
    classification_from_proto,
    regression_from_proto,
)
from driftline.query.results.ranking import RankingPerformance, ranking_from_proto
from driftline.query.results.result import Listing, Result
from driftline.query.results.values import Coverage, Estimate, optional_estimate, optional_value
from driftline.v1 import performance_pb2

_HEADLINES = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "pr_auc",
    "log_loss",
    "mae",
    "rmse",
    "r2",
    "bias",
)
_COUNTS = ("predictions", "labels", "coverage", "confusion", "corrections", "newest_label")
_ENDS = ("", "_low", "_high", "_n")
_DELAYS = ("label_delay_p50_seconds", "label_delay_p99_seconds")
_CONFUSION = pa.list_(
    pa.struct(
        [pa.field("label", pa.string()), pa.field("predicted", pa.string()), pa.field("count", pa.uint64())]
    )
)

_FIGURE_FIELDS: dict[str, pa.DataType] = {
    "segment": pa.string(),
    "figure": pa.string(),
    "value": pa.float64(),
    "low": pa.float64(),
    "high": pa.float64(),
    "n": pa.uint64(),
    "weighted": pa.float64(),
    "weighted_low": pa.float64(),
    "weighted_high": pa.float64(),
    "effective_n": pa.float64(),
}
_ALL_FIGURES = pa.schema(_FIGURE_FIELDS.items())


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
    ranking : RankingPerformance, optional
        Where records are items of lists.
    corrections : int
        How often a label took the place of another one.
    newest_label_unix_nanos : int, optional
        When the newest label became known; ``None`` where no label says when.
    weighted_records : int
        Labelled records that have a weight.
    weighted : mapping of str to WeightedFigure
        The figures that they give by it, named as those without: all but quantiles of errors.
    """

    segment: Mapping[str, str]
    predictions: int
    labels: int
    coverage: Estimate | None
    label_delay_p50_seconds: float | None
    label_delay_p99_seconds: float | None
    classification: ClassificationPerformance | None
    regression: RegressionPerformance | None
    ranking: RankingPerformance | None
    corrections: int
    newest_label_unix_nanos: int | None
    weighted_records: int
    weighted: Mapping[str, WeightedFigure]

    @classmethod
    def from_proto(cls, message: performance_pb2.SegmentPerformance) -> "SegmentPerformance":
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
            ranking=ranking_from_proto(message),
            corrections=message.corrections,
            newest_label_unix_nanos=optional_value(message, "newest_label_unix_nanos"),
            weighted_records=message.weighted_records,
            weighted=WeightedFigure.by_name(message.weighted),
        )

    @property
    def as_of(self) -> datetime | None:
        """When the newest label became known, UTC: labels that came later are not in the figures."""
        newest = self.newest_label_unix_nanos
        return None if newest is None else from_nanos(newest)

    @property
    def estimates(self) -> dict[str, Figure]:
        """All figures that exist, by name."""
        of_classes = {} if self.classification is None else self.classification.figures
        of_numbers = {} if self.regression is None else self.regression.figures
        of_lists = {} if self.ranking is None else self.ranking.figures
        return {**of_classes, **of_numbers, **of_lists}

    @property
    def headlines(self) -> dict[str, Figure]:
        """The figures that are asked for first."""
        found = self.estimates
        of_lists = {} if self.ranking is None else self.ranking.headlines
        return {name: found[name] for name in _HEADLINES if name in found} | of_lists

    def __getitem__(self, name: str) -> Figure:
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
    def from_proto(cls, message: performance_pb2.PerformanceResponse) -> "PerformanceResult":
        """From the wire."""
        segments = tuple(map(SegmentPerformance.from_proto, message.segments))
        return cls(segments, Coverage.from_proto(message.coverage))

    def _key(self, entry: SegmentPerformance) -> str:
        return str(entry)

    def _matches(self, entry: SegmentPerformance, key: object) -> bool:
        return key in (entry.segment, str(entry)) or [key] == list(entry.segment.values())

    def _figures(self) -> list[str]:
        """Names of the figures that at least one segment has."""
        return list(dict.fromkeys(name for entry in self.entries for name in entry.estimates))

    def _segment_columns(self) -> dict[str, str]:
        """Names of the segment columns in a table: their own, unless a figure has it."""
        taken = {f"{name}{end}" for name in (*_COUNTS, *self._figures()) for end in _ENDS}
        columns = sorted({column for entry in self.entries for column in entry.segment})
        return {column: f"segment_{column}" if column in taken else column for column in columns}

    def to_arrow(self) -> pa.Table:
        """One row a segment: its columns, counts, and each figure with its interval and records where it exists."""
        columns = self._segment_columns()
        fields: dict[str, pa.DataType] = dict.fromkeys(columns.values(), pa.string())
        fields |= dict.fromkeys(("predictions", "labels"), pa.uint64())
        fields |= dict.fromkeys(("coverage", "coverage_low", "coverage_high"), pa.float64())
        for name in self._figures():
            fields |= dict.fromkeys((f"{name}{end}" for end in _ENDS), pa.float64()) | {
                f"{name}_n": pa.uint64()
            }
        fields |= dict.fromkeys(_DELAYS, pa.float64()) | {"confusion": _CONFUSION}
        fields |= {"corrections": pa.uint64(), "newest_label": pa.timestamp("ns", "UTC")}
        rows = [
            _row(entry) | {columns[column]: value for column, value in entry.segment.items()}
            for entry in self.entries
        ]
        return pa.Table.from_pylist(rows, schema=pa.schema(fields.items()))

    def sentences(self) -> Iterator[str]:
        """What it comes to."""
        for entry in self.entries:
            figures = (
                f"{name} is {figure(estimate.value)} {interval(estimate.low, estimate.high)}"
                for name, estimate in entry.headlines.items()
            )
            if said := ", ".join(figures):
                yield said

    @property
    def all_figures(self) -> "AllFigures":
        """The same, one row a figure."""
        return AllFigures(self)

    def grid(self) -> Grid:
        """One row a segment, with the figures that are asked for first."""
        found = set(self._figures())
        first = dict.fromkeys(name for entry in self.entries for name in entry.headlines)
        figures = [
            *(name for name in _HEADLINES if name in first),
            *(name for name in first if name not in _HEADLINES),
        ]
        headers = ("segment", "predictions", "labels", "coverage", "delay (s)", *figures)
        rows = tuple(_cells(entry, figures) for entry in self.entries)
        more = len(found) - len(figures)
        further = (f"{plural(more, 'further figure')}: all_figures, to_arrow()",) if more else ()
        notes = (*self._as_of(), *self._lists(), *further)
        return Grid(f"performance: {self.coverage} (± 95%)", headers, rows, notes=notes)

    def _as_of(self) -> Iterator[str]:
        """What was known when."""
        known = [newest for entry in self.entries if (newest := entry.newest_label_unix_nanos) is not None]
        if known:
            yield f"labels as of {format_instant(max(known))}"
        if corrections := sum(entry.corrections for entry in self.entries):
            yield f"{plural(corrections, 'label')} corrected"

    def _lists(self) -> Iterator[str]:
        """How many lists there are."""
        for entry in self.entries:
            if (lists := entry.ranking) is not None:
                left_out = (
                    f", {plural(lists.left_out_items, 'item')} left out" if lists.left_out_items else ""
                )
                yield (
                    f"{entry}: {lists.judged_queries:,} of {lists.queries:,} queries have a label{left_out}"
                )


@dataclass(frozen=True, repr=False)
class AllFigures(Result):
    """All figures of quality, one row each."""

    performance: PerformanceResult

    def to_arrow(self) -> pa.Table:
        """Segment, figure, value, ends of the interval, records; the same by weights where there are any."""
        rows = [
            {"segment": str(entry), "figure": name, **vars(estimate), **_weighted(entry, name)}
            for entry in self.performance
            for name, estimate in entry.estimates.items()
        ]
        return pa.Table.from_pylist(rows, schema=_ALL_FIGURES)

    def grid(self) -> Grid:
        """One row a figure; the weighted ones beside them where there are any."""
        is_weighted = any(entry.weighted for entry in self.performance)
        rows = tuple(
            _figure_cells(entry, name, is_weighted) for entry in self.performance for name in entry.estimates
        )
        headers: tuple[str, ...] = ("segment", "figure", "value", "95% interval", "n")
        if is_weighted:
            headers = (*headers, "weighted", "95% interval", "effective n")
        return Grid(f"figures of performance: {self.performance.coverage}", headers, rows, 2)


def _figure_cells(entry: SegmentPerformance, name: str, is_weighted: bool) -> tuple[str, ...]:
    estimate = entry.estimates[name]
    cells = (
        str(entry),
        name,
        figure(estimate.value),
        interval(estimate.low, estimate.high),
        f"{estimate.n:,}",
    )
    if not is_weighted:
        return cells
    weighted = entry.weighted.get(name)
    if weighted is None:
        return (*cells, "-", "-", "-")
    ends = interval(weighted.low, weighted.high)
    return (*cells, figure(weighted.value), ends, figure(weighted.effective_n))


def _weighted(entry: SegmentPerformance, name: str) -> dict[str, float]:
    found = entry.weighted.get(name)
    if found is None:
        return {}
    return {
        "weighted": found.value,
        "weighted_low": found.low,
        "weighted_high": found.high,
        "effective_n": found.effective_n,
    }


def _row(entry: SegmentPerformance) -> dict[str, object]:
    row: dict[str, object] = {
        name: getattr(entry, name) for name in ("predictions", "labels", "corrections", *_DELAYS)
    }
    row["newest_label"] = entry.newest_label_unix_nanos
    coverage = {} if entry.coverage is None else {"coverage": entry.coverage}
    for name, estimate in (coverage | entry.estimates).items():
        row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    row |= {f"{name}_n": estimate.n for name, estimate in entry.estimates.items()}
    if entry.classification is not None:
        row["confusion"] = [vars(cell) for cell in entry.classification.confusion]
    return row


def _with_margin(estimate: Estimate | None) -> str:
    """A figure and the longer side of its interval: many whole intervals do not fit into a line."""
    if estimate is None:
        return "-"
    margin = max(estimate.high - estimate.value, estimate.value - estimate.low)
    return f"{estimate.value:.3g} ±{margin:.2g}"


def _cells(entry: SegmentPerformance, figures: list[str]) -> tuple[str, ...]:
    estimates = (_with_margin(entry.estimates.get(name)) for name in figures)
    coverage = "-" if entry.coverage is None else f"{entry.coverage.value:.1%}"
    counts = (f"{entry.predictions:,}", f"{entry.labels:,}", coverage)
    return (str(entry), *counts, figure(entry.label_delay_p50_seconds), *estimates)
