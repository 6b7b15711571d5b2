"""All that is to be said of a model at once: what has moved, how sure, what the values are like, how good it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from os import PathLike
from pathlib import Path
from typing import TypeVar

from rich.console import Group
from rich.text import Text

from driftline.errors import FailedPreconditionError
from driftline.query.asking import Every
from driftline.query.grid import figure
from driftline.query.results import (
    ColumnSetsResult,
    ConceptResult,
    DriftResult,
    EstimatedPerformanceResult,
    EvidenceResult,
    FairnessResult,
    ObjectivesResult,
    PerformanceResult,
    QualityResult,
    SeriesResult,
    SignalsResult,
)
from driftline.query.results.result import Result
from driftline.query.results.values import Coverage

#: Periods of the series of a report, at most where longer ones can be had.
_PERIODS = 1_000
_LONGER = {timedelta(hours=1): "1h", timedelta(days=1): "1d", timedelta(weeks=1): "1w"}

ResultT = TypeVar("ResultT", bound=Result)

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem; color: #1f2328; }
h1 { font-size: 1.5rem; } ul { padding-left: 1.2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1.5rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; white-space: pre-line; padding-bottom: .4rem; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #d0d7de; white-space: nowrap; }
tfoot td { color: #59636e; border: 0; white-space: normal; }
"""


@dataclass(frozen=True)
class Report:
    """Answers about one model, and what they come to in sentences.

    Attributes
    ----------
    model : str
        Name of the model.
    evidence : EvidenceResult, optional
        How sure it is that columns have moved.
    drift : DriftResult, optional
        How far.
    column_sets : ColumnSetsResult, optional
        How far columns that are watched together have; ``None`` where none are.
    quality : QualityResult, optional
        What the values are like beside those of the reference.
    series : SeriesResult, optional
        Which periods were unlike those before; ``None`` where the records have no times.
    performance : PerformanceResult
        How good the predictions are, where labels have come.
    estimated : EstimatedPerformanceResult, optional
        How good they are likely to be before labels come; ``None`` where the reference has no labelled scores.
    concept : ConceptResult, optional
        Whether the relation of labels to predictions has moved, or the inputs have.
    fairness : FairnessResult, optional
        Whether groups of records are treated alike; ``None`` where no segment is declared.
    objectives : ObjectivesResult
        Whether the service-level objectives are met, and how many records come.
    signals : SignalsResult, optional
        Who probes the model; ``None`` where what principals ask is not counted.
    unanswered : tuple of str
        What could not be said, and why.
    """

    model: str
    evidence: EvidenceResult | None
    drift: DriftResult | None
    column_sets: ColumnSetsResult | None
    quality: QualityResult | None
    series: SeriesResult | None
    performance: PerformanceResult
    estimated: EstimatedPerformanceResult | None
    concept: ConceptResult | None
    fairness: FairnessResult | None
    objectives: ObjectivesResult
    signals: SignalsResult | None
    unanswered: tuple[str, ...]

    @property
    def has_moved(self) -> bool:
        """Whether any column has moved, with the evidence's chance of a false alarm."""
        return self.evidence is not None and bool(self.evidence.discoveries)

    def sentences(self) -> tuple[str, ...]:
        """What it comes to."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        yield from self.objectives.sentences()
        if self.signals is not None:
            yield from self.signals.sentences()
        if self.evidence is not None:
            yield from self.evidence.sentences()
        yield from self._said_of_values()
        yield from self._said_of_predictions()
        yield from self.unanswered

    def _said_of_values(self) -> Iterator[str]:
        for columns in self.column_sets or ():
            for value in columns:
                if value.exceeds_noise:
                    chance = figure(value.noise_q95)
                    yield f"{columns.set}: {value.metric} is {figure(value.value)}, where chance gives up to {chance}"
        if self.quality is not None:
            yield from map(str, self.quality.schema)
            for column, finding in self.quality.exceeding:
                before, now = figure(finding.reference.value), figure(finding.current.value)
                yield f"{column}: {finding.check} was {before} and is {now}"
        if self.series is not None:
            yield from self.series.sentences()

    def _said_of_predictions(self) -> Iterator[str]:
        yield from self.performance.sentences()
        for answer in (self.estimated, self.fairness, self._watched):
            if answer is not None:
                yield from answer.sentences()

    @property
    def _watched(self) -> ConceptResult | None:
        """What there is to say of labels; without any on one side there is nothing."""
        concept = self.concept
        return (
            None if concept is None or concept.not_watched == "no_labels" or not concept.labels else concept
        )

    def results(self) -> tuple[Result, ...]:
        """The answers that there are, the surest first."""
        figures = self.performance.all_figures if any(entry.estimates for entry in self.performance) else None
        series = self.series if self.series is not None and self.series.anomalies else None
        fairness = self.fairness if self.fairness is not None and self.fairness.entries else None
        performance = self.performance if any(entry.predictions for entry in self.performance) else None
        answers = (
            self.evidence,
            self.drift,
            self.column_sets,
            self.quality,
            series,
            performance,
            figures,
            self.estimated,
            self._watched,
            fairness,
            self.objectives,
            self.signals,
        )
        return tuple(answer for answer in answers if answer is not None)

    def __rich__(self) -> Group:
        title = Text(f"model {self.model}", style="bold")
        said = [Text(f"- {sentence}") for sentence in self.sentences()]
        return Group(title, *said, Text(), *self.results())

    def __repr__(self) -> str:
        said = "\n".join(f"- {sentence}" for sentence in self.sentences())
        return "\n\n".join([f"model {self.model}\n{said}", *map(repr, self.results())])

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences())
        tables = "".join(f'<div class="wide">{answer._repr_html_()}</div>' for answer in self.results())
        return f"<h1>model {escape(self.model)}</h1><ul>{said}</ul>{tables}"

    def to_html(self) -> str:
        """A page of its own: no scripts, nothing to fetch."""
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>driftline: {escape(self.model)}</title><style>{_STYLE}</style></head>"
            f"<body>{self._repr_html_()}</body></html>"
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the page."""
        Path(path).write_text(self.to_html(), encoding="utf-8")


def period_for(window: timedelta, coverage: Coverage) -> Every:
    """The length of the periods that a report looks at: a window, unless those are too many."""
    longer = {period: name for period, name in _LONGER.items() if period > window and not period % window}
    span = timedelta(microseconds=(coverage.end_unix_nanos - coverage.start_unix_nanos) // 1_000)
    few_enough = (period for period in (window, *longer) if span <= _PERIODS * period)
    period = next(few_enough, max((window, *longer)))
    return longer.get(period, window)


def answer_or_reason(ask: Callable[[], ResultT], unanswered: list[str]) -> ResultT | None:
    """The answer; where there is none, the reason goes to the list."""
    try:
        return ask()
    except FailedPreconditionError as error:
        unanswered.append(str(error))
        return None
