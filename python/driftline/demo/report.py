"""What a person wants to know afterwards, asked from the collector and shown as tables."""

from collections.abc import Iterable, Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from driftline.demo.flights import FEATURES
from driftline.demo.sending import Sent
from driftline.query import Monitor
from driftline.query.instants import from_nanos
from driftline.query.results import DriftResult, DriftValue, Estimate, PerformanceResult, SegmentPerformance

SHOWN_FEATURES = 8
SHOWN_SEGMENTS = 4
FEWEST_LABELS = 100
METRICS_LINES = 24
#: In tables by month; a few flights of New Year's Eve leave after midnight UTC.
END_OF_YEAR = "2014-01-01"
QUANTILE_COLUMNS = ("latency", "score")


def throughput(console: Console, sent: Sent) -> None:
    """How much went through, and how fast."""
    stats = sent.stats
    console.print(
        f"Sent [bold]{sent.predictions:,}[/] predictions and [bold]{sent.labels:,}[/] labels in {sent.seconds:.2f} s: "
        f"[bold]{sent.records / sent.seconds:,.0f}[/] records/s, [bold]{sent.values / sent.seconds:,.0f}[/] values/s; "
        f"{stats.acknowledged:,} acknowledged, {stats.dropped:,} dropped, {stats.rejected:,} rejected."
    )


def drift_by_month(console: Console, monitor: Monitor, model: str) -> None:
    """PSI of the features that moved most, a column a month, against what chance alone gives."""
    columns = [*FEATURES, "score"]
    answer = monitor.drift(model=model, columns=columns, metrics=["psi"], end=END_OF_YEAR, every="1mo")
    table = _table()
    console.print(
        "Drift from January to March: PSI (noise: chance alone stays below it in 95%)", style="bold"
    )
    table.add_column("feature")
    for period in answer.periods:
        table.add_column(f"{from_nanos(period.start):%b}", justify="right")
    table.add_column("noise", justify="right")
    months = [_psi_by_feature(result) for result in answer]
    for feature in _most_drifted(months):
        values = [month[feature] for month in months if feature in month]
        cells = [_distance(month.get(feature)) for month in months]
        table.add_row(feature, *cells, f"{max(value.noise_q95 for value in values):.4f}")
    console.print(table)


def quantiles(console: Console, monitor: Monitor, model: str) -> None:
    """Median and tail of the model's latency and score, with the bounds that are certain."""
    table = _table()
    console.print("Quantiles, and where the exact ones certainly lie", style="bold")
    for name in ("column", "unit", "p50", "interval", "p99", "interval"):
        table.add_column(name, justify="left" if name in ("column", "unit") else "right")
    for column in QUANTILE_COLUMNS:
        scale, unit = (1_000, "ms") if column == "latency" else (1, "")
        cells = []
        for q in monitor.quantiles(column, [0.5, 0.99], model=model):
            cells += [f"{q.value * scale:.3f}", f"{q.low * scale:.3f} to {q.high * scale:.3f}"]
        table.add_row(column, unit, *cells)
    console.print(table)


def performance_by_month(console: Console, monitor: Monitor, model: str) -> None:
    """Accuracy and AUC, with 95% intervals, of the predictions whose labels have come."""
    answer = monitor.performance(model=model, end=END_OF_YEAR, every="1mo")
    table = _table()
    console.print("Quality by month, with 95% intervals (delay: median, of the labels)", style="bold")
    for name in ("month", "flights", "labelled", "accuracy", "AUC", "delay"):
        table.add_column(name, justify="left" if name == "month" else "right")
    for period, result in zip(answer.periods, answer, strict=True):
        entry = result[0]
        delay = (
            "" if entry.label_delay_p50_seconds is None else f"{entry.label_delay_p50_seconds / 3600:.1f} h"
        )
        figures = [_estimate(entry.estimates.get(name)) for name in ("accuracy", "roc_auc")]
        table.add_row(
            f"{from_nanos(period.start):%b}",
            f"{entry.predictions:,}",
            _share(entry.coverage),
            *figures,
            delay,
        )
    console.print(table)


def weakest_segments(console: Console, monitor: Monitor, model: str, columns: Iterable[str]) -> None:
    """The carriers and airports where the model is least right."""
    table = _table()
    console.print(f"Weakest segments by accuracy (of those with {FEWEST_LABELS} labels)", style="bold")
    for name in ("segment", "labels", "accuracy", "AUC"):
        table.add_column(name, justify="left" if name == "segment" else "right")
    for column in columns:
        table.add_section()
        for entry in _weakest(monitor.performance(column, model=model)):
            figures = [_estimate(entry.estimates.get(name)) for name in ("accuracy", "roc_auc")]
            table.add_row(str(entry), f"{entry.labels:,}", *figures)
    console.print(table)


def metrics_head(console: Console, exposition: str) -> None:
    """The first lines of what Prometheus scrapes."""
    lines = exposition.splitlines()
    console.print(f"[bold]/metrics[/] ({len(lines):,} lines; the first {METRICS_LINES})")
    console.print(
        "\n".join(lines[:METRICS_LINES]), markup=False, highlight=False, overflow="ellipsis", no_wrap=True
    )


def _psi_by_feature(result: DriftResult) -> dict[str, DriftValue]:
    """Features that have no value on one side have no distance."""
    return {column.column: value for column in result for value in column}


def _most_drifted(months: Sequence[Mapping[str, DriftValue]]) -> list[str]:
    """Features in the order of their largest PSI in any month."""
    features = {feature for month in months for feature in month}

    def largest(feature: str) -> float:
        return max(month[feature].value for month in months if feature in month)

    return sorted(features, key=largest, reverse=True)[:SHOWN_FEATURES]


def _distance(value: DriftValue | None) -> str:
    if value is None:
        return "-"
    return f"{value.value:.2f}" if value.exceeds_noise else f"[dim]{value.value:.2f}[/]"


def _weakest(answer: PerformanceResult) -> list[SegmentPerformance]:
    return [entry for entry in answer if entry.labels >= FEWEST_LABELS][:SHOWN_SEGMENTS]


def _share(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate.value:.1%}"


def _estimate(estimate: Estimate | None) -> str:
    return (
        "-" if estimate is None else f"{estimate.value:.3f} [{_short(estimate.low)}, {_short(estimate.high)}]"
    )


def _short(ratio: float) -> str:
    """A ratio with three digits and no zero in front."""
    return f"{ratio:.3f}".removeprefix("0")


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
