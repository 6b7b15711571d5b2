"""Whether the inputs have moved, or the relation of the labels to what the model says, or both."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval, plural
from driftline.query.instants import Period, format_instant
from driftline.query.results.evidence import EvidenceResult
from driftline.query.results.result import Listing
from driftline.query.results.values import Estimate, optional_estimate, optional_value
from driftline.v1 import concept_pb2, selection_pb2

_FIELDS: dict[str, pa.DataType] = {
    "stratum": pa.string(),
    "score_low": pa.float64(),
    "score_high": pa.float64(),
    "predicted": pa.string(),
    "label": pa.string(),
    "prediction_low": pa.float64(),
    "prediction_high": pa.float64(),
    "error_from": pa.float64(),
    "reference": pa.float64(),
    "reference_low": pa.float64(),
    "reference_high": pa.float64(),
    "reference_records": pa.uint64(),
    "not_moved_low": pa.float64(),
    "not_moved_high": pa.float64(),
    "current": pa.float64(),
    "current_low": pa.float64(),
    "current_high": pa.float64(),
    "current_records": pa.uint64(),
    "log10_e_value": pa.float64(),
}
_SCHEMA = pa.schema(_FIELDS)
_HEADERS = ("of", "reference", "not moved", "now", "e-value", "n reference", "n")

_VERDICTS = {
    "none": "neither the inputs nor the relation of labels to predictions have moved for certain",
    "inputs_moved": "inputs moved: the relation of labels to predictions has not, for certain",
    "relation_moved": "relation moved: labels follow from predictions in another way; the inputs have not, for certain",
    "both": "both moved: the inputs, and the relation of labels to predictions",
    "unknown": "whether the relation of labels to predictions has moved is not known",
}
_NOT_WATCHED = {
    "no_labels": "the reference has no labelled predictions",
    "uncounted": "the reference, or a window, was written before errors were counted by predicted number",
    "too_many_classes": "there are more classes than are told apart, and no scores",
}


@dataclass(frozen=True)
class RelationStratum:
    """Records of which the model said nearly the same, and how often an outcome came true.

    Attributes
    ----------
    score_low, score_high : float, optional
        The scores that it is about; the outcome is the positive class. ``None``: predictions of a class, or of numbers.
    predicted, label : str
        The predicted class, and the label that is the outcome; else empty.
    prediction_low, prediction_high : float, optional
        The predicted numbers that it is about, in the label's unit.
    error_from : float, optional
        The absolute error from which on it is the outcome, in the label's unit. ``None`` for predicted numbers: a label
        above the prediction is.
    reference, current : Estimate, optional
        The share with the outcome in the reference, and since the relation likely began to move (in all windows where
        it has not), with Wilson's 95% intervals.
    reference_records, current_records : int
        Of how many records.
    low, high : float
        The shares that count as not moved: those that the reference may come from, as far as its neighbours', because
        inputs move inside a stratum, too.
    log_e_value : float
        Natural logarithm of its own e-value.
    """

    score_low: float | None
    score_high: float | None
    predicted: str
    label: str
    reference: Estimate | None
    reference_records: int
    low: float
    high: float
    current: Estimate | None
    current_records: int
    log_e_value: float
    prediction_low: float | None = None
    prediction_high: float | None = None
    error_from: float | None = None

    @classmethod
    def from_proto(cls, message: concept_pb2.ConceptStratum) -> "RelationStratum":
        """From the wire."""
        return cls(
            score_low=optional_value(message, "score_low"),
            score_high=optional_value(message, "score_high"),
            predicted=message.predicted,
            label=message.label,
            reference=optional_estimate(message, "reference"),
            reference_records=message.reference_records,
            low=message.low,
            high=message.high,
            current=optional_estimate(message, "current"),
            current_records=message.current_records,
            log_e_value=message.log_e_value,
            prediction_low=optional_value(message, "prediction_low"),
            prediction_high=optional_value(message, "prediction_high"),
            error_from=optional_value(message, "error_from"),
        )

    @property
    def log10_e_value(self) -> float:
        """Decimal logarithm of its own e-value."""
        return self.log_e_value / math.log(10)

    def __str__(self) -> str:
        if self.prediction_low is not None and self.prediction_high is not None:
            predictions = f"predictions of {figure(self.prediction_low)} to {figure(self.prediction_high)}"
            if self.error_from is None:
                return f"labels above {predictions}"
            return f"errors of {figure(self.error_from)} or more at {predictions}"
        if self.score_low is None or self.score_high is None:
            return f"{self.label} of predicted {self.predicted}"
        return f"positives of scores {figure(self.score_low)} to {figure(self.score_high)}"


@dataclass(frozen=True)
class DetectorAlarms:
    """What a detector of the literature says of the error stream, window by window.

    It knows no reference, keeps no rate of false alarms over all time, and cannot tell moved inputs from a moved
    relation.

    Attributes
    ----------
    detector : str
        ``ddm``, ``page_hinkley``, ``adwin`` or ``kswin``.
    warnings, drifts : tuple of Period
        The windows after which it warned, and those after which it said that errors had drifted.
    """

    detector: str
    warnings: tuple[Period, ...]
    drifts: tuple[Period, ...]

    @classmethod
    def from_proto(cls, message: concept_pb2.DetectorAlarms) -> "DetectorAlarms":
        """From the wire."""
        return cls(
            message.detector, tuple(map(_period, message.warnings)), tuple(map(_period, message.drifts))
        )

    def __str__(self) -> str:
        said = ", ".join(format_instant(window.start) for window in self.drifts[:3])
        more = f" and {len(self.drifts) - 3} more" if len(self.drifts) > 3 else ""
        return f"{self.detector}: {said or 'no alarm'}{more}"


@dataclass(frozen=True, repr=False)
class ConceptResult(Listing[RelationStratum]):
    """Strata of the relation of labels to predictions, the surest to have moved first, and what all of them come to.

    Attributes
    ----------
    verdict : str
        ``none``, ``inputs_moved``, ``relation_moved``, ``both``; ``unknown`` where no window is ready or the relation
        cannot be watched.
    inputs : EvidenceResult
        Evidence about the features and segment columns, in all windows.
    has_relation_moved : bool
        Whether the evidence about the relation is enough now.
    log_e_value : float
        Natural logarithm of the relation's e-value after the last window that is ready; 0 before the first.
    largest_log_e_value, largest_at : float, Period, optional
        The largest there has been, and the window after which.
    reached_at : Period, optional
        The window after which it was first enough.
    since : Period, optional
        The window with which the relation likely began to move.
    reference_labels : int
        Labelled records of the reference.
    not_watched : str
        Why the relation cannot be watched: ``no_labels``, ``too_many_classes`` or ``uncounted``; empty: it is.
    detectors : tuple of DetectorAlarms
        What the detectors of the literature say of the same windows.
    windows, labels : int
        Windows that are ready, and labels in them.
    not_ready_windows, not_ready : int, Period, optional
        Windows with predictions that have too few labels, and from the start of the first to the end of the last.
    min_labels, min_coverage : int, float
        What a window must have to be ready: labels, and the share of its predictions with one.
    level : float
        The chance of ever saying that the inputs have moved while they have not, and the same of the relation.
    """

    verdict: str
    inputs: EvidenceResult
    has_relation_moved: bool
    log_e_value: float
    largest_log_e_value: float | None
    largest_at: Period | None
    reached_at: Period | None
    since: Period | None
    reference_labels: int
    not_watched: str
    detectors: tuple[DetectorAlarms, ...]
    windows: int
    labels: int
    not_ready_windows: int
    not_ready: Period | None
    min_labels: int
    min_coverage: float
    level: float

    _noun: ClassVar[str] = "stratum"

    @classmethod
    def from_proto(cls, message: concept_pb2.ConceptResponse) -> "ConceptResult":
        """From the wire."""
        relation = message.relation
        return cls(
            entries=tuple(map(RelationStratum.from_proto, relation.strata)),
            verdict=message.verdict,
            inputs=EvidenceResult.from_proto(message.inputs),
            has_relation_moved=relation.has_moved,
            log_e_value=relation.log_e_value,
            largest_log_e_value=optional_value(relation, "largest_log_e_value"),
            largest_at=_period(relation.largest_at) if relation.HasField("largest_at") else None,
            reached_at=_period(relation.reached_at) if relation.HasField("reached_at") else None,
            since=_period(relation.since) if relation.HasField("since") else None,
            reference_labels=relation.reference_labels,
            not_watched=message.not_watched,
            detectors=tuple(map(DetectorAlarms.from_proto, message.detectors)),
            windows=message.windows,
            labels=message.labels,
            not_ready_windows=message.not_ready_windows,
            not_ready=_period(message.not_ready) if message.HasField("not_ready") else None,
            min_labels=message.min_labels,
            min_coverage=message.min_coverage,
            level=message.inputs.level,
        )

    @property
    def log10_e_value(self) -> float:
        """Decimal logarithm of the relation's e-value: 2 is a hundred to one."""
        return self.log_e_value / math.log(10)

    def _key(self, entry: RelationStratum) -> str:
        return str(entry)

    def sentences(self) -> Iterator[str]:
        """What has moved, since when, and what takes no part."""
        said = _VERDICTS.get(self.verdict, self.verdict)
        moved = ", ".join(map(str, self.inputs.discoveries))
        inputs = f" ({moved})" if moved else ""
        yield f"{said}{inputs} (false alarm chance {100 * self.level:.2g}% each)"
        if self.has_relation_moved and self.since is not None:
            power = f"10^{self.log10_e_value:.1f}"
            yield f"the relation has moved since {format_instant(self.since.start)} (e-value {power})"
            for entry in self.entries[:1]:
                yield f"most of all {entry}: {entry.reference} in the reference, {entry.current} since"
        if self.not_watched:
            yield f"the relation is not watched: {_NOT_WATCHED.get(self.not_watched, self.not_watched)}"
        if self.not_ready is not None:
            windows = plural(self.not_ready_windows, "window")
            yield (
                f"{windows} ({self.not_ready}) with fewer than {self.min_labels} labels, "
                f"or labels of less than {figure(100 * self.min_coverage)}% of the predictions, not ready yet"
            )

    def to_arrow(self) -> pa.Table:
        """One row a stratum."""
        return pa.Table.from_pylist([_row(entry) for entry in self.entries], schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row a stratum, under the sentences."""
        looked = f"relation of {self.labels:,} labels in {plural(self.windows, 'window')} to predictions"
        reference = f"against {self.inputs.reference} with {self.reference_labels:,} labels"
        title = "\n".join([f"{looked}, {reference}", *self.sentences()])
        notes = (f"detectors on the same windows: {'; '.join(map(str, self.detectors))}",)
        return Grid(title, _HEADERS, tuple(map(_cells, self.entries)), text_columns=1, notes=notes)


def _period(message: selection_pb2.TimeRange) -> Period:
    return Period(message.start_unix_nanos, message.end_unix_nanos)


def _row(entry: RelationStratum) -> dict[str, object]:
    names = (
        "score_low",
        "score_high",
        "predicted",
        "label",
        "prediction_low",
        "prediction_high",
        "error_from",
    )
    counts = ("reference_records", "current_records")
    row: dict[str, object] = {name: getattr(entry, name) for name in (*names, *counts)}
    row |= {"stratum": str(entry), "log10_e_value": entry.log10_e_value}
    row |= {"not_moved_low": entry.low, "not_moved_high": entry.high}
    for side, found in (("reference", entry.reference), ("current", entry.current)):
        if found is not None:
            row |= {side: found.value, f"{side}_low": found.low, f"{side}_high": found.high}
    return row


def _cells(entry: RelationStratum) -> tuple[str, ...]:
    return (
        str(entry),
        str(entry.reference or "-"),
        interval(entry.low, entry.high),
        str(entry.current or "-"),
        f"10^{entry.log10_e_value:.1f}",
        f"{entry.reference_records:,}",
        f"{entry.current_records:,}",
    )
