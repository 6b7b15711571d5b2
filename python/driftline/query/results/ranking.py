"""How well lists are ranked."""

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.query.results.performance_figures import Figure
from driftline.query.results.values import Estimate, optional_estimate
from driftline.v1 import performance_pb2, ranking_pb2

_PREFERRED_LENGTH = 10


@dataclass(frozen=True)
class RankingPerformance:
    """Quality of lists: each query has one, of the records with its id.

    Attributes
    ----------
    queries, judged_queries : int
        Queries of which an item was seen, and those of them that count: at least one of their items has a label.
    coverage : Estimate, optional
        judged_queries / queries; ``None`` without queries.
    items, labelled_items : int
        Items of all queries, and those of them that have a label.
    left_out_items : int
        Items that take no part: of a query with more than 1,000, or one that was let go before.
    figures : mapping of str to Figure
        Those that exist, means over queries in [0, 1]: ``mrr``, and for each length at which lists are cut,
        ``ndcg@10``, ``precision@10``, ``recall@10``, ``map@10`` and ``hit_rate@10``. ``n`` are queries.
    """

    queries: int
    judged_queries: int
    coverage: Estimate | None
    items: int
    labelled_items: int
    left_out_items: int
    figures: Mapping[str, Figure]

    @property
    def headlines(self) -> dict[str, Figure]:
        """The figures that are asked for first: of one length, 10 where there is that, else the longest."""
        lengths = [int(length) for name in self.figures for _, at, length in [name.partition("@")] if at]
        at = _PREFERRED_LENGTH if _PREFERRED_LENGTH in lengths else max(lengths, default=0)
        names = ("mrr", *(f"{name}@{at}" for name in ("ndcg", "precision", "recall")))
        return {name: self.figures[name] for name in names if name in self.figures}

    def __getitem__(self, name: str) -> Figure:
        return self.figures[name]


def ranking_from_proto(segment: performance_pb2.SegmentPerformance) -> RankingPerformance | None:
    """The quality of the lists of a segment, ``None`` if its records are items of none."""
    if not segment.HasField("ranking"):
        return None
    message = segment.ranking
    return RankingPerformance(
        queries=message.queries,
        judged_queries=message.judged_queries,
        coverage=optional_estimate(message, "coverage"),
        items=message.items,
        labelled_items=message.labelled_items,
        left_out_items=message.left_out_items,
        figures={_name(each): _figure(each) for each in message.figures},
    )


def _name(message: ranking_pb2.RankingFigure) -> str:
    return f"{message.name}@{message.at}" if message.HasField("at") else message.name


def _figure(message: ranking_pb2.RankingFigure) -> Figure:
    estimate = message.estimate
    return Figure(estimate.value, estimate.low, estimate.high, message.queries)
