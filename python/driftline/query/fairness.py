"""Questions about how groups of records are treated."""

from collections.abc import Mapping, Sequence
from typing import Unpack, overload

from driftline.query import questions
from driftline.query.asking import Asking, Every
from driftline.query.results.by_period import ByPeriod
from driftline.query.results.fairness import FairnessResult
from driftline.query.selection import SegmentValue, SelectionOptions, segment_text


class FairnessQuestions(Asking):
    """Groups beside each other."""

    @overload
    def fairness(
        self,
        by: str | Sequence[str] | None = None,
        *,
        reference: Mapping[str, SegmentValue] | None = None,
        min_records: int = 100,
        every: None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> FairnessResult: ...
    @overload
    def fairness(
        self,
        by: str | Sequence[str] | None = None,
        *,
        reference: Mapping[str, SegmentValue] | None = None,
        min_records: int = 100,
        every: Every,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> ByPeriod[FairnessResult]: ...
    def fairness(
        self,
        by: str | Sequence[str] | None = None,
        *,
        reference: Mapping[str, SegmentValue] | None = None,
        min_records: int = 100,
        every: Every | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> FairnessResult | ByPeriod[FairnessResult]:
        """Whether the model treats groups of records alike; the worst group first.

        Parameters
        ----------
        by : str or sequence of str, optional
            Columns of a declared segment, whose values are the groups; without it the groups of all declared segments
            are searched.
        reference : mapping, optional
            The group that the others are compared with, a value of each column; without it each is compared with all
            others together.
        min_records : int
            Records that both sides need for a criterion.

        Raises
        ------
        FailedPreconditionError
            If no segment is declared.

        Examples
        --------
        >>> monitor.fairness("sex")["f"].disparate_impact.value    # doctest: +SKIP
        0.74
        """
        columns = [by] if isinstance(by, str) else list(by or ())
        group = {column: segment_text(value) for column, value in (reference or {}).items()}
        return self._ask(
            self._select(model, selection),
            every,
            lambda records: questions.fairness(self._transport, records, columns, group, min_records),
        )
