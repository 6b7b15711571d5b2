"""Figures of classification and of regression."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from driftline.query.grid import figure, interval
from driftline.query.results.score_curves import ScoreCurves, curves_from_proto
from driftline.query.results.values import Estimate
from driftline.v1 import performance_pb2


@dataclass(frozen=True)
class Figure(Estimate):
    """A figure with its 95% interval, and the records that it is of."""

    n: int

    def __str__(self) -> str:
        return f"{figure(self.value)} {interval(self.low, self.high)} of {self.n:,}"


@dataclass(frozen=True)
class WeightedFigure(Estimate):
    """A figure of records that count as much as their weights say.

    ``effective_n`` is how many records of equal weight would tell as much.
    """

    effective_n: float

    @classmethod
    def by_name(cls, messages: Iterable[performance_pb2.WeightedFigure]) -> "dict[str, WeightedFigure]":
        """From the wire, in the order of the answer."""
        return {
            each.name: cls(each.estimate.value, each.estimate.low, each.estimate.high, each.effective_n)
            for each in messages
        }


@dataclass(frozen=True)
class ConfusionCount:
    """Records with this label and this predicted class; exact."""

    label: str
    predicted: str
    count: int


@dataclass(frozen=True)
class ClassPerformance:
    """One class against all others.

    Attributes
    ----------
    name : str
        The class.
    labelled, predicted : int
        Records that have it as label, and as prediction.
    figures : mapping of str to Figure
        ``precision``, ``recall``, ``f1``, those that exist.
    """

    name: str
    labelled: int
    predicted: int
    figures: Mapping[str, Figure]

    @classmethod
    def from_proto(cls, message: performance_pb2.ClassPerformance) -> "ClassPerformance":
        """From the wire."""
        return cls(message.name, message.labelled, message.predicted, figures_from_proto(message.figures))

    def __getitem__(self, name: str) -> Figure:
        return self.figures[name]


@dataclass(frozen=True)
class ClassificationPerformance:
    """Quality of predicted classes.

    Attributes
    ----------
    figures : mapping of str to Figure
        Those that exist. In [0, 1]: ``accuracy``, ``balanced_accuracy``, ``precision``, ``recall``, ``f1`` (of the
        positive class of a binary label, else the unweighted mean over classes, see ``average``), ``specificity``
        (binary), the same three as ``_micro``, ``_macro`` and ``_weighted``; of the scores ``roc_auc``, ``pr_auc``,
        ``brier`` and ``ece``; ``mcc`` in [-1, 1]; ``log_loss`` as a mean, in nats.
    average : str
        ``binary`` or ``macro``.
    positive_class : str
        Of a binary label.
    confusion : tuple of ConfusionCount
        Exact counts.
    classes : tuple of ClassPerformance
        Each class against all others.
    curves : ScoreCurves, optional
        Calibration, thresholds and gain, where they were asked for and there are scores.
    """

    figures: Mapping[str, Figure]
    average: str
    positive_class: str
    confusion: tuple[ConfusionCount, ...]
    classes: tuple[ClassPerformance, ...]
    curves: ScoreCurves | None

    @property
    def accuracy(self) -> Figure | None:
        """The share of right predictions."""
        return self.figures.get("accuracy")

    @property
    def precision(self) -> Figure | None:
        """The share of right ones among predictions of a class."""
        return self.figures.get("precision")

    @property
    def recall(self) -> Figure | None:
        """The share of found ones among records of a class."""
        return self.figures.get("recall")

    @property
    def f1(self) -> Figure | None:
        """The harmonic mean of precision and recall."""
        return self.figures.get("f1")

    @property
    def roc_auc(self) -> Figure | None:
        """From score histograms of 1,024 bins; the interval covers binning and sampling."""
        return self.figures.get("roc_auc")

    @property
    def log_loss(self) -> Figure | None:
        """Mean, nats."""
        return self.figures.get("log_loss")

    def confusion_count(self, label: str, predicted: str) -> int:
        """Records with this label that were predicted so; 0 for a pair that never came."""
        return sum(
            cell.count for cell in self.confusion if (cell.label, cell.predicted) == (label, predicted)
        )

    def of_class(self, name: str) -> ClassPerformance:
        """One class against all others. Raises KeyError for one that was never seen."""
        for entry in self.classes:
            if entry.name == name:
                return entry
        raise KeyError(name)


@dataclass(frozen=True)
class RegressionPerformance:
    """Errors of predicted numbers.

    Attributes
    ----------
    count : int
        Records with a finite label and a finite prediction.
    figures : mapping of str to Figure
        Those that exist: ``mae``, ``rmse``, ``bias`` (the mean of prediction - label), ``median_absolute_error`` and
        ``p95_absolute_error`` in the label's unit, ``mse`` in its square; without one ``r2``, ``mape`` (of records
        whose label is not 0) and ``smape``, both as shares.
    """

    count: int
    figures: Mapping[str, Figure]

    @property
    def mae(self) -> Figure | None:
        """Mean absolute error."""
        return self.figures.get("mae")

    @property
    def rmse(self) -> Figure | None:
        """Root mean squared error."""
        return self.figures.get("rmse")

    @property
    def r2(self) -> Figure | None:
        """The share of the label's variance that is explained."""
        return self.figures.get("r2")

    @property
    def bias(self) -> Figure | None:
        """The mean of prediction - label."""
        return self.figures.get("bias")


def figures_from_proto(messages: Iterable[performance_pb2.Figure]) -> dict[str, Figure]:
    """Figures by name, in the order of the answer."""
    return {
        message.name: Figure(message.estimate.value, message.estimate.low, message.estimate.high, message.n)
        for message in messages
    }


def classification_from_proto(
    segment: performance_pb2.SegmentPerformance,
) -> ClassificationPerformance | None:
    """The classification figures of a segment, ``None`` if its labels are not classes."""
    if not segment.HasField("classification"):
        return None
    message = segment.classification
    return ClassificationPerformance(
        figures=figures_from_proto(message.figures),
        average=message.average,
        positive_class=message.positive_class,
        confusion=tuple(ConfusionCount(c.label, c.predicted, c.count) for c in message.confusion),
        classes=tuple(map(ClassPerformance.from_proto, message.classes)),
        curves=curves_from_proto(message.curves) if message.HasField("curves") else None,
    )


def regression_from_proto(segment: performance_pb2.SegmentPerformance) -> RegressionPerformance | None:
    """The regression figures of a segment, ``None`` if its labels are not numbers."""
    if not segment.HasField("regression"):
        return None
    return RegressionPerformance(segment.regression.count, figures_from_proto(segment.regression.figures))
