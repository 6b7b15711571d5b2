"""Questions about quality: are the values what they were, do records come as they did, and when did they not?"""

from collections.abc import Sequence
from typing import Unpack, overload

from driftline.query import questions
from driftline.query.asking import Asking, Every, Reference
from driftline.query.instants import step_and_origin
from driftline.query.profiles import Profile
from driftline.query.reference import reference_to_proto
from driftline.query.results.by_period import ByPeriod
from driftline.query.results.quality import QualityResult
from driftline.query.results.series import ColumnSeries, SeriesResult
from driftline.query.selection import Selection, SelectionOptions
from driftline.v1 import series_pb2


class QualityQuestions(Asking):
    """Data quality and series."""

    @overload
    def quality(
        self,
        baseline: Reference = None,
        *,
        columns: Sequence[str] | None = None,
        every: None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> QualityResult: ...
    @overload
    def quality(
        self,
        baseline: Reference = None,
        *,
        columns: Sequence[str] | None = None,
        every: Every,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> ByPeriod[QualityResult]: ...
    def quality(
        self,
        baseline: Reference = None,
        *,
        columns: Sequence[str] | None = None,
        every: Every | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> QualityResult | ByPeriod[QualityResult]:
        """What the values of columns are like, and how many records there are, beside those of a reference.

        Parameters
        ----------
        baseline : str, Selection, CompareWith, mapping or Profile, optional
            As in `Monitor.drift`. A profile has no volume.
        columns : sequence of str, optional
            All of both sides, if not given.

        Examples
        --------
        >>> monitor.quality("training")["amount"]["null_rate"].exceeds_noise    # doctest: +SKIP
        True
        """
        current = self._select(model, selection)
        if isinstance(baseline, Profile):
            return self._ask(
                current,
                every,
                lambda records: Profile(questions.profile_rows(self._transport, records)).quality(
                    baseline, columns=columns
                ),
            )
        reference = reference_to_proto(baseline, current)
        return self._ask(
            current, every, lambda records: questions.quality(self._transport, records, reference, columns)
        )

    def series(
        self,
        column: str | None = None,
        statistic: str = "records",
        *,
        every: Every | None = None,
        season: int | None = None,
        error: float = 0.05,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> ColumnSeries:
        """A number a period, what was expected of it from those before, and whether it is an anomaly.

        Parameters
        ----------
        column : str, optional
            Needed by every statistic but ``records``.
        statistic : str
            ``records``, ``null_rate``, ``mean``, ``std_dev``, a quantile such as ``p50`` or ``p99.9``, ``distinct``, or
            ``share:`` followed by a category.
        every : str or timedelta, optional
            Length of a period, a multiple of the window: the window if not given. Months and years have no one length.
        season : int, optional
            Periods after which the same is expected again, 1 for none. If not given: a day of shorter periods, a week
            of days, none if there are too few periods.
        error : float
            The chance of calling any period an anomaly while nothing happens.

        Raises
        ------
        NotFoundError
            If the column has no such statistic.

        Examples
        --------
        >>> monitor.series("amount", "mean", every="1d").anomalies    # doctest: +SKIP
        """
        columns = [] if column is None else [column]
        records = self._select(model, selection)
        return self._series(records, columns, [statistic], every, season, error)[column or "", statistic]

    def anomalies(
        self,
        columns: Sequence[str] | None = None,
        statistics: Sequence[str] | None = None,
        *,
        every: Every | None = None,
        season: int | None = None,
        error: float = 0.05,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> SeriesResult:
        """Series of many columns, the one with the furthest anomaly first.

        Parameters
        ----------
        columns, statistics : sequence of str, optional
            All columns, and null rate, mean and deviation of each, with the records of a period, if not given.
        every, season
            As in `series`.
        error : float
            The chance of calling any period of any of the series an anomaly while nothing happens.
        """
        records = self._select(model, selection)
        return self._series(records, columns or (), statistics or (), every, season, error)

    def _series(
        self,
        selection: Selection,
        columns: Sequence[str],
        statistics: Sequence[str],
        every: Every | None,
        season: int | None,
        error: float,
    ) -> SeriesResult:
        length, origin = (0, 0) if every is None else step_and_origin(every)
        request = series_pb2.SeriesRequest(
            selection=selection.to_proto(),
            columns=columns,
            statistics=statistics,
            every_nanos=length,
            offset_nanos=origin,
            season=season or 0,
            error=error,
        )
        return questions.series(self._transport, request)
