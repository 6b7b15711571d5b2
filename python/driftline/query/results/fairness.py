"""Whether groups of records are treated alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from driftline.query.grid import Grid, figure, interval, plural
from driftline.query.results.result import Listing
from driftline.query.results.values import Coverage, Estimate, optional_estimate
from driftline.v1 import fairness_pb2

#: The least ratio of selection rates by the rule of the Uniform Guidelines on Employee Selection Procedures (1978).
FOUR_FIFTHS = 0.8

_FIELDS: dict[str, pa.DataType] = {
    "segment": pa.map_(pa.string(), pa.string()),
    "criterion": pa.string(),
    "group": pa.float64(),
    "group_n": pa.uint64(),
    "reference": pa.float64(),
    "reference_n": pa.uint64(),
    "difference": pa.float64(),
    "difference_low": pa.float64(),
    "difference_high": pa.float64(),
    "ratio": pa.float64(),
    "ratio_low": pa.float64(),
    "ratio_high": pa.float64(),
    "p_value": pa.float64(),
    "adjusted_p_value": pa.float64(),
}
_SCHEMA = pa.schema(_FIELDS.items())


@dataclass(frozen=True)
class FairnessComparison:
    """A group beside the reference by one criterion.

    Attributes
    ----------
    criterion : str
        ``demographic_parity`` (share of records that are predicted positive), ``equal_opportunity`` (share of positives
        that are), ``false_positive_rate`` (share of negatives that are), ``equalized_odds`` (the larger difference of
        these two), ``predictive_parity`` (share of positives among those predicted so), ``accuracy``, ``calibration``
        (mean of label minus score).
    group, reference : Estimate, optional
        The figure on both sides; ``None`` for ``equalized_odds``.
    group_n, reference_n : int
        Records that they are of.
    difference : Estimate
        Group minus reference; without a sign for ``equalized_odds``.
    ratio : Estimate, optional
        Group over reference; ``None`` for what is no share and where the reference's is 0.
    p_value, adjusted_p_value : float
        The chance of such a difference where there is none; adjusted for all comparisons of the answer (Holm).
    """

    criterion: str
    group: Estimate | None
    reference: Estimate | None
    group_n: int
    reference_n: int
    difference: Estimate
    ratio: Estimate | None
    p_value: float
    adjusted_p_value: float

    @classmethod
    def from_proto(cls, message: fairness_pb2.FairnessComparison) -> "FairnessComparison":
        """From the wire."""
        return cls(
            criterion=message.criterion,
            group=optional_estimate(message, "group"),
            reference=optional_estimate(message, "reference"),
            group_n=message.group_n,
            reference_n=message.reference_n,
            difference=Estimate.from_proto(message.difference),
            ratio=optional_estimate(message, "ratio"),
            p_value=message.p_value,
            adjusted_p_value=message.adjusted_p_value,
        )


@dataclass(frozen=True)
class GroupFairness:
    """A group beside the reference: ``group["equal_opportunity"].difference``.

    Attributes
    ----------
    segment : mapping
        Column to value.
    predictions, labels : int
        Records that carry a prediction, and those of them whose label has come.
    comparisons : tuple of FairnessComparison
        Those that both sides have enough records for.
    """

    segment: Mapping[str, str]
    predictions: int
    labels: int
    comparisons: tuple[FairnessComparison, ...]

    @classmethod
    def from_proto(cls, message: fairness_pb2.GroupFairness) -> "GroupFairness":
        """From the wire."""
        comparisons = tuple(map(FairnessComparison.from_proto, message.comparisons))
        return cls(_sorted(message.segment), message.predictions, message.labels, comparisons)

    @property
    def disparate_impact(self) -> Estimate | None:
        """The group's share of positive predictions over the reference's."""
        found = [each.ratio for each in self.comparisons if each.criterion == "demographic_parity"]
        return found[0] if found else None

    @property
    def fails_four_fifths(self) -> bool:
        """Whether all that the interval of the disparate impact allows is below four fifths."""
        impact = self.disparate_impact
        return impact is not None and impact.high < FOUR_FIFTHS

    def __getitem__(self, criterion: str) -> FairnessComparison:
        for each in self.comparisons:
            if each.criterion == criterion:
                return each
        raise KeyError(criterion)

    def __str__(self) -> str:
        return _label(self.segment)


@dataclass(frozen=True)
class FairnessSpread:
    """How far the groups of one declared segment lie apart by one criterion.

    Attributes
    ----------
    by : tuple of str
        Columns of the segment.
    criterion : str
        As in `FairnessComparison`.
    groups : int
        Groups with enough records.
    lowest, highest : mapping
        The groups with the least and the largest share.
    difference : Estimate
        The largest share minus the least; the interval holds for all pairs of groups at once.
    ratio : Estimate, optional
        The least share over the largest; ``None`` where all are 0, and for ``equalized_odds``.
    """

    by: tuple[str, ...]
    criterion: str
    groups: int
    lowest: Mapping[str, str]
    highest: Mapping[str, str]
    difference: Estimate
    ratio: Estimate | None

    @classmethod
    def from_proto(cls, message: fairness_pb2.FairnessSpread) -> "FairnessSpread":
        """From the wire."""
        return cls(
            by=tuple(message.by),
            criterion=message.criterion,
            groups=message.groups,
            lowest=_sorted(message.lowest),
            highest=_sorted(message.highest),
            difference=Estimate.from_proto(message.difference),
            ratio=optional_estimate(message, "ratio"),
        )

    def __str__(self) -> str:
        ratio = "" if self.ratio is None else f", ratio {self.ratio}"
        between = f"{_label(self.lowest)} and {_label(self.highest)}"
        return f"{self.criterion} of {between} differs by {self.difference}{ratio}"


@dataclass(frozen=True)
class SmallGroup:
    """A group of which no criterion has enough records."""

    segment: Mapping[str, str]
    predictions: int
    labels: int


@dataclass(frozen=True, repr=False)
class FairnessResult(Listing[GroupFairness]):
    """Groups beside the reference, the worst first: by the least adjusted p-value, then by the largest difference.

    A group is looked up by its values, ``fairness[{"sex": "f"}]``, or by the value alone where there is one column.

    Attributes
    ----------
    spreads : tuple of FairnessSpread
        How far the groups of each declared segment lie apart.
    too_small : tuple of SmallGroup
        Groups of which no criterion has enough records.
    comparisons : int
        Comparisons that p-values are adjusted for.
    positive_class : str
        The class that is taken for the favourable outcome; empty where none is known.
    coverage : Coverage
        Where the records come from.
    """

    spreads: tuple[FairnessSpread, ...]
    too_small: tuple[SmallGroup, ...]
    comparisons: int
    positive_class: str
    coverage: Coverage

    _noun: ClassVar[str] = "group"

    @classmethod
    def from_proto(cls, message: fairness_pb2.FairnessResponse) -> "FairnessResult":
        """From the wire."""
        small = (
            SmallGroup(_sorted(each.segment), each.predictions, each.labels) for each in message.too_small
        )
        return cls(
            entries=tuple(map(GroupFairness.from_proto, message.groups)),
            spreads=tuple(map(FairnessSpread.from_proto, message.spreads)),
            too_small=tuple(small),
            comparisons=message.comparisons,
            positive_class=message.positive_class,
            coverage=Coverage.from_proto(message.coverage),
        )

    def _key(self, entry: GroupFairness) -> str:
        return str(entry)

    def _matches(self, entry: GroupFairness, key: object) -> bool:
        return key in (entry.segment, str(entry)) or [key] == list(entry.segment.values())

    def spread(self, criterion: str, by: str | None = None) -> FairnessSpread:
        """The spread of one criterion, of the groups of a column where there are several. Raises KeyError."""
        for each in self.spreads:
            if each.criterion == criterion and (by is None or each.by == (by,)):
                return each
        raise KeyError(criterion if by is None else (criterion, by))

    def exceeding(self, level: float = 0.05) -> Iterator[tuple[GroupFairness, FairnessComparison]]:
        """The comparisons that are no chance, with at most this chance of any false one; the worst group first."""
        for group in self.entries:
            for each in group.comparisons:
                if each.adjusted_p_value <= level:
                    yield group, each

    def sentences(self) -> Iterator[str]:
        """What it comes to."""
        for group, each in self.exceeding():
            if each.group is not None and each.reference is not None:
                sides = f"{figure(each.group.value)} beside {figure(each.reference.value)}"
                yield f"{group}: {each.criterion} is {sides}, a difference of {each.difference}"
            if each.criterion == "demographic_parity" and group.fails_four_fifths:
                yield f"{group}: disparate impact is {each.ratio}, below four fifths"

    def to_arrow(self) -> pa.Table:
        """One row a group and criterion."""
        return pa.Table.from_pylist(
            [_row(group, each) for group in self.entries for each in group.comparisons], schema=_SCHEMA
        )

    def grid(self) -> Grid:
        """One row a group and criterion."""
        rows = tuple(_cells(group, each) for group in self.entries for each in group.comparisons)
        headers = (
            "group",
            "criterion",
            "here",
            "n",
            "reference",
            "n ref",
            "difference",
            "ratio",
            "p adjusted",
        )
        notes = tuple(map(str, self.spreads))
        if self.too_small:
            notes = (*notes, f"{plural(len(self.too_small), 'group')} with too few records")
        return Grid(f"fairness: {self.coverage} (± 95%)", headers, rows, 2, notes)


def _sorted(segment: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(segment.items()))


def _label(segment: Mapping[str, str]) -> str:
    return ", ".join(f"{column}={value}" for column, value in segment.items())


def _row(group: GroupFairness, each: FairnessComparison) -> dict[str, object]:
    row: dict[str, object] = {
        name: getattr(each, name)
        for name in ("criterion", "group_n", "reference_n", "p_value", "adjusted_p_value")
    }
    row["segment"] = list(group.segment.items())
    for name in ("group", "reference"):
        estimate: Estimate | None = getattr(each, name)
        row[name] = None if estimate is None else estimate.value
    for name in ("difference", "ratio"):
        estimate = getattr(each, name)
        if estimate is not None:
            row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return row


def _cells(group: GroupFairness, each: FairnessComparison) -> tuple[str, ...]:
    def side(estimate: Estimate | None) -> str:
        return "-" if estimate is None else figure(estimate.value)

    def between(estimate: Estimate | None) -> str:
        return (
            "-" if estimate is None else f"{figure(estimate.value)} {interval(estimate.low, estimate.high)}"
        )

    return (
        str(group),
        each.criterion,
        side(each.group),
        f"{each.group_n:,}",
        side(each.reference),
        f"{each.reference_n:,}",
        between(each.difference),
        between(each.ratio),
        figure(each.adjusted_p_value),
    )
