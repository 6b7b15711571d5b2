"""Items of lists and their labels in any order, late, twice, corrected, to a collector that is killed between them."""

import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import ndcg_score
from tests.reliability.batches import DAY, HOUR, MINUTE, send
from tests.reliability.conftest import MODEL, Arena
from tests.reliability.test_labels import AT_ONCE, MakeArena, parts, request, send_between_kills

import driftline
from driftline.query.results import SegmentPerformance

QUERIES = 60
ITEMS = 7
STEPS = 9


class Shown:
    """Lists of the last six days, and how relevant their items were said to be: what was known last holds."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = time.time_ns()
        times = [self.now - self.chance.randrange(6 * DAY) // HOUR * HOUR for _ in range(QUERIES)]
        self.queries = [query for query in range(QUERIES) for _ in range(ITEMS)]
        self.times = [times[query] for query in self.queries]
        self.scores = [self.chance.randrange(12) / 4 for _ in self.queries]
        everything = range(len(self.queries))
        said = [(item, self.chance.choice([0, 0, 1, 3])) for item in everything for _ in range(2)]
        self.chance.shuffle(said)
        # A third of it is never said: lists with unlabelled items, and some without any label.
        said = [each for each in said if self.queries[each[0]] % 3 or each[0] % 7 > 4]
        said = [each for each in said if self.queries[each[0]] % 10]
        self.said = [(self.now + place * MINUTE, *each) for place, each in enumerate(said)]
        self.last = {item: relevance for _, item, relevance in self.said}
        self.sent = [*self.said, *self.chance.sample(self.said, len(said) // 4)]
        self.chance.shuffle(self.sent)

    def items(self, chosen: Sequence[int]) -> "dict[str, pa.Array[Any]]":
        return {
            "prediction_id": pa.array(chosen),
            "query_id": pa.array([f"query {self.queries[each]}" for each in chosen]),
            "timestamp": pa.array([self.times[each] for each in chosen], pa.timestamp("ns", "UTC")),
            "score": pa.array([self.scores[each] for each in chosen]),
        }

    def labels(self, chosen: Sequence[tuple[int, int, int]]) -> "dict[str, pa.Array[Any]]":
        known, items, relevances = zip(*chosen, strict=True)
        return {
            "prediction_id": pa.array(items),
            "timestamp": pa.array(known, pa.timestamp("ns", "UTC")),
            "label": pa.array(relevances),
        }

    def ndcg(self, length: int) -> list[float]:
        """Of the lists that have a relevance above 0."""
        lists = np.array([self.last.get(each, 0) for each in range(len(self.queries))]).reshape(
            QUERIES, ITEMS
        )
        scores = np.array(self.scores).reshape(QUERIES, ITEMS)
        graded = lists.any(axis=1)
        return [
            ndcg_score([relevances], [of_list], k=length)
            for relevances, of_list in zip(lists[graded], scores[graded], strict=True)
        ]


def figures(scene: Arena, model: str) -> SegmentPerformance:
    with driftline.connect(scene.collector.grpc_address) as monitor:
        (quality,) = monitor.performance(model=model)
    return quality


@pytest.mark.parametrize("flush_interval_seconds", [0.05, 600.0])
def test_items_and_labels_in_any_order_give_the_figures_of_the_same_rows_at_once(
    arena: MakeArena, flush_interval_seconds: float
) -> None:
    """With flushes between the batches, and with the log alone."""
    scene = arena(flush_interval_seconds=flush_interval_seconds)
    shown = Shown(seed=5)
    order = list(range(len(shown.queries)))
    shown.chance.shuffle(order)
    items = map(shown.items, parts(order, STEPS))
    send_between_kills(scene, shown.chance, items, map(shown.labels, parts(shown.sent, STEPS)))

    known = sorted(shown.last)
    whole = {**shown.items(known), "label": pa.array([shown.last[each] for each in known])}
    send(scene, request(1, whole, AT_ONCE))
    send(scene, request(2, shown.items([each for each in order if each not in shown.last]), AT_ONCE))
    expected = figures(scene, AT_ONCE)
    ranking = expected.ranking
    assert ranking is not None
    assert (ranking.queries, ranking.items, ranking.left_out_items) == (QUERIES, QUERIES * ITEMS, 0)
    assert ranking.labelled_items == len(shown.last)
    assert 0 < ranking.judged_queries < QUERIES
    for length in (1, 3, 10):
        by_hand = shown.ndcg(length)
        assert expected[f"ndcg@{length}"].value == pytest.approx(np.mean(by_hand), abs=1e-9)
        assert expected[f"ndcg@{length}"].n == len(by_hand)
    # To the last bit: sums of lists are whole numbers.
    assert figures(scene, MODEL).ranking == ranking

    scene.kill()
    scene.start()
    assert figures(scene, MODEL).ranking == figures(scene, AT_ONCE).ranking == ranking
