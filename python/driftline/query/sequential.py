"""Questions about certainty over time: has it moved, and is the new version worse? Asked as often as one likes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Unpack

from driftline.errors import InvalidArgumentError
from driftline.query import questions
from driftline.query.asking import Asking
from driftline.query.instants import length
from driftline.query.reference import RemoteReference, reference_to_proto
from driftline.query.results.canary import CanaryResult
from driftline.query.results.concept import ConceptResult
from driftline.query.results.evidence import EvidenceResult
from driftline.query.selection import SelectionOptions
from driftline.v1 import canary_pb2, concept_pb2, evidence_pb2


class SequentialQuestions(Asking):
    """What stays true however often it is asked: the chance of an error is that over all time."""

    def evidence(
        self,
        baseline: RemoteReference = None,
        *,
        columns: Sequence[str] | None = None,
        by: str | Sequence[str] | None = None,
        level: float = 0.01,
        block: str | timedelta | None = None,
        ks_tolerance: float | None = None,
        mean_tolerance: float | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> EvidenceResult:
        """How sure it is that columns have moved, window by window: an alarm that keeps its rate of false ones.

        Parameters
        ----------
        baseline : str, Selection, CompareWith or mapping, optional
            As for :meth:`drift`, but no profile. Both sides must have been counted in the bins of one baseline. What
            the monitor says if not given.
        columns : sequence of str, optional
            All but labels, if not given.
        by : str or sequence of str, optional
            Columns of a declared segment: every value of them is compared with the same one of the reference.
        level : float
            The chance of any false alarm, over all time, columns and segments.
        block : str or timedelta, optional
            Length of a block, such as ``1d``, where records depend on each other: all records of a block are one
            observation then. Every record is a draw of its own if not given.
        ks_tolerance, mean_tolerance : float, optional
            A Kolmogorov-Smirnov distance, and a shift of the mean in standard deviations of the reference, that are
            tolerated: ``is_exceeded`` of ``ks`` and ``mean_shift`` says whether there certainly is more.

        Examples
        --------
        >>> monitor.evidence(start="2026-03-01").discoveries                               # doctest: +SKIP
        """
        request = evidence_pb2.EvidenceRequest(
            selection=(current := self._select(model, selection)).to_proto(),
            reference=reference_to_proto(baseline, current),
            columns=columns,
            by=[by] if isinstance(by, str) else by,
            level=level,
            block_nanos=0 if block is None else length(block),
            ks_tolerance=ks_tolerance,
            mean_tolerance=mean_tolerance,
        )
        return questions.evidence(self._transport, request)

    def concept_drift(
        self,
        reference: RemoteReference = None,
        *,
        level: float = 0.01,
        min_labels: int = 30,
        min_coverage: float | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> ConceptResult:
        """Whether the inputs have moved, or the relation of the labels to what the model says, or both.

        The relation is looked at given the scores, the predicted numbers, or else classes, so that moved inputs alone
        raise nothing. Labels come late: windows with too few of them are not ready and take no part.

        Parameters
        ----------
        reference : str, Selection, CompareWith or mapping, optional
            What is compared with, as for :meth:`evidence`; it must have labels. What the monitor says if not given.
        level : float
            The chance of ever saying that the inputs have moved while they have not, and the same of the relation.
        min_labels : int
            Labels without which a window is not ready.
        min_coverage : float, optional
            The share of a window's predictions that must have a label; half of that of the reference if not given.
            Where labels of one kind come sooner than those of another, it should be as large as it gets once all have
            come.

        Examples
        --------
        >>> monitor.concept_drift(start="2026-03-01").verdict                              # doctest: +SKIP
        'relation_moved'
        """
        request = concept_pb2.ConceptRequest(
            selection=(current := self._select(model, selection)).to_proto(),
            reference=reference_to_proto(reference, current),
            level=level,
            min_labels=min_labels,
            min_coverage=min_coverage,
        )
        return questions.concept(self._transport, request)

    def canary(
        self,
        *,
        control: str,
        canary: str,
        columns: Sequence[str] | None = None,
        level: float = 0.01,
        margin: float = 0.01,
        slow_seconds: float | None = None,
        error: Mapping[str, str | int | bool] | None = None,
        model: str | None = None,
        **selection: Unpack[SelectionOptions],
    ) -> CanaryResult:
        """Whether a new version is better or worse than the known one, while both serve.

        Parameters
        ----------
        control, canary : str
            The version that is known, and the one that is new.
        columns : sequence of str, optional
            All but labels, if not given. They are compared window by window in the bins of one baseline.
        level : float
            The chance that anything that is decided is wrong, at whatever time and however often one looks.
        margin : float
            By how much rates (slow answers, missing predictions, errors) may differ and be alike.
        slow_seconds : float, optional
            Answers that took longer are slow. The 99th percentile of the default baseline, else of the control, if not
            given.
        error : mapping, optional
            A column of categories or booleans and the value that says that there was an error: ``{"failed": True}``.

        Examples
        --------
        >>> monitor.canary(control="1", canary="2", error={"failed": True}).verdict        # doctest: +SKIP
        'worse'
        """
        if selection.get("version") is not None:
            raise InvalidArgumentError("control and canary name the versions; version must not be given")
        if error is not None and len(error) != 1:
            raise InvalidArgumentError(f"error must be one column and its value, got {len(error)}")
        (column, value), *_ = (error or {"": ""}).items()
        request = canary_pb2.CanaryRequest(
            selection=self._select(model, selection).to_proto(),
            control=control,
            canary=canary,
            columns=columns,
            level=level,
            margin=margin,
            slow_seconds=slow_seconds,
            error_column=column,
            error_value=str(value).lower() if isinstance(value, bool) else str(value),
        )
        return questions.canary(self._transport, request)
