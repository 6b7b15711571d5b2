"""What a person or a program asks driftline."""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack, overload

from driftline.errors import InvalidArgumentError
from driftline.query import controls, questions
from driftline.query.asking import Every
from driftline.query.distributions import DistributionQuestions
from driftline.query.drifts import DriftQuestions
from driftline.query.estimates import EstimateQuestions
from driftline.query.fairness import FairnessQuestions
from driftline.query.operations import OperationsQuestions
from driftline.query.profiles import Profile
from driftline.query.quality import QualityQuestions
from driftline.query.reference import RemoteReference
from driftline.query.report import Report, answer_or_reason, period_for
from driftline.query.results import ByPeriod, PerformanceResult, StatsResult
from driftline.query.selection import SelectionOptions
from driftline.query.sequential import SequentialQuestions
from driftline.v1 import control_pb2

if TYPE_CHECKING:
    from driftline.config import MonitorConfig


class Monitor(
    DistributionQuestions,
    DriftQuestions,
    FairnessQuestions,
    EstimateQuestions,
    OperationsQuestions,
    QualityQuestions,
    SequentialQuestions,
):
    """Questions to a collector (`driftline.connect`) or to a data directory (`driftline.open`): the same answers.

    All questions take the same keywords, which say what records they are about:

    - ``model``: may be left out when there is one model only;
    - ``version``: one version, else all merged;
    - ``start``, ``end``: half-open range of event time (datetime, ISO text, numpy.datetime64 or nanoseconds, UTC);
    - ``segment``: ``{"carrier": "AA"}``, values of a declared segment;
    - ``exclude``: pairs of start and end that are left out.

    With ``every`` (``"1d"``, ``"1mo"``, a timedelta) the answer is one result a period of that length.

    Errors are those of `driftline.errors`: InvalidArgumentError, NotFoundError (lists what there is), UnavailableError.

    Examples
    --------
    >>> monitor = driftline.connect("localhost:7571")                                    # doctest: +SKIP
    >>> monitor.drift(baseline="training", start="2026-03-01")["amount"]["psi"].value    # doctest: +SKIP
    0.031
    """

    def stats(self) -> StatsResult:
        """Counters of the engine since its start: batches, records, labels, what was refused and why."""
        return questions.stats(self._transport)

    @overload
    def performance(
        self,
        by: str | Sequence[str] | None = None,
        *,
        curves: bool = False,
        every: None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> PerformanceResult: ...
    @overload
    def performance(
        self,
        by: str | Sequence[str] | None = None,
        *,
        curves: bool = False,
        every: Every,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> ByPeriod[PerformanceResult]: ...
    def performance(
        self,
        by: str | Sequence[str] | None = None,
        *,
        curves: bool = False,
        every: Every | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> PerformanceResult | ByPeriod[PerformanceResult]:
        """How good the predictions are, where labels have come; the worst segment first.

        Parameters
        ----------
        by : str or sequence of str, optional
            Columns of a declared segment: one entry per value of them.
        curves : bool
            Whether the answer has the curves of scores: ``answer[0].classification.curves``.
        """
        columns = [by] if isinstance(by, str) else list(by or ())
        return self._ask(
            self._select(model, selection),
            every,
            lambda records: questions.performance(self._transport, records, columns, curves),
        )

    def report(
        self,
        baseline: RemoteReference = None,
        *,
        level: float = 0.01,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> Report:
        """All that is to be said of a model at once, in sentences and tables; `Report.save` makes it a page.

        Parameters
        ----------
        baseline : str, Selection, CompareWith or mapping, optional
            As in `Monitor.drift`.
        level : float
            The chance of any false alarm, over all time and columns.
        """
        name = self._model(model)
        unanswered: list[str] = []
        performance = self.performance(model=name, **selection)
        every = period_for(self.get_monitor(name).window, performance.coverage)
        return Report(
            model=name,
            evidence=answer_or_reason(
                lambda: self.evidence(baseline, level=level, model=name, **selection), unanswered
            ),
            drift=answer_or_reason(lambda: self.drift(baseline, model=name, **selection), unanswered),
            # A model that has none is not worth a word, and why else there is no answer is said above.
            column_sets=answer_or_reason(lambda: self.column_sets(baseline, model=name, **selection), []),
            quality=answer_or_reason(lambda: self.quality(baseline, model=name, **selection), unanswered),
            # Nor is one whose windows were all rolled up to longer ones.
            series=answer_or_reason(lambda: self.anomalies(every=every, model=name, **selection), []),
            performance=performance,
            # Nor is a reference without labelled scores.
            estimated=answer_or_reason(
                lambda: self.estimated_performance(baseline, model=name, **selection), []
            ),
            # A model without labels has no relation to watch, which its performance shows.
            concept=answer_or_reason(
                lambda: self.concept_drift(baseline, level=level, model=name, **selection), []
            ),
            # A model without declared segments has no groups, and a selection of one segment is a group itself.
            fairness=None
            if selection.get("segment")
            else answer_or_reason(lambda: self.fairness(model=name, **selection), []),
            objectives=self.objectives(model=name, **selection),
            # Nor is a model that counts none; and they are told of all records only.
            signals=None
            if selection.get("segment")
            else answer_or_reason(lambda: self.signals(level=level, model=name, **selection), []),
            unanswered=tuple(dict.fromkeys(unanswered)),
        )

    def set_monitor(self, monitor: "MonitorConfig | control_pb2.Monitor") -> None:
        """Sets the configuration of one model, for batches that come after it.

        Raises
        ------
        FailedPreconditionError
            If the window length would change for a model that has data, or this is a data directory.
        """
        controls.set_monitor(self._transport, monitor)

    def get_monitor(self, model: str | None = None) -> "MonitorConfig":
        """The configuration in force, defaults filled in."""
        return controls.get_monitor(self._transport, self._model(model))

    def set_baseline(
        self,
        model: str,
        name: str,
        profile: Profile | None = None,
        *,
        make_default: bool = True,
        **selection: Unpack[SelectionOptions],
    ) -> int:
        """Stores a named baseline of a model and returns the number of columns taken in.

        It is made of a profile, or else of what the collector has seen: ``version``, ``start``, ``end``, ``exclude``
        select the records. Batches that come after it are counted exactly on its bins; older windows are compared by
        sketch.

        Raises
        ------
        InvalidArgumentError
            If a profile and a selection are given.
        """
        if profile is None:
            profile = self.profile(model, **selection)
        elif selection:
            raise InvalidArgumentError(
                f"a profile is all of a baseline; {', '.join(selection)} would select records of the collector"
            )
        return controls.set_baseline(self._transport, model, name, profile, make_default)

    def baseline(self, model: str | None = None, name: str | None = None) -> Profile:
        """A stored baseline as a profile, to be kept elsewhere.

        Parameters
        ----------
        model : str, optional
            The only one, if not given.
        name : str, optional
            That which drift uses by default, if not given.

        Raises
        ------
        NotFoundError
            If the model has none of that name.
        """
        return controls.baseline(self._transport, self._model(model), name or "")

    def flush(self) -> controls.FlushResult:
        """Has the collector write everything to its data directory now."""
        return controls.flush(self._transport)

    def close(self) -> None:
        """Closes the connection."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Monitor({self._transport!r})"
