"""Apache DataSketches and Spark read our KLL sketches, unite them with their own, and we read theirs."""

from pathlib import Path
from typing import Any

import datasketches
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.interop.ranks import COUNTS, QS, Numbers, are_near, kll_quantiles, numbers, profile_of
from tests.interop.rows import with_bytes

import driftline
from driftline.demo.process import CollectorProcess

K = 200
SPARK_COUNTS = [1, 100, 50_000]
QUANTILES = f"kll_sketch_get_quantile_double({{}}, array({', '.join(f'{q}D' for q in QS)}))"


def theirs(values: Numbers) -> datasketches.kll_doubles_sketch:
    sketch = datasketches.kll_doubles_sketch(K)
    sketch.update(values)
    return sketch


def quantiles_of(sketch: datasketches.kll_doubles_sketch) -> list[float]:
    return [sketch.get_quantile(q, True) for q in QS]


@pytest.mark.parametrize("count", COUNTS)
def test_they_read_our_sketch_and_answer_as_we_do(count: int) -> None:
    values = numbers(count)
    profile = profile_of(values)
    sketch = datasketches.kll_doubles_sketch.deserialize(profile.sketch("x", "kll"))
    assert (sketch.n, sketch.k) == (count, K)
    assert (sketch.get_min_value(), sketch.get_max_value()) == (values.min(), values.max())
    assert quantiles_of(sketch) == kll_quantiles(profile)
    assert are_near(quantiles_of(sketch), values)
    assert profile.quantiles("x").kll_rank_error == pytest.approx(sketch.normalized_rank_error(False))


@pytest.mark.parametrize("count", COUNTS)
def test_they_unite_our_sketch_with_their_own(count: int) -> None:
    ours, own = numbers(count), numbers(count, 1) + 1.0
    both = np.concatenate([ours, own])
    for first, second in (
        (profile_of(ours).sketch("x", "kll"), own),
        (profile_of(own).sketch("x", "kll"), ours),
    ):
        united = theirs(second)
        united.merge(datasketches.kll_doubles_sketch.deserialize(first))
        assert united.n == 2 * count
        assert are_near(quantiles_of(united), both)


@pytest.mark.parametrize("count", COUNTS)
def test_we_take_their_sketch_and_unite_it_with_ours(count: int) -> None:
    values, more = numbers(count), numbers(count, 1) + 1.0
    sketch = theirs(values)
    taken = with_bytes(profile_of(values), {"kll": sketch.serialize()})
    assert kll_quantiles(taken) == quantiles_of(sketch)
    merged = taken.merge(profile_of(more))
    assert are_near(kll_quantiles(merged), np.concatenate([values, more]))
    again = datasketches.kll_doubles_sketch.deserialize(merged.sketch("x", "kll"))
    assert again.n == 2 * count


def test_they_read_the_snapshots_of_a_collector(tmp_path: Path) -> None:
    values = numbers(30_000)
    monitors = [{"model": "m", "window": "1m", "kll_columns": ["x"]}]
    collector = CollectorProcess.start(tmp_path, {"monitors": monitors})
    try:
        with (
            driftline.Client(collector.grpc_address, model="m") as client,
            driftline.connect(collector.grpc_address) as monitor,
        ):
            for part in np.split(values, 3):
                client.log_table(pa.table({"x": pa.array(part), "y": pa.array(part)}))
                assert client.flush(30)
                monitor.flush()
            asked = monitor.profile(model="m").sketch("x", "kll")
    finally:
        assert collector.stop() == 0, collector.log_end()
    rows = pq.read_table(tmp_path / "data" / "profiles").select(["column", "kll"]).to_pylist()
    assert all(row["kll"] is None for row in rows if row["column"] != "x")
    stored = [row["kll"] for row in rows if row["column"] == "x"]
    assert len(stored) >= 3
    united = datasketches.kll_doubles_sketch(K)
    for content in stored:
        united.merge(datasketches.kll_doubles_sketch.deserialize(content))
    for sketch in (united, datasketches.kll_doubles_sketch.deserialize(asked)):
        assert sketch.n == len(values)
        assert are_near(quantiles_of(sketch), values)


def row_of(spark: Any, query: str, **arguments: Any) -> tuple[Any, ...]:
    """The single row that a query gives."""
    (row,) = spark.sql(query, args=arguments).collect()
    return tuple(row)


def of_spark(spark: Any, values: Numbers, folder: Path) -> bytes:
    path = folder / "numbers.parquet"
    pq.write_table(pa.table({"x": pa.array(values)}), path)
    (content,) = row_of(spark, f"SELECT kll_sketch_agg_double(x, {K}) FROM parquet.`{path}`")
    return bytes(content)


@pytest.mark.parametrize("count", SPARK_COUNTS)
def test_spark_reads_our_sketch_and_answers_as_we_do(spark: Any, count: int) -> None:
    values = numbers(count)
    profile = profile_of(values)
    query = f"SELECT kll_sketch_get_n_double(:ours), {QUANTILES.format(':ours')}"
    n, found = row_of(spark, query, ours=bytearray(profile.sketch("x", "kll")))
    assert n == count
    assert found == kll_quantiles(profile)


@pytest.mark.parametrize("count", SPARK_COUNTS)
def test_spark_unites_our_sketch_with_its_own(spark: Any, tmp_path: Path, count: int) -> None:
    ours, own = numbers(count), numbers(count, 1) + 1.0
    left, right = bytearray(profile_of(ours).sketch("x", "kll")), bytearray(of_spark(spark, own, tmp_path))
    both = np.concatenate([ours, own])
    pair = "SELECT kll_sketch_merge_double(:left, :right) AS sketch"
    all_rows = "SELECT kll_merge_agg_double(sketch) AS sketch FROM VALUES (:left), (:right) AS rows(sketch)"
    for united in (pair, all_rows):
        query = f"SELECT kll_sketch_get_n_double(sketch), {QUANTILES.format('sketch')} FROM ({united})"
        n, found = row_of(spark, query, left=left, right=right)
        assert n == 2 * count
        assert are_near(found, both)


@pytest.mark.parametrize("count", SPARK_COUNTS)
def test_we_take_the_sketch_of_spark_and_unite_it_with_ours(spark: Any, tmp_path: Path, count: int) -> None:
    values, more = numbers(count), numbers(count, 1) + 1.0
    content = of_spark(spark, values, tmp_path)
    taken = with_bytes(profile_of(values), {"kll": content})
    (found,) = row_of(spark, f"SELECT {QUANTILES.format(':content')}", content=bytearray(content))
    assert kll_quantiles(taken) == found
    merged = taken.merge(profile_of(more))
    assert are_near(kll_quantiles(merged), np.concatenate([values, more]))


def test_spark_unites_the_sketches_of_snapshot_files(spark: Any, tmp_path: Path) -> None:
    values = numbers(60_000)
    for number, part in enumerate(np.split(values, 3)):
        profile_of(part).save(tmp_path / f"{number}.parquet")
    spark.read.parquet(str(tmp_path)).createOrReplaceTempView("snapshots")
    united = "SELECT kll_merge_agg_double(kll) AS sketch FROM snapshots WHERE `column` = 'x'"
    n, found = row_of(
        spark, f"SELECT kll_sketch_get_n_double(sketch), {QUANTILES.format('sketch')} FROM ({united})"
    )
    assert n == len(values)
    assert are_near(found, values)
