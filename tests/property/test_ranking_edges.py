"""Ranked lists where there is little to say: nothing relevant, all ties, one item, no labels."""

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from sklearn import metrics

import driftline
from driftline.config import MonitorConfig
from driftline.query.results import SegmentPerformance

LENGTHS = (1, 3, 5, 10, 20)
_TYPES: dict[str, pa.DataType] = {"query_id": pa.string(), "score": pa.float64(), "label": pa.float64()}
COLUMNS = pa.schema(_TYPES.items())
# Few different scores, so that there are ties.
ITEMS = st.lists(
    st.tuples(
        st.integers(-3, 3).map(float) | st.floats(-1e6, 1e6),
        # Half of the smallest number is 0 to scikit-learn.
        st.sampled_from([None, 0.0, 0.0, 1.0, 2.0, 0.5]) | st.floats(1e-9, 5),
    ),
    min_size=1,
    max_size=12,
)
LISTS = st.lists(ITEMS, min_size=1, max_size=8)
Lists = list[list[tuple[float, float | None]]]


def table(lists: Lists) -> pa.Table:
    rows = [
        {"query_id": f"q{number}", "score": score, "label": label}
        for number, items in enumerate(lists)
        for score, label in items
    ]
    return pa.Table.from_pylist(rows, COLUMNS)


def judged(lists: Lists, **settings: object) -> SegmentPerformance:
    monitor = MonitorConfig.model_validate({"model": "m", "ranking": settings})
    found = driftline.profile(table(lists), monitor=monitor).performance()[0]
    for name, figure in found.estimates.items():
        assert 0 <= figure.low <= figure.value <= figure.high <= 1, name
        assert figure.n >= 2, name
    return found


def by_hand(found: SegmentPerformance, known: list[list[tuple[float, float]]]) -> None:
    """Where all items are known: by scikit-learn, and, where it has nothing, by the definition without ties."""
    graded = [items for items in known if any(label > 0 for _, label in items)]
    for length in LENGTHS:
        expected = [
            metrics.ndcg_score([[label for _, label in items]], [[score for score, _ in items]], k=length)
            for items in graded
            # It refuses a list of one item, which is in its best order.
            if len(items) > 1
        ]
        expected += [1.0] * (len(graded) - len(expected))
        assert_mean(found, f"ndcg@{length}", expected)
    if any(len({score for score, _ in items}) < len(items) for items in known):
        return
    ranked = [[label >= 1 for _, label in sorted(items, reverse=True)] for items in known]
    relevant = [items for items in ranked if any(items)]
    assert_mean(found, "mrr", [1 / (items.index(True) + 1) if any(items) else 0.0 for items in ranked])
    for length in LENGTHS:
        assert_mean(found, f"precision@{length}", [sum(items[:length]) / length for items in ranked])
        assert_mean(found, f"recall@{length}", [sum(items[:length]) / sum(items) for items in relevant])
        assert_mean(found, f"hit_rate@{length}", [float(any(items[:length])) for items in ranked])
    whole = [
        metrics.label_ranking_average_precision_score([items], [range(len(items), 0, -1)])
        for items in relevant
    ]
    assert_mean(found, "map@20", whole)


def assert_mean(found: SegmentPerformance, name: str, expected: list[float]) -> None:
    assert (name in found.estimates) == (len(expected) >= 2), name
    if len(expected) >= 2:
        assert found[name].value == pytest.approx(np.mean(expected), abs=2e-9), name
        assert found[name].n == len(expected), name


@given(LISTS)
def test_unlabelled_items_are_not_relevant(lists: Lists) -> None:
    found = judged(lists)
    counting = [items for items in lists if any(label is not None for _, label in items)]
    ranking = found.ranking
    assert ranking is not None
    assert (ranking.queries, ranking.judged_queries) == (len(lists), len(counting))
    assert ranking.items == found.predictions == sum(map(len, lists))
    assert ranking.labelled_items == sum(label is not None for items in lists for _, label in items)
    assert found.classification is None
    assert found.regression is None
    by_hand(found, [[(score, label or 0.0) for score, label in items] for items in counting])


@given(LISTS)
def test_unlabelled_items_are_not_there(lists: Lists) -> None:
    found = judged(lists, unlabelled="unknown")
    known = [[(score, label) for score, label in items if label is not None] for items in lists]
    by_hand(found, [items for items in known if items])


@given(LISTS, st.sampled_from([0.25, 2.0]))
def test_relevant_is_what_is_so_from_a_relevance_on(lists: Lists, least: float) -> None:
    found = judged(lists, relevant_from=least, at=[2])
    counting = [items for items in lists if any(label is not None for _, label in items)]
    relevant = [items for items in counting if any((label or 0.0) >= least for _, label in items)]
    assert {name for name in found.estimates if "@" in name} <= {
        f"{name}@2" for name in ("ndcg", "precision", "recall", "map", "hit_rate")
    }
    assert ("recall@2" in found.estimates) == (len(relevant) >= 2)
    if len(relevant) >= 2:
        assert found["recall@2"].n == len(relevant)
