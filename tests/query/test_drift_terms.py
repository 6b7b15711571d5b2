"""What may be asked about drift, through every door: recipes, bins, and what is said of columns that do not compare."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import driftline
from driftline import _core
from driftline.errors import InvalidArgumentError
from driftline.query import EngineTransport, Monitor
from driftline.query.results import DriftResult

RECIPES = ["driftline", "evidently", "nannyml", "scouter", "whylogs"]


@pytest.fixture(scope="module")
def before() -> pa.Table:
    random = np.random.default_rng(3)
    return pa.table(
        {
            "amount": pa.array(random.normal(0, 1, 4_000)),
            "city": pa.array(random.choice(["Oslo", "Rome", "Lima"], 4_000)),
            "code": pa.array(random.integers(0, 9, 4_000)),
            "gone": pa.array(random.normal(0, 1, 4_000)),
        }
    )


@pytest.fixture(scope="module")
def after(before: pa.Table) -> pa.Table:
    random = np.random.default_rng(4)
    return pa.table(
        {
            "amount": pa.array(random.normal(1, 1, 3_000)),
            "city": pa.array(random.choice(["Oslo", "Rome", "Bern"], 3_000, p=[0.2, 0.2, 0.6])),
            "code": pa.array(random.integers(0, 9, 3_000).astype(str)),
            "new": pa.array(random.normal(0, 1, 3_000)),
        }
    )


def asked_everywhere(before: pa.Table, after: pa.Table, **terms: Any) -> list[DriftResult]:
    """The answers of `compare`, `Profile.drift`, a monitor's stored baseline and a monitor given a profile."""
    reference = driftline.profile(before)
    engine = _core.Engine()
    engine.set_baseline(reference.model, "training", reference.to_arrow())
    current = driftline.profile(after, baseline=reference)
    engine.load(current.to_arrow())
    monitor = Monitor(EngineTransport(engine))
    return [
        driftline.compare(before, after, **terms),
        current.drift(reference, **terms),
        monitor.drift("training", **terms),
        monitor.drift(reference, **terms),
    ]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_door_knows_every_recipe(before: pa.Table, after: pa.Table, recipe: str) -> None:
    answers = asked_everywhere(before, after, recipe=recipe)
    values = [[entry.entries for entry in answer] for answer in answers]
    assert values[0]
    assert all(each == values[0] for each in values[1:])
    assert {value.recipe for entries in values[0] for value in entries} == {recipe}
    assert {answer.recipe for answer in answers} == {recipe}


def test_columns_asked_together_say_what_each_says_alone(before: pa.Table, after: pa.Table) -> None:
    random = np.random.default_rng(5)
    # The last one in the answer has fewer metrics than those before.
    before = before.append_column("still", pa.array(random.choice(["a", "b"], before.num_rows)))
    after = after.append_column("still", pa.array(random.choice(["a", "b"], after.num_rows)))
    terms: dict[str, Any] = {"metrics": ["psi", "ks", "null_rate"], "bins": 2}
    for together in asked_everywhere(before, after, **terms):
        assert {entry.column for entry in together} == {"amount", "city", "still"}
        for entry in together:
            alone = driftline.compare(before, after, columns=[entry.column], **terms)
            assert alone[entry.column] == entry


def test_recipes_differ(before: pa.Table, after: pa.Table) -> None:
    def found(recipe: str, metric: str) -> float:
        drift = driftline.compare(before, after, recipe=recipe, metrics=[metric], columns=["amount"])
        return drift["amount"][metric].value

    assert len({found(recipe, "psi") for recipe in ("driftline", "evidently", "scouter")}) == 3
    assert len({found(recipe, "hellinger") for recipe in ("driftline", "evidently", "nannyml")}) == 3


def test_an_unknown_recipe_is_refused_with_the_known_ones(monitor: Monitor) -> None:
    with pytest.raises(
        InvalidArgumentError,
        match=r"recipe must be one of driftline, evidently, nannyml, scouter, whylogs, got .evidentyl",
    ):
        monitor.drift({"version": "1"}, version="2", recipe="evidentyl")


def test_a_recipe_without_the_metric_says_so(monitor: Monitor) -> None:
    answer = monitor.drift({"version": "1"}, version="2", recipe="scouter", metrics=["ks", "hellinger"])
    assert answer.entries == ()
    reasons = {column.column: column.reason for column in answer.incomparable}
    assert reasons["dep_delay"] == "recipe scouter has none of ks, hellinger for it"
    assert "not compared: dep_delay: recipe scouter has none of ks, hellinger for it" in repr(answer)


def test_nothing_to_compare_is_an_error_offline_that_gives_the_reasons(before: pa.Table) -> None:
    with pytest.raises(
        InvalidArgumentError, match="no column can be compared: amount: recipe scouter has none of ks for it"
    ):
        driftline.compare(
            before.select(["amount"]), before.select(["amount"]), recipe="scouter", metrics=["ks"]
        )


def test_no_column_is_left_out_without_a_word(before: pa.Table, after: pa.Table) -> None:
    for answer in asked_everywhere(before, after):
        assert {entry.column for entry in answer} == {"amount", "city"}
        assert {column.column: column.reason for column in answer.incomparable} == {
            "code": "numeric in the reference, categorical in the records",
            "gone": "not in the records",
            "new": "not in the reference",
        }
        assert "not compared: code: numeric in the reference, categorical in the records" in repr(answer)
        assert "not compared: code" in answer._repr_html_()


def test_a_column_without_values_says_on_which_side(before: pa.Table) -> None:
    nothing = pa.table({"amount": pa.nulls(5, pa.float64()), "city": pa.array(["Oslo"] * 5)})
    answer = driftline.compare(before.select(["amount", "city"]), nothing)
    assert [str(column) for column in answer.incomparable] == ["amount: no value to compare in the records"]
    answer = driftline.compare(nothing, before.select(["amount", "city"]))
    assert [str(column) for column in answer.incomparable] == ["amount: no value to compare in the reference"]


def test_only_asked_columns_are_spoken_of(before: pa.Table, after: pa.Table) -> None:
    for answer in asked_everywhere(before, after, columns=["amount"]):
        assert [entry.column for entry in answer] == ["amount"]
        assert answer.incomparable == ()


def test_bins_are_those_that_add_most_to_psi(before: pa.Table, after: pa.Table) -> None:
    for answer in asked_everywhere(before, after, bins=1_000):
        column = answer["city"]
        counts = {name: after["city"].to_pylist().count(name) for name in ("Oslo", "Rome", "Lima", "Bern")}
        bins = {entry.label: entry for entry in column.bins}
        assert bins["Lima"].current.value == 0.0
        assert bins["Oslo"].current.value == pytest.approx(counts["Oslo"] / after.num_rows, rel=1e-12)
        assert sum(entry.psi for entry in column.bins) == pytest.approx(column["psi"].value, rel=1e-9)
        assert [entry.psi for entry in column.bins] == sorted((e.psi for e in column.bins), reverse=True)
        for entry in answer["amount"].bins:
            values = after["amount"].to_numpy()
            low, high = entry.above or -np.inf, entry.to or np.inf
            share = np.mean((values > low) & (values <= high))
            assert entry.current.low - 1e-12 <= share <= entry.current.high + 1e-12


def test_three_bins_are_named_unless_asked(before: pa.Table, after: pa.Table) -> None:
    assert len(driftline.compare(before, after)["amount"].bins) == 3
    assert len(driftline.compare(before, after, bins=1)["amount"].bins) == 1
    with pytest.raises(InvalidArgumentError, match="bins must be at least 1, got 0"):
        driftline.compare(before, after, bins=0)


def test_the_bins_are_shown_for_columns_that_moved() -> None:
    before = pa.table({"x": ["a"] * 900 + ["b"] * 100, "y": ["c", "d"] * 500})
    after = pa.table({"x": ["a"] * 700 + ["b"] * 300, "y": ["c", "d"] * 500})
    answer = driftline.compare(before, after, bins=2)
    assert "x: mostly b: 10.0% -> 30.0%, a: 90.0% -> 70.0%" in repr(answer)
    assert "y: mostly" not in repr(answer)
    assert "mostly b: 10.0% -> 30.0%, a: 90.0% -> 70.0%" in repr(answer["x"])
    table = answer.bins_to_arrow()
    assert table["column"].to_pylist()[:2] == ["x", "x"]
    assert table["bin"].to_pylist()[:2] == ["b", "a"]
    assert table.to_pylist()[0]["current"]["value"] == pytest.approx(0.3)


def test_results_by_role_have_predictions_and_scores(monitor: Monitor) -> None:
    answer = monitor.drift({"version": "1"}, version="2")
    assert {entry.column for entry in answer.of_role("prediction", "score")} == {"prediction", "score"}
    assert answer.of_role("feature")["dep_delay"] == answer["dep_delay"]
    assert "prediction" not in {entry.column for entry in answer.of_role("feature")}


def test_columns_are_ordered_by_a_metric_that_all_have(monitor: Monitor) -> None:
    def ordered(*metrics: str) -> DriftResult:
        return monitor.drift({"version": "1"}, version="2", metrics=metrics)

    # ks does not fit categories, and wasserstein is in each column's own units.
    answer = ordered("wasserstein", "ks", "hellinger")
    assert answer.ranked_by == "hellinger"
    excess = [entry["hellinger"].value - entry["hellinger"].noise_floor for entry in answer]
    assert excess == sorted(excess, reverse=True)
    answer = ordered("wasserstein", "chi_square")
    assert answer.ranked_by == ""
    assert answer[0].column in {"dep_delay", "score", "prediction"}
    widths = [
        (first.value - first.noise_floor) / (first.noise_q95 - first.noise_floor)
        for first in (entry.entries[0] for entry in answer)
    ]
    assert widths == sorted(widths, reverse=True)
