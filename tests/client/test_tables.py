"""Tables of every library are counted by a real collector."""

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import driftline
from driftline.collector import Collector

WORDS = ["Oslo", "Rome", "Oslo", None]
NUMBERS = [1, 2, 1, None]


@pytest.mark.parametrize(
    ("table", "words", "numbers"),
    [
        (pa.table({"word": pa.array(WORDS, pa.string_view())}), 2, None),
        (pa.table({"word": pa.array(WORDS).dictionary_encode()}), 2, None),
        (pa.table({"word": pa.array(WORDS, pa.large_string()), "number": NUMBERS}), 2, 2),
        (pl.DataFrame({"word": WORDS, "number": NUMBERS}), 2, 2),
        (pl.DataFrame({"word": pl.Series(WORDS, dtype=pl.Categorical)}), 2, None),
        (pl.DataFrame({"word": pl.Series(WORDS, dtype=pl.Enum(["Oslo", "Rome"]))}), 2, None),
        (pd.DataFrame({"word": WORDS, "number": NUMBERS}), 2, 2),
        (pd.DataFrame({"word": pd.Categorical(WORDS), "number": pd.Categorical([7, 8, 7, None])}), 2, 2),
        (pa.table({"number": pa.array(NUMBERS).dictionary_encode()}), None, 2),
    ],
    ids=[
        "views",
        "dictionary",
        "large",
        "polars",
        "polars categories",
        "polars enum",
        "pandas",
        "pandas categories",
        "numbers",
    ],
)
def test_tables_are_counted(table: Any, words: int | None, numbers: int | None, collector: Collector) -> None:
    assert collector.grpc_address
    with driftline.Client(collector.grpc_address, model="m") as client:
        client.log_table(table)
        assert client.flush(10)
        assert client.stats.acknowledged == len(table)
        assert client.stats.rejected == 0
    with driftline.connect(collector.grpc_address) as monitor:
        summary = monitor.summary()
        for column, distinct in (("word", words), ("number", numbers)):
            if distinct is not None:
                assert (summary[column].count, round(summary[column].distinct.value)) == (3, distinct)
                assert summary[column].nulls + summary[column].nans == 1
