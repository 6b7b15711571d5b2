"""Figures of classification and of regression."""

from dataclasses import dataclass

from driftline.query.results.values import Estimate, optional_estimate
from driftline.v1 import query_pb2


@dataclass(frozen=True)
class ConfusionCount:
    """Records with this label and this predicted class; exact."""

    label: str
    predicted: str
    count: int


@dataclass(frozen=True)
class ClassificationPerformance:
    """Quality of predicted classes; a figure that does not exist (one class only, say) is ``None``.

    Attributes
    ----------
    accuracy, precision, recall, f1 : Estimate, optional
        In [0, 1]. Precision, recall and F1 are those of the positive class of a binary label, else the unweighted
        mean over classes (see ``average``).
    roc_auc : Estimate, optional
        From score histograms of 1,024 bins; the interval covers binning and sampling.
    log_loss : Estimate, optional
        Mean, nats.
    average : str
        ``binary`` or ``macro``.
    positive_class : str
        Of a binary label.
    confusion : tuple of ConfusionCount
        Exact counts.
    """

    accuracy: Estimate | None
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    roc_auc: Estimate | None
    log_loss: Estimate | None
    average: str
    positive_class: str
    confusion: tuple[ConfusionCount, ...]

    def confusion_count(self, label: str, predicted: str) -> int:
        """Records with this label that were predicted so; 0 for a pair that never came."""
        return sum(
            cell.count for cell in self.confusion if (cell.label, cell.predicted) == (label, predicted)
        )


@dataclass(frozen=True)
class RegressionPerformance:
    """Errors of predicted numbers, in the label's unit, ``r2`` without one; bias is the mean of prediction - label."""

    count: int
    mae: Estimate | None
    rmse: Estimate | None
    r2: Estimate | None
    bias: Estimate | None


def classification_from_proto(segment: query_pb2.SegmentPerformance) -> ClassificationPerformance | None:
    """The classification figures of a segment, ``None`` if its labels are not classes."""
    if not segment.HasField("classification"):
        return None
    message = segment.classification
    return ClassificationPerformance(
        accuracy=optional_estimate(message, "accuracy"),
        precision=optional_estimate(message, "precision"),
        recall=optional_estimate(message, "recall"),
        f1=optional_estimate(message, "f1"),
        roc_auc=optional_estimate(message, "roc_auc"),
        log_loss=optional_estimate(message, "log_loss"),
        average=message.average,
        positive_class=message.positive_class,
        confusion=tuple(ConfusionCount(c.label, c.predicted, c.count) for c in message.confusion),
    )


def regression_from_proto(segment: query_pb2.SegmentPerformance) -> RegressionPerformance | None:
    """The regression figures of a segment, ``None`` if its labels are not numbers."""
    if not segment.HasField("regression"):
        return None
    message = segment.regression
    estimates = (optional_estimate(message, name) for name in ("mae", "rmse", "r2", "bias"))
    return RegressionPerformance(message.count, *estimates)
