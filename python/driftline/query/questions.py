"""One function a question: request out, result back. The transport decides who answers."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from driftline.errors import InvalidArgumentError
from driftline.query.results.canary import CanaryResult
from driftline.query.results.column_sets import ColumnSetsResult
from driftline.query.results.concept import ConceptResult
from driftline.query.results.distribution import DistributionResult
from driftline.query.results.drift import DriftResult
from driftline.query.results.estimated import EstimatedPerformanceResult
from driftline.query.results.evidence import EvidenceResult
from driftline.query.results.fairness import FairnessResult
from driftline.query.results.models import ModelsResult
from driftline.query.results.objectives import ObjectivesResult
from driftline.query.results.performance import PerformanceResult
from driftline.query.results.quality import QualityResult
from driftline.query.results.quantiles import QuantilesResult
from driftline.query.results.series import SeriesResult
from driftline.query.results.signals import SignalsResult
from driftline.query.results.stats import StatsResult
from driftline.query.results.summary import SummaryResult
from driftline.query.results.windows import WindowsResult
from driftline.query.transport import Transport
from driftline.v1 import (
    canary_pb2,
    column_sets_pb2,
    concept_pb2,
    estimated_pb2,
    evidence_pb2,
    fairness_pb2,
    objectives_pb2,
    performance_pb2,
    quality_pb2,
    query_pb2,
    selection_pb2,
    series_pb2,
    signals_pb2,
    windows_pb2,
)

_SERVICE = "QueryService"


def models(transport: Transport, *, outline: bool = False) -> ModelsResult:
    """The models that are known."""
    request = query_pb2.ModelsRequest(outline=outline)
    return ModelsResult.from_proto(transport.call(_SERVICE, "Models", request, query_pb2.ModelsResponse))


def stats(transport: Transport) -> StatsResult:
    """Counters of the engine."""
    request = query_pb2.StatsRequest()
    return StatsResult.from_proto(transport.call(_SERVICE, "Stats", request, query_pb2.StatsResponse))


def profile_rows(
    transport: Transport, selection: selection_pb2.Selection, columns: Sequence[str] | None = None
) -> pa.Table:
    """Snapshot rows of a selection, one a column, and one of the cell itself."""
    request = query_pb2.ProfileRequest(selection=selection, columns=columns)
    response = transport.call(_SERVICE, "Profile", request, query_pb2.ProfileResponse)
    return pa.ipc.open_stream(response.rows).read_all()


def summary(
    transport: Transport, selection: selection_pb2.Selection, columns: Sequence[str] | None = None
) -> SummaryResult:
    """One line a column."""
    request = query_pb2.SummaryRequest(selection=selection, columns=columns)
    return SummaryResult.from_proto(transport.call(_SERVICE, "Summary", request, query_pb2.SummaryResponse))


def quantiles(
    transport: Transport, selection: selection_pb2.Selection, column: str, q: float | Sequence[float]
) -> QuantilesResult:
    """Quantiles of a numeric column."""
    wanted = [q] if isinstance(q, int | float) else list(q)
    request = query_pb2.QuantilesRequest(selection=selection, column=column, q=wanted)
    response = transport.call(_SERVICE, "Quantiles", request, query_pb2.QuantilesResponse)
    return QuantilesResult.from_proto(column, response)


def distribution(
    transport: Transport, selection: selection_pb2.Selection, column: str, limit: int
) -> DistributionResult:
    """Histogram or frequent items of a column."""
    request = query_pb2.DistributionRequest(selection=selection, column=column, limit=limit)
    response = transport.call(_SERVICE, "Distribution", request, query_pb2.DistributionResponse)
    return DistributionResult.from_proto(column, response)


def drift(
    transport: Transport,
    selection: selection_pb2.Selection,
    reference: selection_pb2.Reference,
    columns: Sequence[str] | None = None,
    metrics: Sequence[str] | None = None,
    recipe: str | None = None,
    bins: int | None = None,
) -> DriftResult:
    """Drift from a baseline or from other records."""
    if bins is not None and bins < 1:
        raise InvalidArgumentError(f"bins must be at least 1, got {bins}")
    request = query_pb2.DriftRequest(
        selection=selection,
        reference=reference,
        columns=columns,
        metrics=metrics,
        recipe=recipe,
        bins=bins,
    )
    return DriftResult.from_proto(transport.call(_SERVICE, "Drift", request, query_pb2.DriftResponse))


def performance(
    transport: Transport, selection: selection_pb2.Selection, by: Sequence[str] = (), curves: bool = False
) -> PerformanceResult:
    """Quality of the predictions, by the values of segment columns."""
    request = performance_pb2.PerformanceRequest(selection=selection, by=by, curves=curves)
    response = transport.call(_SERVICE, "Performance", request, performance_pb2.PerformanceResponse)
    return PerformanceResult.from_proto(response)


def fairness(
    transport: Transport,
    selection: selection_pb2.Selection,
    by: Sequence[str],
    reference: Mapping[str, str],
    min_records: int,
) -> FairnessResult:
    """Groups of records beside each other."""
    if min_records < 1:
        raise InvalidArgumentError(f"min_records must be at least 1, got {min_records}")
    request = fairness_pb2.FairnessRequest(
        selection=selection, by=by, reference=reference, min_records=min_records
    )
    response = transport.call(_SERVICE, "Fairness", request, fairness_pb2.FairnessResponse)
    return FairnessResult.from_proto(response)


def estimated_performance(
    transport: Transport,
    selection: selection_pb2.Selection,
    reference: selection_pb2.Reference,
    by: Sequence[str] = (),
) -> EstimatedPerformanceResult:
    """Quality that is expected before labels come."""
    request = estimated_pb2.EstimatedPerformanceRequest(selection=selection, reference=reference, by=by)
    response = transport.call(
        _SERVICE, "EstimatedPerformance", request, estimated_pb2.EstimatedPerformanceResponse
    )
    return EstimatedPerformanceResult.from_proto(response)


def quality(
    transport: Transport,
    selection: selection_pb2.Selection,
    reference: selection_pb2.Reference,
    columns: Sequence[str] | None = None,
) -> QualityResult:
    """Quality of the values and the volume beside those of a reference."""
    request = quality_pb2.QualityRequest(selection=selection, reference=reference, columns=columns)
    return QualityResult.from_proto(transport.call(_SERVICE, "Quality", request, quality_pb2.QualityResponse))


def series(transport: Transport, request: series_pb2.SeriesRequest) -> SeriesResult:
    """Numbers a period, and which of them are anomalies."""
    return SeriesResult.from_proto(transport.call(_SERVICE, "Series", request, series_pb2.SeriesResponse))


def evidence(transport: Transport, request: evidence_pb2.EvidenceRequest) -> EvidenceResult:
    """How sure it is, over time, that columns have moved."""
    response = transport.call(_SERVICE, "Evidence", request, evidence_pb2.EvidenceResponse)
    return EvidenceResult.from_proto(response)


def concept(transport: Transport, request: concept_pb2.ConceptRequest) -> ConceptResult:
    """Whether the inputs have moved, or the relation of labels to predictions."""
    response = transport.call(_SERVICE, "Concept", request, concept_pb2.ConceptResponse)
    return ConceptResult.from_proto(response)


def canary(transport: Transport, request: canary_pb2.CanaryRequest) -> CanaryResult:
    """One version beside another."""
    response = transport.call(_SERVICE, "Canary", request, canary_pb2.CanaryResponse)
    return CanaryResult.from_proto(response, request.control, request.canary)


def column_sets(
    transport: Transport,
    selection: selection_pb2.Selection,
    reference: selection_pb2.Reference,
    sets: Sequence[str] | None = None,
) -> ColumnSetsResult:
    """How declared sets of columns have moved together from a baseline or from other records."""
    request = column_sets_pb2.ColumnSetsRequest(selection=selection, reference=reference, sets=sets)
    response = transport.call(_SERVICE, "ColumnSets", request, column_sets_pb2.ColumnSetsResponse)
    return ColumnSetsResult.from_proto(response)


def objectives(transport: Transport, selection: selection_pb2.Selection) -> ObjectivesResult:
    """Whether service-level objectives are met, and how many records come."""
    request = objectives_pb2.ObjectivesRequest(selection=selection)
    response = transport.call(_SERVICE, "Objectives", request, objectives_pb2.ObjectivesResponse)
    return ObjectivesResult.from_proto(response)


def windows(transport: Transport, selection: selection_pb2.Selection) -> WindowsResult:
    """The windows of a selection, by version and then by start."""
    request = windows_pb2.WindowsRequest(selection=selection)
    return WindowsResult.from_proto(transport.call(_SERVICE, "Windows", request, windows_pb2.WindowsResponse))


def signals(transport: Transport, request: signals_pb2.SignalsRequest) -> SignalsResult:
    """Who probes a model."""
    response = transport.call(_SERVICE, "Signals", request, signals_pb2.SignalsResponse)
    return SignalsResult.from_proto(response)
