"""Apache DataSketches for Python reads our sketches, unites them with its own, and we read its."""

import datasketches
import numpy as np
import pyarrow as pa
import pytest
from tests.interop.conftest import Portable
from tests.interop.distinct import (
    COUNTS,
    LG_K,
    REGISTERS_FROM,
    bytes_of,
    estimate_of,
    is_near,
    profile_of,
    values,
    with_hll,
)

import driftline

KINDS = ["integer", "string"]


def theirs(kind: str, start: int, stop: int) -> datasketches.hll_sketch:
    sketch = datasketches.hll_sketch(LG_K, datasketches.tgt_hll_type.HLL_8)
    for value in values(kind, start, stop).to_pylist():
        sketch.update(value)
    return sketch


def united(*sketches: datasketches.hll_sketch) -> datasketches.hll_sketch:
    union = datasketches.hll_union(LG_K)
    for sketch in sketches:
        union.update(sketch)
    return union.get_result(datasketches.tgt_hll_type.HLL_8)


def theirs_in_halves(kind: str, start: int, stop: int) -> datasketches.hll_sketch:
    """Two sketches united: like ours, they are estimated without regard to the order of updates."""
    middle = (start + stop) // 2
    return united(theirs(kind, start, middle), theirs(kind, middle, stop))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", COUNTS)
def test_our_distinct_count_is_theirs(kind: str, count: int) -> None:
    profile = profile_of(kind, 0, count)
    ours = datasketches.hll_sketch.deserialize(bytes_of(profile))
    own = theirs_in_halves(kind, 0, count)
    assert ours.lg_config_k == LG_K
    assert ours.get_estimate() == pytest.approx(own.get_estimate(), rel=1e-12)
    assert is_near(ours.get_estimate(), count)
    assert is_near(estimate_of(profile), count)
    assert ours.get_estimate() == pytest.approx(estimate_of(profile), rel=0.03)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [20_000, 100_000])
def test_our_registers_are_theirs(kind: str, count: int) -> None:
    own = theirs(kind, 0, count).serialize_updatable()
    assert bytes_of(profile_of(kind, 0, count))[REGISTERS_FROM:] == own[REGISTERS_FROM:]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", COUNTS)
def test_they_unite_our_distinct_count_with_their_own(kind: str, count: int) -> None:
    ours = datasketches.hll_sketch.deserialize(bytes_of(profile_of(kind, 0, 2 * count)))
    mixed = united(ours, theirs(kind, count, 3 * count))
    whole = theirs_in_halves(kind, 0, 3 * count)
    assert mixed.get_estimate() == pytest.approx(whole.get_estimate(), rel=1e-12)
    assert is_near(mixed.get_estimate(), 3 * count)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize("count", COUNTS)
def test_we_take_their_distinct_count(kind: str, compact: bool, count: int) -> None:
    sketch = theirs(kind, 0, count)
    content = sketch.serialize_compact() if compact else sketch.serialize_updatable()
    profile = profile_of(kind, 0, count)
    taken = with_hll(profile, content)
    assert is_near(estimate_of(taken), count)
    assert estimate_of(taken) == pytest.approx(estimate_of(profile), rel=0.03)
    merged = taken.merge(profile_of(kind, count, 3 * count))
    assert is_near(estimate_of(merged), 3 * count)


def test_fractions_have_the_same_keys() -> None:
    fractions = [number + 0.25 for number in range(20_000)]
    sketch = datasketches.hll_sketch(LG_K, datasketches.tgt_hll_type.HLL_8)
    for value in fractions:
        sketch.update(value)
    ours = bytes_of(driftline.profile(pa.table({"x": fractions})))
    assert ours[REGISTERS_FROM:] == sketch.serialize_updatable()[REGISTERS_FROM:]


@pytest.mark.parametrize("count", [1, 2, 1_000, 50_000])
def test_they_read_our_digest(count: int) -> None:
    numbers = np.sort(np.random.default_rng(count).normal(size=count))
    profile = driftline.profile(pa.table({"x": pa.array(numbers)}))
    digest = datasketches.tdigest_double.deserialize(profile.sketch("x", "tdigest"))
    assert digest.get_total_weight() == count
    assert (digest.get_min_value(), digest.get_max_value()) == (numbers[0], numbers[-1])
    for value in np.quantile(numbers, [0.01, 0.25, 0.5, 0.75, 0.99]).tolist():
        below, upto = (np.searchsorted(numbers, value, side=side) / count for side in ("left", "right"))
        # They count half of a value that stands alone, and interpolate between two of them.
        slack = 0.01 + 0.5 / count
        assert below - slack <= digest.get_rank(value) <= upto + slack


def test_we_read_their_digest(portable: Portable) -> None:
    numbers = np.sort(np.random.default_rng(7).normal(size=50_000))
    digest = datasketches.tdigest_double(100)
    digest.update(numbers)
    asked = np.quantile(numbers, [0.01, 0.25, 0.5, 0.75, 0.99]).tolist()
    answer = portable("read-tdigest", *map(repr, asked), content=digest.serialize())
    ranks = [float(line) for line in answer.split()]
    assert len(ranks) == len(asked)
    for value, rank in zip(asked, ranks, strict=True):
        assert rank == pytest.approx(np.searchsorted(numbers, value) / len(numbers), abs=0.01)
        assert rank == pytest.approx(digest.get_rank(value), abs=0.01)


def skewed(items: int) -> dict[str, int]:
    return {f"item {number}": 1 + 20_000 // (number + 1) for number in range(items)}


@pytest.mark.parametrize("items", [20, 3_000])
def test_they_read_our_frequent_items(items: int) -> None:
    counts = skewed(items)
    profile = driftline.profile(pa.table({"x": pa.array(np.repeat(list(counts), list(counts.values())))}))
    sketch = datasketches.frequent_strings_sketch.deserialize(profile.sketch("x", "frequent"))
    assert sketch.total_weight == sum(counts.values())
    for item in list(counts)[:10]:
        assert sketch.get_lower_bound(item) <= counts[item] <= sketch.get_upper_bound(item)
    assert sketch.get_upper_bound("item 0") > counts["item 1"]


@pytest.mark.parametrize("items", [20, 3_000])
def test_we_read_their_frequent_items(portable: Portable, items: int) -> None:
    counts = skewed(items)
    sketch = datasketches.frequent_strings_sketch(10)
    for item, count in counts.items():
        sketch.update(item, count)
    lines = portable("read-frequent", content=sketch.serialize()).decode().splitlines()
    found = {item: (int(low), int(high)) for low, high, item in (line.split(" ", 2) for line in lines)}
    assert {f"item {number}" for number in range(10)} <= set(found)
    for item, (low, high) in found.items():
        assert low <= counts[item] <= high
        assert (low, high) == (sketch.get_lower_bound(item), sketch.get_upper_bound(item))
