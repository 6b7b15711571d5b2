"""What questions are answered with: small frozen objects, each a table too."""

from driftline.query.results.bins import DriftBin, DriftBins
from driftline.query.results.by_period import ByPeriod
from driftline.query.results.distribution import Bin, DistributionResult
from driftline.query.results.drift import ColumnDrift, DriftResult, DriftValue, IncomparableColumn
from driftline.query.results.models import ModelsResult
from driftline.query.results.performance import PerformanceResult, SegmentPerformance
from driftline.query.results.quantiles import Quantile, QuantilesResult
from driftline.query.results.stats import StatsResult
from driftline.query.results.summary import ColumnSummary, SummaryResult
from driftline.query.results.values import Coverage, Estimate, ItemCount

__all__ = [
    "Bin",
    "ByPeriod",
    "ColumnDrift",
    "ColumnSummary",
    "Coverage",
    "DistributionResult",
    "DriftBin",
    "DriftBins",
    "DriftResult",
    "DriftValue",
    "Estimate",
    "IncomparableColumn",
    "ItemCount",
    "ModelsResult",
    "PerformanceResult",
    "Quantile",
    "QuantilesResult",
    "SegmentPerformance",
    "StatsResult",
    "SummaryResult",
]
