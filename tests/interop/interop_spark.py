"""Spark reads our snapshot files by SQL, estimates and unites our distinct counts, and we read its."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.interop.distinct import LG_K, bytes_of, estimate_of, is_near, profile_of, with_hll

import driftline

KINDS = ["integer", "string"]
COUNTS = [5, 300, 20_000]
EXPRESSIONS = {"integer": "id", "string": "concat('item ', id)"}


def only(spark: Any, query: str, **arguments: Any) -> Any:
    """The single value that a query gives."""
    ((value,),) = spark.sql(query, args=arguments).collect()
    return value


def theirs(spark: Any, kind: str, start: int, stop: int) -> bytes:
    query = f"SELECT hll_sketch_agg({EXPRESSIONS[kind]}, {LG_K}) FROM range(:start, :stop)"
    return bytes(only(spark, query, start=start, stop=stop))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", COUNTS)
def test_spark_unites_our_distinct_count_with_its_own(spark: Any, kind: str, count: int) -> None:
    ours, own, whole = (
        bytearray(bytes_of(profile_of(kind, 0, 2 * count))),
        bytearray(theirs(spark, kind, count, 3 * count)),
        bytearray(theirs(spark, kind, 0, 3 * count)),
    )
    estimate = only(spark, "SELECT hll_sketch_estimate(:ours)", ours=ours)
    assert is_near(estimate, 2 * count)
    union = "SELECT hll_sketch_estimate(hll_union(:left, :right))"
    mixed = only(spark, union, left=ours, right=own)
    assert mixed == only(spark, union, left=whole, right=whole)
    assert is_near(mixed, 3 * count)
    aggregated = (
        "SELECT hll_sketch_estimate(hll_union_agg(sketch)) FROM VALUES (:left), (:right) AS rows(sketch)"
    )
    assert only(spark, aggregated, left=ours, right=own) == mixed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", COUNTS)
def test_we_take_the_distinct_count_of_spark(spark: Any, kind: str, count: int) -> None:
    profile = profile_of(kind, 0, count)
    taken = with_hll(profile, theirs(spark, kind, 0, count))
    assert is_near(estimate_of(taken), count)
    assert estimate_of(taken) == pytest.approx(estimate_of(profile), rel=0.03)
    merged = taken.merge(profile_of(kind, count, 3 * count))
    assert is_near(estimate_of(merged), 3 * count)


def test_spark_sums_snapshot_files_as_we_do(spark: Any, tmp_path: Path) -> None:
    numbers = np.random.default_rng(11).lognormal(size=6_000)
    parts = [driftline.profile(pa.table({"x": pa.array(part)})) for part in np.split(numbers, 3)]
    for number, part in enumerate(parts):
        part.save(tmp_path / f"{number}.parquet")
    spark.read.parquet(str(tmp_path)).createOrReplaceTempView("snapshots")
    ((n, total, least, most, counted, distinct),) = spark.sql(
        """
        SELECT sum(n), sum(`sum`), min(`min`), max(`max`),
               sum(aggregate(map_values(hist_pos), CAST(0 AS DECIMAL(20, 0)),
                             (sum, count) -> CAST(sum + count AS DECIMAL(20, 0)))),
               hll_sketch_estimate(hll_union_agg(hll))
        FROM snapshots WHERE kind = 'numeric' AND `column` = 'x'
        """
    ).collect()
    summary = parts[0].merge(parts[1]).merge(parts[2]).summary()["x"]
    assert int(n) == int(counted) == summary.count == len(numbers)
    assert total == pytest.approx(numbers.sum(), rel=1e-12)
    assert summary.mean == pytest.approx(total / len(numbers), rel=1e-12)
    assert (least, most) == (summary.min, summary.max) == (numbers.min(), numbers.max())
    assert is_near(distinct, len(numbers))
    assert distinct == pytest.approx(summary.distinct.value, rel=0.03)
