import numpy as np
import pytest
from tests.e2e.conftest import MODEL, Rows
from tests.e2e.exact import Numbers, finite, texts

from driftline.query import Monitor
from driftline.query.results import Bin, ItemCount


def _count(values: Numbers, found: Bin) -> int:
    """Values in a bin as its definition has it."""
    if found.lower == found.upper == 0:
        return int((values == 0).sum())
    if found.upper <= 0:
        return int(((found.lower <= values) & (values < found.upper)).sum())
    return int(((found.lower < values) & (values <= found.upper)).sum())


@pytest.mark.parametrize("name", ["latency", "score", "temp", "distance", "precip", "log_precip", "weekday"])
@pytest.mark.parametrize("limit", [8, 64])
def test_bins_hold_exactly_the_values_between_their_bounds(
    monitor: Monitor, rows: Rows, name: str, limit: int
) -> None:
    values = finite(rows.april[name])
    answer = monitor.distribution(name, limit=limit, model=MODEL)
    bins = [entry for entry in answer if isinstance(entry, Bin)]
    assert 0 < len(bins) <= limit
    assert [entry.count for entry in bins] == [_count(values, entry) for entry in bins]
    assert sum(entry.count for entry in bins) == len(values)
    assert [entry.lower for entry in bins] == sorted(entry.lower for entry in bins)


@pytest.mark.parametrize("name", ["carrier", "origin", "dest"])
def test_items_are_exact(monitor: Monitor, rows: Rows, name: str) -> None:
    items, counts = np.unique(texts(rows.april[name]), return_counts=True)
    answer = monitor.distribution(name, limit=200, model=MODEL)
    found = {entry.item: entry.count for entry in answer if isinstance(entry, ItemCount) and entry.error == 0}
    assert found == dict(zip(items.tolist(), counts.tolist(), strict=True))
    assert (answer.count, answer.nulls) == (counts.sum(), 0)


def test_many_items_are_bounded(monitor: Monitor, rows: Rows) -> None:
    items, counts = np.unique(texts(rows.april["flight"]), return_counts=True)
    exact = dict(zip(items.tolist(), counts.tolist(), strict=True))
    answer = monitor.distribution("flight", limit=20, model=MODEL)
    for entry in answer:
        assert isinstance(entry, ItemCount)
        assert entry.count <= exact[entry.item] <= entry.count + entry.error
