"""What was measured: one object a figure, as a JSON line and as a row of a table."""

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

OURS = "driftline"


@dataclass(frozen=True)
class Figure:
    """Runs of one subject at one case; the numbers are in ``unit``."""

    bench: str
    case: str
    subject: str
    unit: str
    median: float
    min: float
    max: float
    runs: int
    ratio_to_driftline: float | None


@dataclass(frozen=True)
class Sample:
    """One number a run, in ``unit``, of one subject at one case."""

    bench: str
    case: str
    subject: str
    unit: str
    values: Sequence[float]


def figures(samples: Iterable[Sample]) -> list[Figure]:
    """Summarise samples; each is set against driftline's median at the same case, if there is one."""
    known = [sample for sample in samples if sample.values]
    ours = {(s.bench, s.case): statistics.median(s.values) for s in known if s.subject == OURS}
    return [_figure(sample, ours.get((sample.bench, sample.case))) for sample in known]


def write(results: Iterable[Figure], path: Path) -> None:
    """Write one JSON object a line, replacing the file of an earlier run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(asdict(figure)) + "\n" for figure in results))


def show(results: Sequence[Figure], absent: dict[str, str], console: Console) -> None:
    """Print one table a bench, and which peers are absent and why."""
    for bench in dict.fromkeys(figure.bench for figure in results):
        console.print(_table(bench, [figure for figure in results if figure.bench == bench]))
    for subject, reason in absent.items():
        console.print(f"[yellow]absent[/] {subject}: {reason}")


def _figure(sample: Sample, ours: float | None) -> Figure:
    median = statistics.median(sample.values)
    return Figure(
        bench=sample.bench,
        case=sample.case,
        subject=sample.subject,
        unit=sample.unit,
        median=round(median, 4),
        min=round(min(sample.values), 4),
        max=round(max(sample.values), 4),
        runs=len(sample.values),
        ratio_to_driftline=round(median / ours, 4) if ours else None,
    )


def _table(bench: str, results: Sequence[Figure]) -> Table:
    table = Table(title=f"{bench} ({results[0].unit})", title_justify="left")
    for name in ("case", "subject"):
        table.add_column(name)
    for name in ("median", "min", "max", "runs", "to driftline"):
        table.add_column(name, justify="right")
    previous = None
    for figure in results:
        if previous not in (None, figure.case):
            table.add_section()
        previous = figure.case
        ratio = "" if figure.ratio_to_driftline is None else f"{figure.ratio_to_driftline:.2f}"
        numbers = [_number(value) for value in (figure.median, figure.min, figure.max)]
        style = "bold" if figure.subject == OURS else None
        table.add_row(figure.case, figure.subject, *numbers, str(figure.runs), ratio, style=style)
    return table


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
