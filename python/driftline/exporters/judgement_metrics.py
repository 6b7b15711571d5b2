"""What is made of the numbers of a range: how sure it is that something has moved, whether groups are treated alike."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from google.protobuf.message import Message

from driftline.errors import FailedPreconditionError
from driftline.exporters import names
from driftline.exporters.names import Metric
from driftline.query.transport import Transport
from driftline.v1 import (
    concept_pb2,
    control_pb2,
    estimated_pb2,
    evidence_pb2,
    fairness_pb2,
    performance_pb2,
    query_pb2,
    selection_pb2,
)

ResponseT = TypeVar("ResponseT", bound=Message)


class Samples(Protocol):
    """Takes samples: the families of a scrape, or a list."""

    def gauge(self, metric: Metric, value: float, *labels: str) -> None:
        """Take a sample."""
        ...


def ask(
    transport: Transport, method: str, request: Message, response_type: type[ResponseT]
) -> ResponseT | None:
    """Ask a question; ``None`` where this model has nothing that it could be answered from."""
    try:
        return transport.call("QueryService", method, request, response_type)
    except FailedPreconditionError:
        return None


def evidence_of(
    transport: Transport, selection: selection_pb2.Selection
) -> Sequence[evidence_pb2.ColumnEvidence]:
    """How sure it is that columns have moved, the surest first."""
    request = evidence_pb2.EvidenceRequest(selection=selection)
    response = ask(transport, "Evidence", request, evidence_pb2.EvidenceResponse)
    return [] if response is None else list(response.columns)


def add_judgements(
    samples: Samples,
    transport: Transport,
    monitor: control_pb2.Monitor,
    selection: selection_pb2.Selection,
    summary: query_pb2.SummaryResponse,
    performance: performance_pb2.SegmentPerformance | None,
) -> None:
    """
    Ask what can be asked of this model, and add the answers.

    Parameters
    ----------
    samples
        Takes the samples.
    transport
        Carries the questions.
    monitor
        Says what there is to compare with, and which segments there are.
    selection
        A range of one version.
    summary
        Of the range: which columns it has.
    performance
        Of all its records, where it has predictions.
    """
    compares = bool(monitor.baseline) or monitor.HasField("compare_with")
    has_scores = any(column.role == "score" for column in summary.columns)
    has_labels = performance is not None and performance.labels > 0
    if compares and has_scores:
        _add_estimates(samples, transport, selection)
    if compares and has_labels:
        _add_concept(samples, transport, selection)
    if monitor.segments and performance is not None and performance.predictions:
        _add_fairness(samples, transport, selection)
    if performance is not None:
        _add_weighted(samples, selection, performance)


def _add_estimates(samples: Samples, transport: Transport, selection: selection_pb2.Selection) -> None:
    request = estimated_pb2.EstimatedPerformanceRequest(selection=selection)
    response = ask(transport, "EstimatedPerformance", request, estimated_pb2.EstimatedPerformanceResponse)
    for figure in () if response is None else response.estimated:
        labels = (selection.model, selection.version, figure.name)
        samples.gauge(names.ESTIMATED_PERFORMANCE, figure.estimate.value, *labels)


def _add_concept(samples: Samples, transport: Transport, selection: selection_pb2.Selection) -> None:
    request = concept_pb2.ConceptRequest(selection=selection)
    response = ask(transport, "Concept", request, concept_pb2.ConceptResponse)
    if response is None or not response.HasField("relation"):
        return
    labels = (selection.model, selection.version)
    samples.gauge(names.CONCEPT_LOG_E_VALUE, response.relation.log_e_value, *labels)
    samples.gauge(names.CONCEPT_RELATION_MOVED, response.relation.has_moved, *labels)


def _add_fairness(samples: Samples, transport: Transport, selection: selection_pb2.Selection) -> None:
    """How far groups lie apart: a row for each declared segment and criterion, however many groups there are."""
    request = fairness_pb2.FairnessRequest(selection=selection)
    response = ask(transport, "Fairness", request, fairness_pb2.FairnessResponse)
    for spread in () if response is None else response.spreads:
        labels = (selection.model, selection.version, ",".join(spread.by), spread.criterion)
        samples.gauge(names.FAIRNESS_DIFFERENCE, spread.difference.value, *labels)
        if spread.HasField("ratio"):
            samples.gauge(names.FAIRNESS_RATIO, spread.ratio.value, *labels)


def _add_weighted(
    samples: Samples, selection: selection_pb2.Selection, performance: performance_pb2.SegmentPerformance
) -> None:
    """Figures of records that have weights, and of how many records of one weight they are worth."""
    labels = (selection.model, selection.version)
    for figure in performance.weighted:
        samples.gauge(names.WEIGHTED_FIGURE, figure.estimate.value, *labels, figure.name)
    if performance.weighted:
        effective = min(figure.effective_n for figure in performance.weighted)
        samples.gauge(names.EFFECTIVE_RECORDS, effective, *labels)
