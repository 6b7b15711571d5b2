"""The records that a rule is evaluated on, and the questions about them, each asked once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar, cast

from driftline.query import Monitor
from driftline.query.results import PerformanceResult, SummaryResult
from driftline.query.selection import SelectionOptions

AnswerT = TypeVar("AnswerT")

MERGED = "*"
"""The version that stands for all of them together."""


@dataclass(frozen=True)
class Scope:
    """
    Records of one model, version and segment in a range of event time.

    Attributes
    ----------
    monitor
        Is asked.
    model
        The model.
    version
        Its version; ``*``: all together.
    segment
        Column to value; empty: all records.
    start, end
        Range of event time, nanoseconds since 1970.
    answers
        What was asked already, shared by the rules that are evaluated for the same window.
    """

    monitor: Monitor
    model: str
    version: str
    segment: Mapping[str, str]
    start: int
    end: int
    answers: dict[object, object] = field(default_factory=dict, repr=False, compare=False)

    def before(self, nanos: int) -> "Scope":
        """The same, so long ago."""
        return replace(self, start=self.start - nanos, end=self.end - nanos)

    def options(self, start: int | None) -> SelectionOptions:
        """What a question is told about its records, which begin at ``start``; ``None``: with the first."""
        chosen = SelectionOptions(end=self.end)
        if start is not None:
            chosen["start"] = start
        if self.version != MERGED:
            chosen["version"] = self.version
        if self.segment:
            chosen["segment"] = dict(self.segment)
        return chosen

    def ask(self, name: str, question: Callable[[], AnswerT], *details: object) -> AnswerT:
        """
        Ask once what may be asked again.

        Parameters
        ----------
        name
            Of the question.
        question
            Asks it.
        details
            What else the answer depends on besides the records.
        """
        segment = tuple(sorted(self.segment.items()))
        key = (name, self.model, self.version, segment, self.start, self.end, *details)
        if key not in self.answers:
            self.answers[key] = question()
        return cast(AnswerT, self.answers[key])

    def summary(self) -> SummaryResult:
        """Counts and figures of all columns."""
        options = self.options(self.start)
        return self.ask("summary", lambda: self.monitor.summary(self.model, **options))

    def performance(self) -> PerformanceResult:
        """How good the predictions are."""
        options = self.options(self.start)
        return self.ask("performance", lambda: self.monitor.performance(model=self.model, **options))

    @property
    def records(self) -> int:
        """How many records there are."""
        return self.summary().coverage.records
