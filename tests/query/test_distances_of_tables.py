"""Distances and tests on real tables, beside numpy and scipy on the rows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn import datasets
from tests.query.distances import METRICS, OF_BINS, assert_agrees, baseline_row, exact_distances

import driftline
from driftline import Profile
from driftline.demo.flights import FEATURES, between, load_flights
from driftline.query.results import DriftResult

Tables = dict[str, tuple[pa.Table, pa.Table]]
#: How far estimates may be from the rows' numbers, of what reaches from equal to as far as can be.
NEAR = 0.02


def _halves(name: str, shift: float) -> tuple[pa.Table, pa.Table]:
    """A bundled table with its classes, cut at random; the second half moved by some standard deviations."""
    table = getattr(datasets, f"load_{name}")()
    rows = np.random.default_rng(17).permutation(len(table.data))
    classes = np.asarray(table.target_names)[table.target]

    def side(chosen: Any, moved: float) -> pa.Table:
        values = table.data[chosen] + moved * table.data.std(axis=0)
        columns = {str(each): pa.array(values[:, place]) for place, each in enumerate(table.feature_names)}
        return pa.table(columns | {"class": pa.array(classes[chosen].astype(str))})

    one, other = np.array_split(rows, 2)
    return side(one, 0.0), side(other, shift)


@pytest.fixture(scope="module")
def tables() -> Tables:
    days = [np.datetime64(day) for day in ("2013-01-01", "2013-02-01", "2013-07-01", "2013-08-01")]
    flights = load_flights().select(["timestamp", *FEATURES])
    return {
        "flights": (between(flights, *days[:2]), between(flights, *days[2:])),
        "breast_cancer": _halves("breast_cancer", 0.0),
        "wine": _halves("wine", 0.5),
    }


@pytest.fixture(scope="module")
def answers(tables: Tables) -> dict[str, tuple[Profile, DriftResult, DriftResult]]:
    """The reference's profile, and the drift of records counted on its bins, and of a profile that was not."""

    def ask(before: pa.Table, after: pa.Table) -> tuple[Profile, DriftResult, DriftResult]:
        reference = driftline.profile(before)
        by_sketch = driftline.profile(after).drift(reference, metrics=METRICS)
        return reference, driftline.compare(reference, after, metrics=METRICS), by_sketch

    return {name: ask(*both) for name, both in tables.items()}


def _columns(tables: Tables, name: str) -> Iterator[tuple[str, Any, Any]]:
    before, after = tables[name]
    for column in before.column_names:
        if column != "timestamp":
            yield column, before[column], after[column]


@pytest.mark.parametrize("name", ["flights", "breast_cancer", "wine"])
def test_numbers_are_those_of_the_rows(tables: Tables, answers: Any, name: str) -> None:
    reference, drift, _ = answers[name]
    for column, before, after in _columns(tables, name):
        exact = exact_distances(before, after, baseline_row(reference, column))
        assert {value.metric for value in drift[column]} == set(exact), column
        for value in drift[column]:
            assert_agrees(value, exact[value.metric])
            if value.metric in OF_BINS:
                assert value.low == value.high, value
            if value.metric == "ks":
                assert value.value == pytest.approx(exact["ks"].value, abs=NEAR)


@pytest.mark.parametrize("name", ["flights", "breast_cancer", "wine"])
def test_sketches_alone_hold_what_needs_no_bins(tables: Tables, answers: Any, name: str) -> None:
    reference, _, drift = answers[name]
    for column, before, after in _columns(tables, name):
        exact = exact_distances(before, after, baseline_row(reference, column))
        for value in drift[column]:
            if value.metric not in OF_BINS:
                assert_agrees(value, exact[value.metric])
