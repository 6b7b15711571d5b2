"""Questions about how the model serves: are its objectives met, how much comes, and who asks what?"""

from collections.abc import Sequence
from typing import Unpack, overload

from driftline.query import questions
from driftline.query.asking import Asking, Every
from driftline.query.results.by_period import ByPeriod
from driftline.query.results.objectives import ObjectivesResult
from driftline.query.results.signals import SignalsResult
from driftline.query.results.windows import WindowsResult
from driftline.query.selection import SelectionOptions
from driftline.v1 import signals_pb2


class OperationsQuestions(Asking):
    """Service-level objectives, throughput, windows, and who probes a model."""

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

    def windows(self, *, model: str | None = None, **selection: Unpack[SelectionOptions]) -> WindowsResult:
        """The windows that have records, version by version, how many they have, and whether more has come.

        Examples
        --------
        >>> monitor.windows(version="v2")[-1].records    # doctest: +SKIP
        61218
        """
        return questions.windows(self._transport, self._select(model, selection).to_proto())

    def signals(
        self,
        principals: str | Sequence[str] | None = None,
        *,
        level: float = 0.01,
        limit: int = 20,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> SignalsResult:
        """Which principals probe the model, and how sure that is: extraction, a search along the boundary, poisoning.

        Each is compared with all others of the same window. The monitor must have ``signals``.

        Parameters
        ----------
        principals : str or sequence of str, optional
            To be told of, named or not, instead of the surest.
        level : float
            The chance of ever naming anybody, over all time, principals and signals, while nobody is beyond the
            monitor's tolerance.
        limit : int
            The most signals to be told of besides those that name somebody.

        Raises
        ------
        FailedPreconditionError
            If what principals ask is not counted.

        Examples
        --------
        >>> monitor.signals(start="2026-03-01").named    # doctest: +SKIP
        ('alice',)
        """
        request = signals_pb2.SignalsRequest(
            selection=self._select(model, selection).to_proto(),
            level=level,
            principals=[principals] if isinstance(principals, str) else principals,
            limit=limit,
        )
        return questions.signals(self._transport, request)
