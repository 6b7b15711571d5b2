"""How good predictions are likely to be before their labels come."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval
from driftline.query.results.compared import Compared
from driftline.query.results.performance_figures import Figure, figures_from_proto
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage
from driftline.v1 import estimated_pb2

_WAYS = ("estimated", "reweighted", "realised")
_ENDS = ("", "_low", "_high")
_FIELDS: dict[str, pa.DataType] = {"figure": pa.string()}
_FIELDS |= dict.fromkeys((f"{way}{end}" for way in _WAYS for end in _ENDS), pa.float64())
_SCHEMA = pa.schema(_FIELDS.items())


@dataclass(frozen=True)
class EstimatedFigure:
    """A figure as it is expected, and as the labels that have come say.

    Attributes
    ----------
    name : str
        ``accuracy``, ``precision``, ``recall``, ``f1``, ``specificity`` or ``roc_auc``.
    estimated : Figure, optional
        From the scores of all predictions and the calibration of the reference. The 95% interval is of the figure that
        the labels of these predictions will give.
    reweighted : Figure, optional
        From the quality of the reference in each segment and the mix of segments; the interval likewise.
    realised : Figure, optional
        From the labels that have come.
    """

    name: str
    estimated: Figure | None
    reweighted: Figure | None
    realised: Figure | None


@dataclass(frozen=True, repr=False)
class EstimatedPerformanceResult(Listing[EstimatedFigure]):
    """Expected figures beside those that labels give: ``answer["accuracy"].estimated.value``.

    Attributes
    ----------
    predictions, labels : int
        Predictions, and those of them whose label has come.
    scored, calibrated_by : int
        Predictions with a score in [0, 1], and labelled scores of the reference.
    reference_periods : int
        Labelled periods of the reference, as long as the range asked about: with at least 5, how far they are from what
        was expected of them widens the intervals of ``estimated``. Only records as a reference have periods.
    reweighted_predictions : int
        Predictions in segments that have labels in the reference; the others take no part in ``reweighted``.
    positive_class : str
        Empty if none is known.
    coverage : Coverage
        Where the predictions come from.
    reference : Compared
        What the relation of scores, or segments, and labels was learnt from.
    """

    predictions: int
    labels: int
    scored: int
    calibrated_by: int
    reference_periods: int
    reweighted_predictions: int
    positive_class: str
    coverage: Coverage
    reference: Compared

    _noun: ClassVar[str] = "figure"

    @classmethod
    def from_proto(cls, message: estimated_pb2.EstimatedPerformanceResponse) -> "EstimatedPerformanceResult":
        """From the wire."""
        ways = [figures_from_proto(getattr(message, way)) for way in _WAYS]
        names = dict.fromkeys(name for way in ways for name in way)
        return cls(
            entries=tuple(EstimatedFigure(name, *(way.get(name) for way in ways)) for name in names),
            predictions=message.predictions,
            labels=message.labels,
            scored=message.scored,
            calibrated_by=message.calibrated_by,
            reference_periods=message.reference_periods,
            reweighted_predictions=message.reweighted_predictions,
            positive_class=message.positive_class,
            coverage=Coverage.from_proto(message.coverage),
            reference=Compared.from_proto(message.reference),
        )

    def _key(self, entry: EstimatedFigure) -> str:
        return entry.name

    def sentences(self) -> Iterator[str]:
        """What is expected, in words; nothing where all labels have come."""
        if self.labels >= self.predictions:
            return
        for entry in self.entries:
            if entry.estimated is not None and entry.name in ("accuracy", "roc_auc"):
                yield f"without labels {entry.name} is expected to be {_cell(entry.estimated)}"

    def to_arrow(self) -> pa.Table:
        """One row a figure: estimated, reweighted and realised, each with its interval where it exists."""
        rows = [{"figure": entry.name} | dict(_ends(entry)) for entry in self.entries]
        return pa.Table.from_pylist(rows, schema=_SCHEMA)

    def grid(self) -> Grid:
        """One row a figure."""
        rows = tuple((entry.name, *(_cell(getattr(entry, way)) for way in _WAYS)) for entry in self.entries)
        notes = [
            f"{self.labels:,} of {self.predictions:,} labels have come",
            f"estimated from {self.scored:,} scores, calibrated by {self.calibrated_by:,} labelled ones",
        ]
        if self.reference_periods:
            notes.append(
                f"intervals allow for how {self.reference_periods:,} periods of the reference differ"
            )
        if self.reweighted_predictions:
            notes.append(
                f"reweighted for {self.reweighted_predictions:,} predictions, by the mix of segments"
            )
        title = f"estimated performance: {self.coverage}, learnt from {self.reference}"
        return Grid(title, ("figure", *_WAYS), rows, notes=tuple(notes))


def _ends(entry: EstimatedFigure) -> Iterable[tuple[str, float]]:
    for way in _WAYS:
        found: Figure | None = getattr(entry, way)
        if found is not None:
            yield from zip(
                (f"{way}{end}" for end in _ENDS), (found.value, found.low, found.high), strict=True
            )


def _cell(found: Figure | None) -> str:
    return "" if found is None else f"{figure(found.value)} {interval(found.low, found.high)}"
