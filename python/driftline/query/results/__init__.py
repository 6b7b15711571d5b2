"""What questions are answered with: small frozen objects, each a table too."""

from driftline.query.results.bins import DriftBin, DriftBins
from driftline.query.results.by_period import ByPeriod
from driftline.query.results.canary import CanaryResult
from driftline.query.results.column_sets import ColumnSetDrift, ColumnSetsResult, ColumnSetValue
from driftline.query.results.concept import ConceptResult, DetectorAlarms, RelationStratum
from driftline.query.results.distribution import Bin, DistributionResult
from driftline.query.results.drift import ColumnDrift, DriftResult, DriftValue, IncomparableColumn
from driftline.query.results.estimated import EstimatedFigure, EstimatedPerformanceResult
from driftline.query.results.evidence import ColumnEvidence, EvidenceResult
from driftline.query.results.fairness import FairnessResult, GroupFairness
from driftline.query.results.models import ModelsResult
from driftline.query.results.objectives import (
    BurnAlert,
    BurnRate,
    ObjectivesResult,
    ObjectiveStanding,
    RecordRate,
)
from driftline.query.results.performance import PerformanceResult, SegmentPerformance
from driftline.query.results.presence import Freshness, Rate, Volume
from driftline.query.results.quality import (
    ColumnQuality,
    KindRefusal,
    QualityFinding,
    QualityResult,
    SchemaChange,
)
from driftline.query.results.quantiles import Quantile, QuantilesResult
from driftline.query.results.ranking import RankingPerformance
from driftline.query.results.series import ColumnSeries, SeriesResult
from driftline.query.results.series_points import Expected, SeriesPoint, SeriesPoints
from driftline.query.results.signals import PrincipalSignal, SignalsResult
from driftline.query.results.stats import StatsResult
from driftline.query.results.summary import ColumnSummary, SummaryResult
from driftline.query.results.values import Coverage, Estimate, ItemCount
from driftline.query.results.windows import WindowInfo, WindowsResult

__all__ = [
    "Bin",
    "BurnAlert",
    "BurnRate",
    "ByPeriod",
    "CanaryResult",
    "ColumnDrift",
    "ColumnEvidence",
    "ColumnQuality",
    "ColumnSeries",
    "ColumnSetDrift",
    "ColumnSetValue",
    "ColumnSetsResult",
    "ColumnSummary",
    "ConceptResult",
    "Coverage",
    "DetectorAlarms",
    "DistributionResult",
    "DriftBin",
    "DriftBins",
    "DriftResult",
    "DriftValue",
    "Estimate",
    "EstimatedFigure",
    "EstimatedPerformanceResult",
    "EvidenceResult",
    "Expected",
    "FairnessResult",
    "Freshness",
    "GroupFairness",
    "IncomparableColumn",
    "ItemCount",
    "KindRefusal",
    "ModelsResult",
    "ObjectiveStanding",
    "ObjectivesResult",
    "PerformanceResult",
    "PrincipalSignal",
    "QualityFinding",
    "QualityResult",
    "Quantile",
    "QuantilesResult",
    "RankingPerformance",
    "Rate",
    "RecordRate",
    "RelationStratum",
    "SchemaChange",
    "SegmentPerformance",
    "SeriesPoint",
    "SeriesPoints",
    "SeriesResult",
    "SignalsResult",
    "StatsResult",
    "SummaryResult",
    "Volume",
    "WindowInfo",
    "WindowsResult",
]
