import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from driftline.client import Client, ClientStats
from driftline.errors import InvalidBatchError

MakeClient = Callable[..., Client]


def roles(batch: pa.RecordBatch) -> dict[str, str]:
    """Role by column, of those that say theirs."""
    return {
        field.name: field.metadata[b"driftline.role"].decode() for field in batch.schema if field.metadata
    }


def test_outputs_carry_their_roles_and_features_none(scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    name = uuid.uuid4()
    client.log(
        {"a": 1, "b": "x", "c": True, "d": None},
        prediction="late",
        score=0.9,
        label="early",
        id=name,
        latency=0.01,
        timestamp=datetime(2013, 1, 1, tzinfo=UTC),
    )
    assert client.flush(10)
    (batch,) = scripted.batches()
    outputs = ("prediction", "score", "label", "prediction_id", "latency", "timestamp")
    assert roles(batch) == {each: each for each in outputs}
    assert batch.schema.field("d").type == pa.null()
    assert batch.column("prediction_id").to_pylist() == [str(name)]
    assert batch.column("timestamp").cast(pa.int64()).to_pylist() == [1_356_998_400 * 10**9]


def test_a_feature_that_sounds_like_an_output_stays_a_feature(scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    client.log({"target": 1.0, "label": 2.0, "a": 3.0}, prediction=1)
    assert client.flush(10)
    (batch,) = scripted.batches()
    assert roles(batch)["target"] == roles(batch)["label"] == "feature"
    assert "a" not in roles(batch)


def test_an_output_that_nobody_gives_is_no_column(scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    client.log({"a": 1})
    assert client.flush(10)
    assert scripted.batches()[0].schema.names == ["a", "timestamp"]


def test_a_missing_feature_is_null_then_and_later(scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    client.log({"a": 1, "b": "x"})
    client.log({"b": "y"})
    assert client.flush(10)
    client.log({"a": 2})
    assert client.flush(10)
    assert [(row["a"], row["b"]) for row in scripted.rows()] == [(1, "x"), (None, "y"), (2, None)]
    assert scripted.batches()[1].schema.field("b").type == pa.string()


def test_only_the_record_that_does_not_fit_is_refused(
    scripted: Any, make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(linger_seconds=0.2)
    for value in (1, "two", 3.5, None, [4], 5):
        client.log({"a": value})
    assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == [1, 3.5, None, 5]
    client.log({"a": "six"})
    assert client.flush(10)
    assert client.stats == ClientStats(sent=4, acknowledged=4, rejected=3)
    told = [each.message for each in caplog.records]
    assert len(told) == 1
    assert "column 'a': a value must be a number as before, got str 'two'" in told[0]


def test_whole_numbers_before_fractions_are_not_cut_off(scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    for value in (1, 2.5, 3, 2**60 + 1):
        client.log({"a": value})
        assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == [1, 2.5, 3, 2**60 + 1]
    types = [str(batch.schema.field("a").type) for batch in scripted.batches()]
    assert types == ["int64", "double", "double", "int64"]


@pytest.mark.parametrize(
    ("features", "output"),
    [({"prediction": 1}, {"prediction": 1}), ({3: 1}, {}), ({"timestamp": 1}, {}), ({"a": "\ud800"}, {})],
)
def test_names_and_texts_that_cannot_be(
    features: dict[Any, Any], output: dict[str, Any], scripted: Any, make_client: MakeClient
) -> None:
    client = make_client(linger_seconds=0.2)
    client.log(features, **output)
    client.log({"a": "x"}, **output)
    assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == ["x"]
    assert client.stats.rejected == 1


def test_features_that_are_no_mapping_do_not_raise(make_client: MakeClient) -> None:
    client = make_client()
    client.log(3)  # type: ignore[arg-type]
    assert client.stats == ClientStats(rejected=1)
    with pytest.raises(InvalidBatchError, match="features must be a mapping"):
        make_client(raise_errors=True).log(3)  # type: ignore[arg-type]


def test_later_changes_of_the_callers_mapping_do_not_matter(scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    features = {"a": 1}
    client.log(features)
    features["a"] = 2
    assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == [1]


def test_a_record_that_is_too_large_is_refused_alone(scripted: Any, make_client: MakeClient) -> None:
    client = make_client(linger_seconds=0.2)
    client.log({"a": "x" * 5_000_000})
    client.log({"a": "y"})
    assert client.flush(10)
    assert [row["a"] for row in scripted.rows()] == ["y"]
    assert client.stats.rejected == 1


TABLE = pa.table({"a": [1.5, None, 3.0], "b": ["x", "y", "x"]})


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE.to_batches()[0],
        TABLE.to_reader(),
        pd.DataFrame({"a": [1.5, None, 3.0], "b": ["x", "y", "x"]}, index=[7, 8, 9]),
        pl.DataFrame({"a": [1.5, None, 3.0], "b": ["x", "y", "x"]}),
    ],
    ids=["table", "batch", "reader", "pandas", "polars"],
)
def test_tables_of_all_kinds(table: Any, scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    client.log_table(table)
    assert client.flush(10)
    assert scripted.rows() == TABLE.to_pylist()


def test_dictionaries_travel_as_they_are(scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    for values in (["x", "y", "x"], ["z", "z"]):
        client.log_table(pa.table({"b": pa.array(values).dictionary_encode()}))
    assert client.flush(10)
    assert [row["b"] for row in scripted.rows()] == ["x", "y", "x", "z", "z"]
    assert all(pa.types.is_dictionary(batch.schema.field("b").type) for batch in scripted.batches())


def test_a_large_table_is_cut(scripted: Any, make_client: MakeClient) -> None:
    rows = 300_000
    client = make_client(queue_records=rows)
    client.log_table(pa.table({"a": pa.array(np.arange(rows, dtype=np.float64))}))
    assert client.flush(20)
    sizes = [len(request.records) for request in scripted.requests[0]]
    assert len(sizes) == 3
    assert max(sizes) < 1.1 * 1024 * 1024
    assert pa.Table.from_batches(scripted.batches()).column("a").to_numpy().sum() == rows * (rows - 1) / 2


def test_what_is_no_table_is_refused(make_client: MakeClient) -> None:
    client = make_client()
    client.log_table([1, 2, 3])
    assert client.stats == ClientStats(rejected=3)
    with pytest.raises(InvalidBatchError, match="got list"):
        make_client(raise_errors=True).log_table([1, 2, 3])


@pytest.mark.parametrize(
    "ids", [["7", "8"], [7, 8], np.array([7, 8]), pa.array([7, 8]), pd.Series(["7", "8"])]
)
def test_labels_name_their_predictions_by_text(ids: Any, scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    client.log_labels(ids, [True, False], timestamps=[1.5, datetime(1970, 1, 1, 0, 0, 2)])
    assert client.flush(10)
    (batch,) = scripted.batches()
    assert roles(batch) == {each: each for each in ("prediction_id", "label", "timestamp")}
    assert batch.column("prediction_id").to_pylist() == ["7", "8"]
    assert batch.column("label").to_pylist() == [True, False]
    assert batch.column("timestamp").cast(pa.int64()).to_pylist() == [1_500_000_000, 2_000_000_000]


@pytest.mark.parametrize("sources", ["crowd", ["crowd", "crowd"], pa.array(["crowd", "crowd"])])
def test_labels_may_say_who_gave_them(sources: Any, scripted: Any, make_client: MakeClient) -> None:
    client = make_client()
    client.log_labels(["7", "8"], [True, False], sources=sources)
    assert client.flush(10)
    (batch,) = scripted.batches()
    assert roles(batch) == {each: each for each in ("prediction_id", "label", "principal")}
    assert batch.column("principal").to_pylist() == ["crowd", "crowd"]


def test_labels_without_their_ids_are_refused(make_client: MakeClient) -> None:
    client = make_client(raise_errors=True)
    with pytest.raises(InvalidBatchError, match="equal length"):
        client.log_labels(["a", "b"], [1])
    assert client.stats == ClientStats(rejected=2)
