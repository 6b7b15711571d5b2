"""What all questions share: which records they are about, and whether they are asked once or once a period."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias, TypeVar

from driftline.errors import InvalidArgumentError, NotFoundError
from driftline.query import questions
from driftline.query.instants import enclosing, periods
from driftline.query.profiles import Profile
from driftline.query.reference import RemoteReference
from driftline.query.results.by_period import ByPeriod
from driftline.query.results.drift import DriftResult
from driftline.query.results.estimated import EstimatedPerformanceResult
from driftline.query.results.fairness import FairnessResult
from driftline.query.results.models import ModelsResult
from driftline.query.results.objectives import ObjectivesResult
from driftline.query.results.performance import PerformanceResult
from driftline.query.results.quality import QualityResult
from driftline.query.results.summary import SummaryResult
from driftline.query.selection import Selection, SelectionOptions
from driftline.query.transport import Transport
from driftline.v1 import selection_pb2

#: Length of a period: ``1h``, ``1d``, ``1w``, ``1mo``, ``1y`` or a timedelta.
Every: TypeAlias = str | timedelta
#: What is compared with: a reference that the collector knows, or a profile.
Reference: TypeAlias = RemoteReference | Profile

AnswerT = TypeVar(
    "AnswerT",
    SummaryResult,
    DriftResult,
    PerformanceResult,
    EstimatedPerformanceResult,
    FairnessResult,
    QualityResult,
    ObjectivesResult,
)


class Asking:
    """Finds the records that a question is about, and asks."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def transport(self) -> Transport:
        """What carries the questions."""
        return self._transport

    def models(self, *, outline: bool = False) -> ModelsResult:
        """The models, their versions, columns, segments, baselines and time ranges.

        Parameters
        ----------
        outline : bool
            Leaves columns and segments out.
        """
        return questions.models(self._transport, outline=outline)

    def _select(self, model: str | None, options: SelectionOptions) -> Selection:
        return Selection(self._model(model), **options)

    def _model(self, model: str | None) -> str:
        """The model named, or the only one there is."""
        if model is not None:
            return model
        names = [known.name for known in self.models(outline=True)]
        if len(names) == 1:
            return names[0]
        if not names:
            raise NotFoundError("no model is known yet: nothing has been sent or configured")
        raise InvalidArgumentError(f"model must be one of {', '.join(names)}, got none")

    def _ask(
        self,
        selection: Selection,
        every: Every | None,
        ask: Callable[[selection_pb2.Selection], AnswerT],
    ) -> AnswerT | ByPeriod[AnswerT]:
        """Asks once, or once a period."""
        records = selection.to_proto()
        if every is None:
            return ask(records)
        answered = []
        for period in periods(every, *self._range(records, every)):
            records.start_unix_nanos, records.end_unix_nanos = period.start, period.end
            answer = ask(records)
            if answer.coverage.windows:
                answered.append((period, answer))
        return ByPeriod(tuple(period for period, _ in answered), tuple(answer for _, answer in answered))

    def _range(self, records: selection_pb2.Selection, every: Every) -> tuple[int, int]:
        """The range asked for; an open end is that of the data, widened to a whole period."""
        covered = [
            version.coverage
            for version in self.models(outline=True)[records.model].versions
            if version.coverage.windows
            and (not records.HasField("version") or version.version == records.version)
        ]
        if not covered:
            raise NotFoundError(f"model {records.model!r} has no records to cut into periods")
        start = min(coverage.start_unix_nanos for coverage in covered)
        end = max(coverage.end_unix_nanos for coverage in covered)
        whole = enclosing(every, start, end)
        return (
            records.start_unix_nanos if records.HasField("start_unix_nanos") else whole.start,
            records.end_unix_nanos if records.HasField("end_unix_nanos") else whole.end,
        )
