"""Questions about drift: how far columns have moved, one by one and together."""

from collections.abc import Sequence
from typing import Unpack, overload

from driftline.query import questions
from driftline.query.asking import Asking, Every, Reference
from driftline.query.profiles import Profile
from driftline.query.reference import reference_to_proto
from driftline.query.results import ByPeriod, ColumnSetsResult, DriftResult
from driftline.query.selection import SelectionOptions
from driftline.v1 import selection_pb2


class DriftQuestions(Asking):
    """Distances from a reference."""

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
