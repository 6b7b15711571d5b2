"""Questions about what labels are going to say."""

from collections.abc import Sequence
from typing import Unpack, overload

from driftline.query import questions
from driftline.query.asking import Asking, Every
from driftline.query.reference import RemoteReference, reference_to_proto
from driftline.query.results.by_period import ByPeriod
from driftline.query.results.estimated import EstimatedPerformanceResult
from driftline.query.selection import SelectionOptions


class EstimateQuestions(Asking):
    """Quality before labels come."""

    @overload
    def estimated_performance(
        self,
        baseline: RemoteReference = None,
        *,
        by: str | Sequence[str] | None = None,
        every: None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> EstimatedPerformanceResult: ...
    @overload
    def estimated_performance(
        self,
        baseline: RemoteReference = None,
        *,
        by: str | Sequence[str] | None = None,
        every: Every,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> ByPeriod[EstimatedPerformanceResult]: ...
    def estimated_performance(
        self,
        baseline: RemoteReference = None,
        *,
        by: str | Sequence[str] | None = None,
        every: Every | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> EstimatedPerformanceResult | ByPeriod[EstimatedPerformanceResult]:
        """How good the predictions are likely to be, beside what the labels that have come say.

        Two estimates for classes, both sound as long as labels depend on the score, or the segment, as they did in the
        reference: confidence-based performance estimation (scores of all predictions, calibrated by the labelled scores
        of the reference), and importance weighting (the reference's quality in each segment, at the mix of segments
        that the predictions have).

        Parameters
        ----------
        baseline : str, Selection, CompareWith or mapping, optional
            As in `Monitor.drift`: records whose labels have come.
        by : str or sequence of str, optional
            Columns of a declared segment, for importance weighting.

        Examples
        --------
        >>> monitor.estimated_performance("training")["accuracy"].estimated.value    # doctest: +SKIP
        0.912
        """
        columns = [by] if isinstance(by, str) else list(by or ())
        current = self._select(model, selection)
        reference = reference_to_proto(baseline, current)
        return self._ask(
            current,
            every,
            lambda records: questions.estimated_performance(self._transport, records, reference, columns),
        )
