from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import driftline
from driftline.query import Profile


def test_a_profile_is_shown_and_written(run: Callable[..., Any], before: Path, tmp_path: Path) -> None:
    output = tmp_path / "profile.parquet"
    outcome = run("profile", before, "-o", output, "--role", "city=segment")
    assert outcome.code == 0, outcome.err
    assert "amount" in outcome.out
    assert str(output) in outcome.out.replace("\n", "")
    loaded = Profile.load(output).summary()
    assert loaded["city"].role == "segment"
    assert loaded["amount"] == driftline.profile(before).summary()["amount"]


def test_data_is_compared_with_data_and_with_a_profile(
    run: Callable[..., Any], before: Path, after: Path, tmp_path: Path
) -> None:
    by_data = run("compare", before, after)
    assert by_data.code == 0, by_data.err
    rows = [line.split() for line in by_data.out.splitlines()]
    assert next(row[0] for row in rows if len(row) > 5 and row[1] == "psi") == "amount"
    run("profile", before, "-o", tmp_path / "before-profile.parquet")
    by_profile = run("compare", tmp_path / "before-profile.parquet", after)
    assert by_profile.out == by_data.out


def test_columns_and_metrics_are_chosen(run: Callable[..., Any], before: Path, after: Path) -> None:
    outcome = run("compare", before, after, "--column", "city", "--metric", "psi", "--metric", "chi_square")
    assert outcome.code == 0, outcome.err
    assert "amount" not in outcome.out
    assert "ks" not in outcome.out.split()
    assert {"psi", "chi_square"} <= set(outcome.out.split())


def test_tables_are_not_squeezed_in_a_pipe(run: Callable[..., Any], before: Path) -> None:
    header = next(line for line in run("profile", before).out.splitlines() if "std_dev" in line)
    assert "most frequent" in header


@pytest.mark.parametrize(
    "arguments",
    [
        ("profile", "nothing.parquet"),
        ("compare", "nothing.parquet", "nothing.parquet"),
        ("check", "nothing.csv"),
    ],
)
def test_an_error_is_one_line_without_a_traceback(
    run: Callable[..., Any], arguments: tuple[str, ...]
) -> None:
    outcome = run(*arguments)
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err == f"error: no such file: {arguments[1]}\n"


def test_a_place_that_cannot_be_written_is_one_line(
    run: Callable[..., Any], before: Path, tmp_path: Path
) -> None:
    outcome = run("profile", before, "-o", tmp_path / "no" / "such" / "folder.parquet")
    assert outcome.code == 1
    assert len(outcome.err.splitlines()) == 1
    assert "folder.parquet" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("profile",),
        ("compare", "one.parquet"),
        ("profile", "a.parquet", "--role", "amount"),
        ("profile", "a.parquet", "--role", "=label"),
        ("nonsense",),
        ("check", "a.parquet", "--nonsense"),
    ],
)
def test_bad_usage_is_exit_code_2(run: Callable[..., Any], arguments: tuple[str, ...]) -> None:
    assert run(*arguments).code == 2


def test_a_recipe_and_bins_are_chosen(run: Callable[..., Any], before: Path, after: Path) -> None:
    outcome = run("compare", before, after, "--recipe", "scouter", "--bins", "1")
    assert outcome.code == 0, outcome.err
    assert "by the recipe of scouter" in outcome.out
    assert "ks" not in outcome.out.split()
    line = next(line for line in outcome.out.splitlines() if line.startswith("amount: mostly "))
    assert line.count("->") == 1
    refused = run("compare", before, after, "--recipe", "nothing")
    assert refused.code == 1
    assert "recipe must be one of driftline, evidently" in refused.err


def test_quality_is_shown_instead(run: Callable[..., Any], before: Path, after: Path) -> None:
    outcome = run("compare", before, after, "--quality", "--column", "amount")
    assert outcome.code == 0, outcome.err
    assert "quality beside" in outcome.out
    assert {"null_rate", "out_of_range", "distinct"} <= set(outcome.out.split())
    assert "city" not in outcome.out
    assert "psi" not in outcome.out.split()
