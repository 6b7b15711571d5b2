"""Questions about how the model serves: are its objectives met, how much comes, and who asks what?"""

from typing import Unpack, overload

from driftline.query import questions
from driftline.query.asking import Asking, Every
from driftline.query.results.by_period import ByPeriod
from driftline.query.results.objectives import ObjectivesResult
from driftline.query.selection import SelectionOptions


class OperationsQuestions(Asking):
    """Service-level objectives and throughput."""

    @overload
    def objectives(
        self, *, every: None = None, model: str | None = None, **selection: Unpack[SelectionOptions]
    ) -> ObjectivesResult: ...
    @overload
    def objectives(
        self, *, every: Every, model: str | None = None, **selection: Unpack[SelectionOptions]
    ) -> ByPeriod[ObjectivesResult]: ...
    def objectives(
        self, *, every: Every | None = None, model: str | None = None, **selection: Unpack[SelectionOptions]
    ) -> ObjectivesResult | ByPeriod[ObjectivesResult]:
        """Whether the monitor's objectives are met, how fast their error budgets burn, and how many records come.

        Windows are looked at back from ``end``, or from the end of the newest one.

        Examples
        --------
        >>> monitor.objectives()["fast"].severity    # doctest: +SKIP
        'page'
        """
        return self._ask(
            self._select(model, selection),
            every,
            lambda records: questions.objectives(self._transport, records),
        )
