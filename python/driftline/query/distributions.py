"""Questions about values: how many, how large, how distributed."""

from collections.abc import Sequence
from typing import Unpack, overload

from driftline.query import questions
from driftline.query.asking import Asking, Every
from driftline.query.profiles import Profile
from driftline.query.results import ByPeriod, DistributionResult, QuantilesResult, SummaryResult
from driftline.query.selection import SelectionOptions


class DistributionQuestions(Asking):
    """Profiles, summaries, quantiles and distributions."""

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
