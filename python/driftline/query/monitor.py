"""What a person or a program asks driftline."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack, overload

from driftline.errors import InvalidArgumentError, NotFoundError
from driftline.query import controls, questions
from driftline.query.instants import enclosing, periods
from driftline.query.profiles import Profile
from driftline.query.quality import AnswerT, Every, QualityQuestions, Reference
from driftline.query.reference import RemoteReference, reference_to_proto
from driftline.query.report import Report, answer_or_reason
from driftline.query.results import (
    ByPeriod,
    ColumnSetsResult,
    DistributionResult,
    DriftResult,
    ModelsResult,
    PerformanceResult,
    QuantilesResult,
    StatsResult,
    SummaryResult,
)
from driftline.query.selection import Selection, SelectionOptions
from driftline.query.sequential import SequentialQuestions
from driftline.query.transport import Transport
from driftline.v1 import control_pb2, selection_pb2

if TYPE_CHECKING:
    from driftline.config import MonitorConfig


class Monitor(QualityQuestions, SequentialQuestions):
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

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def models(self) -> ModelsResult:
        """The models, their versions, columns, segments, baselines and time ranges."""
        return questions.models(self._transport)

    def stats(self) -> StatsResult:
        """Counters of the engine since its start: batches, records, labels, what was refused and why."""
        return questions.stats(self._transport)

    def profile(
        self,
        model: str | None = None,
        *,
        columns: Sequence[str] | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> Profile:
        """The merged profile of a selection: to look at, to keep, to use as a baseline."""
        return Profile(
            questions.profile_rows(self._transport, self._select(model, selection).to_proto(), columns)
        )

    @overload
    def summary(
        self,
        model: str | None = None,
        *,
        columns: Sequence[str] | None = None,
        every: None = None,
        **selection: Unpack[SelectionOptions],
    ) -> SummaryResult: ...
    @overload
    def summary(
        self,
        model: str | None = None,
        *,
        columns: Sequence[str] | None = None,
        every: Every,
        **selection: Unpack[SelectionOptions],
    ) -> ByPeriod[SummaryResult]: ...
    def summary(
        self,
        model: str | None = None,
        *,
        columns: Sequence[str] | None = None,
        every: Every | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> SummaryResult | ByPeriod[SummaryResult]:
        """Counts, moments, range, quantiles and distinct values, one line a column."""
        return self._ask(
            self._select(model, selection),
            every,
            lambda records: questions.summary(self._transport, records, columns),
        )

    def quantiles(
        self,
        column: str,
        q: float | Sequence[float] = (0.5, 0.9, 0.99),
        *,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> QuantilesResult:
        """Quantiles of a numeric column, each ``q`` in [0, 1], in the column's unit, with certified intervals."""
        records = self._select(model, selection).to_proto()
        return questions.quantiles(self._transport, records, column, q)

    def distribution(
        self,
        column: str,
        *,
        limit: int = 64,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> DistributionResult:
        """Histogram bins of a numeric column or the most frequent items of a categorical one, at most ``limit``."""
        records = self._select(model, selection).to_proto()
        return questions.distribution(self._transport, records, column, limit)

    @overload
    def drift(
        self,
        baseline: Reference = None,
        *,
        columns: Sequence[str] | None = None,
        metrics: Sequence[str] | None = None,
        recipe: str | None = None,
        bins: int | None = None,
        every: None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> DriftResult: ...
    @overload
    def drift(
        self,
        baseline: Reference = None,
        *,
        columns: Sequence[str] | None = None,
        metrics: Sequence[str] | None = None,
        recipe: str | None = None,
        bins: int | None = None,
        every: Every,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> ByPeriod[DriftResult]: ...
    def drift(
        self,
        baseline: Reference = None,
        *,
        columns: Sequence[str] | None = None,
        metrics: Sequence[str] | None = None,
        recipe: str | None = None,
        bins: int | None = None,
        every: Every | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> DriftResult | ByPeriod[DriftResult]:
        """How far columns have moved from a baseline.

        Parameters
        ----------
        baseline : str, Selection, CompareWith, mapping or Profile, optional
            Name of a stored baseline; other records, such as ``{"version": "1"}`` or ``{"end": "2026-02-01"}``, of
            the same model unless it names another; a rule that finds them from the range asked about, such as
            ``{"trailing": "7d"}`` or ``{"period": "7d", "repeats": 4}`` (see `driftline.config.CompareWith`); or a
            profile. What the monitor says if not given.
        columns : sequence of str, optional
            All that both sides have, if not given.
        metrics : sequence of str, optional
            As in :class:`DriftValue`; psi, ks, jensen_shannon, wasserstein, chi_square, if not given, and of another
            recipe all that it has. Those that do not fit a column are left out.
        recipe : str, optional
            Whose definitions of the metrics: ``driftline``, ``evidently``, ``nannyml``, ``scouter`` or ``whylogs``.
        bins : int, optional
            How many bins of each column to name, those that set both sides most apart; 3 if not given.
        """
        current = self._select(model, selection)
        if isinstance(baseline, Profile):
            return self._ask(
                current,
                every,
                lambda records: self._drift_from_profile(records, baseline, columns, metrics, recipe, bins),
            )
        reference = reference_to_proto(baseline, current)
        return self._ask(
            current,
            every,
            lambda records: questions.drift(
                self._transport, records, reference, columns, metrics, recipe, bins
            ),
        )

    def column_sets(
        self,
        baseline: Reference = None,
        *,
        sets: Sequence[str] | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> ColumnSetsResult:
        """How sets of columns, which the monitor declares (``column_sets``), have moved together.

        Parameters
        ----------
        baseline : str, Selection, CompareWith, mapping or Profile, optional
            As of `drift`; features and combinations need both sides to be counted beside one baseline.
        sets : sequence of str, optional
            Names of column sets; all, if not given.
        """
        current = self._select(model, selection)
        if isinstance(baseline, Profile):
            return Profile(questions.profile_rows(self._transport, current.to_proto())).column_sets(
                baseline, sets=sets
            )
        reference = reference_to_proto(baseline, current)
        return questions.column_sets(self._transport, current.to_proto(), reference, sets)

    @overload
    def performance(
        self,
        by: str | Sequence[str] | None = None,
        *,
        every: None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> PerformanceResult: ...
    @overload
    def performance(
        self,
        by: str | Sequence[str] | None = None,
        *,
        every: Every,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> ByPeriod[PerformanceResult]: ...
    def performance(
        self,
        by: str | Sequence[str] | None = None,
        *,
        every: Every | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> PerformanceResult | ByPeriod[PerformanceResult]:
        """How good the predictions are, where labels have come; the worst segment first.

        Parameters
        ----------
        by : str or sequence of str, optional
            Columns of a declared segment: one entry per value of them.
        """
        columns = [by] if isinstance(by, str) else list(by or ())
        return self._ask(
            self._select(model, selection),
            every,
            lambda records: questions.performance(self._transport, records, columns),
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
        return Report(
            model=name,
            evidence=answer_or_reason(
                lambda: self.evidence(baseline, level=level, model=name, **selection), unanswered
            ),
            drift=answer_or_reason(lambda: self.drift(baseline, model=name, **selection), unanswered),
            quality=answer_or_reason(lambda: self.quality(baseline, model=name, **selection), unanswered),
            performance=self.performance(model=name, **selection),
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

    def _select(self, model: str | None, options: SelectionOptions) -> Selection:
        return Selection(self._model(model), **options)

    def _model(self, model: str | None) -> str:
        """The model named, or the only one there is."""
        if model is not None:
            return model
        names = [known.name for known in self.models()]
        if len(names) == 1:
            return names[0]
        if not names:
            raise NotFoundError("no model is known yet: nothing has been sent or configured")
        raise InvalidArgumentError(f"model must be one of {', '.join(names)}, got none")

    def _drift_from_profile(
        self,
        records: selection_pb2.Selection,
        reference: Profile,
        columns: Sequence[str] | None,
        metrics: Sequence[str] | None,
        recipe: str | None,
        bins: int | None,
    ) -> DriftResult:
        """Drift computed here: the selection's profile comes over, the reference need not be stored."""
        current = Profile(questions.profile_rows(self._transport, records, columns))
        return current.drift(reference, columns=columns, metrics=metrics, recipe=recipe, bins=bins)

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
            for version in self.models()[records.model].versions
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
