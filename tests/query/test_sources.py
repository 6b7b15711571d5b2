from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from driftline.errors import InvalidArgumentError, NotFoundError
from driftline.query.sources import Source, open_source, schema_of

TABLE = pa.table({"x": pa.array(np.arange(1_000)), "city": ["Oslo", "Rome"] * 500})


def read(source: Source) -> pa.Table:
    return pa.RecordBatchReader.from_stream(open_source(source)).read_all()


def write_stream(path: Path) -> None:
    with pa.ipc.new_stream(str(path), TABLE.schema) as writer:
        writer.write_table(TABLE)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(TABLE, id="pyarrow"),
        pytest.param(TABLE.to_batches()[0], id="batch"),
        pytest.param(TABLE.to_pandas(), id="pandas"),
        pytest.param(pl.DataFrame(TABLE), id="polars"),
        pytest.param(ds.dataset(TABLE), id="dataset"),
    ],
)
def test_tables_in_memory_are_read(source: Source) -> None:
    assert read(source).to_pydict() == TABLE.to_pydict()


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.parquet", lambda path: pq.write_table(TABLE, path)),
        ("a.PQ", lambda path: pq.write_table(TABLE, path)),
        ("a.arrow", lambda path: pyarrow.feather.write_feather(TABLE, str(path))),
        ("a.csv", lambda path: pyarrow.csv.write_csv(TABLE, path)),
        ("a.arrows", write_stream),
    ],
)
def test_files_are_read_by_the_end_of_their_name_and_more_than_once(
    tmp_path: Path, name: str, write: object
) -> None:
    path = tmp_path / name
    write(path)  # type: ignore[operator]
    stream = open_source(path)
    for _ in range(2):
        assert pa.RecordBatchReader.from_stream(stream).read_all().to_pydict() == TABLE.to_pydict()
    assert schema_of(str(path)) == TABLE.schema


def test_a_glob_and_a_directory_take_all_their_files(tmp_path: Path) -> None:
    for index in range(3):
        pq.write_table(TABLE.slice(index * 100, 100), tmp_path / f"part-{index}.parquet")
    assert read(str(tmp_path / "part-*.parquet")).equals(TABLE.slice(0, 300).combine_chunks())
    assert read(tmp_path).num_rows == 300


def test_partitions_become_columns(tmp_path: Path) -> None:
    ds.write_dataset(TABLE, tmp_path, format="parquet", partitioning=["city"], partitioning_flavor="hive")
    assert set(read(tmp_path).column("city").unique().to_pylist()) == {"Oslo", "Rome"}


def test_the_index_of_a_data_frame_is_a_column_only_if_it_has_a_name() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=[7, 9])
    assert read(frame).column_names == ["x"]
    assert read(frame.rename_axis("id")).column_names == ["x", "id"]


@pytest.mark.parametrize("path", ["nothing.parquet", "nothing-*.parquet", "nothing.arrows"])
def test_a_path_to_nothing_is_not_found(tmp_path: Path, path: str) -> None:
    with pytest.raises(NotFoundError, match=r"no such file: .*nothing"):
        open_source(tmp_path / path)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.arrows"])
def test_a_file_that_is_not_what_its_name_says_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("not Arrow at all, just a line of text")
    with pytest.raises(InvalidArgumentError, match=f"{name} cannot be read"):
        open_source(path)


def test_an_unknown_kind_of_file_or_object_is_refused_with_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.touch()
    with pytest.raises(InvalidArgumentError, match=r"must end in \.parquet, .*a\.xlsx"):
        open_source(path)
    with pytest.raises(InvalidArgumentError, match=r"a source must be .* got list"):
        open_source([1, 2, 3])
